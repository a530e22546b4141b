//! What waits for a yes, what a no leaves out, and what asks anew.

use serde_json::json;

use crate::domain::action::ActionKind::{self, Delete, ReleaseMachines, SetTerm, Suspend};
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{World, at};
use crate::domain::consent::Answer;
use crate::domain::fact::{Amount, Fact, ShopState, SubscriptionNews};
use crate::domain::fold::fold;
use crate::domain::license::{Cause, Root};
use crate::domain::plan::{LineState, Plan, Planned};
use crate::domain::policy::Policy;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;

type Told = (Fact, Timestamp);

fn running(policy: serde_json::Value) -> World {
    let mut world = World::new(policy);
    world.tell(shop::news(
        SubscriptionNews::Activated,
        shop::snapshot(
            "2026-11-03T10:15:00Z",
            ShopState::Active,
            Some("2026-12-03"),
        ),
    ));
    world.tell(shop::subscribed("studio-pro", 1));
    world
}

/// Folds a fact and asks for the plan, without doing it.
fn plan(world: &mut World, (fact, occurred_at): &Told) -> Plan {
    world.now = world.now.max(*occurred_at);
    world.records = fold(std::mem::take(&mut world.records), fact, *occurred_at);
    world.ask(fact, *occurred_at)
}

fn kinds(planned: &[Planned]) -> Vec<ActionKind> {
    planned
        .iter()
        .map(|planned| planned.action.kind())
        .collect()
}

/// Answers everything that a plan holds back.
fn answer(world: &mut World, plan: &Plan, answer: Answer) {
    for planned in &plan.held {
        let question = planned.question.clone().unwrap();
        let key = (planned.license_id.unwrap(), question);
        world.consents.answers.insert(key, answer);
    }
}

#[test]
fn what_takes_access_away_waits_and_what_was_approved_is_done() {
    let overdue = || shop::overdue("2026-11-10T08:00:00Z");
    let end = || shop::ended("2026-11-10T08:00:00Z");
    for (policy, fact, expected) in [
        (json!({ "endings": "ask" }), end(), vec![Delete]),
        (
            json!({ "endings": "ask", "deactivation": "suspend", "release_machines": true }),
            end(),
            vec![Suspend, ReleaseMachines],
        ),
        (
            json!({ "endings": "ask", "deactivation": "expire" }),
            end(),
            vec![SetTerm],
        ),
        (json!({ "endings": "ask" }), overdue(), vec![Suspend]),
    ] {
        let mut world = running(policy.clone());

        let held = plan(&mut world, &fact);
        answer(&mut world, &held, Answer::Approved);
        let approved = plan(&mut world, &fact);

        assert_eq!(kinds(&held.actions), [], "{policy}");
        assert_eq!(kinds(&held.held), expected, "{policy}");
        assert_eq!(held.state(), LineState::Parked);
        assert_eq!(kinds(&approved.actions), expected, "{policy}");
        assert_eq!(kinds(&approved.held), [], "{policy}");
    }
}

#[test]
fn a_no_holds_until_the_shop_says_something_new() {
    let mut world = running(json!({ "endings": "ask" }));
    let first = shop::ended("2026-11-10T08:00:00Z");
    let held = plan(&mut world, &first);
    answer(&mut world, &held, Answer::Dropped);

    let again = plan(&mut world, &first);
    let other = plan(&mut world, &shop::overdue("2026-11-09T08:00:00Z"));

    assert_eq!((again.actions.len(), again.held.len()), (0, 0));
    assert_eq!(again.state(), LineState::Ignored);
    assert_eq!(
        again.reason().map(|reason| reason.code),
        Some(ReasonCode::KeptByChoice)
    );
    assert_eq!(kinds(&other.held), [Suspend]);
}

