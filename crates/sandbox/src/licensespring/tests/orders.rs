//! Orders and what they make.

use super::*;

#[test]
fn keys_are_generated_and_reserved_for_nothing() {
    let caller = caller();
    for (query, status, expected) in [
        ("product=reverb&quantity=3", 200, vec![19, 19, 19]),
        ("product=reverb", 200, vec![19]),
        ("product=reverb&quantity=1&key_length=20", 200, vec![24]),
        ("product=reverb&quantity=0", 400, vec![]),
        ("product=reverb&key_length=15", 400, vec![]),
        ("product=Reverb&quantity=1", 404, vec![]),
        ("quantity=1", 404, vec![]),
        ("product=team&quantity=1", 400, vec![]),
    ] {
        let url = format!("orders/generate_license/?{query}");

        let (answered, keys) = caller.answer("GET", &url, Value::Null);

        let keys = keys.as_array().cloned().unwrap_or_default();
        let lengths: Vec<usize> = keys.iter().map(|key| key.as_str().unwrap().len()).collect();
        assert_eq!((answered, lengths), (status, expected), "{query}");
    }
    let effects = caller.sandbox.ledger();
    assert!(effects.entries().all(|entry| !entry.took_effect));
}

#[test]
fn an_order_answers_its_whole_licenses_with_text_for_metadata_and_times_for_days() {
    let caller = caller();
    let license = json!({
        "key": "AAAA-BBBB", "license_type": "time-limited", "validity_period": "2027-03-01 12:00:00",
        "metadata": "{\"unit\": \"A1\"}", "max_activations": 5,
    });
    let item = json!({
        "product_code": codes::STUDIO, "subscription_id": "S1", "licenses": [license], "note": "n",
    });
    let customer = json!({ "email": "ada@example.com", "first_name": "Ada" });
    let order = json!({
        "id": "A", "is_test": true, "metadata": "{\"a\":1}", "customer": customer, "items": [item],
    });

    let (status, order) = caller.answer("POST", "orders/create_order/", order);

    let license = &order["order_items"][0]["licenses"][0];
    assert_eq!(status, 201);
    assert_eq!(
        (&order["store_id"], &order["is_test"]),
        (&json!("A"), &json!(true))
    );
    assert_eq!(order["metadata"], "{\"a\":1}");
    assert_eq!(order["customer"]["first_name"], "Ada");
    assert_eq!(license["license_key"], "AAAA-BBBB");
    assert_eq!(license["validity_period"], "2027-03-01T00:00:00Z");
    assert_eq!(license["metadata"], "{\"unit\":\"A1\"}");
    assert_eq!(
        (&license["order_store_id"], &license["subscription_id"]),
        (&json!("A"), &json!("S1"))
    );
    assert_eq!(license["valid_duration"], Value::Null);
    let url = format!("licenses/{}/", license["id"]);
    let read = caller.done("GET", &url, Value::Null);
    assert_eq!(read["validity_period"], "2027-03-01");
    assert_eq!(read["metadata"], json!({ "unit": "A1" }));
    assert_eq!(read["customer"]["email"], "ada@example.com");
    let id = read["id"].as_u64().unwrap();
    assert!(id > 1 << 53 && id.to_string().len() == 16, "{id}");
    let order_url = format!("orders/{}/", order["id"]);
    let items = &caller.done("GET", &order_url, Value::Null)["order_items"];
    assert_eq!(items[0].get("licenses"), None);
}

#[test]
fn an_id_that_exists_is_refused_unless_appended_and_then_doubles_are_made() {
    let caller = caller();
    let license = json!({ "key": "AAAA-BBBB", "metadata": "{\"unit\": \"A1\"}" });
    let item = json!({ "product_code": codes::REVERB, "licenses": [license] });
    let order = |append: bool| json!({ "id": "A", "append": append, "items": [item] });
    let send = |append| caller.answer("POST", "orders/create_order/", order(append));

    let (first, _) = send(true);
    let (again, refusal) = send(false);
    let (appended, answer) = send(true);

    assert_eq!((first, again, appended), (201, 400, 201));
    assert_eq!(field_of(&refusal), "id");
    assert_eq!(answer["order_items"].as_array().unwrap().len(), 2);
    for member in ["order_store_id", "license_key", "metadata.unit"] {
        let counts = caller.sandbox.licenses_by(member);
        assert_eq!(counts.into_values().collect::<Vec<_>>(), [2], "{member}");
    }
}

#[test]
fn a_key_used_in_two_orders_makes_a_double() {
    let caller = caller();
    for id in ["A", "B"] {
        caller.order(id, codes::REVERB, json!({ "key": "AAAA-BBBB" }));
    }

    let found = caller.done("GET", "licenses/?license_key=AAAA-BBBB", Value::Null);

    assert_eq!(found["count"], 2);
}

