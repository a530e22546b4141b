//! Distinguishes a license server that is down from a request that fails.
//!
//! Counts per process; what all replicas must know (that it is open, when to probe, when it came back) is in the store.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::SignedDuration;

use crate::domain::id::LicenseServerId;
use crate::domain::time::Timestamp;

/// Failures in a row that open the breaker …
const FAILURES: u32 = 5;
/// … if there was no success for this long.
const SILENCE: SignedDuration = SignedDuration::from_secs(10);

/// Counts how license servers have been answering lately.
#[derive(Debug, Default)]
pub struct CircuitBreaker(Mutex<HashMap<LicenseServerId, Run>>);

#[derive(Debug, Clone, Copy, Default)]
struct Run {
    failures: u32,
    last_success_at: Option<Timestamp>,
}

impl CircuitBreaker {
    /// An answer came.
    pub fn succeeded(&self, server: LicenseServerId, now: Timestamp) {
        self.change(server, |run| run.reset(now));
    }

    /// No answer came, or one that the server itself calls its fault. True when the breaker opens.
    ///
    /// `recovered_at` is when any process last found the server back, as its account was read before the call: what
    /// failed here before that is over.
    pub fn failed(
        &self,
        server: LicenseServerId,
        recovered_at: Option<Timestamp>,
        now: Timestamp,
    ) -> bool {
        self.change(server, |run| {
            if let Some(at) = recovered_at.filter(|at| Some(*at) > run.last_success_at) {
                run.reset(at);
            }
            run.failures += 1;
            let is_silent = run
                .last_success_at
                .is_none_or(|at| now.since(at) >= SILENCE);
            run.failures >= FAILURES && is_silent
        })
    }

    fn change<T>(&self, server: LicenseServerId, change: impl FnOnce(&mut Run) -> T) -> T {
        let mut runs = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(runs.entry(server).or_default())
    }
}

impl Run {
    fn reset(&mut self, last_success_at: Timestamp) {
        self.failures = 0;
        self.last_success_at = Some(last_success_at);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn server() -> LicenseServerId {
        LicenseServerId::from_uuid(Uuid::nil())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_microsecond(seconds * 1_000_000)
    }

    #[test]
    fn five_failures_in_a_row_open_it() {
        let breaker = CircuitBreaker::default();

        let opened: Vec<bool> = (0..5)
            .map(|second| breaker.failed(server(), None, at(second)))
            .collect();

        assert_eq!(opened, [false, false, false, false, true]);
    }

    #[test]
    fn a_success_begins_the_count_anew() {
        let breaker = CircuitBreaker::default();
        for second in 0..4 {
            breaker.failed(server(), None, at(second));
        }

        breaker.succeeded(server(), at(4));

        assert!(!breaker.failed(server(), None, at(5)));
    }

    #[test]
    fn it_stays_closed_while_something_still_succeeds() {
        let breaker = CircuitBreaker::default();
        breaker.succeeded(server(), at(0));

        let opened: Vec<bool> = (1..=6)
            .map(|second| breaker.failed(server(), None, at(second)))
            .collect();

        assert!(opened.iter().all(|opened| !opened));
        assert!(breaker.failed(server(), None, at(10)));
    }

    #[test]
    fn what_failed_before_another_process_found_the_server_back_is_over() {
        for (recovered_at, opens_with) in [(None, 1), (Some(at(-1)), 1), (Some(at(20)), 5)] {
            let breaker = CircuitBreaker::default();
            breaker.succeeded(server(), at(0));
            for _ in 0..5 {
                breaker.failed(server(), None, at(1));
            }

            let opened = (1..10).find(|_| breaker.failed(server(), recovered_at, at(60)));

            assert_eq!(opened, Some(opens_with), "{recovered_at:?}");
        }
    }
}