#[test]
fn a_no_stands_whatever_the_rules_have_become() {
    let end = shop::ended("2026-11-10T08:00:00Z");
    let rules = |deactivation: &str, endings: &str| {
        let policy = json!({ "deactivation": deactivation, "endings": endings });
        Policy::parse(&policy).unwrap()
    };
    for before in ["suspend", "delete_later", "expire", "revoke", "delete"] {
        for after in ["suspend", "delete_later", "expire", "revoke", "delete"] {
            let mut world = running(json!({}));
            world.rules.policy = rules(before, "ask");
            let held = plan(&mut world, &end);
            answer(&mut world, &held, Answer::Dropped);

            world.rules.policy = rules(after, "auto");
            let kept = plan(&mut world, &end);

            assert_eq!(kept.actions, [], "{before} {after}");
            assert_eq!(kept.held, [], "{before} {after}");
            assert_eq!(
                kept.reason().map(|reason| reason.code),
                Some(ReasonCode::KeptByChoice)
            );
        }
    }
}

#[test]
fn a_yes_stands_for_what_was_shown_and_for_less() {
    let end = shop::ended("2026-11-10T08:00:00Z");
    let by_weight = ["suspend", "revoke", "delete"];
    for (shown, before) in by_weight.iter().enumerate() {
        for (now, after) in by_weight.iter().enumerate() {
            let mut world = running(json!({ "deactivation": before, "endings": "ask" }));
            let held = plan(&mut world, &end);
            answer(&mut world, &held, Answer::Approved);

            let policy = json!({ "deactivation": after, "endings": "auto" });
            world.rules.policy = Policy::parse(&policy).unwrap();
            let approved = plan(&mut world, &end);

            let (done, asked) = (approved.actions.len(), approved.held.len());
            let expected = if now > shown { (0, 1) } else { (1, 0) };
            assert_eq!((done, asked), expected, "{before} {after}");
        }
    }
}

#[test]
fn the_brake_holds_only_what_cannot_be_undone() {
    for (deactivation, is_held) in [("delete", true), ("revoke", true), ("suspend", false)] {
        let mut world = running(json!({ "deactivation": deactivation }));
        let root: Root = world.licenses[0].identity.root.clone();
        world.consents.braked.insert(root);

        let plan = plan(&mut world, &shop::ended("2026-11-10T08:00:00Z"));

        assert_eq!(plan.held.len(), usize::from(is_held), "{deactivation}");
        let reason = plan.reason().map(|reason| reason.code);
        assert_eq!(
            reason,
            is_held.then_some(ReasonCode::Brake),
            "{deactivation}"
        );
    }
}

#[test]
fn more_time_by_hand_stands_against_an_end_but_not_against_a_missed_payment() {
    let end = shop::ended("2026-11-10T08:00:00Z");
    let overdue = shop::overdue("2026-11-10T08:00:00Z");
    for (fact, moved_to, code) in [
        (&end, "2027-06-30", Some(ReasonCode::ChangedByHand)),
        (&end, "2026-12-03", None),
        (&overdue, "2027-06-30", None),
    ] {
        let mut world = running(json!({}));
        let shown = world.licenses[0].shown.as_mut().unwrap();
        shown.expires_at = Some(at(moved_to));

        let plan = plan(&mut world, fact);

        assert_eq!(plan.reason().map(|reason| reason.code), code, "{moved_to}");
        assert_eq!(plan.held.is_empty(), code.is_none(), "{moved_to}");
    }
}

#[test]
fn where_it_cannot_be_told_which_license_ends_a_person_chooses() {
    for (price_in_bundle, times, state, held) in [
        (19_000_000, 1, LineState::Parked, 2),
        // The price tells which one, and so does its absence.
        (0, 1, LineState::Done, 0),
        (9_000_000, 1, LineState::Done, 0),
        // Both went back.
        (19_000_000, 2, LineState::Done, 0),
    ] {
        let mut world = World::new(json!({}));
        let mut member = shop::line("reverb", 1);
        member.bundle = Some("studio-bundle".to_owned());
        member.subtotal = Some(Amount(price_in_bundle));
        let lines = vec![
            shop::line("studio-bundle", 1),
            member,
            shop::line("reverb", 1),
        ];
        world.tell(shop::completed(shop::order("order-1", lines)));

        let mut back = shop::returned("order-1", &[("reverb", Some(true))]);
        for _ in 1..times {
            world.hear(&back.0, back.1);
            if let Fact::Returned(returned) = &mut back.0 {
                returned.id.push_str("-again");
            }
        }
        let asked = plan(&mut world, &back);

        assert_eq!(asked.state(), state, "{price_in_bundle} {times}");
        assert_eq!(asked.held.len(), held, "{price_in_bundle} {times}");
        assert_eq!(asked.actions.len(), if held == 0 { times } else { 0 });
        let reason = asked.reason().filter(|_| held > 0);
        assert_eq!(
            reason.map(|reason| reason.code),
            (held > 0).then_some(ReasonCode::WhichLicense)
        );
    }
}

