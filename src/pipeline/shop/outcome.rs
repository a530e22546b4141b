//! The outcome of an event when the shop's API gave no answer.

use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::effect::EventState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::pipeline::event::outcome::{Attempt, EventOutcome, clock_time};
use crate::storefronts::shop_api::ShopFailure;

/// The window of the shop's own limit: how long it may refuse calls.
const WINDOW: Duration = Duration::from_secs(60);
/// Answers that may mean "too many requests" before they are believed to mean "no such thing".
const DOUBTS: u32 = 3;

/// The outcome after a failure of the shop's API.
pub fn from_failure(failure: &ShopFailure, attempt: Attempt<'_>) -> EventOutcome {
    match failure {
        ShopFailure::Unauthorized => unauthorized(attempt.now),
        ShopFailure::RateLimited { after } => {
            let wait = SignedDuration::try_from(after.unwrap_or(WINDOW));
            rate_limited(
                attempt
                    .now
                    .plus(wait.unwrap_or(SignedDuration::from_mins(1))),
            )
        }
        ShopFailure::Unknown => unknown(),
        ShopFailure::Unclear if attempt.failed_before >= DOUBTS => unknown(),
        ShopFailure::Unclear => retry(attempt, Some(WINDOW)),
        ShopFailure::Transient => retry(attempt, None),
    }
}

/// Waits for other credentials, since then.
pub fn unauthorized(since: Timestamp) -> EventOutcome {
    let reason = Reason::new(ReasonCode::ShopApiUnauthorized).with("time", clock_time(since));
    EventOutcome::waiting(reason, None)
}

/// Waits for the shop's rate limit, which is no failed attempt.
pub fn rate_limited(until: Timestamp) -> EventOutcome {
    let reason = Reason::new(ReasonCode::ShopApiUnreachable).with("time", clock_time(until));
    EventOutcome::waiting(reason, Some(until))
}

fn unknown() -> EventOutcome {
    let reason = Reason::new(ReasonCode::PayloadInvalid).with(
        "what",
        "details, and FastSpring's API knows nothing of what it names",
    );
    EventOutcome::parked(reason)
}

fn retry(attempt: Attempt<'_>, at_least: Option<Duration>) -> EventOutcome {
    let reason = Reason::new(ReasonCode::ShopApiUnreachable);
    let failed = attempt.failed_before + 1;
    let next = attempt
        .schedule
        .next(failed, attempt.now, attempt.jitter, at_least);
    match next {
        Some(at) => EventOutcome {
            state: EventState::Retrying,
            reason: Some(reason.with("time", clock_time(at))),
            due_at: Some(at),
            is_failed_attempt: true,
        },
        None => EventOutcome {
            is_failed_attempt: true,
            ..EventOutcome::parked(reason.with("time", "you press Run again"))
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::event::retry::RetrySchedule;

    #[test]
    fn each_failure_has_its_end() {
        use EventState::{Parked, Retrying, Waiting};
        use ReasonCode::{PayloadInvalid, ShopApiUnauthorized, ShopApiUnreachable};
        let schedule = RetrySchedule::new(vec![Duration::from_secs(5); 6]);
        let limited = |seconds: Option<u64>| ShopFailure::RateLimited {
            after: seconds.map(Duration::from_secs),
        };
        for (failure, failed_before, state, code, seconds) in [
            (
                ShopFailure::Unauthorized,
                0,
                Waiting,
                ShopApiUnauthorized,
                None,
            ),
            (limited(Some(7)), 0, Waiting, ShopApiUnreachable, Some(7)),
            (limited(None), 0, Waiting, ShopApiUnreachable, Some(60)),
            (
                ShopFailure::Unclear,
                0,
                Retrying,
                ShopApiUnreachable,
                Some(60),
            ),
            (ShopFailure::Unclear, 3, Parked, PayloadInvalid, None),
            (ShopFailure::Unknown, 0, Parked, PayloadInvalid, None),
            (
                ShopFailure::Transient,
                0,
                Retrying,
                ShopApiUnreachable,
                Some(5),
            ),
            (ShopFailure::Transient, 6, Parked, ShopApiUnreachable, None),
        ] {
            let attempt = Attempt {
                schedule: &schedule,
                failed_before,
                now: Timestamp::from_microsecond(0),
                jitter: 0.5,
            };

            let outcome = from_failure(&failure, attempt);

            assert_eq!(outcome.state, state, "{failure:?}");
            assert_eq!(outcome.reason.unwrap().code, code, "{failure:?}");
            let due = outcome.due_at.map(|at| at.as_microsecond() / 1_000_000);
            assert_eq!(due, seconds, "{failure:?}");
        }
    }
}
