//! The one clock, and the ids that are made from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use jiff::SignedDuration;
use rand::RngExt as _;
use uuid::Uuid;

use crate::domain::id::uuid_at;
use crate::domain::time::Timestamp;

/// Tells the time: monotonic, never backwards. Cheap to clone; all clones agree.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    Running {
        started: Instant,
        /// Microseconds since 1970 at `started`, corrected by [`Clock::anchor`].
        begin: AtomicI64,
        /// The latest time that was told.
        latest: AtomicI64,
    },
    Manual(AtomicI64),
}

impl Clock {
    /// This machine's clock, until [`Clock::anchor`] says better.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn system() -> Self {
        let now = jiff::Timestamp::now().as_microsecond();
        Self(Arc::new(Source::Running {
            started: Instant::now(),
            begin: AtomicI64::new(now),
            latest: AtomicI64::new(now),
        }))
    }

    /// A clock that moves only when told to, for tests and the demo's past.
    pub fn manual(start: Timestamp) -> Self {
        Self(Arc::new(Source::Manual(AtomicI64::new(
            start.as_microsecond(),
        ))))
    }

    /// Follows the database's time, so that replicas agree although their machines do not.
    ///
    /// A clock that is ahead stands still until time has caught up.
    pub fn anchor(&self, now: Timestamp) {
        match &*self.0 {
            Source::Running { started, begin, .. } => begin.store(
                now.as_microsecond() - elapsed_micros(*started),
                Ordering::Relaxed,
            ),
            Source::Manual(time) => time.store(now.as_microsecond(), Ordering::Relaxed),
        }
    }

    /// Moves a manual clock; a running one is left alone.
    pub fn advance(&self, duration: SignedDuration) {
        if let Source::Manual(time) = &*self.0 {
            let micros = i64::try_from(duration.as_micros()).unwrap_or(0);
            time.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Source::Running {
                started,
                begin,
                latest,
            } => {
                let now = begin.load(Ordering::Relaxed) + elapsed_micros(*started);
                let before = latest.fetch_max(now, Ordering::Relaxed);
                Timestamp::from_microsecond(now.max(before))
            }
            Source::Manual(time) => Timestamp::from_microsecond(time.load(Ordering::Relaxed)),
        }
    }

    /// A new id that sorts by the time it was made at.
    pub fn id(&self) -> Uuid {
        id_at(self.now())
    }
}

/// A new `UUIDv7` for a point in time.
pub fn id_at(time: Timestamp) -> Uuid {
    uuid_at(time, &rand::rng().random())
}

fn elapsed_micros(since: Instant) -> i64 {
    i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(Timestamp::from_microsecond(5));
        let twin = clock.clone();

        twin.advance(SignedDuration::from_secs(1));

        assert_eq!(clock.now(), Timestamp::from_microsecond(1_000_005));
    }

    #[test]
    fn an_anchored_clock_never_goes_back() {
        let clock = Clock::system();
        let before = clock.now();

        clock.anchor(before.plus_hours(-1));

        assert!(clock.now() >= before);
    }

    #[test]
    fn an_anchored_clock_follows_the_anchor() {
        let clock = Clock::system();
        let ahead = clock.now().plus_hours(1);

        clock.anchor(ahead);

        assert!(clock.now() >= ahead);
    }

    #[test]
    fn ids_sort_by_time() {
        let early = id_at(Timestamp::from_microsecond(1_000_000));
        let late = id_at(Timestamp::from_microsecond(2_000_000));

        assert!(early < late);
    }
}
