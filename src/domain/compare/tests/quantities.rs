//! Great quantities: held against the limit before they are counted out, and looked at in portions.

use serde_json::json;

use crate::domain::action::ActionKind;
use crate::domain::compare::may_be_agreed;
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{World, order_id};
use crate::domain::fact::OrderLine;
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::{Root, Seats};
use crate::domain::mapping::Mapping;
use crate::domain::plan::{LineState, Plan};
use crate::domain::portion::{AT_ONCE, MostLicenses, Portion};
use crate::domain::reason::ReasonCode;

fn ordered(lines: Vec<OrderLine>, portion: Portion) -> Plan {
    let mut world = World::new(json!({}));
    world.portion = portion;
    planned(&mut world, lines)
}

fn planned(world: &mut World, lines: Vec<OrderLine>) -> Plan {
    let (fact, occurred_at) = shop::completed(shop::order("order-1", lines));
    world.hear(&fact, occurred_at);
    world.ask(&fact, occurred_at)
}

#[test]
fn a_line_is_held_against_the_limit_before_its_units_are_counted_out() {
    for (quantity, is_agreed, is_made, ask) in [
        (1, false, true, false),
        (1_000, false, true, false),
        (1_001, false, false, true),
        (20_000, false, false, true),
        (20_000, true, true, false),
        (100_000, true, true, false),
        (100_001, false, false, false),
        (100_001, true, false, false),
        (u32::MAX, false, false, false),
        (u32::MAX, true, false, false),
    ] {
        let portion = Portion {
            is_agreed,
            ..Portion::default()
        };
        let plan = ordered(vec![shop::line("reverb", quantity)], portion);

        let (made, later) = match is_made {
            true => (quantity.min(AT_ONCE), quantity.saturating_sub(AT_ONCE)),
            false => (0, 0),
        };
        assert_eq!(plan.actions.len(), made as usize, "{quantity} {is_agreed}");
        assert_eq!(plan.beyond, u64::from(later), "{quantity} {is_agreed}");
        let reason = plan.reason().filter(|_| plan.state() == LineState::Parked);
        assert_eq!(
            reason.map(|reason| reason.code),
            (!is_made).then_some(ReasonCode::TooManyLicenses)
        );
        let may_be_agreed = reason.is_some_and(|reason| may_be_agreed(&reason.details));
        assert_eq!(may_be_agreed, ask, "{quantity} {is_agreed}");
    }
}

#[test]
fn a_line_that_is_too_great_holds_up_no_other() {
    let lines = vec![shop::line("reverb", 20_000), shop::line("studio-max", 2)];

    let plan = ordered(lines, Portion::default());

    let made = plan.actions.iter().map(|planned| &*planned.license.slot);
    let made: Vec<&str> = made.collect();
    assert_eq!(made, ["studio-max", "studio-max"]);
    assert_eq!(plan.state(), LineState::Parked);
    let kind = LicenseServerKind::Cryptlex;
    let reason = plan
        .reason()
        .map(|reason| (reason.text(kind), reason.fix(kind)));
    let (text, fix) = reason.unwrap();
    assert!(
        text.starts_with("20000 licenses of \"reverb\" were bought"),
        "{text}"
    );
    assert_eq!(
        fix,
        "Let the product give one license with seats, or make them all the same."
    );
}

#[test]
fn an_order_gives_ten_times_as_many_as_a_line() {
    let line = || shop::line("reverb", 10);
    let portion = Portion {
        most: MostLicenses { per_line: 10 },
        ..Portion::default()
    };
    let lines: Vec<_> = (0..11).map(|_| line()).collect();

    let plan = ordered(lines, portion);

    assert_eq!(plan.actions.len(), 100);
    let states: Vec<_> = plan.lines.iter().map(|line| line.state).collect();
    assert_eq!(states[9..], [LineState::Done, LineState::Parked]);
}

#[test]
fn seats_are_one_license_however_many() {
    for quantity in [1_000_000, i32::MAX as u32, u32::MAX] {
        let plan = ordered(
            vec![shop::line("studio-team", quantity)],
            Portion::default(),
        );

        assert_eq!(plan.actions.len(), 1, "{quantity}");
        assert_eq!(plan.beyond, 0);
    }
}

