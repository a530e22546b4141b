//! Licenses: changes, switches, features, changes by hand.

use super::*;

#[test]
fn a_patch_changes_what_it_names() {
    let caller = caller();
    let (path, before) = caller.license(codes::STUDIO, json!({ "note": "first" }));

    let body = json!({
        "validity_period": "2027-06-30", "is_trial": false, "max_activations": 8,
        "metadata": { "unit": "A1" }, "enable_maintenance_period": true,
        "maintenance_period": "2028-01-01",
    });
    let patched = caller.done("PATCH", &path, body);

    assert_eq!(patched, caller.done("GET", &path, Value::Null));
    assert_eq!(patched["validity_period"], "2027-06-30");
    assert_eq!(patched["maintenance_period"], "2028-01-01");
    assert_eq!(patched["max_activations"], 8);
    assert_eq!(patched["metadata"], json!({ "unit": "A1" }));
    assert_eq!(
        (&patched["note"], &patched["license_key"]),
        (&json!("first"), &before["license_key"])
    );
}

#[test]
fn a_patch_that_breaks_a_rule_changes_nothing() {
    let caller = caller();
    let (path, before) = caller.license(codes::STUDIO, json!({}));
    for (body, field) in [
        (json!({ "license_type": "perpetual" }), "license_type"),
        (json!({ "license_key": "AAAA" }), "license_key"),
        (json!({ "key": "AAAA" }), "key"),
        (json!({ "enabled": false }), "enabled"),
        (json!({ "subscription_id": "S" }), "subscription_id"),
        (json!({ "validity_period": "2027-06-30" }), "is_trial"),
        (json!({ "valid_duration": "1y" }), "is_trial"),
        (json!({ "trial_days": 3 }), "is_trial"),
        (
            json!({ "maintenance_period": "2027-06-30" }),
            "enable_maintenance_period",
        ),
        (
            json!({ "maintenance_duration": "1y" }),
            "enable_maintenance_period",
        ),
        (
            json!({ "is_trial": false, "valid_duration": "1y", "validity_period": "2027-06-30" }),
            "valid_duration",
        ),
        (
            json!({ "is_trial": false, "valid_duration": "2w" }),
            "valid_duration",
        ),
        (
            json!({ "is_trial": false, "validity_period": "2027-06-30T00:00:00Z" }),
            "validity_period",
        ),
        (json!({ "floating_users": 3 }), "floating_users"),
        (json!({ "metadata": "{}" }), "metadata"),
        (json!({ "order": 1 }), "order"),
        (json!({ "colour": 1 }), "colour"),
    ] {
        let (status, refusal) = caller.answer("PATCH", &path, body.clone());

        assert_eq!(
            (status, field_of(&refusal)),
            (400, field.to_owned()),
            "{body}"
        );
        assert_eq!(caller.done("GET", &path, Value::Null), before);
    }
}

#[test]
fn fewer_devices_than_floating_users_are_refused_too() {
    let caller = caller();
    let license = json!({ "is_floating_cloud": true, "floating_users": 3, "max_activations": 3 });
    let (path, _) = caller.license(codes::STUDIO, license);

    assert_eq!(
        caller
            .answer("PATCH", &path, json!({ "max_activations": 2 }))
            .0,
        400
    );
    let both = json!({ "max_activations": 2, "floating_users": 2 });
    assert_eq!(caller.answer("PATCH", &path, both).0, 200);
}

