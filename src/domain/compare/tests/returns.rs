//! Refunds and chargebacks.

use serde_json::json;

use crate::domain::action::ActionKind::{Delete, Revoke, SetTerm, Suspend};
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{World, at, order_id, subscription_id};
use crate::domain::fact::{Amount, Chargeback, Fact, ReturnLine, ShopState, SubscriptionNews};
use crate::domain::license::Cause;
use crate::domain::plan::LineState;
use crate::domain::reason::ReasonCode;

fn bought(policy: serde_json::Value) -> World {
    let mut world = World::new(policy);
    let order = shop::order(
        "order-1",
        vec![shop::line("reverb", 1), shop::line("studio-pro", 1)],
    );
    world.tell(shop::completed(order));
    world
}

fn charged_back(order: &str) -> shop::Told {
    let fact = Fact::ChargedBack(Chargeback {
        order_id: Some(order_id(order)),
        reason: None,
    });
    (fact, at("2026-12-10T12:00:00Z"))
}

#[test]
fn a_full_refund_of_a_line_ends_that_line_as_the_rules_say() {
    for (rule, kinds) in [
        ("suspend", vec![Suspend]),
        ("revoke", vec![Revoke]),
        ("delete", vec![Delete]),
        ("expire", vec![SetTerm]),
        ("ignore", vec![]),
    ] {
        let mut world = bought(json!({ "refund": rule }));

        let told = world.tell(shop::returned("order-1", &[("reverb", Some(true))]));

        assert_eq!(told.kinds(), kinds, "{rule}");
        assert!(
            told.actions
                .iter()
                .all(|planned| planned.product_path == "reverb")
        );
    }
}

#[test]
fn price_adjustments_are_noted_unless_the_rules_count_them() {
    for (rule, paths) in [
        ("full_lines", vec![]),
        ("lines", vec!["reverb"]),
        ("order", vec!["reverb", "studio-pro"]),
        ("ignore", vec![]),
    ] {
        let mut world = bought(json!({ "partial_refund": rule }));

        let told = world.tell(shop::returned("order-1", &[("reverb", Some(false))]));

        let touched: Vec<_> = told
            .actions
            .iter()
            .map(|planned| planned.product_path.as_str())
            .collect();
        assert_eq!(touched, paths, "{rule}");
    }
}

#[test]
fn a_refunded_renewal_moves_the_end_back_and_suspends_nothing() {
    let mut world = World::new(json!({}));
    world.tell(shop::activated());
    world.tell(shop::subscribed("studio-pro", 1));
    world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    let told = world.tell(shop::returned("order-2", &[("studio-pro", Some(true))]));

    assert_eq!(told.kinds(), [SetTerm]);
    assert_eq!(world.how_it_ended()[0].day.as_deref(), Some("2026-12-03"));
    assert_eq!(world.how_it_ended()[0].causes, []);
}

/// A return by its lines, of an order of that total, in cents.
fn money_back(order: &str, total: i64, lines: &[(&str, i64)]) -> shop::Told {
    let cents = |cents: i64| Amount(cents * 10_000);
    let (mut fact, when) = shop::returned(order, &[]);
    if let Fact::Returned(returned) = &mut fact {
        returned.order_total = Some(cents(total));
        returned.total = Some(cents(lines.iter().map(|(_, amount)| amount).sum()));
        let lines = lines.iter().map(|(path, amount)| ReturnLine {
            product_path: (*path).to_owned(),
            subtotal: Some(cents(*amount)),
            is_full: Some(true),
            quantity: 1,
            subscription: None,
        });
        returned.lines = lines.collect();
    }
    (fact, when)
}

#[test]
fn the_price_of_an_upgrade_goes_back_and_the_plan_before_stays() {
    for policy in ["cryptlex", "recommended", "licensespring"] {
        let mut world = World::new(json!({ "preset": policy }));
        let first = "2026-11-03T10:15:00Z";
        let mut begun = shop::snapshot(first, ShopState::Active, Some("2026-12-03"));
        begun.product = Some(shop::product("studio-team"));
        world.tell(shop::news(SubscriptionNews::Activated, begun));
        world.tell(shop::subscribed("studio-team", 3));
        let end = world.how_it_ended()[0].day.clone();
        world.tell(shop::updated("2026-11-10T09:00:00Z", "studio-team", 7));
        let upgrade = shop::charged("order-2", "2026-11-10T09:00:05Z", "2026-12-03");
        world.tell(upgrade);
        world.tell(shop::updated("2026-11-11T09:00:00Z", "studio-team", 3));

        let (fact, _) = money_back("order-2", 1_900, &[("studio-team", 1_900)]);
        let told = world.tell((fact, at("2026-11-11T10:00:00Z")));

        assert_eq!(told.kinds(), [], "{policy}");
        assert_eq!(world.how_it_ended()[0].day, end, "{policy}");
        world.tell(shop::charged(
            "order-3",
            "2026-12-03T08:00:00Z",
            "2027-01-03",
        ));
        assert_eq!(
            &world.how_it_ended()[0].day.clone().unwrap()[..7],
            "2027-01",
            "{policy}"
        );
    }
}

