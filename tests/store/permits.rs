//! Permits: never more than there are slots, and each lane leaves room for those before it.

use latchkey::domain::id::TenantId;
use latchkey::store::permits::{Held, Holder};
use latchkey::store::{Store, permits};
use uuid::Uuid;

use crate::samples::at;
use crate::{on_both, read, write};

async fn acquire(store: &Store, slots: u32, now: i64) -> Option<i32> {
    write(store, move |db| {
        permits::acquire(db, "https://a", (slots, None), (at(now), at(now + 30)))
    })
    .await
}

#[test]
fn slots_run_out_and_come_back_after_their_answer() {
    on_both(async |store| {
        let taken = [
            acquire(store, 2, 0).await,
            acquire(store, 2, 0).await,
            acquire(store, 2, 0).await,
        ];
        assert_eq!(taken, [Some(1), Some(0), None]);

        write(store, |db| permits::release(db, "https://a", 1, at(6))).await;

        assert_eq!(acquire(store, 2, 5).await, None);
        let earliest = read(store, |db| permits::earliest_free(db, "https://a", 2)).await;
        assert_eq!(earliest, Some(at(6)));
        assert_eq!(
            read(store, |db| permits::free_count(db, "https://a", 2, at(6))).await,
            1
        );
        assert_eq!(acquire(store, 2, 6).await, Some(1));
    });
}

#[test]
fn a_lower_lane_leaves_the_high_slots_alone() {
    on_both(async |store| {
        assert_eq!(acquire(store, 3, 0).await, Some(2));
        assert_eq!(acquire(store, 2, 0).await, Some(1));
        assert_eq!(acquire(store, 2, 0).await, Some(0));
        assert_eq!(acquire(store, 2, 0).await, None);
        assert_eq!(acquire(store, 5, 0).await, Some(4));
        assert_eq!(
            read(store, |db| permits::free_count(db, "https://b", 5, at(0))).await,
            5
        );
    });
}

#[test]
fn many_at_once_never_get_the_same_slot() {
    on_both(async |store| {
        acquire(store, 50, -100).await;

        let all = futures::future::join_all((0..80).map(|_| acquire(store, 50, 0))).await;

        let mut slots: Vec<i32> = all.into_iter().flatten().collect();
        let count = slots.len();
        slots.sort_unstable();
        slots.dedup();
        assert_eq!((count, slots.len()), (50, 50));
    });
}

#[test]
fn slots_that_somebody_waits_for_are_known_until_they_are_free() {
    on_both(async |store| {
        let holder = |number: u128, asker: &str| Holder {
            tenant: TenantId::from_uuid(Uuid::from_u128(number)),
            asker: asker.to_owned(),
        };
        let take = async |holder: Holder| {
            write(store, move |db| {
                let times = (at(0), at(30));
                permits::acquire(db, "https://a", (3, Some(&holder)), times)
            })
            .await
        };
        let held = async |now| {
            let held = write(store, move |db| {
                permits::list_held(db, "https://a", at(now))
            });
            let mut held = held.await;
            held.sort_by(|one, other| one.holder.asker.cmp(&other.holder.asker));
            held
        };
        assert_eq!(held(0).await, []);

        take(holder(1, "a")).await;
        take(holder(2, "b")).await;
        acquire(store, 3, 0).await;

        let as_held = |holder, free_at| Held { holder, free_at };
        let both = [
            as_held(holder(1, "a"), at(30)),
            as_held(holder(2, "b"), at(30)),
        ];
        assert_eq!(held(1).await, both);
        write(store, |db| permits::release(db, "https://a", 2, at(6))).await;
        assert_eq!(held(5).await[0], as_held(holder(1, "a"), at(6)));
        assert_eq!(held(6).await, both[1..]);
        // Whoever has the slot next does not wait.
        acquire(store, 3, 6).await;
        assert_eq!(held(7).await, both[1..]);
    });
}

#[test]
fn whoever_judges_shares_waits_for_those_who_do() {
    on_both(async |store| {
        let holder = Holder {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            asker: "a".to_owned(),
        };

        let all = (0..40).map(|_| {
            let holder = holder.clone();
            write(store, move |db| {
                let held = permits::list_held(db, "https://a", at(0))?;
                if held.len() >= 15 {
                    return Ok(None);
                }
                let times = (at(0), at(30));
                permits::acquire(db, "https://a", (50, Some(&holder)), times)
            })
        });
        let all = futures::future::join_all(all).await;

        assert_eq!(all.into_iter().flatten().count(), 15);
    });
}
