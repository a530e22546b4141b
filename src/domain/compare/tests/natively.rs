//! Subscriptions at a license server that has grace and trials by itself, and whose ends are days that are only ever set.

use serde_json::{Value, json};

use crate::domain::action::ActionKind::{Issue, Reinstate, SetTerm, Suspend};
use crate::domain::action::{Action, ActionKind, Term};
use crate::domain::compare::tests::shop::{self, Told as News};
use crate::domain::compare::tests::world::{Told, World, at, subscription_id};
use crate::domain::fact::{BillingInterval, Fact, ShopState, SubscriptionNews};
use crate::domain::license::{BesideEnd, Cause, Given, Root};
use crate::domain::plan::LineState;
use crate::domain::policy::Grace;
use crate::domain::reason::ReasonCode;
use crate::domain::wish::{Wish, Wished};

/// The end, whether it is a trial, and the hours of grace.
type Terms = (String, Option<bool>, Option<u32>);

fn full(end: &str) -> Terms {
    (end.to_owned(), Some(false), Some(48))
}

fn trial(end: &str) -> Terms {
    (end.to_owned(), Some(true), Some(0))
}

fn terms(world: &World) -> Terms {
    let given = &world.licenses[0].given;
    let beside = given.beside;
    assert_eq!(
        given.end,
        given.end.map(crate::domain::time::Timestamp::begin_of_day)
    );
    let day = given
        .end
        .map_or_else(|| "never".to_owned(), |end| end.day());
    (day, beside.is_trial, beside.grace_hours)
}

fn running(policy: Value) -> World {
    begun(policy, shop::activated())
}

fn in_trial(policy: Value) -> World {
    begun(policy, shop::trial_began())
}

fn begun(policy: Value, news: News) -> World {
    let mut world = World::natively(policy);
    world.tell(news);
    world.tell(shop::subscribed("studio-pro", 1));
    world
}

fn edited(when: &str, state: ShopState, next: &str) -> News {
    shop::news(
        SubscriptionNews::Updated,
        shop::snapshot(when, state, Some(next)),
    )
}

fn renewal() -> News {
    shop::charged("order-2", "2026-12-03T08:00:00Z", "2027-01-03")
}

fn first_charge(next: &str) -> News {
    shop::charged("order-2", "2026-11-17T08:00:00Z", next)
}

/// Tells it twice: the second time it changes nothing.
fn tell_twice(world: &mut World, news: News) -> Told {
    let told = world.tell(news.clone());
    let again = world.tell(news);
    assert!(again.actions.is_empty(), "{:?}", again.actions);
    told
}

#[test]
fn a_purchase_ends_with_the_shops_date_whatever_policy_or_template_say() {
    for policy in [
        json!({}),
        json!({"renewal": "renew_then_date"}),
        json!({"renewal": "paid_through"}),
    ] {
        let mut world = World::natively(policy);
        world.known.templates.clear();
        world.tell(shop::activated());

        // Of a yearly template, sold by the month.
        let told = tell_twice(&mut world, shop::subscribed("studio-year", 1));

        let Action::Issue(issue) = &told.actions[0].action else {
            panic!("{told:?}");
        };
        let until = Term::Until {
            end: at("2026-12-03"),
            period: None,
        };
        assert_eq!(issue.term, until);
        assert_eq!(terms(&world), full("2026-12-03"));
        assert!(world.known.templates.is_empty(), "a template was asked for");
        assert!(world.known.default_templates.is_empty());
    }
}

#[test]
fn an_order_before_its_dates_is_as_the_template_says_until_they_come() {
    for (has_templates, news, expected) in [
        (true, shop::activated(), full("2026-12-03")),
        (false, shop::activated(), full("2026-12-03")),
        (true, shop::trial_began(), trial("2026-11-17")),
        (false, shop::trial_began(), trial("2026-11-17")),
        (false, renewal(), full("2027-01-03")),
    ] {
        let mut world = World::natively(json!({}));
        if !has_templates {
            world.known.templates.clear();
        }

        let made = world.tell(shop::subscribed("studio-pro", 1));
        let told = tell_twice(&mut world, news);

        let Action::Issue(issue) = &made.actions[0].action else {
            panic!("{made:?}");
        };
        assert_eq!(
            (issue.term, issue.beside),
            (Term::Template, BesideEnd::default())
        );
        assert_eq!(told.kinds(), [SetTerm]);
        assert_eq!(terms(&world), expected);
    }
}

