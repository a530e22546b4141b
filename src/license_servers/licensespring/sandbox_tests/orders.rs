//! Keys, orders and licenses, from the first to the last call.

use std::collections::BTreeMap;

use latchkey_sandbox::licensespring::sample::codes;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{NUMBER, by_application, open, order_of, strict, unit};
use crate::license_servers::licensespring::license::{LicenseFeature, SpringLicense};
use crate::license_servers::licensespring::licenses_of::LicensesOf;
use crate::license_servers::licensespring::order::{ItemLicense, NewOrder};
use crate::license_servers::licensespring::patch::{LicensePatch, Validity};
use crate::license_servers::reply::FailureClass;

/// An order of two units of Studio.
fn order_of_two() -> NewOrder {
    order_of(
        codes::STUDIO,
        vec![
            unit("AAAA-BBBB-CCCC-0001", "1"),
            unit("AAAA-BBBB-CCCC-0002", "2"),
        ],
    )
}

#[tokio::test]
async fn keys_are_fresh_and_as_many_as_were_asked_for() {
    let (_, server) = open(strict(&[]));

    let three = server()
        .generate_keys(codes::STUDIO, 3)
        .await
        .result
        .unwrap();
    let again = server()
        .generate_keys(codes::STUDIO, 1)
        .await
        .result
        .unwrap();
    let unknown = server()
        .generate_keys("nothing", 1)
        .await
        .result
        .unwrap_err();
    let for_users = server()
        .generate_keys(codes::TEAM, 1)
        .await
        .result
        .unwrap_err();
    let none = server()
        .generate_keys(codes::STUDIO, 0)
        .await
        .result
        .unwrap_err();

    assert_eq!((three.len(), again.len()), (3, 1));
    let is_among = |key: &SecretString| key.expose_secret() == again[0].expose_secret();
    assert!(!three.iter().any(is_among));
    assert_eq!(unknown.class, FailureClass::NotFound);
    assert_eq!(for_users.class, FailureClass::Rejected);
    assert_eq!(none.class, FailureClass::Rejected);
}

#[tokio::test]
async fn an_order_answers_its_licenses_and_all_are_found_again() {
    let (sandbox, server) = open(strict(&[]));
    let order = order_of_two();

    let answer = server().create_order(&order).await.result.ok().unwrap();
    let taken = server().create_order(&order).await.result.err().unwrap();

    assert_eq!(taken.class, FailureClass::Conflict);
    assert_eq!(answer.licenses.len(), 2);
    let first = &answer.licenses[0];
    let id = first.license.id.clone();
    assert_eq!(first.key(), Some("AAAA-BBBB-CCCC-0001"));
    assert!(first.license.has_metadata("unit", "1"));
    assert_eq!(first.license.expires_at.unwrap().day(), "2027-02-13");
    assert!(
        id.len() == 16 && id.parse::<u64>().unwrap() > 1 << 53,
        "{id}"
    );
    let key = SecretString::from("aaaa-bbbb-cccc-0001".to_uppercase());
    let ids = [id.clone(), "1733049840239917".to_owned()];
    for (wanted, count) in [
        (LicensesOf::Ids(&ids), 1),
        (LicensesOf::Key(&key), 1),
        (LicensesOf::OrderNumber(NUMBER), 2),
        (LicensesOf::Subscription("subscription 1/2"), 2),
        (LicensesOf::OrderNumber("other"), 0),
    ] {
        let found = server().licenses_of(&wanted, 1).await.result.ok().unwrap();
        assert_eq!(found.licenses.len(), count);
        assert!(found.is_last && found.unreadable.is_empty());
    }
    let orders = server().orders_of(NUMBER, 1).await.result.unwrap();
    let by_id = server().order(&orders.items[0].id).await.result.unwrap();
    assert_eq!(answer.order_id.as_ref(), Some(&by_id.id));
    assert_eq!(by_id.number.as_deref(), Some(NUMBER));
    assert_eq!(sandbox.ledger().unfiltered().count(), 0);
}

#[tokio::test]
async fn a_license_is_changed_switched_reset_and_deleted() {
    let (sandbox, server) = open(strict(&[]));
    let order = order_of(codes::STUDIO, vec![unit("AAAA-BBBB-CCCC-0001", "1")]);
    let answer = server().create_order(&order).await.result.ok().unwrap();
    let id = answer.licenses[0].license.id.clone();
    let patch = LicensePatch {
        validity: Some(Validity {
            until: "2027-03-13T18:00:00Z".parse().unwrap(),
            is_trial: false,
        }),
        max_activations: Some(5),
        max_license_users: Some(6),
        floating_users: Some(2),
        grace_hours: Some(48),
        note: Some("ours".to_owned()),
        metadata: Some(unit("", "9").metadata),
        ..LicensePatch::default()
    };

    let changed = server().patch(&id, &patch).await.result.ok().unwrap();
    server().disable(&id).await.result.unwrap();
    let off = server().license(&id).await.result.ok().unwrap();
    server().enable(&id).await.result.unwrap();
    let on = server().license(&id).await.result.ok().unwrap();
    server().delete(&id).await.result.unwrap();
    let gone = server().license(&id).await.result.err().unwrap();

    let license = &changed.license;
    assert_eq!(
        license.expires_at.unwrap().to_string(),
        "2027-03-13T00:00:00Z"
    );
    assert_eq!(license.allowed_activations, Some(5));
    assert_eq!(license.notes.as_deref(), Some("ours"));
    assert!(license.has_metadata("unit", "9"));
    assert_eq!(
        (changed.max_license_users, changed.grace_hours),
        (Some(6), Some(48))
    );
    assert!(off.license.is_suspended && !on.license.is_suspended);
    assert_eq!(gone.class, FailureClass::NotFound);
    assert_eq!(sandbox.licenses().len(), 0);
}

