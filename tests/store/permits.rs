//! Permits: never more than there are slots, and each lane leaves room for those before it.

use latchkey::store::{Store, permits};

use crate::samples::at;
use crate::{on_both, read, write};

async fn acquire(store: &Store, slots: u32, now: i64) -> Option<i32> {
    write(store, move |db| {
        permits::acquire(db, "https://a", slots, at(now), at(now + 30))
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