#[test]
fn of_a_renewal_only_the_addon_goes_back() {
    for (back, days) in [
        (vec![("studio-max", 500)], ["2026-12-03", "2027-01-03"]),
        (vec![("studio-pro", 1_400)], ["2027-01-03", "2026-12-03"]),
        (
            vec![("studio-max", 500), ("studio-pro", 1_400)],
            ["2026-12-03", "2026-12-03"],
        ),
    ] {
        let mut world = World::new(json!({}));
        world.tell(shop::activated());
        world.tell(shop::subscribed("studio-pro", 1));
        let mut addon = shop::line("studio-max", 1);
        addon.parent_subscription = Some(subscription_id("sub-1"));
        world.tell(shop::completed(shop::order("order-7", vec![addon])));
        world.tell(shop::charged(
            "order-2",
            "2026-12-03T08:00:00Z",
            "2027-01-03",
        ));

        world.tell(money_back("order-2", 1_900, &back));

        let ends = world.how_it_ended();
        let ends: Vec<_> = ends.iter().map(|end| end.day.as_deref()).collect();
        assert_eq!(ends, days.map(Some), "{back:?}");
        let told = world.tell(shop::charged(
            "order-3",
            "2027-01-03T08:00:00Z",
            "2027-02-03",
        ));
        assert!(!told.actions.is_empty());
        let ends = world.how_it_ended();
        assert!(
            ends.iter()
                .all(|end| end.day.as_deref() == Some("2027-02-03")),
            "{ends:?}"
        );
    }
}

#[test]
fn a_refund_of_an_older_renewal_takes_no_later_time_away() {
    let mut world = World::new(json!({}));
    world.tell(shop::activated());
    world.tell(shop::subscribed("studio-pro", 1));
    world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));
    world.tell(shop::charged(
        "order-3",
        "2027-01-03T08:00:00Z",
        "2027-02-03",
    ));

    let told = world.tell(shop::returned("order-2", &[("studio-pro", Some(true))]));

    assert!(told.actions.is_empty());
}

#[test]
fn a_return_before_its_order_waits_and_the_license_is_born_suspended() {
    let mut world = World::new(json!({}));

    let told = world.tell(shop::returned("order-1", &[("reverb", Some(true))]));
    assert_eq!(told.state, LineState::Waiting);

    let order = shop::order("order-1", vec![shop::line("reverb", 1)]);
    world.tell_now(shop::completed(order));

    assert_eq!(world.how_it_ended()[0].causes, [Cause::Refund]);
    assert!(!world.is_anything_waiting());
}

#[test]
fn a_chargeback_stops_everything_in_its_order() {
    for (rule, kinds) in [
        ("suspend", vec![Suspend, Suspend]),
        ("revoke", vec![Revoke, Revoke]),
        ("ignore", vec![]),
    ] {
        let mut world = bought(json!({ "chargeback": rule }));

        let told = world.tell(charged_back("order-1"));

        assert_eq!(told.kinds(), kinds, "{rule}");
    }
}

#[test]
fn a_chargeback_of_a_renewal_stops_the_subscription() {
    let mut world = World::new(json!({}));
    world.tell(shop::activated());
    world.tell(shop::subscribed("studio-pro", 1));
    world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    let told = world.tell(charged_back("order-2"));

    assert_eq!(told.kinds(), [Suspend]);
}

#[test]
fn money_back_without_an_order_is_never_acted_on() {
    let (mut fact, when) = shop::returned("order-1", &[("reverb", Some(true))]);
    if let Fact::Returned(returned) = &mut fact {
        returned.order_id = None;
    }
    let mut world = bought(json!({}));

    let told = world.tell((fact, when));

    assert_eq!(told.state, LineState::Parked);
    assert_eq!(told.reason, Some(ReasonCode::UnsafeWithoutReference));
}