#[tokio::test]
async fn machines_are_freed_one_by_one_or_all_with_the_counters() {
    let (sandbox, server) = open(strict(&[]));
    let order = order_of_two();
    let answer = server().create_order(&order).await.result.ok().unwrap();
    let id = answer.licenses[0].license.id.clone();
    for (key, hardware) in [("0001", "a"), ("0001", "b"), ("0002", "c")] {
        let body = json!({"product": codes::STUDIO, "license_key": format!("AAAA-BBBB-CCCC-{key}"),
            "hardware_id": hardware, "hostname": hardware});
        by_application(&sandbox, "activate_license", &body);
    }

    let devices = server().devices(&id, 1).await.result.unwrap();
    server()
        .reset_device(&devices.items[0].id)
        .await
        .result
        .unwrap();
    let after_one = server().license(&id).await.result.ok().unwrap();
    server().reset(&id).await.result.unwrap();
    let after_all = server().devices(&id, 1).await.result.unwrap();
    let again = server().reset_device(&devices.items[0].id).await;

    assert_eq!((devices.items.len(), devices.is_last), (2, true));
    assert_eq!(after_one.license.activations, Some(1));
    assert_eq!(after_all.items.len(), 0);
    assert_eq!(again.result.unwrap_err().class, FailureClass::NotFound);
    assert_eq!(sandbox.ledger().unfiltered().count(), 0);
}

#[tokio::test]
async fn features_that_stay_keep_what_was_used_up() {
    let (sandbox, server) = open(strict(&[]));
    let license = ItemLicense {
        features: vec![codes::EXPORTS.to_owned()],
        ..unit("AAAA-BBBB-CCCC-0001", "1")
    };
    let order = order_of(codes::STUDIO, vec![license]);
    let answer = server().create_order(&order).await.result.ok().unwrap();
    let id = answer.licenses[0].license.id.clone();
    let body = json!({"product": codes::STUDIO, "license_key": "AAAA-BBBB-CCCC-0001",
        "feature": codes::EXPORTS, "consumptions": 3});
    by_application(&sandbox, "add_consumption", &body);
    let read = server().license(&id).await.result.ok().unwrap();
    let mut features = read.features.clone();
    features.push(LicenseFeature::of_code(codes::SURROUND));

    let both = server()
        .update_features(&id, &features)
        .await
        .result
        .ok()
        .unwrap();
    let unknown = [LicenseFeature::of_code("nothing")];
    let refused = server()
        .update_features(&id, &unknown)
        .await
        .result
        .err()
        .unwrap();
    let none = server()
        .update_features(&id, &[])
        .await
        .result
        .ok()
        .unwrap();

    let codes: Vec<&str> = both
        .features
        .iter()
        .map(|feature| feature.code.as_str())
        .collect();
    assert_eq!(codes, [codes::EXPORTS, codes::SURROUND]);
    assert_eq!(both.features[0].body(), read.features[0].body());
    assert_eq!(both.features[0].body()["total_consumptions"], 3);
    assert_eq!(refused.class, FailureClass::Rejected);
    assert!(refused.text.contains("nothing"), "{}", refused.text);
    assert!(none.features.is_empty());
}

#[tokio::test]
async fn an_order_that_is_appended_twice_makes_doubles() {
    let (sandbox, server) = open(strict(&[]));
    let order = order_of(codes::STUDIO, vec![unit("AAAA-BBBB-CCCC-0001", "1")]);
    let more = NewOrder {
        is_appended: true,
        ..order_of(codes::STUDIO, vec![unit("AAAA-BBBB-CCCC-0002", "2")])
    };

    server().create_order(&order).await.result.ok().unwrap();
    server().create_order(&more).await.result.ok().unwrap();
    let twice = server().create_order(&more).await.result.ok().unwrap();

    // Whoever does not look first has made one too many; the answer lists what was there before too.
    assert_eq!(twice.licenses.len(), 3);
    let expected = [("1", 1), ("2", 2)].map(|(mark, count)| (mark.to_owned(), count));
    assert_eq!(
        sandbox.licenses_by("metadata.unit"),
        BTreeMap::from(expected)
    );
    let key = SecretString::from("AAAA-BBBB-CCCC-0002");
    let found = server()
        .licenses_of(&LicensesOf::Key(&key), 1)
        .await
        .result
        .ok()
        .unwrap();
    assert_eq!(found.licenses.len(), 2);
}

#[tokio::test]
async fn long_lists_come_by_the_page_and_miss_none() {
    let (_, server) = open(strict(&[]));
    let units =
        (0..130).map(|place| unit(&format!("AAAA-BBBB-CCCC-{place:04}"), &place.to_string()));
    let order = order_of(codes::STUDIO, units.collect());
    let answer = server().create_order(&order).await.result.ok().unwrap();

    let wanted = LicensesOf::OrderNumber(NUMBER);
    let first = server().licenses_of(&wanted, 1).await.result.ok().unwrap();
    let second = server().licenses_of(&wanted, 2).await.result.ok().unwrap();

    assert_eq!((first.licenses.len(), first.is_last), (100, false));
    assert_eq!((second.licenses.len(), second.is_last), (30, true));
    let ids = |licenses: &[SpringLicense]| -> Vec<String> {
        licenses
            .iter()
            .map(|license| license.license.id.clone())
            .collect()
    };
    let mut found = [ids(&first.licenses), ids(&second.licenses)].concat();
    let mut made = ids(&answer.licenses);
    found.sort();
    made.sort();
    assert_eq!(found, made);
}
