//! Completed orders: what is made, what is not, and what waits for a person.

use serde_json::json;

use crate::domain::action::{Action, ActionKind, Issue, Term};
use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{Told, World, at, order_id, subscription_id};
use crate::domain::fact::{DueDate, Fact};
use crate::domain::license::Seats;
use crate::domain::mapping::Mapping;
use crate::domain::plan::LineState;
use crate::domain::reason::ReasonCode;

fn issues(told: &Told) -> Vec<(String, Issue)> {
    told.actions
        .iter()
        .filter_map(|planned| match &planned.action {
            Action::Issue(issue) => Some((planned.license.to_string(), (**issue).clone())),
            _ => None,
        })
        .collect()
}

fn rows(issue: &Issue) -> Vec<(&str, &str)> {
    issue
        .metadata
        .iter()
        .map(|row| (row.key.as_str(), row.value.as_str()))
        .collect()
}

#[test]
fn each_unit_of_a_one_time_line_is_a_license_that_names_its_order() {
    let mut world = World::new(json!({}));
    let order = shop::order(
        "order-1",
        vec![shop::line("reverb", 2), shop::line("reverb", 1)],
    );

    let told = world.tell(shop::completed(order));

    let issues = issues(&told);
    let names: Vec<_> = issues.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "order-1 / reverb / 1 / 1",
            "order-1 / reverb / 2 / 1",
            "order-1 / reverb#2 / 1 / 1"
        ]
    );
    assert_eq!(rows(&issues[0].1), [("fastspring_order_id", "order-1")]);
    assert_eq!(issues[0].1.term, Term::Template);
}

#[test]
fn the_same_order_under_a_new_event_makes_nothing() {
    for again in [shop::subscribed("studio-pro", 5), {
        let mut late = shop::subscribed("studio-pro", 5);
        late.1 = at("2026-12-24");
        late
    }] {
        let mut world = World::new(json!({}));
        assert_eq!(
            issues(&world.tell(shop::subscribed("studio-pro", 5))).len(),
            5
        );

        let told = world.tell(again);

        assert!(told.actions.is_empty());
        assert_eq!(told.state, LineState::Ignored);
        assert_eq!(told.reason, Some(ReasonCode::AlreadyApplied));
    }
}

#[test]
fn a_mixed_cart_serves_what_is_mapped() {
    for (policy, state, reason) in [
        (json!({}), LineState::Done, None),
        (
            json!({"unmapped_product": "park"}),
            LineState::Parked,
            Some(ReasonCode::ProductNotMapped),
        ),
    ] {
        let mut world = World::new(policy);
        let order = shop::order(
            "order-1",
            vec![shop::line("poster", 1), shop::line("reverb", 1)],
        );

        let told = world.tell(shop::completed(order));

        assert_eq!(issues(&told).len(), 1);
        assert_eq!((told.state, told.reason), (state, reason));
    }
}

#[test]
fn an_order_without_licensed_products_is_no_concern() {
    let mut world = World::new(json!({}));
    let order = shop::order("order-1", vec![shop::line("poster", 1)]);

    let told = world.tell(shop::completed(order));

    assert_eq!(told.state, LineState::Ignored);
    assert_eq!(told.reason, Some(ReasonCode::NoLicensedProduct));
}

#[test]
fn a_senseless_attribute_parks_its_line_only() {
    let mut world = World::new(json!({}));
    let order = shop::order(
        "order-1",
        vec![shop::line("broken", 1), shop::line("reverb", 1)],
    );

    let told = world.tell(shop::completed(order));

    assert_eq!(issues(&told).len(), 1);
    assert_eq!(told.state, LineState::Parked);
    assert_eq!(told.reason, Some(ReasonCode::MappingInvalid));
}

