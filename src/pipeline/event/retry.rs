//! When to try again.

use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::time::Timestamp;

/// The waits after each failed attempt; when they are used up, a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

impl RetrySchedule {
    /// A schedule of these waits, in order.
    pub fn new(waits: Vec<Duration>) -> Self {
        Self(waits)
    }

    /// How many attempts there are in all: one more than waits.
    pub fn attempts(&self) -> usize {
        self.0.len() + 1
    }

    /// The time of the next attempt after `failed` failed ones; `None` when there is none left.
    ///
    /// `jitter` of 0.0 … 1.0 spreads the wait by ± 10 %; a server's own `after` wins when it is longer.
    pub fn next(
        &self,
        failed: u32,
        now: Timestamp,
        jitter: f64,
        after: Option<Duration>,
    ) -> Option<Timestamp> {
        let index = usize::try_from(failed.checked_sub(1)?).ok()?;
        let wait = self
            .0
            .get(index)?
            .mul_f64(0.9 + 0.2 * jitter.clamp(0.0, 1.0));
        let wait = after.map_or(wait, |after| after.max(wait));
        Some(now.plus(SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> RetrySchedule {
        RetrySchedule::new(vec![Duration::from_secs(10), Duration::from_secs(100)])
    }

    #[test]
    fn waits_grow_and_end() {
        let now = Timestamp::from_microsecond(0);
        for (failed, seconds) in [(1, Some(10)), (2, Some(100)), (3, None), (0, None)] {
            let next = schedule().next(failed, now, 0.5, None);

            assert_eq!(
                next.map(|time| time.since(now).as_secs()),
                seconds,
                "{failed}"
            );
        }
        assert_eq!(schedule().attempts(), 3);
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        let now = Timestamp::from_microsecond(0);
        for (jitter, millis) in [(0.0, 9_000), (1.0, 11_000), (7.0, 11_000)] {
            let next = schedule().next(1, now, jitter, None).unwrap();

            assert_eq!(next.since(now).as_millis(), millis);
        }
    }

    #[test]
    fn a_longer_wait_that_the_server_asks_for_wins() {
        let now = Timestamp::from_microsecond(0);
        let next = schedule().next(1, now, 0.5, Some(Duration::from_secs(60)));
        assert_eq!(next.unwrap().since(now).as_secs(), 60);

        let next = schedule().next(2, now, 0.5, Some(Duration::from_secs(60)));
        assert_eq!(next.unwrap().since(now).as_secs(), 100);
    }
}
