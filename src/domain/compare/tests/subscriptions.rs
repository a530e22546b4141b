//! Edits, pauses and endings of a subscription.

use serde_json::json;

use crate::domain::action::Action;
use crate::domain::action::ActionKind::{
    Delete, Issue, Reinstate, ReleaseMachines, Revoke, SetSeats, SetTerm, Suspend,
};
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{World, at};
use crate::domain::fact::{ShopState, SubscriptionNews};
use crate::domain::license::{BesideEnd, Cause, Seats};
use crate::domain::mapping::Mapping;
use crate::domain::plan::LineState;
use crate::domain::reason::ReasonCode;

fn running(policy: serde_json::Value, path: &str, quantity: u32) -> World {
    let mut world = World::new(policy);
    let mut snapshot = shop::snapshot(
        "2026-11-03T10:15:00Z",
        ShopState::Active,
        Some("2026-12-03"),
    );
    snapshot.product = Some(shop::product(path));
    snapshot.quantity = Some(quantity);
    world.tell(shop::news(SubscriptionNews::Activated, snapshot));
    world.tell(shop::subscribed(path, quantity));
    world
}

#[test]
fn more_units_are_made_and_fewer_stop_the_youngest() {
    for (rule, kind) in [("suspend", Suspend), ("revoke", Revoke)] {
        let mut world = running(json!({ "fewer_units": rule }), "studio-pro", 2);

        let more = world.tell(shop::updated("2026-11-10T08:00:00Z", "studio-pro", 4));
        let fewer = world.tell(shop::updated("2026-11-12T08:00:00Z", "studio-pro", 3));

        assert_eq!(more.kinds(), [Issue, Issue]);
        assert_eq!(fewer.kinds(), [kind]);
        assert_eq!(fewer.actions[0].license.unit, 4);
    }
}

#[test]
fn units_that_are_paid_for_again_come_back() {
    for (rule, kind) in [("suspend", Reinstate), ("revoke", Issue)] {
        let mut world = running(json!({ "fewer_units": rule }), "studio-pro", 2);
        world.tell(shop::updated("2026-11-10T08:00:00Z", "studio-pro", 1));

        let told = world.tell(shop::updated("2026-11-12T08:00:00Z", "studio-pro", 2));

        assert_eq!(told.kinds(), [kind]);
        assert_eq!(told.actions[0].license.unit, 2);
    }
}

#[test]
fn seats_follow_the_quantity() {
    let mut world = running(json!({}), "studio-team", 5);
    assert_eq!(world.how_it_ended()[0].seats, Some(Seats::Activations(5)));

    let told = world.tell(shop::updated("2026-11-10T08:00:00Z", "studio-team", 8));

    assert_eq!(told.kinds(), [SetSeats]);
    assert_eq!(world.how_it_ended()[0].seats, Some(Seats::Activations(8)));
}

#[test]
fn an_edit_that_changes_no_license_does_nothing() {
    let mut world = running(json!({}), "studio-pro", 2);

    let told = world.tell(shop::updated("2026-11-10T08:00:00Z", "studio-pro", 2));

    assert!(told.actions.is_empty());
    assert_eq!(told.reason, Some(ReasonCode::NothingToDo));
}

#[test]
fn an_older_edit_is_stale() {
    let mut world = running(json!({}), "studio-pro", 2);
    world.tell(shop::updated("2026-11-12T08:00:00Z", "studio-pro", 3));

    let told = world.tell_now(shop::updated("2026-11-10T08:00:00Z", "studio-pro", 9));

    assert!(told.actions.is_empty());
    assert_eq!(told.reason, Some(ReasonCode::Stale));
}

#[test]
fn another_plan_is_another_license_and_the_old_one_ends() {
    for (rule, kinds) in [
        ("delete", vec![Issue, Delete]),
        ("suspend", vec![Issue, Suspend]),
        ("expire", vec![Issue, SetTerm]),
    ] {
        let mut world = running(json!({ "deactivation": rule }), "studio-pro", 1);

        let told = world.tell(shop::updated("2026-11-10T08:00:00Z", "studio-max", 1));

        assert_eq!(told.kinds(), kinds, "{rule}");
        assert_eq!(told.actions[0].product_path, "studio-max");
    }
}

#[test]
fn the_old_plan_chosen_again_is_the_next_generation() {
    let mut world = running(json!({}), "studio-pro", 1);
    world.tell(shop::updated("2026-11-10T08:00:00Z", "studio-max", 1));

    let told = world.tell(shop::updated("2026-11-12T08:00:00Z", "studio-pro", 1));

    assert_eq!(told.kinds(), [Issue, Delete]);
    assert_eq!(told.actions[0].license.generation, 2);
}

#[test]
fn a_plan_that_nobody_mapped_leaves_the_old_license_alone() {
    let mut world = running(json!({}), "studio-pro", 1);

    let told = world.tell(shop::updated("2026-11-10T08:00:00Z", "poster", 1));

    assert!(told.actions.is_empty());
    assert_eq!(world.how_it_ended().len(), 1);
}

#[test]
fn a_date_moved_by_an_edit_moves_the_end_only_where_dates_are_followed() {
    for (preset, kinds) in [("cryptlex", vec![]), ("recommended", vec![SetTerm])] {
        let mut world = running(json!({ "preset": preset }), "studio-pro", 1);
        let snapshot = shop::snapshot(
            "2026-11-10T08:00:00Z",
            ShopState::Active,
            Some("2026-12-20"),
        );

        let told = world.tell(shop::news(SubscriptionNews::Updated, snapshot));

        assert_eq!(told.kinds(), kinds, "{preset}");
    }
}

