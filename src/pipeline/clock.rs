//! The one clock, and the ids that are made from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use rand::RngExt as _;
use uuid::Uuid;

use crate::domain::id::uuid_at;
use crate::domain::time::Timestamp;

/// An answer that took longer than this says too little about the time.
const BELIEVED: Duration = Duration::from_secs(1);

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
    pub fn system() -> Self {
        Self::starting_at(Timestamp::from_microsecond(machine_time()))
    }

    /// A clock that runs on from this time, as that of a machine that was set to it.
    pub fn starting_at(time: Timestamp) -> Self {
        Self(Arc::new(Source::Running {
            started: Instant::now(),
            begin: AtomicI64::new(time.as_microsecond()),
            // Nothing was told yet that a better time could contradict.
            latest: AtomicI64::new(i64::MIN),
        }))
    }

    /// A clock that moves only when told to, for tests and the demo's past.
    pub fn manual(start: Timestamp) -> Self {
        Self(Arc::new(Source::Manual(AtomicI64::new(
            start.as_microsecond(),
        ))))
    }

    /// Follows the database's time, so that replicas agree although their machines do not; false when the answer is not
    /// believed.
    ///
    /// Somewhere between `asked` and now it was right. One that took long is not believed: the machine may have slept
    /// meanwhile, before the database looked at its clock or after. A clock that has told a later time stands still
    /// until that has come.
    pub fn anchor(&self, answer: Timestamp, asked: Instant) -> bool {
        self.anchor_within(answer, asked, asked.elapsed())
    }

    fn anchor_within(&self, answer: Timestamp, asked: Instant, taken: Duration) -> bool {
        match &*self.0 {
            _ if taken > BELIEVED => return false,
            Source::Running { started, begin, .. } => {
                let running = asked.saturating_duration_since(*started) + taken / 2;
                begin.store(answer.as_microsecond() - micros(running), Ordering::Relaxed);
            }
            Source::Manual(time) => time.store(answer.as_microsecond(), Ordering::Relaxed),
        }
        true
    }

    /// Goes on to this machine's time where that is later: while a machine sleeps, what counts time here stands still.
    pub fn catch_up(&self) {
        if let Source::Running { started, begin, .. } = &*self.0 {
            let running = micros(started.elapsed());
            begin.fetch_max(machine_time() - running, Ordering::Relaxed);
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
                let now = begin.load(Ordering::Relaxed) + micros(started.elapsed());
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

/// Microseconds since 1970, as this machine has it.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn machine_time() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
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

        assert!(clock.anchor(before.plus_hours(-1), Instant::now()));

        assert!(clock.now() >= before);
    }

    #[test]
    fn an_anchored_clock_follows_the_anchor() {
        let clock = Clock::system();
        let ahead = clock.now().plus_hours(1);

        assert!(clock.anchor(ahead, Instant::now()));

        assert!(clock.now() >= ahead);
    }

    /// Or it would stand still for an hour, and take everybody else's leases for run out.
    #[test]
    fn a_machine_that_is_ahead_goes_by_the_database_from_the_start() {
        let right = Clock::system().now();
        let clock = Clock::starting_at(right.plus_hours(1));

        assert!(clock.anchor(right, Instant::now()));

        assert!(clock.now().since(right) < SignedDuration::from_mins(1));
    }

    #[test]
    fn a_machine_that_slept_is_caught_up_with_and_one_that_is_behind_is_not_followed() {
        let right = Clock::system().now();
        for (name, hours, expected) in [("behind", -1, 0), ("ahead", 1, 1)] {
            let clock = Clock::starting_at(right.plus_hours(hours));

            clock.catch_up();

            let beyond = clock.now().since(right.plus_hours(expected));
            assert!(beyond >= SignedDuration::ZERO, "{name}");
            assert!(beyond < SignedDuration::from_mins(1), "{name}");
        }
    }

    #[test]
    fn an_answer_was_right_between_question_and_arrival() {
        let right = Clock::system().now();
        let clock = Clock::starting_at(right);
        let asked = Instant::now();

        assert!(clock.anchor_within(right.plus_hours(1), asked, Duration::from_millis(900)));

        let ahead = clock.now().since(right);
        let error = ahead - SignedDuration::from_hours(1) + SignedDuration::from_millis(450);
        // Counted from the question, not from whenever the answer is looked at.
        assert!(
            error <= SignedDuration::try_from(asked.elapsed()).unwrap(),
            "{error}"
        );
        assert!(error >= SignedDuration::ZERO, "{error}");
    }

    #[test]
    fn an_answer_that_took_long_is_not_believed() {
        let clock = Clock::system();
        let long = BELIEVED + Duration::from_millis(1);
        let before = clock.now();

        assert!(!clock.anchor_within(before.plus_hours(1), Instant::now(), long));

        assert!(clock.now().since(before) < SignedDuration::from_mins(1));
    }

    #[test]
    fn ids_sort_by_time() {
        let early = id_at(Timestamp::from_microsecond(1_000_000));
        let late = id_at(Timestamp::from_microsecond(2_000_000));

        assert!(early < late);
    }
}
