//! Tests of what is read of a license.

use serde_json::json;

use super::*;

fn read(more: Value) -> Result<SpringLicense, UnreadableField> {
    let mut body =
        json!({"id": 1_733_049_840_239_917_u64, "license_key": "AAAA-BBBB", "enabled": true});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    SpringLicense::read(&Fields::of(&body).unwrap())
}

fn license(more: Value) -> SpringLicense {
    read(more).ok().unwrap()
}

#[test]
fn a_license_is_read_with_all_that_matters() {
    let license = license(json!({
        "license_type": "subscription",
        "status": "active",
        "enabled": false,
        "is_trial": true,
        "validity_period": "2027-01-31",
        "max_activations": 3,
        "allow_unlimited_activations": false,
        "times_activated": 2,
        "max_license_users": 5,
        "is_floating_cloud": true,
        "floating_users": 4,
        "allow_grace_period": true,
        "grace_period": 48,
        "enable_maintenance_period": true,
        "maintenance_period": "2028-01-31",
        "note": "ours",
        "subscription_id": "sub",
        "order": 1_733_049_840_239_918_u64,
        "order_store_id": "ORDER-1",
        "product": {"id": 1, "short_code": "studio", "product_name": "Studio"},
        "metadata": {"unit": "1"},
        "created_at": "2026-12-01T10:00:00.123456Z",
        "something_new": {"x": 1},
    }));

    let ours = &license.license;
    assert_eq!(ours.id, "1733049840239917");
    assert_eq!(license.key(), Some("AAAA-BBBB"));
    assert_eq!(ours.product_id, "studio");
    assert_eq!(ours.expires_at.unwrap().to_string(), "2027-01-31T00:00:00Z");
    assert!(ours.is_suspended && !ours.is_revoked && !ours.is_perpetual);
    assert_eq!(ours.allowed_activations, Some(3));
    assert_eq!(ours.allowed_floating_clients, Some(4));
    assert_eq!(ours.activations, Some(2));
    assert_eq!(ours.maintenance_ends_at.unwrap().day(), "2028-01-31");
    assert_eq!(ours.notes.as_deref(), Some("ours"));
    assert!(ours.has_metadata("unit", "1") && ours.created_at.is_some());
    assert_eq!(ours.purchases.subscriptions, ["sub"]);
    assert_eq!(ours.purchases.orders, ["ORDER-1"]);
    assert!(license.is_trial && !license.is_of_bundle);
    assert_eq!(license.grace_hours, Some(48));
    assert_eq!(license.max_license_users, Some(5));
    assert_eq!(license.order_id.as_deref(), Some("1733049840239918"));
    assert_eq!(license.order_number.as_deref(), Some("ORDER-1"));
    assert_eq!(license.subscription_id.as_deref(), Some("sub"));
}

#[test]
fn an_end_that_is_not_there_is_never_or_not_yet() {
    for (body, is_perpetual) in [
        (json!({"license_type": "perpetual"}), true),
        (
            json!({"license_type": "perpetual", "valid_duration": "0d"}),
            true,
        ),
        (
            json!({"license_type": "perpetual", "is_trial": true, "validity_period": "2027-01-31"}),
            false,
        ),
        (
            json!({"license_type": "time-limited", "valid_duration": "10d"}),
            false,
        ),
        (
            json!({"license_type": "subscription", "validity_period": null}),
            true,
        ),
        (
            json!({"license_type": "consumption", "validity_period": "0000-00-00"}),
            true,
        ),
        (json!({}), true),
    ] {
        let license = license(body.clone());

        assert_eq!(license.license.is_perpetual, is_perpetual, "{body}");
    }
}

#[test]
fn what_is_switched_off_does_not_count() {
    let license = license(json!({
        "max_activations": 7, "allow_unlimited_activations": true,
        "floating_users": 9, "is_floating_cloud": false,
        "grace_period": 48, "allow_grace_period": false,
        "maintenance_period": "2028-01-31", "enable_maintenance_period": false,
        "max_consumptions": 10, "allow_unlimited_consumptions": true, "total_consumptions": 4,
    }));

    assert_eq!(license.license.allowed_activations, Some(0));
    assert_eq!(license.license.allowed_floating_clients, None);
    assert_eq!(license.license.maintenance_ends_at, None);
    assert_eq!(license.grace_hours, None);
    assert_eq!(
        (license.max_consumptions, license.consumptions),
        (None, Some(4))
    );
}

#[test]
fn a_license_for_users_has_no_key_but_people() {
    let license = license(json!({
        "license_key": null,
        "license_users": [
            {"id": 7, "email": "ada@example.com|Engines", "is_manager": true, "max_activations": 2},
            {"id": 8, "email": "x@example.com|", "true_email": "bob@example.com"},
            {"odd": true},
        ],
    }));

    assert_eq!(license.key(), None);
    let users: Vec<_> = license
        .users
        .iter()
        .map(|user| {
            (
                user.id.as_deref(),
                user.email.as_str(),
                user.is_manager,
                user.max_activations,
            )
        })
        .collect();
    assert_eq!(
        users,
        [
            (Some("7"), "ada@example.com", true, Some(2)),
            (Some("8"), "bob@example.com", false, None),
        ]
    );
}

#[test]
fn a_feature_is_sent_back_as_it_was_read() {
    let license = license(json!({
        "product_features": [
            {"id": 5, "product_feature": {"id": 6, "code": "export", "name": "Export", "feature_type": "consumption"},
             "max_consumption": 10, "total_consumptions": 3, "expiry_date": null, "updated_at": "2026-12-01"},
            {"code": "print"},
        ],
        "product_custom_fields": [
            {"name": "Color", "value": "red", "data_type": "text"},
            {"value": 5, "product_custom_field": {"name": "Size"}},
            {"value": "nameless"},
        ],
    }));

    let bodies: Vec<Value> = license.features.iter().map(LicenseFeature::body).collect();
    assert_eq!(
        bodies,
        [
            json!({"product_feature": "export", "max_consumption": 10, "total_consumptions": 3}),
            json!({"product_feature": "print"}),
        ]
    );
    assert_eq!(LicenseFeature::of_code("print"), license.features[1]);
    let fields = license.custom_fields.iter();
    let fields: Vec<_> = fields
        .map(|field| (field.name.as_str(), field.value.as_str()))
        .collect();
    assert_eq!(fields, [("Color", "red"), ("Size", "5")]);
}

#[test]
fn a_license_without_what_decides_is_unreadable_and_the_field_is_named() {
    for (name, value) in [
        ("id", json!(null)),
        ("id", json!(1.5)),
        ("license_key", json!({"masked": true})),
        ("enabled", json!(null)),
        ("enabled", json!("perhaps")),
        ("validity_period", json!("soon")),
        ("max_activations", json!("many")),
        ("is_trial", json!([])),
        ("metadata", json!("none")),
        ("order_store_id", json!(["x"])),
        ("product_features", json!([{"product_feature": {"id": 6}}])),
        ("product_features", json!("all")),
    ] {
        let read = read(json!({ name: value })).err();

        assert_eq!(read, Some(UnreadableField(name)), "{name}: {value}");
    }
}
