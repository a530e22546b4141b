//! The sandbox through its front door, without a socket.

use serde_json::{Value, json};

use super::*;
use crate::license_servers::sandbox::options::{MetadataPatch, RenewalBase};
use crate::license_servers::sandbox::sample::ids;
use crate::license_servers::sandbox::shared::SharedSandbox;
use crate::license_servers::sandbox::snapshot::HandEdit;

const NOW: &str = "2027-01-31T10:00:00Z";

struct Caller {
    sandbox: SharedSandbox,
    now: Timestamp,
}

fn caller(options: SandboxOptions) -> Caller {
    let now = NOW.parse().unwrap();
    let options = SandboxOptions {
        seed: Some(1),
        rate_limit: limiter::RateLimit::off(),
        ..options
    };
    let sandbox = SharedSandbox::new(Sandbox::sample(options, now));
    Caller { sandbox, now }
}

impl Caller {
    fn send(&self, method: &str, url: &str, body: Value) -> Outcome {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: serde_urlencoded::from_str(query).unwrap(),
            bearer: Some("any".to_owned()),
            source_address: "192.0.2.1".to_owned(),
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        };
        self.sandbox.handle(self.now, &request)
    }

    fn answer(&self, method: &str, url: &str, body: Value) -> (u16, Value) {
        let response = self.send(method, url, body).response;
        let body = serde_json::from_slice(&response.body).unwrap_or_default();
        (response.status, body)
    }

    fn license(&self, body: Value) -> Value {
        let (status, license) = self.answer("POST", "/v3/licenses", body);
        assert_eq!(status, 201, "{license}");
        license
    }

    fn user(&self, email: &str) -> (u16, Value) {
        let body = json!({ "email": email, "firstName": "Ada", "password": "12345678" });
        self.answer("POST", "/v3/users", body)
    }
}

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
fn a_patch_changes_what_it_names_and_merges_metadata_unless_told_to_replace() {
    for (metadata_patch, keys) in [
        (MetadataPatch::Merge, vec!["a", "b", "c"]),
        (MetadataPatch::Replace, vec!["b", "c"]),
    ] {
        let caller = caller(SandboxOptions {
            metadata_patch,
            ..SandboxOptions::default()
        });
        let row =
            |key: &str, value: &str| json!({ "key": key, "value": value, "viewPermissions": [] });
        let license = caller.license(json!({
            "productId": ids::STUDIO_PRO, "allowedActivations": 3, "metadata": [row("a", "1"), row("b", "1")],
        }));
        let url = format!("/v3/licenses/{}", license["id"].as_str().unwrap());

        let body = json!({ "suspended": true, "metadata": [row("b", "2"), row("c", "2")] });
        let (status, patched) = caller.answer("PATCH", &url, body);

        let metadata = patched["metadata"].as_array().unwrap();
        let held: Vec<&str> = metadata
            .iter()
            .map(|row| row["key"].as_str().unwrap())
            .collect();
        assert_eq!((status, held), (200, keys));
        assert_eq!(patched["suspended"], true);
        assert_eq!(patched["allowedActivations"], 3);
        assert_eq!(patched["expiresAt"], license["expiresAt"]);
    }
}

