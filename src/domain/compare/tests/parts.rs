//! What a license gets beside its term: features and the end of updates.

use serde_json::json;

use crate::domain::action::{Action, ActionKind};
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{Told, World, at, subscription_id};
use crate::domain::fact::{Addon, OrderLine, ShopState, SubscriptionNews};
use crate::domain::plan::LineState;

fn line(path: &str, attributes: &[(&str, &str)]) -> OrderLine {
    let mut line = shop::line(path, 1);
    let own = line.product.attributes.get_or_insert_default();
    for (name, value) in attributes {
        own.insert(format!("cryptlex_{name}"), (*value).to_owned());
    }
    line
}

fn features(told: &Told) -> Vec<Vec<(String, String)>> {
    told.actions
        .iter()
        .filter_map(|planned| match &planned.action {
            Action::SetEntitlements { features, .. } => Some(features.clone()),
            _ => None,
        })
        .collect()
}

fn named(features: &[(&str, &str)]) -> Vec<(String, String)> {
    features
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn features_and_updates_of_a_product_are_given_with_its_license_once() {
    let mut world = World::new(json!({}));
    let reverb = line(
        "reverb",
        &[("feature_export", "pdf"), ("maintenance_duration", "P1Y")],
    );
    let order = shop::completed(shop::order("order-1", vec![reverb]));

    let told = world.tell(order.clone());
    let again = world.tell(order);

    assert_eq!(
        told.kinds(),
        [
            ActionKind::Issue,
            ActionKind::SetMaintenance,
            ActionKind::SetEntitlements
        ]
    );
    assert_eq!(features(&told), [named(&[("export", "pdf")])]);
    let end = Some(at("2027-11-03T10:14:58Z"));
    assert_eq!(
        told.actions[1].action,
        Action::SetMaintenance {
            end,
            through: None,
            newest_version: None
        }
    );
    assert_eq!(again.kinds(), []);
}

#[test]
fn an_addon_of_features_gives_them_to_the_main_license_and_takes_them_along() {
    let mut world = World::new(json!({}));
    world.tell(shop::activated());
    world.tell(shop::subscribed("studio-pro", 1));
    let mut addon = line("team", &[("is_feature", "true"), ("feature_team", "yes")]);
    addon.parent_subscription = Some(subscription_id("sub-1"));
    let mut later = shop::order("order-7", vec![addon]);
    later.changed = Some(at("2026-11-10T09:00:00Z"));

    let added = world.tell(shop::completed(later));

    assert_eq!(added.state, LineState::Done);
    assert_eq!(added.kinds(), [ActionKind::SetEntitlements]);
    assert_eq!(features(&added), [named(&[("team", "yes")])]);
    let slot = &added.actions[0].license.slot;
    assert_eq!(slot, "studio-pro");

    for (when, addons, expected) in [
        ("2026-11-11", vec!["team"], vec![]),
        ("2026-11-12", vec![], vec![named(&[])]),
    ] {
        let mut snapshot = shop::snapshot(when, ShopState::Active, Some("2026-12-03"));
        let bought = addons.into_iter().map(|path| Addon {
            product: shop::product(path),
            quantity: 1,
        });
        snapshot.addons = Some(bought.collect());

        let told = world.tell(shop::news(SubscriptionNews::Updated, snapshot));

        assert_eq!(features(&told), expected, "{when}");
    }
}