#[test]
fn the_portions_of_a_line_are_all_of_it_once() {
    let mut world = World::new(json!({}));
    let mut units = Vec::new();
    loop {
        let plan = planned(&mut world, vec![shop::line("reverb", 250)]);
        units.extend(plan.actions.iter().map(|planned| planned.license.unit));
        if plan.beyond == 0 {
            break;
        }
        world.portion.after = world.portion.through();
    }

    assert_eq!(units, (1..=250).collect::<Vec<u32>>());
}

#[test]
fn what_is_on_record_stays_within_any_limit() {
    let place = (Root::Order(order_id("order-1")), "reverb".to_owned());
    let mut portion = Portion {
        most: MostLicenses { per_line: 2 },
        ..Portion::default()
    };
    portion.on_record.insert(place, 3);

    let plan = ordered(vec![shop::line("reverb", 3)], portion);

    assert_eq!(plan.actions.len(), 3);
}

#[test]
fn more_units_of_a_subscription_are_held_against_the_limit_too() {
    let mut world = World::new(json!({}));
    world.tell(shop::subscribed("studio-pro", 2));

    let told = world.tell(shop::updated("2026-11-10", "studio-pro", 20_000));

    assert_eq!(told.state, LineState::Parked);
    assert_eq!(told.reason, Some(ReasonCode::TooManyLicenses));
    assert!(told.actions.is_empty());
    assert_eq!(world.licenses.len(), 2);
}

/// A vendor says in Latchkey what the quantity of a product becomes.
pub(super) fn map(world: &mut World, path: &str, mode: &str) {
    let attributes = [("mappings_quantity".to_owned(), mode.to_owned())];
    let mapping = Mapping {
        attributes: attributes.into(),
        ..Mapping::default()
    };
    world.rules.mappings.insert(path.to_owned(), mapping);
}

#[test]
fn what_was_sold_keeps_the_meaning_of_its_quantity() {
    let card = "2026-11-20T09:00:00Z";
    for (path, mode, quantity, kinds) in [
        ("studio-pro", "allowed_activations", 5, vec![]),
        (
            "studio-pro",
            "allowed_activations",
            6,
            vec![ActionKind::Issue],
        ),
        (
            "studio-pro",
            "allowed_activations",
            4,
            vec![ActionKind::Suspend],
        ),
        ("studio-team", "total_licenses", 5, vec![]),
        (
            "studio-team",
            "total_licenses",
            7,
            vec![ActionKind::SetSeats],
        ),
        (
            "studio-team",
            "allowed_floating_clients",
            7,
            vec![ActionKind::SetSeats],
        ),
    ] {
        let mut world = World::new(json!({}));
        world.tell(shop::subscribed(path, 5));
        map(&mut world, path, mode);

        let again = world.tell(shop::subscribed(path, 5));
        let told = world.tell(shop::updated(card, path, quantity));

        assert_eq!(again.kinds(), [], "{path} {mode}");
        assert_eq!(told.kinds(), kinds, "{path} {mode} {quantity}");
    }
}

/// Rows of earlier versions do not say how their quantity was meant; several of them tell it.
#[test]
fn several_licenses_of_an_earlier_version_stay_several() {
    let mut world = World::new(json!({}));
    world.tell(shop::subscribed("studio-pro", 5));
    for license in &mut world.licenses {
        license.given.quantity = None;
    }
    map(&mut world, "studio-pro", "allowed_activations");

    let told = world.tell(shop::updated("2026-11-20T09:00:00Z", "studio-pro", 5));

    assert_eq!(told.kinds(), []);
}

#[test]
fn what_is_sold_from_now_on_has_the_new_meaning() {
    let mut world = World::new(json!({}));
    world.tell(shop::completed(shop::order(
        "order-1",
        vec![shop::line("reverb", 2)],
    )));
    map(&mut world, "reverb", "allowed_activations");

    world.tell(shop::completed(shop::order(
        "order-2",
        vec![shop::line("reverb", 2)],
    )));

    let seats: Vec<_> = world
        .licenses
        .iter()
        .map(|license| license.given.seats)
        .collect();
    assert_eq!(seats, [None, None, Some(Seats::Activations(2))]);
}
