//! Charges: the next period once, no free time for plan changes, payments that lift.

use serde_json::json;

use crate::domain::action::ActionKind::{self, Delete, Issue, Reinstate, Renew, SetTerm, Suspend};
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{World, at};
use crate::domain::fact::{BillingInterval, Fact, Group, GroupNews, ShopState, SubscriptionNews};
use crate::domain::license::Cause;
use crate::domain::plan::LineState;
use crate::domain::reason::ReasonCode;

/// A world in which a monthly subscription runs since 3 November.
fn running(policy: serde_json::Value) -> World {
    let mut world = World::new(policy);
    world.tell(shop::activated());
    world.tell(shop::subscribed("studio-pro", 1));
    world
}

fn day(world: &World) -> String {
    world.how_it_ended()[0].day.clone().unwrap_or_default()
}

#[test]
fn a_charge_renews_once_and_a_resend_renews_nothing() {
    for (preset, kinds, end) in [
        ("cryptlex", vec![Renew], "2027-01-03"),
        ("recommended", vec![SetTerm], "2027-01-13"),
        ("licensespring", vec![SetTerm], "2027-01-05"),
    ] {
        let mut world = running(json!({ "preset": preset }));
        let charge = shop::charged("order-2", "2026-12-03T08:00:00Z", "2027-01-03");

        let first = world.tell(charge.clone());
        let again = world.tell(charge);

        assert_eq!(first.kinds(), kinds, "{preset}");
        assert_eq!(day(&world), end, "{preset}");
        assert!(again.actions.is_empty(), "{preset}");
        assert_eq!(again.reason, Some(ReasonCode::AlreadyApplied), "{preset}");
    }
}

#[test]
fn a_subscription_of_the_31st_loses_no_paid_day() {
    let mut world = World::new(json!({}));
    let begun = shop::snapshot(
        "2027-01-31T10:15:00Z",
        ShopState::Active,
        Some("2027-02-28"),
    );
    world.tell(shop::news(SubscriptionNews::Activated, begun));
    world.tell(shop::subscribed("studio-pro", 1));
    let mut ends = vec![day(&world)];
    let mut kinds = Vec::new();

    for (order, when, next) in [
        ("order-2", "2027-02-28T08:00:00Z", "2027-03-31"),
        ("order-3", "2027-03-31T08:00:00Z", "2027-04-30"),
        ("order-4", "2027-04-30T08:00:00Z", "2027-05-31"),
    ] {
        kinds.push(world.tell(shop::charged(order, when, next)).kinds());
        ends.push(day(&world));
    }

    assert_eq!(
        ends,
        ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    );
    assert_eq!(
        kinds,
        [vec![Renew, SetTerm], vec![Renew], vec![Renew, SetTerm]]
    );
    let shown = world.licenses[0].shown.clone().unwrap();
    assert_eq!(shown.expires_at, Some(at("2027-05-31T23:59:59Z")));
}

#[test]
fn an_end_that_is_hours_short_of_the_next_charge_is_moved() {
    let mut world = running(json!({}));
    let license = &mut world.licenses[0];
    let early = Some(at("2026-12-02T22:00:00Z"));
    license.given.end = early;
    license.shown.as_mut().unwrap().expires_at = early;

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert_eq!(told.kinds(), [Renew, SetTerm]);
    let shown = world.licenses[0].shown.clone().unwrap();
    assert_eq!(shown.expires_at, Some(at("2027-01-03T23:59:59Z")));
}

#[test]
fn a_payment_that_crosses_the_end_gives_access_through_the_paid_period() {
    for policy in [
        json!({ "preset": "cryptlex" }),
        json!({ "preset": "recommended" }),
        json!({ "preset": "licensespring" }),
        json!({ "deactivation": "revoke" }),
        json!({ "deactivation": "delete_later" }),
    ] {
        let mut world = running(policy.clone());
        world.tell(shop::overdue("2026-12-04T08:00:00Z"));
        world.tell(shop::ended("2026-12-20T08:00:00Z"));

        let charge = shop::charged("order-2", "2026-12-20T08:05:00Z", "2027-01-03");
        let told = world.tell(charge.clone());
        let again = world.tell(charge);

        assert_eq!(told.state, LineState::Done, "{policy}");
        assert!(again.actions.is_empty(), "{policy}");
        let mut usable = world.licenses.iter().filter(|license| {
            let given = &license.given;
            license.deleted_at.is_none() && !given.is_revoked && given.causes.is_empty()
        });
        let end = usable.next().unwrap().shown.clone().unwrap().expires_at;
        assert!(end >= Some(at("2027-01-03")), "{policy} {end:?}");
        assert!(usable.next().is_none(), "{policy}");
    }
}