#[test]
fn the_quantity_becomes_seats_where_the_product_says_so() {
    for (mode, quantity, licenses, seats) in [
        ("total_licenses", 4, 4, None),
        ("allowed_activations", 4, 1, Some(Seats::Activations(4))),
        (
            "allowed_floating_clients",
            4,
            1,
            Some(Seats::FloatingClients(4)),
        ),
    ] {
        let mut world = World::new(json!({}));
        let attributes = [("mappings_quantity".to_owned(), mode.to_owned())];
        let mapping = Mapping {
            attributes: attributes.into_iter().collect(),
            ..Mapping::default()
        };
        world.rules.mappings.insert("reverb".to_owned(), mapping);

        let order = shop::order("order-1", vec![shop::line("reverb", quantity)]);
        let told = world.tell(shop::completed(order));

        let issues = issues(&told);
        assert_eq!(issues.len(), licenses, "{mode}");
        assert_eq!(issues[0].1.seats, seats, "{mode}");
    }
}

#[test]
fn members_of_a_bundle_are_licensed_and_the_bundle_is_not() {
    for (policy, term) in [
        (json!({}), Term::Perpetual),
        (json!({"bundle_members": "own_interval"}), Term::Template),
    ] {
        let mut world = World::new(policy);
        let mut member = shop::line("reverb", 1);
        member.bundle = Some("studio-bundle".to_owned());
        let order = shop::order("order-1", vec![shop::line("studio-bundle", 1), member]);

        let told = world.tell(shop::completed(order));

        let issues = issues(&told);
        assert_eq!(issues.len(), 1);
        assert_eq!(issues[0].0, "order-1 / studio-bundle/reverb / 1 / 1");
        assert_eq!(issues[0].1.term, term);
        assert_eq!(
            rows(&issues[0].1),
            [
                ("fastspring_order_id", "order-1"),
                ("fastspring_driver", "bundle_studio-bundle")
            ]
        );
    }
}

#[test]
fn an_addon_takes_its_parents_interval_and_names_its_subscription() {
    let mut world = World::new(json!({}));
    world.tell(shop::activated());
    world.tell(shop::subscribed("studio-pro", 1));
    let mut addon = shop::line("extra-effects", 1);
    addon.parent_subscription = Some(subscription_id("sub-1"));
    let mut later = shop::order("order-7", vec![addon]);
    later.changed = Some(at("2026-11-10T09:00:00Z"));

    let told = world.tell(shop::completed(later));

    let issues = issues(&told);
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].0, "sub-1 / extra-effects / 1 / 1");
    assert_eq!(issues[0].1.term, Term::Period("P1M".parse().unwrap()));
    assert_eq!(
        rows(&issues[0].1),
        [
            ("fastspring_subscription_id", "sub-1"),
            ("fastspring_driver", "addon_studio-pro")
        ]
    );
    assert_eq!(told.actions[0].order_id, Some(order_id("order-7")));
}

#[test]
fn sold_for_a_year_and_licensed_for_a_month_waits_for_a_person() {
    for (policy, chosen, is_parked) in [
        (json!({}), None, true),
        (json!({}), Some("P1M"), false),
        (json!({"renewal": "paid_through"}), None, false),
    ] {
        let mut world = World::new(policy);
        if let Some(interval) = chosen {
            let attributes = [("subscription_interval".to_owned(), interval.to_owned())];
            let mapping = Mapping {
                attributes: attributes.into_iter().collect(),
                ..Mapping::default()
            };
            world
                .rules
                .mappings
                .insert("studio-year".to_owned(), mapping);
        }
        let (fact, when) = shop::activated();
        world.tell((shop::sold_as(fact, "studio-year"), when));

        let told = world.tell(shop::subscribed("studio-year", 1));

        let is_mismatch = told.reason == Some(ReasonCode::IntervalMismatch);
        assert_eq!(is_mismatch, is_parked);
        assert_eq!(issues(&told).is_empty(), is_parked);
    }
}

#[test]
fn tests_are_left_alone_marked_or_treated_alike() {
    for (rule, licenses, reason) in [
        ("process", 1, None),
        ("mark", 1, None),
        ("ignore", 0, Some(ReasonCode::TestEventIgnored)),
    ] {
        let mut world = World::new(json!({ "test_events": rule }));
        world.is_live = false;
        let order = shop::order("order-1", vec![shop::line("reverb", 1)]);

        let told = world.tell(shop::completed(order));

        assert_eq!(issues(&told).len(), licenses, "{rule}");
        assert_eq!(told.reason, reason, "{rule}");
        if rule == "mark" {
            assert_eq!(world.how_it_ended()[0].day.as_deref(), Some("2026-11-17"));
        }
    }
}

