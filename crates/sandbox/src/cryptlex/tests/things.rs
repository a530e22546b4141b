//! Users, the catalog and entitlements.

use super::*;

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