#[test]
fn what_an_order_says_goes_before_its_policy() {
    let caller = caller();
    for (name, license, expected) in [
        (
            "default policy",
            json!({}),
            json!({ "license_type": "subscription", "valid_duration": "1m", "validity_period": "2027-02-28", "max_activations": 2 }),
        ),
        (
            "named policy",
            json!({ "policy_code": codes::PERPETUAL, "max_activations": 7 }),
            json!({ "license_type": "perpetual", "validity_period": null, "max_activations": 7 }),
        ),
        (
            "an end instead of the policy's length",
            json!({ "validity_period": "2027-04-01" }),
            json!({ "license_type": "subscription", "valid_duration": null, "validity_period": "2027-04-01" }),
        ),
        (
            "a length instead of the policy's",
            json!({ "valid_duration": "2y" }),
            json!({ "valid_duration": "2y", "validity_period": "2029-01-31", "status": "active" }),
        ),
        (
            "what is no subscription begins with its first activation",
            json!({ "license_type": "time-limited", "valid_duration": "10d" }),
            json!({ "validity_period": null, "status": "inactive" }),
        ),
        (
            "a trial",
            json!({ "is_trial": true, "validity_period": "2027-02-14" }),
            json!({ "is_trial": true, "validity_period": "2027-02-14" }),
        ),
        (
            "consumption",
            json!({ "license_type": "consumption", "max_consumptions": 9 }),
            json!({ "license_type": "consumption", "max_consumptions": 9, "total_consumptions": 0 }),
        ),
        (
            "disabled",
            json!({ "enabled": false }),
            json!({ "status": "disabled" }),
        ),
    ] {
        let caller = caller_of(options());

        let (_, read) = caller.license(codes::STUDIO, license);

        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&read[member], value, "{name}: {member}");
        }
    }
    let (_, reverb) = caller.license(codes::REVERB, json!({}));
    assert_eq!(reverb["license_type"], "perpetual");
}

