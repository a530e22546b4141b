//! Lives of a subscription in every order of arrival: all end alike.

use serde_json::json;

use crate::domain::compare::tests::shop::{self, Told};
use crate::domain::compare::tests::world::World;
use crate::domain::record::Records;

/// Every order of these, each as indexes.
pub(super) fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    permutations(count - 1)
        .into_iter()
        .flat_map(|shorter| {
            (0..count).map(move |place| {
                let mut longer = shorter.clone();
                longer.insert(place, count - 1);
                longer
            })
        })
        .collect()
}

const RUNS_AGAIN: &str = "ends and runs again";

#[expect(clippy::too_many_lines, reason = "a table of lives")]
fn lives() -> Vec<(&'static str, Vec<Told>)> {
    let order = shop::subscribed("studio-pro", 1);
    let renewal = shop::charged("order-2", "2026-12-03T08:00:00Z", "2027-01-03");
    vec![
        (
            "ends",
            vec![
                shop::activated(),
                order.clone(),
                renewal.clone(),
                shop::overdue("2027-01-04T08:00:00Z"),
                shop::ended("2027-01-20T08:00:00Z"),
            ],
        ),
        (
            "recovers",
            vec![
                shop::activated(),
                order.clone(),
                renewal.clone(),
                shop::overdue("2027-01-04T08:00:00Z"),
                shop::charged("order-3", "2027-01-07T08:00:00Z", "2027-02-03"),
            ],
        ),
        (
            "stays overdue",
            vec![
                shop::activated(),
                order.clone(),
                renewal.clone(),
                shop::overdue("2027-01-04T08:00:00Z"),
                shop::canceled("2027-01-05T08:00:00Z"),
            ],
        ),
        (
            "pauses and resumes",
            vec![
                shop::activated(),
                order.clone(),
                shop::paused("2026-11-10T08:00:00Z", None),
                shop::resumed("2026-11-20T08:00:00Z"),
                renewal.clone(),
            ],
        ),
        (
            "grows",
            vec![
                shop::activated(),
                order.clone(),
                shop::updated("2026-11-10T08:00:00Z", "studio-pro", 3),
                shop::updated("2026-11-20T08:00:00Z", "studio-pro", 2),
                renewal.clone(),
            ],
        ),
        (
            RUNS_AGAIN,
            vec![
                shop::activated(),
                order.clone(),
                shop::ended("2026-11-20T08:00:00Z"),
                shop::updated("2026-11-25T08:00:00Z", "studio-pro", 1),
                renewal.clone(),
            ],
        ),
        (
            "is refunded",
            vec![
                shop::activated(),
                order,
                renewal,
                shop::returned("order-1", &[("studio-pro", Some(true))]),
                shop::returned("order-2", &[("studio-pro", Some(true))]),
            ],
        ),
    ]
}

#[test]
fn any_order_of_arrival_folds_to_the_same_record_and_ends_alike() {
    for preset in ["cryptlex", "recommended", "licensespring"] {
        for (name, life) in lives() {
            if (preset, name) == ("cryptlex", RUNS_AGAIN) {
                // What was deleted is made anew, unless the news of its end came last.
                continue;
            }
            let mut expected: Option<(Records, _)> = None;
            for order in permutations(life.len()) {
                let mut world = World::new(json!({ "preset": preset }));
                for index in &order {
                    world.tell_now(life[*index].clone());
                }
                world.wait_until(crate::domain::compare::tests::world::at("2027-01-31"));

                let end = (world.records.clone(), world.how_it_ended());

                let expected =
                    expected.get_or_insert_with(|| (end.0.clone(), world.how_it_ended()));
                assert_eq!(end.0, expected.0, "{preset}: {name}: records of {order:?}");
                assert_eq!(end.1, expected.1, "{preset}: {name}: licenses of {order:?}");
                assert!(!world.is_anything_waiting(), "{preset}: {name}: {order:?}");
            }
        }
    }
}
