//! How many a second, and how long each took.

use std::fmt;
use std::time::Duration;

/// What came of one run.
pub struct Figures {
    /// From the shortest to the longest.
    latencies: Vec<Duration>,
    elapsed: Duration,
}

impl Figures {
    /// Of these answers in that time.
    pub fn new(mut latencies: Vec<Duration>, elapsed: Duration) -> Self {
        latencies.sort_unstable();
        Self { latencies, elapsed }
    }

    /// Answers a second.
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// How many were answered.
    pub fn count(&self) -> usize {
        self.latencies.len()
    }

    /// So many of a thousand took at most this long.
    pub fn permille(&self, permille: usize) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let place = (self.latencies.len() * permille / 1_000).min(last);
        self.latencies.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |permille| self.permille(permille).as_secs_f64() * 1_000.0;
        write!(
            formatter,
            "{:>7.0} events/s   p50 {:>6.2} ms   p99 {:>6.2} ms   p99.9 {:>6.2} ms",
            self.per_second(),
            millis(500),
            millis(990),
            millis(999)
        )
    }
}