#[test]
fn features_and_custom_fields_come_from_the_order_else_the_policy_else_the_product() {
    let features = |license: &Value| {
        let features = license["product_features"].as_array().unwrap().iter();
        let codes =
            features.map(|held| held["product_feature"]["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };
    for (license, codes, region) in [
        (json!({}), vec![], "EU"),
        (
            json!({ "policy_code": codes::PERPETUAL }),
            vec![codes::SURROUND],
            "EU",
        ),
        (
            json!({ "policy_code": codes::PERPETUAL, "product_features": [{ "code": "exports", "max_consumption": 5 }] }),
            vec![codes::EXPORTS],
            "EU",
        ),
        (
            json!({ "policy_code": codes::PERPETUAL, "product_features": [] }),
            vec![],
            "EU",
        ),
        (
            json!({ "custom_fields": [{ "name": "Region", "value": "US" }] }),
            vec![],
            "US",
        ),
    ] {
        let (_, read) = caller().license(codes::STUDIO, license);

        let fields = &read["product_custom_fields"];
        assert_eq!(features(&read), codes);
        assert_eq!(
            (&fields[0]["name"], &fields[0]["value"]),
            (&json!("Region"), &json!(region))
        );
    }
}

/// A product, a license of it that is refused, and the field that the refusal is about.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("unknown", "{}", "product_code"),
    (codes::STUDIO, r#"{"policy_code":"unknown"}"#, "policy_code"),
    (codes::STUDIO, r#"{"policy_code":"reverb-default"}"#, "policy_code"),
    (codes::STUDIO, r#"{"custom_fields":[{"name":"Colour","value":""}]}"#, "custom_fields"),
    (codes::REVERB, r#"{"custom_fields":[{"name":"Region","value":""}]}"#, "custom_fields"),
    (codes::STUDIO, r#"{"product_features":[{"code":"unknown"}]}"#, "product_features"),
    (codes::REVERB, r#"{"product_features":[{"code":"surround"}]}"#, "product_features"),
    (codes::STUDIO, r#"{"valid_duration":"2w"}"#, "valid_duration"),
    (codes::STUDIO, r#"{"valid_duration":"1m","validity_period":"2027-03-01"}"#, "valid_duration"),
    (codes::STUDIO, r#"{"license_type":"rented"}"#, "license_type"),
    (codes::STUDIO, r#"{"metadata":{}}"#, "metadata"),
    (codes::STUDIO, r#"{"is_floating_cloud":true,"floating_users":3}"#, "floating_users"),
    (codes::REVERB, r#"{"validity_period":"2027-03-01"}"#, "validity_period"),
    (codes::REVERB, r#"{"users":[{"email":"ada@example.com"}]}"#, "users"),
    (codes::TEAM, "{}", "users"),
    (codes::TEAM, r#"{"users":[]}"#, "users"),
    (codes::TEAM, r#"{"users":[{}]}"#, "users"),
    (codes::TEAM, r#"{"users":[{"email":"ada@example.com"}],"key":"AAAA"}"#, "key"),
    (codes::TEAM, r#"{"users":[{"email":"a@a.example"},{"email":"b@b.example"}],"max_license_users":1}"#, "users"),
    (codes::STUDIO, r#"{"colour":1}"#, "colour"),
    (codes::STUDIO, r#"{"max_activations":null}"#, "max_activations"),
];

#[test]
fn an_order_that_breaks_a_rule_is_refused_by_field_and_leaves_nothing() {
    let caller = caller();
    for (product, license, field) in REFUSED {
        let license = serde_json::from_str(license).unwrap();
        let refused = caller.refused_order(product, &license);

        assert_eq!(refused, (400, (*field).to_owned()), "{license}");
    }
}

#[test]
fn an_order_without_its_parts_is_refused_by_field() {
    let caller = caller();
    let bare = json!([{ "product_code": codes::REVERB, "licenses": [] }]);
    for (order, field) in [
        (json!({ "items": [{}] }), "id"),
        (json!({ "id": "A" }), "items"),
        (json!({ "id": "A", "items": [] }), "items"),
        (json!({ "id": "A", "items": bare }), "licenses"),
        (json!({ "id": "A", "items": [{}] }), "product_code"),
        (
            json!({ "id": "A", "metadata": {}, "items": [{}] }),
            "metadata",
        ),
    ] {
        let (status, refusal) = caller.answer("POST", "orders/create_order/", order);

        assert_eq!((status, field_of(&refusal)), (400, field.to_owned()));
    }
}

#[test]
fn a_bad_second_item_takes_the_first_one_with_it() {
    let caller = caller();
    let good = json!({ "product_code": codes::REVERB, "licenses": [{}] });
    let bad = json!({ "product_code": "unknown", "licenses": [{}] });

    let order = json!({ "id": "A", "items": [good, bad] });
    let (status, _) = caller.answer("POST", "orders/create_order/", order);

    assert_eq!(status, 400);
    assert!(caller.sandbox.licenses().is_empty());
    assert!(
        caller
            .sandbox
            .ledger()
            .entries()
            .all(|entry| !entry.took_effect)
    );
}

#[test]
fn customers_are_matched_by_address_else_company_and_take_over_what_a_later_order_says() {
    let caller = caller();
    let order = |id: &str, customer: Value| {
        let item = json!({ "product_code": codes::REVERB, "licenses": [{}] });
        let order = json!({ "id": id, "items": [item], "customer": customer });
        caller.done("POST", "orders/create_order/", order)["customer"].clone()
    };

    let first = order(
        "A",
        json!({ "email": "ada@example.com", "first_name": "Ada", "phone": "1" }),
    );
    let second = order(
        "B",
        json!({ "email": "ada@example.com", "first_name": "Augusta" }),
    );
    let firm = order("C", json!({ "company_name": "Engines", "phone": "2" }));
    let same_firm = order(
        "D",
        json!({ "email": "new@example.com", "company_name": "Engines" }),
    );
    let nobody = order("E", json!({ "first_name": "Ada" }));

    assert_eq!(first["id"], second["id"]);
    assert_eq!(
        (&second["first_name"], &second["phone"]),
        (&json!("Augusta"), &json!("1"))
    );
    assert_eq!(firm["id"], same_firm["id"]);
    assert_eq!(
        (&same_firm["email"], &same_firm["phone"]),
        (&json!("new@example.com"), &json!("2"))
    );
    assert!(nobody["id"] != first["id"] && nobody["id"] != firm["id"]);
    let licenses = caller.done("GET", "licenses/?order__store_id=A", Value::Null);
    assert_eq!(licenses["results"][0]["customer"]["first_name"], "Augusta");
    let url = format!("orders/?customer_id={}", first["id"]);
    assert_eq!(caller.done("GET", &url, Value::Null)["count"], 2);
}

#[test]
fn users_stand_at_their_license_and_managers_at_their_order() {
    let caller = caller();
    let users = json!([
        { "email": "ada@example.com", "is_manager": true, "max_activations": 4 },
        { "email": "bob@example.com" },
    ]);
    let item = json!({ "product_code": codes::TEAM, "licenses": [{ "users": users }] });
    let customer = json!({ "email": "chief@example.com", "is_manager": true });
    let order = json!({ "id": "A", "items": [item], "customer": customer });

    let order = caller.done("POST", "orders/create_order/", order);
    let managers = format!("orders/{}/managers/", order["id"]);
    let add = format!("orders/{}/add_manager/", order["id"]);
    for _ in 0..2 {
        caller.done(
            "POST",
            &add,
            json!({ "email": "dan@example.com", "password": "secret" }),
        );
    }

    let emails = |list: &Value| {
        let list = list.as_array().unwrap().iter();
        let emails = list.map(|user| user["true_email"].as_str().unwrap().to_owned());
        emails.collect::<Vec<_>>()
    };
    let license = &order["order_items"][0]["licenses"][0];
    assert_eq!(license["license_key"], Value::Null);
    assert_eq!(
        emails(&license["license_users"]),
        ["ada@example.com", "bob@example.com"]
    );
    assert_eq!(license["license_users"][0]["max_activations"], 4);
    assert_eq!(license["license_users"][1]["max_activations"], 1);
    assert_eq!(
        emails(&caller.done("GET", &managers, Value::Null)),
        ["chief@example.com", "ada@example.com", "dan@example.com"]
    );
    assert_eq!(order.get("managers"), None);
    assert_eq!(caller.answer("POST", &add, json!({})).0, 400);
    let found = caller.done("GET", "license-users/?email=bob@example.com", Value::Null);
    assert_eq!(found["count"], 1);
}