#[test]
fn a_trial_becomes_a_full_license_in_place() {
    for (license, body, end) in [
        (
            json!({ "license_type": "perpetual" }),
            json!({ "is_trial": false }),
            Value::Null,
        ),
        (
            json!({ "license_type": "subscription" }),
            json!({ "is_trial": false, "validity_period": "2027-03-14" }),
            json!("2027-03-14"),
        ),
        (
            json!({ "license_type": "subscription" }),
            json!({ "is_trial": false, "valid_duration": "1y" }),
            json!("2028-01-31"),
        ),
    ] {
        let caller = caller();
        let mut license = license.as_object().cloned().unwrap();
        license.insert("is_trial".to_owned(), json!(true));
        license.insert("validity_period".to_owned(), json!("2027-02-14"));
        let (path, before) = caller.license(codes::STUDIO, Value::Object(license));

        let after = caller.done("PATCH", &path, body);

        assert_eq!(
            (&after["is_trial"], &after["validity_period"]),
            (&json!(false), &end)
        );
        assert_eq!(after["license_key"], before["license_key"]);
    }
}

#[test]
fn the_day_of_the_end_is_not_included_and_grace_is_for_subscriptions() {
    for (license_type, grace, at, is_expired) in [
        ("subscription", 0, "2027-02-28T23:59:59Z", false),
        ("subscription", 0, "2027-03-01T00:00:00Z", true),
        ("subscription", 72, "2027-03-03T23:59:59Z", false),
        ("subscription", 72, "2027-03-04T00:00:00Z", true),
        ("time-limited", 72, "2027-03-01T00:00:00Z", true),
    ] {
        let caller = caller();
        let license = json!({
            "license_type": license_type, "validity_period": "2027-03-01",
            "allow_grace_period": grace > 0, "grace_period": grace,
        });
        let (path, _) = caller.license(codes::STUDIO, license);

        let later = Caller {
            now: at.parse().unwrap(),
            ..caller
        };
        let read = later.done("GET", &path, Value::Null);

        assert_eq!(read["is_expired"], is_expired, "{license_type} {at}");
    }
}

#[test]
fn switches_answer_a_sentence_and_are_seen_in_the_ledger_once() {
    let caller = caller();
    let (path, license) = caller.license(codes::STUDIO, json!({}));
    let id = license["id"].to_string();

    let off = caller.done("POST", &format!("{path}disable/"), Value::Null);
    caller.done("POST", &format!("{path}disable/"), Value::Null);
    let disabled = caller.done("GET", &path, Value::Null);
    caller.done("POST", &format!("{path}enable/"), Value::Null);
    let enabled = caller.done("GET", &path, Value::Null);

    assert_eq!(field_of(&off), "message");
    assert_eq!(
        (&disabled["enabled"], &disabled["status"]),
        (&json!(false), &json!("disabled"))
    );
    assert_eq!(
        (&enabled["enabled"], &enabled["status"]),
        (&json!(true), &json!("active"))
    );
    let ledger = caller.sandbox.ledger();
    assert_eq!(
        (
            ledger.effects("disable", &id),
            ledger.effects("enable", &id)
        ),
        (1, 1)
    );
}