#[test]
fn a_marked_test_ends_after_two_weeks_whatever_follows() {
    for preset in ["cryptlex", "recommended", "licensespring"] {
        for is_order_first in [false, true] {
            let mut world = World::new(json!({ "preset": preset, "test_events": "mark" }));
            world.is_live = false;
            let mut told = vec![shop::activated(), shop::subscribed("studio-pro", 1)];
            if is_order_first {
                told.reverse();
            }
            told.push(shop::charged(
                "order-2",
                "2026-11-05T08:00:00Z",
                "2027-01-03",
            ));
            told.push(shop::updated("2026-11-06T08:00:00Z", "studio-pro", 1));
            for told in told {
                world.tell(told);
            }

            let day = world.how_it_ended()[0].day.clone();
            assert_eq!(day.as_deref(), Some("2026-11-17"), "{preset}");
        }
    }
}

#[test]
fn a_bundle_member_that_is_a_subscription_keeps_its_one_license() {
    let order = || {
        let mut member = shop::line("studio-pro", 1);
        member.bundle = Some("studio-bundle".to_owned());
        member.subscription = Some(subscription_id("sub-1"));
        shop::completed(shop::order(
            "order-1",
            vec![shop::line("studio-bundle", 1), member],
        ))
    };
    let card = || shop::updated("2026-11-10T08:00:00Z", "studio-pro", 1);
    let late = || {
        (
            Fact::DateCame(DueDate::OrderMissing(subscription_id("sub-1"))),
            at("2026-11-03T10:30:00Z"),
        )
    };
    for preset in ["cryptlex", "recommended", "licensespring"] {
        for story in [
            vec![shop::activated(), order(), card()],
            vec![order(), shop::activated(), card()],
            vec![order(), shop::activated(), late(), card()],
            vec![shop::activated(), late(), card(), order()],
        ] {
            let mut world = World::new(json!({ "preset": preset }));
            for told in story {
                world.tell(told);
            }

            assert_eq!(world.licenses.len(), 1, "{preset}");
            let license = &world.licenses[0];
            assert!(
                license.deleted_at.is_none() && license.given.causes.is_empty(),
                "{preset}"
            );
        }
    }
}

#[test]
fn no_order_for_fifteen_minutes_and_the_subscription_itself_is_served() {
    let mut world = World::new(json!({}));
    assert!(world.tell(shop::activated()).actions.is_empty());

    world.wait_until(at("2026-11-03T10:31:00Z"));

    assert_eq!(world.licenses.len(), 1);
    let told = world.tell(shop::subscribed("studio-pro", 1));
    assert!(told.actions.is_empty());
    assert_eq!(world.licenses.len(), 1);
}

#[test]
fn an_order_that_came_in_time_is_served_once() {
    let mut world = World::new(json!({}));
    world.tell(shop::activated());
    world.tell(shop::subscribed("studio-pro", 1));

    world.wait_until(at("2026-11-03T10:45:00Z"));

    assert_eq!(world.licenses.len(), 1);
}

#[test]
fn a_trial_ends_on_the_shops_date_in_every_preset() {
    for (preset, day) in [
        ("cryptlex", "2026-11-17"),
        ("recommended", "2026-11-19"),
        ("licensespring", "2026-11-17"),
    ] {
        for order_first in [false, true] {
            let mut world = World::new(json!({ "preset": preset }));
            let facts = if order_first {
                [shop::subscribed("studio-pro", 1), shop::trial_began()]
            } else {
                [shop::trial_began(), shop::subscribed("studio-pro", 1)]
            };

            for fact in facts {
                world.tell_now(fact);
            }

            let ends = world.how_it_ended();
            assert_eq!(ends[0].day.as_deref(), Some(day), "{preset} {order_first}");
        }
    }
}

#[test]
fn the_kinds_are_those_that_the_actions_have() {
    let mut world = World::new(json!({}));

    let told = world.tell(shop::subscribed("studio-pro", 1));

    assert_eq!(told.kinds(), [ActionKind::Issue]);
}