#[test]
fn a_change_to_a_yearly_plan_of_another_product_gives_one_year() {
    let mut changed = shop::snapshot(
        "2026-11-03T12:00:00Z",
        ShopState::Active,
        Some("2027-11-03"),
    );
    changed.product = Some(shop::product("studio-year"));
    changed.interval = Some(BillingInterval::Every("P1Y".parse().unwrap()));
    let mut charge = shop::charged("order-p", "2026-11-03T12:00:05Z", "2027-11-03");
    if let Fact::Charged(charge) = &mut charge.0 {
        let mut snapshot = changed.clone();
        snapshot.changed = Some(charge.charged_at.unwrap());
        charge.subscription = Some(snapshot);
    }
    let updated = shop::news(SubscriptionNews::Updated, changed);
    for preset in ["cryptlex", "recommended", "licensespring"] {
        let mut days = Vec::new();
        for story in [
            [updated.clone(), charge.clone()],
            [charge.clone(), updated.clone()],
        ] {
            let mut world = running(json!({ "preset": preset }));
            for told in story {
                world.tell(told);
            }
            let ends = world.how_it_ended();
            let new = ends
                .iter()
                .find(|end| end.name.contains("studio-year"))
                .unwrap();
            days.push(new.day.clone().unwrap());
        }

        assert_eq!(days[0], days[1], "{preset}");
        assert!(days[0].starts_with("2027-11-"), "{preset} {days:?}");
    }
}

#[test]
fn the_renewal_mails_of_the_license_server_can_be_kept() {
    let mut world = running(json!({"renewal": "renew_then_date", "grace_hours": 120}));
    assert_eq!(day(&world), "2026-12-08");

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert_eq!(told.kinds(), [Renew]);
    assert_eq!(day(&world), "2027-01-08");
}

#[test]
fn a_proration_extends_nothing() {
    for charge in [
        shop::charged("order-p", "2026-11-12T08:00:00Z", "2026-12-03"),
        shop::charged("order-p", "2026-12-12T08:00:00Z", "2027-01-03"),
    ] {
        let mut world = running(json!({}));
        if charge.1 > at("2026-12-03") {
            world.tell(shop::charged(
                "order-2",
                "2026-12-03T08:00:00Z",
                "2027-01-03",
            ));
        }
        let before = day(&world);

        let told = world.tell(charge);

        assert!(told.actions.is_empty());
        assert_eq!(told.reason, Some(ReasonCode::ProrationNoRenewal));
        assert_eq!(day(&world), before);
    }
}

#[test]
fn several_periods_at_once_renew_once_and_then_set_the_date() {
    let mut world = running(json!({}));

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-05-03",
    ));

    assert_eq!(told.kinds(), [Renew, SetTerm]);
    assert_eq!(day(&world), "2027-05-03");
}

