//! Products, policies, features and custom fields as tests fill them in.

use super::*;

#[test]
fn the_sample_catalog_is_there() {
    let caller = caller();
    for (url, count) in [
        ("products/", 4),
        ("products/?short_code=studio", 1),
        ("products/?short_code=STUDIO", 0),
        ("license-templates/?code=studio-monthly", 1),
        ("license-templates/", 5),
        ("product-features/", 2),
        ("product-custom-fields/", 1),
    ] {
        assert_eq!(
            caller.done("GET", url, Value::Null)["count"],
            count,
            "{url}"
        );
    }
}

#[test]
fn what_is_added_to_the_catalog_can_be_ordered() {
    let caller = caller();
    let product = caller.done(
        "POST",
        "products/",
        json!({ "name": "Organ", "short_code": "organ", "max_activations": 6 }),
    );
    let id = &product["id"];
    caller.done(
        "POST",
        "product-features/",
        json!({ "product": id, "name": "Pipes", "code": "pipes" }),
    );
    caller.done(
        "POST",
        "product-custom-fields/",
        json!({ "product": id, "name": "Hall", "default_value": "small" }),
    );

    let (_, first) = caller.license("organ", json!({}));
    let policy = json!({
        "product": id, "name": "Yearly", "code": "organ-yearly", "is_default": true,
        "license_type": "subscription", "valid_duration": "1y",
        "license_product_feature_templates": [{ "product_feature": "pipes" }],
        "license_custom_field_templates": [{ "product_custom_field": "Hall", "value": "great" }],
    });
    let policy = caller.done("POST", "license-templates/", policy);
    let order = caller.order("B", "organ", json!({}));

    let second = &order["order_items"][0]["licenses"][0];
    assert_eq!(
        (&first["license_type"], &first["max_activations"]),
        (&json!("perpetual"), &json!(6))
    );
    assert_eq!(first["product_custom_fields"][0]["value"], "small");
    assert_eq!(second["license_template"], policy["id"]);
    assert_eq!(second["validity_period"], "2028-01-31T00:00:00Z");
    assert_eq!(
        second["product_features"][0]["product_feature"]["code"],
        "pipes"
    );
    assert_eq!(second["product_custom_fields"][0]["value"], "great");
    let url = format!("license-templates/?product={id}");
    let policies = caller.done("GET", &url, Value::Null);
    let defaults = policies["results"].as_array().unwrap().iter();
    assert_eq!(
        defaults
            .filter(|policy| policy["is_default"] == true)
            .count(),
        1
    );
    let read = caller.done(
        "GET",
        &format!("license-templates/{}/", policy["id"]),
        Value::Null,
    );
    assert_eq!(read, policy);
}

/// A path, a body that is refused there, and the field that the refusal is about.
/// `STUDIO` and `TEAM` stand for the ids of these products.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("products/", r#"{"name":"Organ"}"#, "short_code"),
    ("products/", r#"{"name":"Organ","short_code":"studio"}"#, "short_code"),
    ("products/", r#"{"name":"Organ","short_code":"suite"}"#, "short_code"),
    ("products/", r#"{"name":"B","short_code":"b","is_bundle":true}"#, "products"),
    ("products/", r#"{"name":"B","short_code":"b","products":[STUDIO]}"#, "products"),
    ("products/", r#"{"name":"B","short_code":"b","is_bundle":true,"products":[1]}"#, "products"),
    ("products/", r#"{"name":"B","short_code":"b","is_bundle":true,"products":[STUDIO,TEAM]}"#, "products"),
    ("license-templates/", r#"{"product":1,"name":"P","code":"p"}"#, "product"),
    ("license-templates/", r#"{"product":STUDIO,"name":"P","code":"studio-monthly"}"#, "code"),
    ("product-features/", r#"{"product":STUDIO,"name":"S","code":"surround"}"#, "code"),
    ("product-features/", r#"{"product":STUDIO,"name":"S"}"#, "code"),
    ("product-custom-fields/", r#"{"product":STUDIO,"name":"Region"}"#, "name"),
];

#[test]
fn what_breaks_a_rule_of_the_catalog_is_refused_by_field() {
    let caller = caller();
    let id = |code: &str| {
        let url = format!("products/?short_code={code}");
        caller.done("GET", &url, Value::Null)["results"][0]["id"].to_string()
    };
    let (studio, team) = (id(codes::STUDIO), id(codes::TEAM));
    for (url, body, field) in REFUSED {
        let body = body.replace("STUDIO", &studio).replace("TEAM", &team);
        let body = serde_json::from_str(&body).unwrap();
        let (status, refusal) = caller.answer("POST", url, body);

        let refused = (status, field_of(&refusal));
        assert_eq!(refused, (400, (*field).to_owned()), "{url} {field}");
    }
}

#[test]
fn customers_can_be_added_and_found() {
    let caller = caller();

    let added = caller.done("POST", "customers/", json!({ "email": "ada@example.com" }));
    let found = caller.done("GET", "customers/?email=ada@example.com", Value::Null);

    assert_eq!(found["results"], json!([added]));
}