#[test]
fn of_several_licenses_the_chosen_one_ends() {
    let mut world = World::new(json!({}));
    let mut member = shop::line("reverb", 1);
    member.bundle = Some("studio-bundle".to_owned());
    let lines = vec![
        shop::line("studio-bundle", 1),
        member,
        shop::line("reverb", 1),
    ];
    world.tell(shop::completed(shop::order("order-1", lines)));
    let back = shop::returned("order-1", &[("reverb", Some(true))]);
    let asked = plan(&mut world, &back);
    for planned in &asked.held {
        let answer = match planned.license.slot.as_str() {
            "studio-bundle/reverb" => Answer::Approved,
            _ => Answer::Dropped,
        };
        let key = (
            planned.license_id.unwrap(),
            planned.question.clone().unwrap(),
        );
        world.consents.answers.insert(key, answer);
    }

    let told = world.tell(back);

    assert_eq!(told.kinds(), [Suspend]);
    let ends = world.how_it_ended();
    let ends: Vec<_> = ends
        .iter()
        .map(|end| (end.name.as_str(), end.causes.as_slice()))
        .collect();
    assert_eq!(
        ends,
        [
            ("order-1 / reverb / 1 / 1", [].as_slice()),
            ("order-1 / studio-bundle/reverb / 1 / 1", &[Cause::Refund])
        ]
    );
}

/// A subscription that changed to a plan of another product, and paid for that.
fn changed(policy: serde_json::Value) -> World {
    let mut world = running(policy);
    world.tell(shop::updated("2026-11-10T09:00:00Z", "studio-team", 1));
    world.tell(shop::charged(
        "order-2",
        "2026-11-10T09:00:05Z",
        "2026-12-03",
    ));
    world
}

fn back(order: &str, path: &str) -> Told {
    let (fact, _) = shop::returned(order, &[(path, Some(true))]);
    (fact, at("2026-11-12T09:00:00Z"))
}

#[test]
fn the_first_payment_goes_back_after_a_change_of_plan_and_a_person_is_asked() {
    for (policy, kind) in [
        (json!({}), Suspend),
        (json!({ "preset": "recommended" }), Suspend),
        (json!({ "refund": "delete" }), Delete),
        (json!({ "refund": "expire" }), SetTerm),
    ] {
        let mut world = changed(policy.clone());

        let asked = plan(&mut world, &back("order-1", "studio-pro"));
        answer(&mut world, &asked, Answer::Approved);
        let approved = plan(&mut world, &back("order-1", "studio-pro"));

        let reason = asked.reason().map(|reason| reason.code);
        assert_eq!(reason, Some(ReasonCode::RefundBeforeChange), "{policy}");
        let is_served = |planned: &Planned| planned.license.slot == "studio-team";
        assert!(!asked.actions.iter().any(is_served), "{policy}");
        assert_eq!(kinds(&asked.held), [kind], "{policy}");
        assert_eq!(asked.held[0].license.slot, "studio-team");
        let done: Vec<_> = approved.actions.into_iter().filter(is_served).collect();
        assert_eq!(kinds(&done), [kind], "{policy}");
    }
}

#[test]
fn when_all_payments_went_back_the_license_of_the_later_plan_ends() {
    let first = || back("order-1", "studio-pro");
    let change = || back("order-2", "studio-team");
    for facts in [[first(), change()], [change(), first()]] {
        let mut world = changed(json!({}));
        for fact in facts {
            let told = plan(&mut world, &fact);
            answer(&mut world, &told, Answer::Dropped);
            world.tell(fact);
        }

        let ends = world.how_it_ended();
        let serving: Vec<_> = ends
            .iter()
            .filter(|end| end.causes.is_empty() && !end.is_revoked)
            .collect();
        assert!(serving.is_empty(), "{ends:?}");
    }
}
