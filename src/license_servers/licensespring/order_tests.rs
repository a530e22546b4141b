//! Tests of the orders that are sent.

use super::*;

fn order(contents: OrderContents) -> NewOrder {
    NewOrder {
        number: "ORDER-1".to_owned(),
        is_appended: false,
        is_test: true,
        customer: None,
        contents,
    }
}

fn item_of(license: ItemLicense) -> OrderItem {
    OrderItem {
        product_code: "studio".to_owned(),
        subscription_id: Some("sub".to_owned()),
        licenses: vec![license],
    }
}

fn sent(license: ItemLicense) -> Value {
    let operation = operation(&order(OrderContents::Products(vec![item_of(license)])));
    assert_eq!(operation.refusal, None);
    operation.body.unwrap()["items"][0]["licenses"][0].clone()
}

fn full_license() -> ItemLicense {
    ItemLicense {
        key: Some(SecretString::from("AAAA-BBBB-CCCC")),
        policy_code: Some("yearly".to_owned()),
        license_type: Some("subscription".to_owned()),
        max_activations: Some(5),
        max_license_users: Some(6),
        floating_users: Some(4),
        valid_until: Some("2027-01-31T23:59:00Z".parse().unwrap()),
        is_trial: Some(true),
        trial_days: Some(14),
        grace_hours: Some(48),
        is_maintained: Some(true),
        maintenance_duration: Some("P1Y".parse().unwrap()),
        max_consumptions: Some(10),
        note: Some("ours".to_owned()),
        metadata: vec![Metadata {
            key: "unit".to_owned(),
            value: "1".to_owned(),
            is_visible: false,
        }],
        features: vec!["export".to_owned()],
        custom_fields: vec![CustomFieldValue {
            name: "Color".to_owned(),
            value: "red".to_owned(),
        }],
        users: vec![LicenseUser {
            id: None,
            email: "ada@example.com".to_owned(),
            is_manager: true,
            max_activations: Some(1),
        }],
        ..ItemLicense::default()
    }
}

#[test]
fn what_is_not_said_is_left_to_the_policy() {
    let order = order(OrderContents::Products(vec![item_of(
        ItemLicense::default(),
    )]));

    let operation = operation(&order);

    assert_eq!(operation.target, "/api/v1/orders/create_order/");
    assert_eq!(
        operation.body,
        Some(
            json!({"id": "ORDER-1", "append": false, "is_bundle": false, "is_test": true,
            "items": [{"product_code": "studio", "subscription_id": "sub", "licenses": [{}]}]})
        )
    );
}

#[test]
fn a_full_license_is_written_in_the_vendors_words() {
    assert_eq!(
        sent(full_license()),
        json!({
            "key": "AAAA-BBBB-CCCC",
            "policy_code": "yearly",
            "license_type": "subscription",
            "max_activations": 5,
            "max_license_users": 6,
            "is_floating_cloud": true,
            "floating_users": 4,
            "validity_period": "2027-01-31",
            "is_trial": true,
            "trial_days": 14,
            "allow_grace_period": true,
            "grace_period": 48,
            "enable_maintenance_period": true,
            "maintenance_duration": "1y",
            "max_consumptions": 10,
            "note": "ours",
            "metadata": r#"{"unit":"1"}"#,
            "product_features": [{"code": "export"}],
            "custom_fields": [{"name": "Color", "value": "red"}],
            "users": [{"email": "ada@example.com", "is_manager": true, "max_activations": 1}],
        })
    );
    let lasting = ItemLicense {
        valid_duration: Some("P2W".parse().unwrap()),
        ..ItemLicense::default()
    };
    assert_eq!(sent(lasting), json!({"valid_duration": "14d"}));
}

#[test]
fn a_bundle_stands_by_itself_and_leaves_its_members_to_their_policies() {
    let operation = operation(&order(OrderContents::Bundle(item_of(full_license()))));

    let body = operation.body.unwrap();
    assert_eq!(body["is_bundle"], true);
    assert_eq!(body["items"][0]["product_code"], "studio");
    let unit = &body["items"][0]["licenses"][0];
    assert_eq!(
        (&unit["key"], &unit["validity_period"]),
        (&json!("AAAA-BBBB-CCCC"), &json!("2027-01-31"))
    );
    assert_eq!(unit["users"][0]["email"], "ada@example.com");
    for passed_over in ["policy_code", "product_features", "custom_fields"] {
        assert!(unit.get(passed_over).is_none(), "{passed_over}");
    }
}

#[test]
fn a_customer_is_told_with_what_is_known_of_it() {
    let customer = OrderCustomer {
        email: Some(" ada@example.com ".to_owned()),
        first_name: Some("Ada".to_owned()),
        last_name: Some(" ".to_owned()),
        company_name: None,
        is_manager: true,
    };
    let order = NewOrder {
        customer: Some(customer),
        ..order(OrderContents::Products(vec![item_of(
            ItemLicense::default(),
        )]))
    };

    let body = operation(&order).body.unwrap();

    assert_eq!(
        body["customer"],
        json!({"email": "ada@example.com", "first_name": "Ada", "is_manager": true})
    );
}

#[test]
fn keys_are_kept_out_of_the_words_of_a_failure() {
    let operation = operation(&order(OrderContents::Products(vec![item_of(
        full_license(),
    )])));

    assert_eq!(
        operation.exposed_secrets().collect::<Vec<_>>(),
        ["AAAA-BBBB-CCCC"]
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let plain = ItemLicense::default;
    let refused =
        |license| operation(&order(OrderContents::Products(vec![item_of(license)]))).refusal;
    let day = "2027-01-31T00:00:00Z".parse().unwrap();
    let month = "P1M".parse().unwrap();
    let nobody = LicenseUser {
        id: None,
        email: " ".to_owned(),
        is_manager: false,
        max_activations: None,
    };
    for license in [
        ItemLicense {
            max_activations: Some(0),
            ..plain()
        },
        ItemLicense {
            max_license_users: Some(0),
            ..plain()
        },
        ItemLicense {
            floating_users: Some(0),
            ..plain()
        },
        ItemLicense {
            valid_until: Some(day),
            valid_duration: Some(month),
            ..plain()
        },
        ItemLicense {
            valid_duration: Some("PT12H".parse().unwrap()),
            ..plain()
        },
        ItemLicense {
            maintenance_duration: Some("P1M1D".parse().unwrap()),
            ..plain()
        },
        ItemLicense {
            users: vec![nobody],
            ..plain()
        },
    ] {
        assert!(refused(license).is_some());
    }
}

#[test]
fn an_order_without_number_products_or_licenses_is_refused() {
    let plain = ItemLicense::default;
    let nameless = OrderItem {
        product_code: " ".to_owned(),
        ..item_of(plain())
    };
    let empty = OrderItem {
        licenses: Vec::new(),
        ..item_of(plain())
    };
    for items in [vec![], vec![nameless], vec![empty]] {
        assert!(
            operation(&order(OrderContents::Products(items)))
                .refusal
                .is_some()
        );
    }
    let numberless = NewOrder {
        number: " ".to_owned(),
        ..order(OrderContents::Bundle(item_of(plain())))
    };
    assert!(operation(&numberless).refusal.is_some());
}
