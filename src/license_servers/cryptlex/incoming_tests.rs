//! Tests of what is read.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;

fn license(more: Value) -> RemoteLicense {
    let mut body = json!({"id": "l1", "key": "KEY", "suspended": false, "revoked": false});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    read(&body).unwrap()
}

fn read<T: FromFields>(body: &Value) -> Result<T, UnreadableField> {
    T::read(&Fields::of(body).unwrap())
}

#[test]
fn a_license_is_read_with_all_that_matters() {
    let license = license(json!({
        "productId": "p1",
        "userId": "u1",
        "user": null,
        "suspended": true,
        "perpetual": false,
        "subscriptionInterval": "P1M",
        "subscriptionStartTrigger": "creation",
        "expiresAt": "2027-01-13T08:49:17.9361143Z",
        "allowedActivations": 5.0,
        "allowedFloatingClients": 0,
        "metadata": [
            {"key": "a", "value": "1", "viewPermissions": [], "visible": false, "id": "m1"},
            {"key": "b", "value": null, "viewPermissions": ["user"]},
            {"key": "c", "visible": true},
        ],
        "somethingNew": {"x": 1},
    }));

    assert_eq!(license.key.as_ref().unwrap().expose_secret(), "KEY");
    assert_eq!(license.product_id, "p1");
    assert_eq!(license.user_id.as_deref(), Some("u1"));
    assert!(license.is_suspended && !license.is_revoked && !license.is_perpetual);
    assert_eq!(license.interval, Some("P1M".parse().unwrap()));
    assert_eq!(
        license.expires_at.unwrap().to_string(),
        "2027-01-13T08:49:17.936114Z"
    );
    assert_eq!(license.allowed_activations, Some(5));
    assert!(license.has_metadata("a", "1") && !license.has_metadata("b", "1"));
    let visible: Vec<bool> = license.metadata.iter().map(|row| row.is_visible).collect();
    assert_eq!(visible, [false, true, true]);
}

#[test]
fn an_end_that_is_not_there_is_never_or_not_yet() {
    for (body, is_perpetual) in [
        (json!({"perpetual": true}), true),
        (
            json!({"perpetual": true, "expiresAt": "2027-01-13T00:00:00Z"}),
            false,
        ),
        (
            json!({"perpetual": false, "subscriptionInterval": "P1Y"}),
            false,
        ),
        (json!({"subscriptionInterval": ""}), true),
        (
            json!({"perpetual": false, "subscriptionInterval": "P1M", "expiresAt": "9999-12-31T23:59:59Z"}),
            true,
        ),
        (
            json!({"subscriptionInterval": "P1M", "expiresAt": "0001-01-01T00:00:00"}),
            false,
        ),
        (
            json!({"perpetual": true, "expiresAt": "0001-01-01T00:00:00Z"}),
            true,
        ),
        (
            json!({"subscriptionInterval": "P1Y", "expiresAt": null}),
            false,
        ),
        (json!({"validity": 86400}), false),
    ] {
        assert_eq!(license(body.clone()).is_perpetual, is_perpetual, "{body}");
    }
}

#[test]
fn a_license_without_what_decides_is_unreadable_and_the_field_is_named() {
    for (name, value) in [
        ("id", json!(null)),
        ("id", json!("")),
        ("key", json!({"masked": true})),
        ("suspended", json!(null)),
        ("suspended", json!("perhaps")),
        ("revoked", json!(null)),
        ("expiresAt", json!("soon")),
        ("expiresAt", json!({"date": "2027-01-13"})),
        ("subscriptionInterval", json!(["P1M"])),
        ("allowedActivations", json!("many")),
        ("metadata", json!("none")),
        ("metadata", json!([{"value": "1"}])),
    ] {
        let mut body = json!({"id": "l1", "key": "KEY", "suspended": false, "revoked": false});
        body[name] = value.clone();

        let read = read::<RemoteLicense>(&body);

        assert_eq!(read.err(), Some(UnreadableField(name)), "{name}: {value}");
    }
}

#[test]
fn a_license_is_read_however_its_numbers_and_flags_are_written() {
    let license = license(json!({
        "suspended": "True",
        "revoked": 0,
        "allowedActivations": "5",
        "allowedFloatingClients": null,
        "validity": "86400",
        "totalActivations": {"unheard": "of"},
        "createdAt": "yesterday",
        "productId": ["odd"],
        "metadata": [{"key": "order", "value": 42, "visible": "true"}],
    }));

    assert!(license.is_suspended && !license.is_revoked);
    assert_eq!(license.allowed_activations, Some(5));
    assert_eq!(license.interval, Some("P1D".parse().unwrap()));
    assert_eq!((license.activations, license.created_at), (None, None));
    assert!(license.has_metadata("order", "42") && license.metadata[0].is_visible);
}

#[test]
fn a_machine_is_read_whatever_its_times_look_like() {
    for (time, expected) in [
        (
            json!("2026-11-30T10:00:00.1234567Z"),
            Some("2026-11-30T10:00:00.123456Z"),
        ),
        (json!("2026-11-30T10:00:00"), Some("2026-11-30T10:00:00Z")),
        (json!(""), None),
        (json!(null), None),
        (json!("0001-01-01T00:00:00"), None),
        (json!("0001-01-01T00:00:00Z"), None),
        (json!(["odd"]), None),
    ] {
        let body = json!({"id": "a1", "licenseId": "l1", "createdAt": time, "lastSyncedAt": time});
        let machine: Activation = read(&body).unwrap();

        let seen = machine.last_seen_at.map(|time| time.to_string());
        assert_eq!(seen.as_deref(), expected, "{time}");
        assert_eq!(machine.activated_at, machine.last_seen_at, "{time}");
    }
    let late =
        json!({"id": "a1", "licenseId": "l1", "lastSyncedAt": "9999-12-31T23:59:59.9999999"});
    assert!(read::<Activation>(&late).is_ok());
}

#[test]
fn a_template_tells_its_period_in_the_present_and_in_the_superseded_way() {
    for (body, period, is_perpetual) in [
        (json!({"subscriptionInterval": "P1M"}), Some("P1M"), false),
        (
            json!({"subscriptionInterval": "P3M10D", "validity": 5}),
            Some("P3M10D"),
            false,
        ),
        (
            json!({"subscriptionInterval": "", "validity": 2_592_000}),
            Some("P30D"),
            false,
        ),
        (json!({"validity": 3600}), Some("PT3600S"), false),
        (json!({"validity": 0}), None, true),
        (json!({"subscriptionInterval": null}), None, true),
        (json!({"subscriptionInterval": "monthly"}), None, false),
    ] {
        let mut full = json!({"id": "t1"});
        for (name, value) in body.as_object().unwrap() {
            full[name] = value.clone();
        }

        let template: Template = read(&full).unwrap();

        let expected = period.map(|text| text.parse().unwrap());
        assert_eq!(template.interval, expected, "{body}");
        assert_eq!(template.is_perpetual, is_perpetual, "{body}");
    }
}

#[test]
fn a_product_is_shown_by_the_name_that_people_know() {
    let body =
        json!({"id": "p1", "name": "app", "displayName": "The App", "licenseTemplateId": "t1"});

    let product: RemoteProduct = read(&body).unwrap();

    assert_eq!(product.name, "The App");
    assert_eq!(product.default_template_id.as_deref(), Some("t1"));
}