#[test]
fn features_are_replaced_as_a_set() {
    let caller = caller();
    let (path, _) = caller.license(codes::STUDIO, json!({ "policy_code": codes::PERPETUAL }));
    let url = format!("{path}update_features/");
    let set = |codes: &[&str]| {
        let rows = codes
            .iter()
            .map(|code| json!({ "product_feature": code, "max_consumption": 3 }));
        json!({ "product_features": rows.collect::<Value>() })
    };
    let codes = |license: &Value| {
        let features = license["product_features"].as_array().unwrap().iter();
        let codes =
            features.map(|held| held["product_feature"]["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };

    let other = caller.done("POST", &url, set(&[codes::EXPORTS]));
    let unknown = caller.answer("POST", &url, set(&[codes::SURROUND, "unknown"]));
    let missing = caller.answer("POST", &url, json!({}));
    let after = caller.done("GET", &path, Value::Null);
    let none = caller.done("POST", &url, set(&[]));

    assert_eq!(codes(&other), [codes::EXPORTS]);
    assert_eq!(other["product_features"][0]["max_consumption"], 3);
    assert_eq!(
        (unknown.0, field_of(&unknown.1)),
        (400, "product_features".to_owned())
    );
    assert_eq!(missing.0, 400);
    assert_eq!((codes(&after), codes(&none).len()), (codes(&other), 0));
}

#[test]
fn a_plan_without_a_feature_refuses_who_uses_it_and_names_it() {
    let caller = caller_of(SandboxOptions {
        lacking: vec![PlanFeature::Floating, PlanFeature::Maintenance],
        ..options()
    });
    let (path, _) = caller.license(
        codes::STUDIO,
        json!({ "is_floating_cloud": false, "floating_users": 0 }),
    );
    for (body, word) in [
        (json!({ "is_floating_cloud": true }), "floating"),
        (json!({ "floating_users": 1 }), "floating"),
        (json!({ "enable_maintenance_period": true }), "maintenance"),
        (
            json!({ "enable_maintenance_period": false, "maintenance_period": "2028-01-01" }),
            "maintenance",
        ),
    ] {
        let (status, refusal) = caller.answer("PATCH", &path, body.clone());

        assert_eq!(status, 403, "{body}");
        assert!(
            refusal["detail"].as_str().unwrap().contains(word),
            "{refusal}"
        );
        assert_eq!(
            caller.refused_order(codes::STUDIO, &body),
            (403, "detail".to_owned())
        );
    }
    let floating = json!([{ "product_feature": codes::EXPORTS, "is_floating": true }]);
    let set = json!({ "product_features": floating });
    assert_eq!(
        caller
            .answer("POST", &format!("{path}update_features/"), set)
            .0,
        403
    );
    let off = json!({ "is_floating": false, "enable_maintenance_period": false });
    assert_eq!(caller.answer("PATCH", &path, off).0, 200);
}

#[test]
fn a_license_that_is_deleted_is_gone_and_still_counted() {
    let caller = caller();
    let (path, _) = caller.license(codes::STUDIO, json!({ "key": "AAAA" }));

    let (status, _) = caller.answer("DELETE", &path, Value::Null);

    assert_eq!(status, 204);
    assert_eq!(caller.answer("GET", &path, Value::Null).0, 404);
    assert_eq!(caller.sandbox.deleted_licenses()[0].key, "AAAA");
    assert_eq!(caller.sandbox.licenses_by("license_key")["AAAA"], 1);
}

#[test]
fn a_change_by_hand_is_seen_by_callers_and_in_snapshots() {
    let caller = caller();
    let (path, license) = caller.license(
        codes::STUDIO,
        json!({ "metadata": "{\"a\":\"1\",\"n\":2}" }),
    );
    let id = license["id"].to_string();
    let edit = HandEdit {
        expires_at: Some(Some("2027-09-30T12:00:00Z".parse().unwrap())),
        is_suspended: Some(true),
        allowed_activations: Some(4),
        metadata: [("b".to_owned(), "2".to_owned())].into(),
        ..HandEdit::default()
    };

    assert!(caller.sandbox.edit_license_by_hand(caller.now, &id, edit));

    let read = caller.done("GET", &path, Value::Null);
    assert_eq!(
        (&read["enabled"], &read["validity_period"]),
        (&json!(false), &json!("2027-09-30"))
    );
    let snapshot = caller.sandbox.licenses().remove(0);
    let metadata: Vec<String> = snapshot.metadata.into_values().collect();
    assert_eq!(
        (snapshot.id, snapshot.product_id.as_str()),
        (id, codes::STUDIO)
    );
    assert_eq!(
        (snapshot.is_suspended, snapshot.allowed_activations),
        (true, 4)
    );
    assert_eq!(
        snapshot.expires_at.unwrap().to_string(),
        "2027-09-30T00:00:00Z"
    );
    assert_eq!(metadata, ["1", "2", "2"]);
    assert!(
        !caller
            .sandbox
            .edit_license_by_hand(caller.now, "1", HandEdit::default())
    );
}
