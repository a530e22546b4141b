//! The rate limit: so many requests per source address and window.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::calendar;
use crate::message::Response;

/// How many requests a source address may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a window; `None` turns the limit off.
    pub requests: Option<u32>,
    /// The window's length, whole seconds.
    pub window: Duration,
    /// How the window moves.
    pub shape: WindowShape,
    /// How a refusal is written.
    pub flavor: RefusalFlavor,
}

/// How the window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowShape {
    /// Begins with a request and ends after its length, whatever happens in it.
    Fixed,
    /// Any stretch of its length.
    Sliding,
}

/// How a 429 is written: documentation and the library that the server seems to use differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalFlavor {
    /// The JSON error body.
    Json,
    /// Plain text, with `Retry-After` as the only hint.
    Text,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            requests: Some(50),
            window: Duration::from_secs(5),
            shape: WindowShape::Fixed,
            flavor: RefusalFlavor::Json,
        }
    }
}

impl RateLimit {
    /// No limit.
    pub fn off() -> Self {
        Self {
            requests: None,
            ..Self::default()
        }
    }
}

/// What was let through of late, per source address.
#[derive(Debug, Default)]
pub struct Limiter {
    passed: HashMap<String, VecDeque<Timestamp>>,
}

/// What the limiter says of one request.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may pass; these headers tell the caller how much is left.
    Pass(Vec<(&'static str, String)>),
    /// It may not.
    Refuse(Response),
}

impl Limiter {
    /// Counts a request. Refused ones do not count.
    pub fn admit(&mut self, limit: &RateLimit, address: &str, now: Timestamp) -> Verdict {
        let Some(allowed) = limit.requests else {
            return Verdict::Pass(Vec::new());
        };
        let window = SignedDuration::try_from(limit.window).unwrap_or(SignedDuration::MAX);
        let passed = self.passed.entry(address.to_owned()).or_default();
        match limit.shape {
            WindowShape::Sliding => {
                while passed
                    .pop_front_if(|first| now.duration_since(*first) >= window)
                    .is_some()
                {}
            }
            WindowShape::Fixed
                if passed
                    .front()
                    .is_some_and(|first| now.duration_since(*first) >= window) =>
            {
                passed.clear()
            }
            WindowShape::Fixed => {}
        }
        let reset = calendar::plus(passed.front().copied().unwrap_or(now), window);
        let used = u32::try_from(passed.len()).unwrap_or(u32::MAX);
        if used >= allowed {
            return Verdict::Refuse(refusal(limit, allowed, reset.duration_since(now)));
        }
        passed.push_back(now);
        Verdict::Pass(vec![
            ("x-rate-limit-limit", format!("{}s", limit.window.as_secs())),
            ("x-rate-limit-remaining", (allowed - used - 1).to_string()),
            ("x-rate-limit-reset", format!("{:.7}", reset)),
        ])
    }
}

fn refusal(limit: &RateLimit, allowed: u32, wait: SignedDuration) -> Response {
    let text = format!(
        "API calls quota exceeded! maximum admitted {allowed} per {}s.",
        limit.window.as_secs()
    );
    let mut response = match limit.flavor {
        RefusalFlavor::Json => Response::json(429, &json!({ "message": text, "code": null })),
        RefusalFlavor::Text => Response::text(429, &text),
    };
    let seconds = wait.as_millis().unsigned_abs().div_ceil(1000).max(1);
    response.headers.push(("retry-after", seconds.to_string()));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_at(shape: WindowShape, milliseconds: &[i64]) -> Vec<bool> {
        let limit = RateLimit {
            requests: Some(2),
            shape,
            ..RateLimit::default()
        };
        let mut limiter = Limiter::default();
        milliseconds
            .iter()
            .map(|at| {
                let now = Timestamp::from_millisecond(*at).unwrap();
                matches!(limiter.admit(&limit, "192.0.2.1", now), Verdict::Pass(_))
            })
            .collect()
    }

    #[test]
    fn a_fixed_window_forgets_all_at_once_and_a_sliding_one_bit_by_bit() {
        let calls = [0, 4_900, 4_950, 5_000, 5_010];

        assert_eq!(
            passed_at(WindowShape::Fixed, &calls),
            [true, true, false, true, true]
        );
        assert_eq!(
            passed_at(WindowShape::Sliding, &calls),
            [true, true, false, true, false]
        );
    }

    #[test]
    fn a_refusal_says_when_to_come_back_in_either_flavor() {
        for (flavor, content_type) in [
            (RefusalFlavor::Json, "application/json; charset=utf-8"),
            (RefusalFlavor::Text, "text/plain"),
        ] {
            let limit = RateLimit {
                requests: Some(0),
                flavor,
                ..RateLimit::default()
            };
            let now = Timestamp::UNIX_EPOCH;

            let Verdict::Refuse(response) = Limiter::default().admit(&limit, "192.0.2.1", now)
            else {
                panic!("passed");
            };

            assert_eq!(response.header("content-type"), Some(content_type));
            assert_eq!(response.header("retry-after"), Some("5"));
        }
    }

    #[test]
    fn each_address_has_its_own_window() {
        let limit = RateLimit {
            requests: Some(1),
            ..RateLimit::default()
        };
        let mut limiter = Limiter::default();
        let now = Timestamp::UNIX_EPOCH;

        for address in ["192.0.2.1", "192.0.2.2"] {
            assert!(
                matches!(limiter.admit(&limit, address, now), Verdict::Pass(_)),
                "{address}"
            );
        }
    }
}
