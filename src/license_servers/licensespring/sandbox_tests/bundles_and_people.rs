//! Bundles, products for users, and the catalog that tells which is which.

use latchkey_sandbox::licensespring::sample::codes;

use super::{open, order_of, strict, unit};
use crate::license_servers::licensespring::catalog::SpringProduct;
use crate::license_servers::licensespring::license::{CustomFieldValue, LicenseUser};
use crate::license_servers::licensespring::order::{
    ItemLicense, NewOrder, OrderContents, OrderCustomer, OrderItem,
};
use crate::license_servers::remote::TokenState;

fn buyer() -> OrderCustomer {
    OrderCustomer {
        email: Some("ada@example.com".to_owned()),
        first_name: Some("Ada".to_owned()),
        last_name: Some("Lovelace".to_owned()),
        company_name: Some("Engines".to_owned()),
        is_manager: true,
    }
}

#[tokio::test]
async fn a_bundle_makes_a_license_for_itself_and_one_for_each_member_of_each_unit() {
    let (_, server) = open(strict(&[]));
    let unit_of_bundle = |key: &str, mark: &str| ItemLicense {
        policy_code: Some("passed over".to_owned()),
        features: vec!["passed over".to_owned()],
        ..unit(key, mark)
    };
    let bundle = OrderItem {
        product_code: codes::SUITE.to_owned(),
        subscription_id: None,
        licenses: vec![
            unit_of_bundle("AAAA-BBBB-CCCC-0001", "1"),
            unit_of_bundle("AAAA-BBBB-CCCC-0002", "2"),
        ],
    };
    let order = NewOrder {
        contents: OrderContents::Bundle(bundle),
        ..order_of("", Vec::new())
    };

    let answer = server().create_order(&order).await.result.ok().unwrap();

    let units = answer.bundle_units(codes::SUITE);
    assert_eq!((answer.licenses.len(), units.len()), (6, 2));
    for (unit, key) in units.iter().zip(["0001", "0002"]) {
        let products: Vec<&str> = unit
            .iter()
            .map(|license| license.license.product_id.as_str())
            .collect();
        assert_eq!(products, [codes::SUITE, codes::STUDIO, codes::REVERB]);
        assert!(
            unit.iter()
                .all(|license| license.key().is_some_and(|own| own.ends_with(key)))
        );
        assert!(unit[0].is_of_bundle && !unit[1].is_of_bundle);
    }
}

#[tokio::test]
async fn a_license_for_users_has_people_and_no_key() {
    let (_, server) = open(strict(&[]));
    let user = LicenseUser {
        id: None,
        email: "ada@example.com".to_owned(),
        is_manager: true,
        max_activations: Some(2),
    };
    let license = ItemLicense {
        key: None,
        max_license_users: Some(5),
        users: vec![user],
        ..unit("", "1")
    };
    let order = NewOrder {
        customer: Some(buyer()),
        ..order_of(codes::TEAM, vec![license])
    };

    let reply = server().create_order(&order).await;

    let recorded = reply.exchange.response.unwrap();
    assert!(
        recorded.contains(r#""initial_password":"***""#),
        "{recorded}"
    );
    let answer = reply.result.ok().unwrap();
    let license = &answer.licenses[0];
    assert_eq!(license.key(), None);
    assert_eq!(license.max_license_users, Some(5));
    let user = &license.users[0];
    assert_eq!(
        (user.email.as_str(), user.is_manager, user.max_activations),
        ("ada@example.com", true, Some(2))
    );
}

#[tokio::test]
async fn every_value_of_an_order_is_taken() {
    let (_, server) = open(strict(&[]));
    let license = ItemLicense {
        policy_code: Some(codes::MONTHLY.to_owned()),
        license_type: Some("subscription".to_owned()),
        max_activations: Some(5),
        floating_users: Some(4),
        valid_until: Some("2027-02-20T10:00:00Z".parse().unwrap()),
        is_trial: Some(true),
        trial_days: Some(14),
        grace_hours: Some(48),
        is_maintained: Some(true),
        maintenance_duration: Some("P1Y".parse().unwrap()),
        max_consumptions: Some(10),
        note: Some("ours".to_owned()),
        features: vec![codes::SURROUND.to_owned()],
        custom_fields: vec![CustomFieldValue {
            name: codes::REGION.to_owned(),
            value: "US".to_owned(),
        }],
        ..unit("AAAA-BBBB-CCCC-0001", "1")
    };
    let order = NewOrder {
        customer: Some(buyer()),
        is_test: true,
        ..order_of(codes::STUDIO, vec![license])
    };

    let answer = server().create_order(&order).await.result.ok().unwrap();

    let license = &answer.licenses[0];
    assert_eq!(
        license.license.expires_at.unwrap().to_string(),
        "2027-02-20T00:00:00Z"
    );
    assert_eq!(license.license.allowed_floating_clients, Some(4));
    assert_eq!(
        license.license.maintenance_ends_at.unwrap().day(),
        "2028-01-13"
    );
    assert!(license.is_trial);
    assert_eq!(
        (license.grace_hours, license.max_consumptions),
        (Some(48), Some(10))
    );
    assert_eq!(license.features[0].code, codes::SURROUND);
    assert_eq!(license.custom_fields[0].value, "US");
    assert_eq!(license.subscription_id.as_deref(), Some("subscription 1/2"));
}

#[tokio::test]
async fn the_catalog_tells_what_can_be_mapped() {
    let (_, server) = open(strict(&[]));
    let by_code = async |code: &str| server().product(code).await.result.unwrap();

    let (studio, team, suite) = (
        by_code(codes::STUDIO).await.unwrap(),
        by_code(codes::TEAM).await.unwrap(),
        by_code(codes::SUITE).await.unwrap(),
    );
    let unknown = by_code("nothing").await;
    let products = server().products(1).await.result.unwrap();
    let members = server().members(&suite).await.result.unwrap();
    let policies = server().policies(Some(&studio), 1).await.result.unwrap();
    let all_policies = server().policies(None, 1).await.result.unwrap();
    let features = server().features(Some(&studio), 1).await.result.unwrap();
    let fields = server()
        .custom_fields(Some(&studio), 1)
        .await
        .result
        .unwrap();

    assert_eq!(
        (studio.is_for_users, team.is_for_users, suite.is_bundle),
        (false, true, true)
    );
    assert_eq!(unknown, None);
    assert_eq!((products.items.len(), products.is_last), (4, true));
    let codes_of = |products: &[SpringProduct]| -> Vec<String> {
        let mut codes: Vec<_> = products
            .iter()
            .map(|product| product.item.id.clone())
            .collect();
        codes.sort();
        codes
    };
    assert_eq!(codes_of(&members), [codes::REVERB, codes::STUDIO]);
    assert_eq!((policies.items.len(), all_policies.items.len()), (2, 5));
    let default = policies
        .items
        .iter()
        .find(|policy| policy.is_default)
        .unwrap();
    assert_eq!(default.item.id, codes::MONTHLY);
    assert_eq!(default.license_type.as_deref(), Some("subscription"));
    assert_eq!(default.max_activations, Some(2));
    assert!(
        policies
            .items
            .iter()
            .all(|policy| policy.product.may_be(&studio))
    );
    assert_eq!(features.items.len(), 2);
    assert_eq!(fields.items[0].item.id, codes::REGION);
    let check = server().check().await.result;
    assert_eq!(TokenState::of(&check), TokenState::Ok);
    server().probe().await.result.unwrap();
}