#[test]
fn hours_of_attribute_or_rule_go_beside_the_end_and_are_48_at_least() {
    for (rule, attribute, hours) in [
        (json!(0), None, 48),
        (json!(120), None, 120),
        (json!("shop"), None, 1_080),
        (json!(120), Some("72"), 72),
        (json!(120), Some("0"), 48),
    ] {
        let mut world = World::natively(json!({"grace_hours": rule}));
        world.tell(shop::activated());
        let (mut fact, at) = shop::subscribed("studio-pro", 1);
        if let (Fact::OrderCompleted(order), Some(hours)) = (&mut fact, attribute) {
            let attributes = order.lines[0].product.attributes.as_mut().unwrap();
            attributes.insert("cryptlex_grace_hours".to_owned(), hours.to_owned());
        }

        world.tell((fact, at));

        let expected = ("2026-12-03".to_owned(), Some(false), Some(hours));
        assert_eq!(terms(&world), expected, "{rule} {attribute:?}");
    }
}

#[test]
fn each_news_sets_end_trial_and_grace_at_once_and_only_once() {
    use ShopState::{Active, Trial};
    let nothing: Vec<ActionKind> = Vec::new();
    for (world, news, kinds, expected) in [
        (
            running(json!({})),
            renewal(),
            vec![SetTerm],
            full("2027-01-03"),
        ),
        (
            running(json!({})),
            shop::charged("order-p", "2026-11-12T08:00:00Z", "2026-12-03"),
            nothing,
            full("2026-12-03"),
        ),
        (
            in_trial(json!({})),
            first_charge("2026-12-17"),
            vec![SetTerm],
            full("2026-12-17"),
        ),
        (
            in_trial(json!({})),
            first_charge("2026-11-17"),
            vec![SetTerm],
            full("2026-11-17"),
        ),
        (
            in_trial(json!({"trial_grace_hours": 48})),
            edited("2026-11-10T08:00:00Z", Trial, "2026-11-30"),
            vec![SetTerm],
            trial("2026-11-30"),
        ),
        (
            running(json!({})),
            edited("2026-11-10T08:00:00Z", Active, "2026-12-20"),
            vec![SetTerm],
            full("2026-12-20"),
        ),
        (
            running(json!({})),
            edited("2026-11-10T08:00:00Z", Active, "2026-11-25T17:00:00Z"),
            vec![SetTerm],
            full("2026-11-25"),
        ),
    ] {
        let mut world = world;

        let told = tell_twice(&mut world, news);

        assert_eq!(told.kinds(), kinds, "{expected:?}");
        assert_eq!(terms(&world), expected);
    }
}

#[test]
fn an_extended_trial_becomes_a_full_license_in_place() {
    let mut world = in_trial(json!({}));
    world.tell(edited(
        "2026-11-10T08:00:00Z",
        ShopState::Trial,
        "2026-11-30",
    ));
    assert_eq!(terms(&world), trial("2026-11-30"));

    world.tell(shop::charged(
        "order-2",
        "2026-11-30T08:00:00Z",
        "2026-12-30",
    ));

    assert_eq!(terms(&world), full("2026-12-30"));
    assert_eq!(world.licenses.len(), 1);
}

#[test]
fn a_pause_leaves_end_and_grace_alone() {
    let mut world = running(json!({}));

    let paused = world.tell(shop::paused("2026-11-10T08:00:00Z", None));
    let resumed = world.tell(shop::resumed("2026-11-20T08:00:00Z"));

    assert_eq!(
        (paused.kinds(), resumed.kinds()),
        (vec![Suspend], vec![Reinstate])
    );
    assert_eq!(terms(&world), full("2026-12-03"));
}

#[test]
fn a_missed_payment_suspends_when_the_hours_are_over_and_at_once_in_a_trial() {
    let policy = json!({
        "overdue": "suspend_after_grace", "grace_hours": 120, "trial_grace_hours": 48
    });
    for (world, missed, runs_at, stops_at) in [
        (
            running(policy.clone()),
            "2026-12-04T08:00:00Z",
            "2026-12-07T23:00:00Z",
            "2026-12-08T01:00:00Z",
        ),
        (
            in_trial(policy),
            "2026-11-16T08:00:00Z",
            "2026-11-16T23:00:00Z",
            "2026-11-17T01:00:00Z",
        ),
    ] {
        let mut world = world;
        world.tell(shop::overdue(missed));

        world.wait_until(at(runs_at));
        assert_eq!(world.how_it_ended()[0].causes, [], "{runs_at}");
        world.wait_until(at(stops_at));
        assert_eq!(
            world.how_it_ended()[0].causes,
            [Cause::Overdue],
            "{stops_at}"
        );
    }
}