#[test]
fn refusals_have_the_documented_status_and_code() {
    let caller = caller(SandboxOptions {
        is_catalog_closed: true,
        is_strict: true,
        ..SandboxOptions::default()
    });
    let key = "AAAAAA-BBBBBB-CCCCCC";
    caller.license(json!({ "productId": ids::REVERB, "key": key }));
    let not_documented = Value::Null;
    for (method, url, body, status, code) in [
        (
            "POST",
            "/v3/licenses",
            json!({ "productId": ids::REVERB, "key": key }),
            409,
            json!("DUPLICATE_FIELD_VALUE"),
        ),
        (
            "POST",
            "/v3/licenses",
            json!({}),
            400,
            not_documented.clone(),
        ),
        (
            "POST",
            "/v3/licenses",
            json!({ "productId": "unknown" }),
            400,
            not_documented.clone(),
        ),
        (
            "POST",
            "/v3/licenses",
            json!({ "productId": ids::REVERB, "licenseTemplateId": "no" }),
            400,
            not_documented.clone(),
        ),
        (
            "POST",
            "/v3/licenses",
            json!({ "productId": ids::REVERB, "userId": "no" }),
            400,
            not_documented.clone(),
        ),
        (
            "POST",
            "/v3/licenses",
            json!({ "productId": ids::REVERB, "key": "short" }),
            400,
            not_documented.clone(),
        ),
        (
            "POST",
            "/v3/licenses",
            json!({ "productId": ids::REVERB, "colour": 1 }),
            400,
            not_documented.clone(),
        ),
        (
            "GET",
            "/v3/licenses/none",
            Value::Null,
            404,
            not_documented.clone(),
        ),
        (
            "POST",
            "/v3/licenses/none/renew",
            Value::Null,
            404,
            not_documented.clone(),
        ),
        (
            "GET",
            "/v3/products/none",
            Value::Null,
            404,
            not_documented.clone(),
        ),
        (
            "GET",
            "/v3/licenses?limit=101",
            Value::Null,
            400,
            not_documented.clone(),
        ),
        ("GET", "/v3/nothing", Value::Null, 404, not_documented),
    ] {
        let (answered, error) = caller.answer(method, url, body);

        assert_eq!(
            (answered, &error["code"]),
            (status, &code),
            "{method} {url} {error}"
        );
        assert!(error["message"].is_string());
    }
}

#[test]
fn lists_filter_sort_and_page() {
    let caller = caller(SandboxOptions::default());
    let metadata = |value: &str| json!([{ "key": "order", "value": value }]);
    for (key, order) in [
        ("AAAAAAAAAAAAAAAA", "one"),
        ("BBBBBBBBBBBBBBBB", "two"),
        ("CCCCCCCCCCCCCCCC", "two"),
    ] {
        caller
            .license(json!({ "productId": ids::REVERB, "key": key, "metadata": metadata(order) }));
    }
    for (query, first_letters) in [
        ("metadata.key[eq]=order&metadata.value[eq]=two", "BC"),
        ("metadataKey=order&metadataValue=one", "A"),
        ("metadata.value%5Beq%5D=two&limit=1&page=2", "C"),
        ("metadata.value[eq]=none", ""),
        ("metadata.value[eq]=", "ABC"),
        ("key[in]=AAAAAAAAAAAAAAAA,CCCCCCCCCCCCCCCC&sort=-key", "CA"),
        ("key[sw]=b", "B"),
        ("metadata.value[nin]=two", "A"),
        ("suspended=true", ""),
        ("perpetual=true&sort=%2BcreatedAt|-key", "CBA"),
        ("search=aaaa", "A"),
    ] {
        let (_, page) = caller.answer("GET", &format!("/v3/licenses?{query}"), Value::Null);

        let letters: String = page
            .as_array()
            .unwrap()
            .iter()
            .map(|license| &license["key"].as_str().unwrap()[..1])
            .collect();
        assert_eq!(letters, first_letters, "{query}");
    }
}

#[test]
fn an_address_has_one_user_whatever_its_case() {
    let caller = caller(SandboxOptions::default());

    let (created, user) = caller.user("Ada@example.com");
    let (again, error) = caller.user("ada@Example.com");
    let (_, found) = caller.answer("GET", "/v3/users?email[eq]=ada%40example.com", Value::Null);

    assert_eq!((created, again), (201, 409));
    assert_eq!(error["code"], "DUPLICATE_FIELD_VALUE");
    assert_eq!(found[0]["id"], user["id"]);
    assert!(user.get("password").is_none());
}

