//! Orders for bundles.

use super::*;

fn bundle_order(id: &str, licenses: Value) -> Value {
    let item =
        json!({ "product_code": codes::SUITE, "subscription_id": "S", "licenses": licenses });
    json!({ "id": id, "is_bundle": true, "append": true, "items": [item] })
}

#[test]
fn a_unit_of_a_bundle_is_a_license_of_its_own_and_one_for_each_member() {
    let caller = caller();
    let unit = json!({
        "key": "AAAA-BBBB", "max_activations": 9, "license_type": "subscription",
        "validity_period": "2027-05-01", "metadata": "{\"unit\":\"A1\"}",
    });

    let order = bundle_order("A", json!([unit, {}]));
    let order = caller.done("POST", "orders/create_order/", order);

    let licenses = order["order_items"][0]["licenses"].as_array().unwrap();
    let products: Vec<&str> = licenses
        .iter()
        .map(|license| license["product"]["short_code"].as_str().unwrap())
        .collect();
    assert_eq!(
        products,
        ["suite", "studio", "reverb", "suite", "studio", "reverb"]
    );
    let first = &licenses[..3];
    assert!(
        first
            .iter()
            .all(|license| license["license_key"] == "AAAA-BBBB")
    );
    assert!(
        licenses
            .iter()
            .all(|license| license["subscription_id"] == "S")
    );
    let key = &licenses[3]["license_key"];
    assert!(
        key != "AAAA-BBBB"
            && licenses[3..]
                .iter()
                .all(|license| license["license_key"] == *key)
    );
    let of = |member: &str| {
        first
            .iter()
            .map(|license| license[member].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("max_activations"), [9, 2, 2]);
    assert_eq!(
        of("license_type"),
        ["subscription", "subscription", "perpetual"]
    );
    assert_eq!(of("metadata"), ["{\"unit\":\"A1\"}", "{}", "{}"]);
    assert_eq!(
        of("validity_period"),
        [
            json!("2027-05-01T00:00:00Z"),
            json!("2027-02-28T00:00:00Z"),
            Value::Null
        ]
    );
}

#[test]
fn an_order_holds_bundles_or_products_and_one_bundle_at_most() {
    let caller = caller();
    let other = json!({
        "name": "Pair", "short_code": "pair", "is_bundle": true,
        "products": [product_id(&caller, codes::STUDIO)],
    });
    caller.done("POST", "products/", other);
    caller.done(
        "POST",
        "orders/create_order/",
        bundle_order("A", json!([{}])),
    );
    caller.order("B", codes::REVERB, json!({}));
    let order = |id: &str, is_bundle: bool, codes: &[&str]| {
        let items = codes
            .iter()
            .map(|code| json!({ "product_code": code, "licenses": [{}] }));
        let items: Value = items.collect();
        json!({ "id": id, "is_bundle": is_bundle, "append": true, "items": items })
    };
    let before = caller.sandbox.licenses().len();
    for (order, field) in [
        (order("C", false, &[codes::SUITE]), "product_code"),
        (order("C", true, &[codes::REVERB]), "product_code"),
        (
            order("C", true, &[codes::SUITE, codes::REVERB]),
            "product_code",
        ),
        (order("C", true, &[codes::SUITE, "pair"]), "product_code"),
        (order("A", true, &["pair"]), "product_code"),
        (order("A", false, &[codes::REVERB]), "is_bundle"),
        (order("B", true, &[codes::SUITE]), "is_bundle"),
    ] {
        let (status, refusal) = caller.answer("POST", "orders/create_order/", order.clone());

        assert_eq!(
            (status, field_of(&refusal)),
            (400, field.to_owned()),
            "{order}"
        );
    }
    assert_eq!(caller.sandbox.licenses().len(), before);
    let (again, _) = caller.answer(
        "POST",
        "orders/create_order/",
        bundle_order("A", json!([{}])),
    );
    assert_eq!(again, 201);
}

#[test]
fn users_stand_at_the_bundle_and_its_members_alike() {
    let caller = caller();
    let bundle = json!({
        "name": "Team suite", "short_code": "team-suite", "is_bundle": true,
        "authorization_method": "user", "products": [product_id(&caller, codes::TEAM)],
    });
    caller.done("POST", "products/", bundle);
    let unit = json!({ "users": [{ "email": "ada@example.com" }] });
    let item = json!({ "product_code": "team-suite", "licenses": [unit] });

    let order = json!({ "id": "A", "is_bundle": true, "items": [item] });
    let order = caller.done("POST", "orders/create_order/", order);

    let licenses = order["order_items"][0]["licenses"].as_array().unwrap();
    assert_eq!(licenses.len(), 2);
    for license in licenses {
        assert_eq!(license["license_users"][0]["true_email"], "ada@example.com");
        assert_eq!(license["license_key"], Value::Null);
    }
}

#[test]
fn the_members_of_a_bundle_are_listed() {
    let caller = caller();
    let members = |code: &str| {
        let url = format!("products/{}/bundle/", product_id(&caller, code));
        caller.done("GET", &url, Value::Null)["count"].clone()
    };

    assert_eq!(
        (members(codes::SUITE), members(codes::REVERB)),
        (json!(2), json!(0))
    );
}

fn product_id(caller: &Caller, code: &str) -> Value {
    let url = format!("products/?short_code={code}");
    caller.done("GET", &url, Value::Null)["results"][0]["id"].clone()
}