#[test]
fn a_pause_begins_on_its_date_and_ends_by_resuming() {
    let mut world = running(json!({}), "studio-pro", 1);
    let told = world.tell(shop::paused("2026-11-10T08:00:00Z", Some("2026-12-03")));
    assert_eq!(told.reason, Some(ReasonCode::NotDueYet));
    assert_eq!(world.how_it_ended()[0].causes, []);

    world.wait_until(at("2026-12-04"));
    assert_eq!(world.how_it_ended()[0].causes, [Cause::Pause]);

    let told = world.tell(shop::resumed("2027-01-10T08:00:00Z"));
    assert_eq!(told.kinds(), [Reinstate]);
}

#[test]
fn a_pause_that_was_withdrawn_never_begins() {
    let mut world = running(json!({}), "studio-pro", 1);
    world.tell(shop::paused("2026-11-10T08:00:00Z", Some("2026-12-03")));
    world.tell(shop::resumed("2026-11-20T08:00:00Z"));

    world.wait_until(at("2026-12-10"));

    assert_eq!(world.how_it_ended()[0].causes, []);
}

#[test]
fn cancellations_are_noted() {
    let mut world = running(json!({}), "studio-pro", 1);

    let told = world.tell(shop::canceled("2026-11-10T08:00:00Z"));

    assert!(told.actions.is_empty());
    assert_eq!(told.state, LineState::Ignored);
}

#[test]
fn the_end_of_a_subscription_does_what_the_rules_say() {
    for (policy, kinds) in [
        (json!({"deactivation": "delete"}), vec![Delete]),
        (json!({"deactivation": "delete_later"}), vec![Suspend]),
        (json!({"deactivation": "revoke"}), vec![Revoke]),
        (json!({"deactivation": "suspend"}), vec![Suspend]),
        (json!({"deactivation": "expire"}), vec![SetTerm]),
        (
            json!({"preset": "licensespring"}),
            vec![Suspend, ReleaseMachines],
        ),
    ] {
        let mut world = running(policy.clone(), "studio-pro", 2);

        let told = world.tell(shop::ended("2026-11-20T08:00:00Z"));
        let again = world.tell(shop::ended("2026-11-20T08:00:00Z"));

        let twice: Vec<_> = kinds.iter().chain(&kinds).copied().collect();
        assert_eq!(told.kinds(), twice, "{policy}");
        assert!(again.actions.is_empty(), "{policy}");
    }
}

#[test]
fn a_license_to_be_deleted_later_is_deleted_after_thirty_days() {
    let mut world = running(json!({"deactivation": "delete_later"}), "studio-pro", 1);
    world.tell(shop::ended("2026-11-20T08:00:00Z"));

    world.wait_until(at("2026-12-19"));
    assert_eq!(world.how_it_ended().len(), 1);

    world.wait_until(at("2026-12-21"));
    assert_eq!(world.how_it_ended().len(), 0);
}

#[test]
fn asked_first_nothing_is_taken_away() {
    let mut world = running(json!({"endings": "ask"}), "studio-pro", 1);

    let told = world.tell(shop::ended("2026-11-20T08:00:00Z"));

    assert!(told.actions.is_empty());
    assert_eq!(told.state, LineState::Parked);
    assert_eq!(told.reason, Some(ReasonCode::AwaitingConsent));
}

#[test]
fn a_license_that_vanished_at_the_server_is_shown_not_made_again() {
    let mut world = running(json!({}), "studio-pro", 1);
    world.licenses[0].deleted_at = Some(at("2026-11-15"));

    let told = world.tell(shop::charged(
        "order-2",
        "2026-12-03T08:00:00Z",
        "2027-01-03",
    ));

    assert!(told.actions.is_empty());
    assert_eq!(told.reason, Some(ReasonCode::LicenseNotFound));
}

#[test]
fn a_kept_version_never_ends_and_takes_no_later_versions() {
    let ended = at("2026-12-03T04:00:00Z");
    let version = ("max_allowed_release_version", "5.9.9");
    for (attributes, newest, end) in [
        (vec![], None, Some(ended)),
        (vec![version], Some("5.9.9"), None),
        (
            vec![version, ("maintenance_policy_id", "m")],
            None,
            Some(ended),
        ),
    ] {
        let mut world = running(json!({ "deactivation": "keep_version" }), "studio-pro", 1);
        let mapping = Mapping {
            attributes: attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            ..Mapping::default()
        };
        world
            .rules
            .mappings
            .insert("studio-pro".to_owned(), mapping);

        let told = world.tell(shop::ended("2026-12-03T04:00:00Z"));
        let again = world.tell(shop::ended("2026-12-03T04:00:00Z"));

        let term = Action::SetTerm {
            end: None,
            through: None,
            beside: BesideEnd::default(),
        };
        let freeze = Action::SetMaintenance {
            end,
            through: None,
            newest_version: newest.map(str::to_owned),
        };
        let actions: Vec<&Action> = told.actions.iter().map(|planned| &planned.action).collect();
        assert_eq!(actions, [&term, &freeze]);
        assert_eq!(again.kinds(), []);
    }
}
