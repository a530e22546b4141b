//! The rate limit: so many requests per source address and window.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::calendar;
use crate::message::Response;
use crate::options::{Kind, SandboxOptions};

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

/// What was let through of late, per source address and of all callers together.
#[derive(Debug, Default)]
pub struct Limiter {
    by_address: HashMap<String, Passed>,
    together: Passed,
}

/// What the limiter says of one request.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may pass; these headers tell the caller how much is left.
    Pass(Vec<(&'static str, String)>),
    /// It may not.
    Refuse(Response),
}

/// When requests passed in the window that runs.
#[derive(Debug, Default)]
struct Passed(VecDeque<Timestamp>);

/// What a limit still allows.
struct Room {
    /// So many requests; `None` where there is no limit.
    requests: Option<u32>,
    /// Until then.
    reset: Timestamp,
}

impl Limiter {
    /// Counts a request. One that either limit refuses counts for neither.
    pub fn admit(&mut self, options: &SandboxOptions, address: &str, now: Timestamp) -> Verdict {
        let own = self.by_address.entry(address.to_owned()).or_default();
        let limits = [&options.rate_limit, &options.company_limit];
        let [own_room, room_together] = [
            own.room(&options.rate_limit, now),
            self.together.room(&options.company_limit, now),
        ];
        for (limit, room) in limits.into_iter().zip([&own_room, &room_together]) {
            if room.requests == Some(0) {
                let wait = room.reset.duration_since(now);
                return Verdict::Refuse(refusal(options.kind, limit, wait));
            }
        }
        own.count(&options.rate_limit, now);
        self.together.count(&options.company_limit, now);
        match options.kind {
            Kind::Cryptlex => Verdict::Pass(headers(&options.rate_limit, &own_room)),
            // It tells nobody how much is left.
            Kind::LicenseSpring => Verdict::Pass(Vec::new()),
        }
    }
}

impl Passed {
    /// What the limit still allows at `now`.
    fn room(&mut self, limit: &RateLimit, now: Timestamp) -> Room {
        let window = SignedDuration::try_from(limit.window).unwrap_or(SignedDuration::MAX);
        let is_past = |first: &Timestamp| now.duration_since(*first) >= window;
        match limit.shape {
            WindowShape::Sliding => while self.0.pop_front_if(|first| is_past(first)).is_some() {},
            WindowShape::Fixed if self.0.front().is_some_and(is_past) => self.0.clear(),
            WindowShape::Fixed => {}
        }
        let used = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        Room {
            requests: limit.requests.map(|allowed| allowed.saturating_sub(used)),
            reset: calendar::plus(self.0.front().copied().unwrap_or(now), window),
        }
    }

    /// Counts a request, where there is a limit.
    fn count(&mut self, limit: &RateLimit, now: Timestamp) {
        if limit.requests.is_some() {
            self.0.push_back(now);
        }
    }
}

fn headers(limit: &RateLimit, room: &Room) -> Vec<(&'static str, String)> {
    let Some(left) = room.requests else {
        return Vec::new();
    };
    vec![
        ("x-rate-limit-limit", format!("{}s", limit.window.as_secs())),
        ("x-rate-limit-remaining", (left - 1).to_string()),
        ("x-rate-limit-reset", format!("{:.7}", room.reset)),
    ]
}

fn refusal(kind: Kind, limit: &RateLimit, wait: SignedDuration) -> Response {
    let allowed = limit.requests.unwrap_or_default();
    let text = format!(
        "API calls quota exceeded! maximum admitted {allowed} per {}s.",
        limit.window.as_secs()
    );
    let mut response = match (limit.flavor, kind) {
        (RefusalFlavor::Json, Kind::Cryptlex) => {
            Response::json(429, &json!({ "message": text, "code": null }))
        }
        // Nothing is documented, so there is no hint when to come again.
        (RefusalFlavor::Json, Kind::LicenseSpring) => {
            return Response::json(429, &json!({ "detail": "Request was throttled." }));
        }
        (RefusalFlavor::Text, _) => Response::text(429, &text),
    };
    let seconds = wait.as_millis().unsigned_abs().div_ceil(1000).max(1);
    response.headers.push(("retry-after", seconds.to_string()));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(rate_limit: RateLimit) -> SandboxOptions {
        SandboxOptions {
            rate_limit,
            ..SandboxOptions::default()
        }
    }

    fn passed_at(shape: WindowShape, milliseconds: &[i64]) -> Vec<bool> {
        let options = limited(RateLimit {
            requests: Some(2),
            shape,
            ..RateLimit::default()
        });
        let mut limiter = Limiter::default();
        milliseconds
            .iter()
            .map(|at| {
                let now = Timestamp::from_millisecond(*at).unwrap();
                matches!(limiter.admit(&options, "192.0.2.1", now), Verdict::Pass(_))
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
            let options = limited(RateLimit {
                requests: Some(0),
                flavor,
                ..RateLimit::default()
            });
            let now = Timestamp::UNIX_EPOCH;

            let Verdict::Refuse(response) = Limiter::default().admit(&options, "192.0.2.1", now)
            else {
                panic!("passed");
            };

            assert_eq!(response.header("content-type"), Some(content_type));
            assert_eq!(response.header("retry-after"), Some("5"));
        }
    }

    #[test]
    fn each_address_has_its_own_window() {
        let options = limited(RateLimit {
            requests: Some(1),
            ..RateLimit::default()
        });
        let mut limiter = Limiter::default();
        let now = Timestamp::UNIX_EPOCH;

        for address in ["192.0.2.1", "192.0.2.2"] {
            assert!(
                matches!(limiter.admit(&options, address, now), Verdict::Pass(_)),
                "{address}"
            );
        }
    }

    #[test]
    fn a_limit_of_all_together_counts_only_what_the_limit_of_an_address_lets_pass() {
        let per = |requests| RateLimit {
            requests: Some(requests),
            ..RateLimit::default()
        };
        let options = SandboxOptions {
            rate_limit: per(2),
            company_limit: per(3),
            ..SandboxOptions::of(Kind::LicenseSpring)
        };
        let mut limiter = Limiter::default();
        let now = Timestamp::UNIX_EPOCH;

        let verdicts =
            ["a", "a", "a", "b", "b"].map(|address| match limiter.admit(&options, address, now) {
                Verdict::Pass(headers) => headers.len(),
                Verdict::Refuse(response) => usize::from(response.status),
            });

        assert_eq!(verdicts, [0, 0, 429, 0, 429]);
    }
}
