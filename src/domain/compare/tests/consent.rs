//! What waits for a yes, what a no leaves out, and what asks anew.

use serde_json::json;

use crate::domain::action::ActionKind::{self, Delete, ReleaseMachines, SetTerm, Suspend};
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{World, at};
use crate::domain::consent::Answer;
use crate::domain::fact::{Fact, ShopState, SubscriptionNews};
use crate::domain::fold::fold;
use crate::domain::license::Root;
use crate::domain::plan::{LineState, Plan, Planned};
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
