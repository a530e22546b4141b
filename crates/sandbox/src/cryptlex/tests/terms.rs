//! How terms begin, are renewed and moved.

use super::*;

#[test]
fn a_new_license_takes_its_term_from_the_template_unless_the_body_says_otherwise() {
    for (template, members, expires_at, is_perpetual) in [
        (
            ids::MONTHLY,
            json!({}),
            json!("2027-02-28T10:00:00.0000000Z"),
            false,
        ),
        (
            ids::YEARLY,
            json!({ "subscriptionInterval": null }),
            json!("2028-01-31T10:00:00.0000000Z"),
            false,
        ),
        (
            ids::YEARLY,
            json!({ "subscriptionInterval": "" }),
            Value::Null,
            true,
        ),
        (ids::PERPETUAL, json!({}), Value::Null, true),
        (
            ids::PERPETUAL,
            json!({ "subscriptionInterval": "P1W" }),
            json!("2027-02-07T10:00:00.0000000Z"),
            false,
        ),
        (
            ids::MONTHLY,
            json!({ "subscriptionStartTrigger": "activation" }),
            Value::Null,
            false,
        ),
        (
            ids::MONTHLY,
            json!({ "expiresAt": "2030-01-01T00:00:00Z" }),
            json!("2030-01-01T00:00:00.0000000Z"),
            false,
        ),
        (
            ids::PERPETUAL,
            json!({ "validity": 86_400 }),
            json!("2027-02-01T10:00:00.0000000Z"),
            false,
        ),
    ] {
        let mut body = json!({ "productId": ids::REVERB, "licenseTemplateId": template });
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());

        let license = caller(SandboxOptions::default()).license(body);

        assert_eq!(license["expiresAt"], expires_at, "{members}");
        assert_eq!(license["perpetual"], is_perpetual, "{members}");
        assert_eq!(license["createdAt"], "2027-01-31T10:00:00.0000000Z");
    }
}

#[test]
fn a_renewal_adds_one_period_and_is_logged() {
    let caller = caller(SandboxOptions::default());
    let license = caller.license(json!({ "productId": ids::STUDIO_LITE }));
    let url = format!("/v3/licenses/{}", license["id"].as_str().unwrap());

    let (_, once) = caller.answer("POST", &format!("{url}/renew"), Value::Null);
    let (_, twice) = caller.answer("POST", &format!("{url}/renew"), Value::Null);
    let log_url = format!(
        "/v3/licenses/subscription-logs?licenseId[eq]={}",
        license["id"].as_str().unwrap()
    );
    let (_, log) = caller.answer("GET", &log_url, Value::Null);

    assert_eq!(once["expiresAt"], "2027-03-28T10:00:00.0000000Z");
    assert_eq!(twice["expiresAt"], "2027-04-28T10:00:00.0000000Z");
    assert_eq!(log.as_array().unwrap().len(), 2);
    assert_eq!(log[0]["changes"][0]["oldValue"], license["expiresAt"]);
    assert_eq!(log[0]["event"], "license.renewed");
}

#[test]
fn a_renewal_of_an_expired_license_begins_where_the_options_say() {
    for (renewal_base, expires_at) in [
        (RenewalBase::End, "2026-02-28T00:00:00.0000000Z"),
        (
            RenewalBase::LaterOfEndAndNow,
            "2027-02-28T10:00:00.0000000Z",
        ),
    ] {
        let caller = caller(SandboxOptions {
            renewal_base,
            ..SandboxOptions::default()
        });
        let body = json!({ "productId": ids::STUDIO_LITE, "expiresAt": "2026-01-28T00:00:00Z" });
        let license = caller.license(body);

        let url = format!("/v3/licenses/{}/renew", license["id"].as_str().unwrap());
        let (_, renewed) = caller.answer("POST", &url, Value::Null);

        assert_eq!(renewed["expiresAt"], expires_at);
    }
}

#[test]
fn licenses_without_an_end_cannot_be_renewed() {
    let caller = caller(SandboxOptions::default());
    for body in [
        json!({ "productId": ids::REVERB }),
        json!({ "productId": ids::STUDIO_PRO, "subscriptionStartTrigger": "activation" }),
    ] {
        let license = caller.license(body);
        let url = format!("/v3/licenses/{}/renew", license["id"].as_str().unwrap());

        assert_eq!(caller.answer("POST", &url, Value::Null).0, 400);
    }
}

#[test]
fn an_end_can_be_set_and_taken_away() {
    let caller = caller(SandboxOptions::default());
    let license = caller.license(json!({ "productId": ids::REVERB }));
    let url = format!(
        "/v3/licenses/{}/expires-at",
        license["id"].as_str().unwrap()
    );

    let (_, dated) = caller.answer(
        "PATCH",
        &url,
        json!({ "expiresAt": "2027-06-01T00:00:00Z" }),
    );
    let (_, endless) = caller.answer("PATCH", &url, json!({ "expiresAt": null }));

    assert_eq!(
        (&dated["expiresAt"], &dated["perpetual"]),
        (&json!("2027-06-01T00:00:00.0000000Z"), &json!(false))
    );
    assert_eq!(
        (&endless["expiresAt"], &endless["perpetual"]),
        (&Value::Null, &json!(true))
    );
}

#[test]
fn a_first_activation_begins_a_term_that_waited_for_it() {
    let caller = caller(SandboxOptions::default());
    let license = caller.license(
        json!({ "productId": ids::STUDIO_LITE, "subscriptionStartTrigger": "activation" }),
    );
    let url = format!("/v3/licenses/{}", license["id"].as_str().unwrap());

    let body = json!({ "key": license["key"] });
    let (first, _) = caller.answer("POST", "/v3/activations", body.clone());
    let (second, error) = caller.answer("POST", "/v3/activations", body);
    let (_, activated) = caller.answer("GET", &url, Value::Null);
    let (_, machines) = caller.answer(
        "GET",
        &format!(
            "/v3/activations?licenseId[eq]={}",
            license["id"].as_str().unwrap()
        ),
        Value::Null,
    );
    let machine_url = format!("/v3/activations/{}", machines[0]["id"].as_str().unwrap());
    let (removed, _) = caller.answer("DELETE", &machine_url, Value::Null);

    assert_eq!((first, second, removed), (201, 400, 204));
    assert_eq!(error["code"], "ACTIVATION_LIMIT_REACHED");
    assert_eq!(activated["expiresAt"], "2027-02-28T10:00:00.0000000Z");
    assert_eq!(caller.sandbox.licenses()[0].total_activations, 0);
}