#[test]
fn a_user_with_licenses_stays() {
    let caller = caller(SandboxOptions::default());
    let (_, user) = caller.user("ada@example.com");
    let license = caller.license(json!({ "productId": ids::REVERB, "userId": user["id"] }));
    let user_url = format!("/v3/users/{}", user["id"].as_str().unwrap());
    let license_url = format!("/v3/licenses/{}", license["id"].as_str().unwrap());

    assert_eq!(license["user"]["email"], "ada@example.com");
    assert_eq!(caller.answer("DELETE", &user_url, Value::Null).0, 409);
    assert_eq!(caller.answer("DELETE", &license_url, Value::Null).0, 204);
    assert_eq!(caller.answer("DELETE", &user_url, Value::Null).0, 204);
    assert_eq!(caller.answer("GET", &license_url, Value::Null).0, 404);
    assert_eq!(caller.sandbox.deleted_licenses().len(), 1);
}

#[test]
fn an_open_catalog_makes_up_what_it_does_not_know() {
    let caller = caller(SandboxOptions::default());

    let (_, template) = caller.answer("GET", "/v3/license-templates/my-template", Value::Null);
    let license =
        caller.license(json!({ "productId": "my-product", "licenseTemplateId": "my-template" }));
    let (_, product) = caller.answer("GET", "/v3/products/my-product", Value::Null);

    assert_eq!(template["subscriptionInterval"], Value::Null);
    assert_eq!(license["perpetual"], true);
    assert_eq!(product["licenseTemplateId"], "my-template");
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

#[test]
fn entitlements_of_a_license_can_be_added_changed_and_removed() {
    let caller = caller(SandboxOptions::default());
    let license = caller.license(json!({ "productId": ids::STUDIO_PRO }));
    let url = format!(
        "/v3/licenses/{}/feature-entitlements",
        license["id"].as_str().unwrap()
    );

    let body = json!({ "featureId": ids::SURROUND, "value": "7.1" });
    let (created, entitlement) = caller.answer("POST", &url, body.clone());
    let (again, _) = caller.answer("POST", &url, body);
    let one = format!("{url}/{}", entitlement["id"].as_str().unwrap());
    let (_, changed) = caller.answer("PATCH", &one, json!({ "value": "5.1" }));
    let (removed, _) = caller.answer("DELETE", &one, Value::Null);

    assert_eq!((created, again, removed), (200, 409, 204));
    assert_eq!(
        (&changed["value"], &changed["featureName"]),
        (&json!("5.1"), &json!("surround"))
    );
    assert_eq!(caller.answer("GET", &url, Value::Null).1, json!([]));
}

#[test]
fn faults_strike_before_or_after_the_work_and_the_ledger_tells() {
    for (fault, status, ending, licenses) in [
        ("status=503", 503, Ending::Whole, 0),
        ("status=500,when=after", 500, Ending::Whole, 1),
        ("cut=before", 200, Ending::Dropped, 0),
        ("cut=after", 201, Ending::Dropped, 1),
        ("hang=30s", 200, Ending::Dropped, 0),
        ("lie", 201, Ending::Whole, 0),
        ("garble", 201, Ending::Whole, 1),
        (
            "slow-bytes=1ms",
            201,
            Ending::SlowBytes(Duration::from_millis(1)),
            1,
        ),
        ("latency=1s,on=renew", 201, Ending::Whole, 1),
    ] {
        let caller = caller(SandboxOptions {
            faults: vec![fault.parse().unwrap()],
            ..SandboxOptions::default()
        });

        let outcome = caller.send("POST", "/v3/licenses", json!({ "productId": ids::REVERB }));

        let ledger = caller.sandbox.ledger();
        let entry = ledger.entries().next().unwrap();
        assert_eq!(
            (outcome.response.status, outcome.ending),
            (status, ending),
            "{fault}"
        );
        assert_eq!(caller.sandbox.licenses().len(), licenses, "{fault}");
        assert_eq!(entry.took_effect, licenses == 1, "{fault}");
        assert_eq!(entry.license_id.is_some(), licenses == 1, "{fault}");
        assert_eq!(entry.status.is_none(), ending == Ending::Dropped, "{fault}");
    }
}

#[test]
fn a_stale_search_misses_what_is_new() {
    let caller = caller(SandboxOptions {
        faults: vec!["stale-search=2s".parse().unwrap()],
        ..SandboxOptions::default()
    });
    caller.license(json!({ "productId": ids::REVERB, "key": "AAAAAAAAAAAAAAAA" }));
    let url = "/v3/licenses?key[eq]=AAAAAAAAAAAAAAAA";

    let (_, early) = caller.answer("GET", url, Value::Null);
    let later = Caller {
        now: caller.now.plus(SignedDuration::from_secs(2)),
        ..caller
    };
    let (_, late) = later.answer("GET", url, Value::Null);

    assert_eq!(early, json!([]));
    assert_eq!(late.as_array().unwrap().len(), 1);
}

#[test]
fn the_ledger_names_lists_without_a_filter() {
    let caller = caller(SandboxOptions::default());
    for url in [
        "/v3/licenses?limit=100",
        "/v3/licenses?metadata.value[eq]=&page=1",
        "/v3/licenses?id[in]=a",
        "/v3/users",
    ] {
        caller.send("GET", url, Value::Null);
    }

    let numbers: Vec<u64> = caller
        .sandbox
        .ledger()
        .unfiltered()
        .map(|entry| entry.number)
        .collect();

    assert_eq!(numbers, [1, 2]);
}

#[test]
fn the_control_endpoints_set_faults_and_the_clock_and_show_the_ledger() {
    let caller = caller(SandboxOptions::default());
    let post = |path: &str, body: &str| {
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        caller.sandbox.handle(caller.now, &request).response.status
    };

    assert_eq!(
        post("/_sandbox/faults", "status=500,times=1\n\nlatency=1s\n"),
        200
    );
    assert_eq!(post("/_sandbox/faults", "nonsense"), 400);
    assert_eq!(
        caller.send("GET", "/v3/me", Value::Null).response.status,
        500
    );
    assert_eq!(
        caller
            .send("DELETE", "/_sandbox/faults", Value::Null)
            .response
            .status,
        204
    );
    assert_eq!(post("/_sandbox/clock", "2030-01-01T00:00:00Z"), 200);
    assert_eq!(
        caller.license(json!({ "productId": ids::REVERB }))["createdAt"],
        "2030-01-01T00:00:00.0000000Z"
    );
    assert_eq!(
        caller
            .answer("GET", "/_sandbox/ledger", Value::Null)
            .1
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_change_by_hand_is_seen_by_callers_and_not_by_the_ledger() {
    let caller = caller(SandboxOptions::default());
    let license = caller.license(json!({ "productId": ids::STUDIO_PRO }));
    let id = license["id"].as_str().unwrap();

    let edit = HandEdit {
        is_suspended: Some(true),
        expires_at: Some(None),
        ..HandEdit::default()
    };
    assert!(caller.sandbox.edit_license_by_hand(caller.now, id, edit));

    let (_, read) = caller.answer("GET", &format!("/v3/licenses/{id}"), Value::Null);
    assert_eq!(
        (&read["suspended"], &read["perpetual"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(caller.sandbox.ledger().effects("patch", id), 0);
}

#[test]
fn the_limit_answers_the_fifty_first_call_with_429() {
    let now = NOW.parse().unwrap();
    let caller = Caller {
        sandbox: SharedSandbox::new(Sandbox::new(SandboxOptions::default())),
        now,
    };

    let statuses: Vec<u16> = (0..51)
        .map(|_| caller.send("GET", "/v3/me", Value::Null).response.status)
        .collect();

    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 50);
    assert_eq!(statuses.last(), Some(&429));
    assert_eq!(caller.sandbox.ledger().busiest(Duration::from_secs(5)), 51);
}