#[test]
fn what_ends_with_its_subscription_has_no_grace() {
    for (ended, end) in [
        ("2026-11-20T08:00:00Z", "2026-11-20"),
        // Within the grace.
        ("2026-12-04T08:00:00Z", "2026-12-03"),
    ] {
        let mut world = running(json!({"deactivation": "expire"}));

        let told = tell_twice(&mut world, shop::ended(ended));

        assert_eq!(told.kinds(), [SetTerm], "{ended}");
        assert_eq!(terms(&world), (end.to_owned(), Some(false), Some(0)));
    }
}

#[test]
fn a_person_is_asked_where_grace_is_taken_away_but_not_where_a_period_comes_with_less() {
    let policy = json!({"deactivation": "expire", "endings": "ask", "grace_hours": 120});
    let mut ending = running(policy.clone());
    let mut renewed = running(policy);
    renewed.rules.policy.grace_hours = Grace::Hours(72);

    let ended = ending.tell(shop::ended("2026-12-04T08:00:00Z"));
    let charged = renewed.tell(renewal());

    assert_eq!((ended.kinds(), ended.state), (vec![], LineState::Parked));
    assert_eq!(charged.kinds(), [SetTerm]);
    let expected = ("2027-01-03".to_owned(), Some(false), Some(72));
    assert_eq!(terms(&renewed), expected);
}

#[test]
fn a_refund_takes_the_period_back() {
    let refund = || shop::returned("order-2", &[("studio-pro", Some(true))]);
    for (world, charge, expected) in [
        (running(json!({})), renewal(), full("2026-12-03")),
        (
            in_trial(json!({})),
            first_charge("2026-12-17"),
            trial("2026-11-17"),
        ),
    ] {
        let mut world = world;
        world.tell(charge);

        let told = tell_twice(&mut world, refund());

        assert_eq!(told.kinds(), [SetTerm]);
        assert_eq!(terms(&world), expected);
    }
}

/// News of a subscription that is charged whenever the seller says.
fn ad_hoc((fact, at): News, has_date: bool) -> News {
    let fact = match fact {
        Fact::Charged(mut charge) => {
            let snapshot = charge.subscription.as_mut().unwrap();
            snapshot.interval = Some(BillingInterval::AdHoc);
            snapshot.next = snapshot.next.filter(|_| has_date);
            Fact::Charged(charge)
        }
        Fact::Subscription(news, mut snapshot) => {
            snapshot.interval = Some(BillingInterval::AdHoc);
            snapshot.next = snapshot.next.filter(|_| has_date);
            Fact::Subscription(news, snapshot)
        }
        other => other,
    };
    (fact, at)
}

#[test]
fn a_charge_without_a_date_gives_nothing() {
    for (has_date, kinds, reason) in [
        (false, vec![], Some(ReasonCode::NothingToDo)),
        (true, vec![SetTerm], None),
    ] {
        let mut world = begun(json!({}), ad_hoc(shop::activated(), has_date));

        let told = tell_twice(&mut world, ad_hoc(renewal(), has_date));

        assert_eq!(told.kinds(), kinds);
        assert_eq!(told.reason, reason);
    }
}

#[test]
fn a_marked_test_is_a_trial_of_fourteen_days() {
    let mut world = World::natively(json!({"test_events": "mark"}));
    world.is_live = false;
    world.tell(shop::activated());

    let told = tell_twice(&mut world, shop::subscribed("studio-pro", 1));
    let charged = world.tell(renewal());

    assert_eq!(told.kinds(), [Issue]);
    assert!(charged.actions.is_empty());
    assert_eq!(terms(&world), trial("2026-11-17"));
}

#[test]
fn more_days_by_hand_are_whole_days_and_leave_the_rest_as_it_is() {
    let mut world = running(json!({}));
    let license = &world.licenses[0];
    let wished = Wished {
        license: license.id,
        root: Root::Subscription(subscription_id("sub-1")),
        product_path: "studio-pro".to_owned(),
        wish: Wish::MoreDays {
            until: at("2026-12-20T10:00:00Z"),
        },
        reason: None,
    };

    let told = tell_twice(
        &mut world,
        (Fact::Wished(Box::new(wished)), at("2026-11-10")),
    );

    assert_eq!((told.kinds(), told.state), (vec![SetTerm], LineState::Done));
    assert_eq!(terms(&world), full("2026-12-20"));
}

#[test]
fn what_is_stored_for_others_says_nothing_of_it() {
    let set = Action::SetTerm {
        end: Some(at("2026-12-03")),
        through: None,
        beside: BesideEnd::default(),
    };
    let issue = Action::Issue(Box::default());
    for stored in [json!(set), json!(issue), json!(Given::default())] {
        assert_eq!(stored.get("beside"), None, "{stored}");
    }

    let stored = json!({"kind": "set_term", "end": "2026-12-03T00:00:00Z", "through": null});
    assert_eq!(serde_json::from_value::<Action>(stored).unwrap(), set);
}