#[test]
fn a_charge_that_is_overtaken_is_stale() {
    let mut world = running(json!({}));
    world.tell(shop::charged(
        "order-3",
        "2027-01-03T08:00:00Z",
        "2027-02-03",
    ));

    let told = world.tell_now(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert!(told.actions.is_empty());
    assert_eq!(told.reason, Some(ReasonCode::Stale));
}

#[test]
fn a_perpetual_license_has_nothing_to_renew() {
    let mut world = World::new(json!({}));
    world.tell(shop::subscribed("reverb", 1));

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert!(told.actions.is_empty());
    assert_eq!(told.reason, Some(ReasonCode::NothingToRenew));
}

#[test]
fn a_managed_subscription_gives_one_period_for_each_charge() {
    let managed = |order: &str, when: &str| {
        let (mut fact, when) = shop::charged(order, when, "2026-12-03");
        if let Fact::Charged(charge) = &mut fact {
            let snapshot = charge.subscription.as_mut().unwrap();
            snapshot.interval = Some(BillingInterval::AdHoc);
            snapshot.next = None;
        }
        (fact, when)
    };
    let mut world = World::new(json!({}));
    world.tell(shop::subscribed("studio-pro", 1));

    assert_eq!(
        world
            .tell(managed("order-2", "2026-12-03T08:00:00Z"))
            .kinds(),
        [Renew]
    );
    assert!(
        world
            .tell(managed("order-2", "2026-12-03T08:00:00Z"))
            .actions
            .is_empty()
    );
    assert_eq!(
        world
            .tell(managed("order-3", "2026-12-20T08:00:00Z"))
            .kinds(),
        [Renew]
    );
    assert_eq!(day(&world), "2027-02-03");
}

#[test]
fn a_charge_without_its_subscription_is_never_acted_on() {
    let (mut fact, when) = shop::charged("order-2", "2026-12-03T08:00:00Z", "2027-01-03");
    if let Fact::Charged(charge) = &mut fact {
        charge.subscription_id = None;
        charge.subscription = None;
    }
    let mut world = running(json!({}));

    let told = world.tell((fact, when));

    assert_eq!(told.state, LineState::Parked);
    assert_eq!(told.reason, Some(ReasonCode::UnsafeWithoutReference));
}

#[test]
fn a_bare_charge_names_the_setting_that_is_missing() {
    let (mut fact, when) = shop::charged("order-2", "2026-12-03T08:00:00Z", "2027-01-03");
    if let Fact::Charged(charge) = &mut fact {
        charge.subscription = None;
    }
    let mut world = running(json!({}));

    let told = world.tell((fact, when));

    assert_eq!(told.state, LineState::Parked);
    assert_eq!(told.reason, Some(ReasonCode::ExpansionOff));
}

#[test]
fn a_groups_charge_that_names_its_members_by_id_alone_is_a_bare_one() {
    let bare = serde_json::from_value(json!({ "id": "sub-1" })).unwrap();
    let mut world = running(json!({}));

    let told = world.tell((
        Fact::Group(
            GroupNews::Charged,
            Box::new(Group {
                members: vec![bare],
                ..Group::default()
            }),
        ),
        at("2026-12-03T08:00:00Z"),
    ));

    assert_eq!(told.state, LineState::Parked);
    assert_eq!(told.reason, Some(ReasonCode::ExpansionOff));
}

#[test]
fn a_charge_before_its_order_waits_and_products_without_license_do_not() {
    let mut world = World::new(json!({}));
    world.tell(shop::activated());

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert_eq!(told.state, LineState::Waiting);
    assert_eq!(told.reason, Some(ReasonCode::WaitingForOrder));

    let mut world = World::new(json!({}));
    let (fact, when) = shop::activated();
    world.tell((shop::sold_as(fact, "poster"), when));

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert_eq!(told.state, LineState::Ignored);
    assert_eq!(told.reason, Some(ReasonCode::NoLicensedProduct));
}

#[test]
fn a_payment_lifts_what_the_missed_one_suspended() {
    for (rule, kinds) in [
        ("reinstate", vec![Renew, Reinstate]),
        ("ignore", vec![Renew]),
    ] {
        let mut world = running(json!({ "payment_received": rule }));
        assert_eq!(
            world.tell(shop::overdue("2026-12-04T08:00:00Z")).kinds(),
            [Suspend]
        );

        let told = world.tell(shop::charged(
            "order-2",
            "2026-12-07T08:00:00Z",
            "2027-01-03",
        ));

        assert_eq!(told.kinds(), kinds);
    }
}

#[test]
fn a_payment_never_lifts_a_refund_a_chargeback_or_a_persons_suspension() {
    for cause in [Cause::Refund, Cause::Chargeback, Cause::ByHand] {
        let mut world = running(json!({}));
        world.licenses[0].given.causes.insert(cause);

        let told = world.tell(shop::charged(
            "order-2",
            "2026-12-07T08:00:00Z",
            "2027-01-03",
        ));

        assert_eq!(told.kinds(), [Renew], "{cause:?}");
    }
}

#[test]
fn an_overdue_notice_that_a_payment_overtook_does_nothing() {
    let mut world = running(json!({}));
    world.tell(shop::charged(
        "order-2",
        "2026-12-07T08:00:00Z",
        "2027-01-03",
    ));

    let told = world.tell_now(shop::overdue("2026-12-04T08:00:00Z"));

    assert!(told.actions.is_empty());
    assert_eq!(told.reason, Some(ReasonCode::Stale));
}

#[test]
fn grace_is_one_clock_from_the_paid_through_date() {
    let mut world = running(json!({"overdue": "suspend_after_grace", "grace_hours": 120}));
    let told = world.tell(shop::overdue("2026-12-04T08:00:00Z"));
    assert_eq!(told.reason, Some(ReasonCode::NotDueYet));

    world.wait_until(at("2026-12-07T23:00:00Z"));
    assert_eq!(world.how_it_ended()[0].causes, []);

    world.wait_until(at("2026-12-08T01:00:00Z"));
    assert_eq!(world.how_it_ended()[0].causes, [Cause::Overdue]);
}

#[test]
fn a_payment_within_grace_leaves_the_clock_with_nothing_to_do() {
    let mut world = running(json!({"overdue": "suspend_after_grace", "grace_hours": 120}));
    world.tell(shop::overdue("2026-12-04T08:00:00Z"));
    world.tell(shop::charged(
        "order-2",
        "2026-12-05T08:00:00Z",
        "2027-01-03",
    ));

    world.wait_until(at("2026-12-20"));

    assert_eq!(world.how_it_ended()[0].causes, []);
}

#[test]
fn what_was_issued_before_the_date_was_known_is_followed_by_the_first_charge() {
    let mut world = World::new(json!({}));
    world.tell(shop::subscribed("studio-pro", 1));

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert_eq!(told.kinds(), [Renew]);
    assert_eq!(day(&world), "2027-01-03");
}

#[test]
fn a_payment_from_before_the_end_brings_nothing_back() {
    let mut world = running(json!({}));
    assert_eq!(
        world.tell(shop::ended("2026-12-01T08:00:00Z")).kinds(),
        [Delete]
    );

    let late = shop::charged("order-2", "2026-11-30T08:00:00Z", "2027-01-03");
    let told = world.tell(late);

    assert!(told.actions.is_empty());
    assert_eq!(told.state, LineState::Ignored);
    let kinds: [ActionKind; 0] = [];
    assert_eq!(world.tell(shop::subscribed("studio-pro", 1)).kinds(), kinds);
    assert!(!kinds.contains(&Issue));
}
