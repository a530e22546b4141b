//! Keys, slashes, limits, faults and the control endpoints.

use super::*;

#[test]
fn a_key_is_needed_and_must_not_be_refused() {
    let caller = caller();
    caller.sandbox.refuse_tokens(vec!["revoked".to_owned()]);
    for (bearer, api_key, status, words) in [
        (
            None,
            None,
            403,
            "Authentication credentials were not provided.",
        ),
        (
            Some("any"),
            None,
            403,
            "Authentication credentials were not provided.",
        ),
        (
            None,
            Some(" "),
            403,
            "Authentication credentials were not provided.",
        ),
        (
            None,
            Some("revoked"),
            403,
            "Authentication credentials are not valid.",
        ),
        (None, Some("any"), 200, ""),
    ] {
        let request = Request {
            bearer: bearer.map(str::to_owned),
            api_key: api_key.map(str::to_owned),
            ..request("GET", "/api/v1/products/", &Value::Null)
        };

        let response = caller.sandbox.handle(caller.now, &request).response;

        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(response.status, status, "{api_key:?}");
        assert_eq!(body["detail"].as_str().unwrap_or_default(), words);
    }
}

#[test]
fn a_path_without_its_slash_is_moved_and_nothing_is_done() {
    let caller = caller();
    let (path, _) = caller.license(codes::REVERB, json!({}));
    let cut = format!("/api/v1/{}", path.trim_end_matches('/'));

    let outcome = caller.send("DELETE", &format!("{cut}?a=b%20c"), Value::Null);
    let order =
        json!({ "id": "X", "items": [{ "product_code": codes::REVERB, "licenses": [{}] }] });
    let created = caller.send("POST", "orders/create_order", order);

    assert_eq!(outcome.response.status, 301);
    let location = format!("{cut}/?a=b+c");
    assert_eq!(outcome.response.header("location"), Some(location.as_str()));
    assert_eq!(created.response.status, 301);
    assert_eq!(caller.sandbox.licenses().len(), 1);
    let ledger = caller.sandbox.ledger();
    let redirects = ledger.entries().filter(|entry| entry.kind == "redirect");
    let effects: Vec<bool> = redirects.map(|entry| entry.took_effect).collect();
    assert_eq!(effects, [false, false]);
}

#[test]
fn what_is_not_there_is_not_found() {
    let caller = caller();
    for (method, url) in [
        ("GET", "licenses/1/"),
        ("PATCH", "licenses/1/"),
        ("POST", "licenses/1/disable/"),
        ("DELETE", "licenses/1/"),
        ("GET", "orders/1/"),
        ("GET", "orders/1/managers/"),
        ("POST", "devices/1/reset/"),
        ("GET", "products/1/"),
        ("GET", "nothing/"),
    ] {
        let (status, body) = caller.answer(method, url, Value::Null);

        assert_eq!(
            (status, &body["detail"]),
            (404, &json!("Not found.")),
            "{method} {url}"
        );
    }
}

#[test]
fn each_address_has_a_limit_and_all_together_have_another() {
    let now = NOW.parse().unwrap();
    let options = SandboxOptions::of(Kind::LicenseSpring);
    let sandbox = SharedSandbox::new(Sandbox::new(options));
    let statuses = |address: &str, calls: usize, at: Timestamp| {
        let request = Request {
            source_address: address.to_owned(),
            ..request("GET", "/api/v1/products/", &Value::Null)
        };
        let responses = (0..calls).map(|_| sandbox.handle(at, &request).response);
        responses.filter(|response| response.status == 200).count()
    };

    let passed = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]
        .map(|address| statuses(address, 201, now));
    let later = statuses("192.0.2.1", 1, now + SignedDuration::from_secs(59));
    let refusal = sandbox.handle(now, &request("GET", "/api/v1/products/", &Value::Null));

    assert_eq!((passed, later), ([200, 200, 200, 0], 0));
    assert_eq!(refusal.response.header("retry-after"), None);
    assert!(refusal.response.body.starts_with(b"{\"detail\""));
    assert_eq!(
        statuses("192.0.2.1", 1, now + SignedDuration::from_secs(60)),
        1
    );
}

#[test]
fn faults_strike_and_the_ledger_tells() {
    for (fault, status, licenses) in [
        ("status=503,on=create", 503, 0),
        ("status=500,when=after", 500, 1),
        ("cut=after,on=create", 201, 1),
        ("lie", 201, 0),
        ("repeat", 400, 0),
        ("status=429,on=update-features", 201, 1),
    ] {
        let caller = caller_of(SandboxOptions {
            faults: vec![fault.parse().unwrap()],
            ..options()
        });
        let item = json!({ "product_code": codes::REVERB, "licenses": [{}] });
        let order = json!({ "id": "O", "items": [item] });

        let outcome = caller.send("POST", "orders/create_order/", order);

        let ledger = caller.sandbox.ledger();
        let entry = ledger.entries().next().unwrap();
        assert_eq!(outcome.response.status, status, "{fault}");
        assert_eq!(caller.sandbox.licenses().len(), licenses, "{fault}");
        assert_eq!(entry.took_effect, licenses == 1, "{fault}");
        assert_eq!(entry.license_id.is_some(), licenses == 1, "{fault}");
    }
}

#[test]
fn a_field_is_misspelt_wherever_it_first_stands_in_an_answer() {
    let caller = caller();
    let (path, _) = caller.license(codes::REVERB, json!({}));
    caller
        .sandbox
        .set_faults(vec!["misspell=enabled".parse().unwrap()]);
    let unheard = json!({ "unheard": "of" });

    let list = caller.done("GET", "licenses/?order__store_id=O", Value::Null);
    let license = caller.done("GET", &path, Value::Null);
    let order = caller.order("P", codes::REVERB, json!({}));

    assert_eq!(list["results"][0]["enabled"], unheard);
    assert_eq!(license["enabled"], unheard);
    assert_eq!(order["order_items"][0]["licenses"][0]["enabled"], unheard);
}

#[test]
fn the_control_endpoints_count_licenses_and_set_the_clock() {
    let caller = caller();
    let clock = Request {
        method: "POST".to_owned(),
        path: "/_sandbox/clock".to_owned(),
        body: b"2030-01-01T00:00:00Z".to_vec(),
        ..Request::default()
    };
    caller.sandbox.handle(caller.now, &clock);
    for id in ["A", "B"] {
        caller.order(id, codes::REVERB, json!({}));
    }

    let counts = caller.done("GET", "/_sandbox/licenses?by=order_store_id", Value::Null);

    assert_eq!(counts, json!({ "A": 1, "B": 1 }));
    let licenses = caller.sandbox.licenses();
    let made = licenses[0].created_at.unwrap();
    assert_eq!(made.to_string(), "2030-01-01T00:00:00Z");
}
