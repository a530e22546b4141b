//! Random lives of subscriptions, told in a random order with repetitions, against a model of what must come out.

use proptest::prelude::*;
use serde_json::json;

use crate::domain::compare::tests::life::{Life, Step, Which};
use crate::domain::compare::tests::lives::permutations;
use crate::domain::compare::tests::model;
use crate::domain::compare::tests::quantities::map;
use crate::domain::compare::tests::world::{World, at};

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Renewed),
        2 => Just(Step::Prorated),
        1 => Just(Step::Failed),
        2 => Just(Step::Overdue),
        2 => (1_u32..4).prop_map(Step::Quantity),
        1 => prop_oneof![-5_i64..0, 1_i64..12].prop_map(Step::Moved),
        1 => Just(Step::Paused),
        1 => Just(Step::Resumed),
        1 => Just(Step::Canceled),
        1 => Just(Step::Uncanceled),
        1 => any::<bool>().prop_map(|is_full| Step::RefundedFirst { is_full }),
        1 => Just(Step::RefundedOneTime),
        2 => Just(Step::RefundedRenewal),
        1 => Just(Step::RefundedProration),
        1 => prop_oneof![Just(Which::First), Just(Which::LatestRenewal)].prop_map(Step::ChargedBack),
        1 => Just(Step::Ended),
    ]
}

fn life() -> impl Strategy<Value = Life> {
    let steps = prop::collection::vec(step(), 0..9);
    let bundle = prop_oneof![3 => Just(None), 1 => Just(Some("studio-bundle"))];
    let kind = (any::<bool>(), any::<bool>(), any::<bool>(), bundle);
    (kind, steps).prop_map(
        |((begins_with_trial, has_one_time_line, is_bare, bundle), steps)| Life {
            begins_with_trial,
            has_one_time_line,
            // A charge that overtakes the news of its trial finds no trial; that is as good as it gets.
            is_bare: is_bare && !begins_with_trial,
            bundle,
            steps,
        },
    )
}

/// A life and the order in which its news arrive, each at least once.
pub(super) fn told_in_any_order() -> impl Strategy<Value = (Life, Vec<usize>)> {
    life().prop_flat_map(|life| {
        let count = life.news().len();
        let repeated = prop::collection::vec(0..count, 0..3);
        let arrivals = repeated
            .prop_map(move |repeated| (0..count).chain(repeated).collect::<Vec<_>>())
            .prop_shuffle();
        (Just(life), arrivals)
    })
}

fn preset() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("cryptlex"), Just("recommended"), Just("licensespring")]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ten_thousand_random_lives_end_as_the_model_says((life, arrivals) in told_in_any_order(), preset in preset(), is_remapped in any::<bool>()) {
        // Where a renewal adds an interval, a date moved by hand is nobody's promise.
        let is_moved = life.told().iter().any(|told| matches!(told.step, Step::Moved(_)));
        prop_assume!(preset != "cryptlex" || !is_moved);
        let news = life.news();
        let mut world = World::new(json!({ "preset": preset, "bundle_members": "own_interval" }));

        for index in &arrivals {
            world.tell_now(news[*index].clone());
        }
        if is_remapped {
            // What was sold keeps its meaning, and resent news changes nothing.
            map(&mut world, "studio-pro", "allowed_activations");
            for index in &arrivals {
                world.tell_now(news[*index].clone());
            }
        }
        world.wait_until(at("2029-01-01"));

        prop_assert_eq!(world.how_it_ended(), model::licenses(preset, &life), "arrived {:?}", arrivals);
        prop_assert!(!world.is_anything_waiting(), "something waits for ever");
    }
}

/// Undone edits promise nothing: the refund takes back the period that was bought, whatever the date was meanwhile.
#[test]
fn a_date_that_was_moved_away_and_back_ends_with_the_refund() {
    let life = Life {
        begins_with_trial: false,
        has_one_time_line: false,
        is_bare: false,
        bundle: None,
        steps: vec![
            Step::Renewed,
            Step::Moved(-2),
            Step::Moved(2),
            Step::RefundedRenewal,
        ],
    };
    let news = life.news();
    for (preset, day) in [
        ("recommended", "2026-12-13"),
        ("licensespring", "2026-12-05"),
    ] {
        for arrivals in permutations(news.len()) {
            let mut world = World::new(json!({ "preset": preset }));

            for index in &arrivals {
                world.tell_now(news[*index].clone());
            }

            let ended = world.how_it_ended();
            assert_eq!(ended, model::licenses(preset, &life), "{arrivals:?}");
            assert_eq!(ended[0].day.as_deref(), Some(day), "{arrivals:?}");
        }
    }
}
