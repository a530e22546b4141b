//! The outcome of an event: from plans and failures to a state, a reason, and when it is due again.

use std::time::Duration;

use jiff::SignedDuration;
use metrics::{counter, histogram};

use crate::domain::effect::EventState;
use crate::domain::id::LicenseServerId;
use crate::domain::masked;
use crate::domain::plan::{LineState, Plan};
use crate::domain::reason::{FIELD, Reason, ReasonCode, WORDS};
use crate::domain::time::Timestamp;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::calls::budget::PermitRefusal;
use crate::pipeline::event::retry::RetrySchedule;
use crate::store::events;
use crate::telemetry::names;

/// The wait after a 429 that names none.
const DEFAULT_RATE_LIMIT_WAIT: Duration = Duration::from_secs(5);

/// The longest that a call waits because the license server said so; then it is asked again.
const LONGEST: Duration = Duration::from_hours(1);

/// How an event ends or waits.
#[derive(Debug, Clone, PartialEq)]
pub struct EventOutcome {
    pub state: EventState,
    /// Why; always there unless it is done or requeued.
    pub reason: Option<Reason>,
    /// When to look again; `None` = not by itself.
    pub due_at: Option<Timestamp>,
    /// Whether this was a failed attempt of the event's own.
    pub is_failed_attempt: bool,
}

/// When a failure happened, and how often before.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The waits between attempts.
    pub schedule: &'a RetrySchedule,
    /// Failed attempts before this one.
    pub failed_before: u32,
    pub now: Timestamp,
    /// 0.0 … 1.0, spreads the waits.
    pub jitter: f64,
}

impl EventOutcome {
    /// Carried out.
    pub fn done(reason: Option<Reason>) -> Self {
        Self {
            state: EventState::Done,
            reason,
            due_at: None,
            is_failed_attempt: false,
        }
    }

    /// Ended without anything to do.
    pub fn ignored(reason: Reason) -> Self {
        Self {
            state: EventState::Ignored,
            reason: Some(reason),
            due_at: None,
            is_failed_attempt: false,
        }
    }

    /// A person must act.
    pub fn parked(reason: Reason) -> Self {
        Self {
            state: EventState::Parked,
            reason: Some(reason),
            due_at: None,
            is_failed_attempt: false,
        }
    }

    /// Waits for something else, until that time where one is known.
    pub fn waiting(reason: Reason, due_at: Option<Timestamp>) -> Self {
        Self {
            state: EventState::Waiting,
            reason: Some(reason),
            due_at,
            is_failed_attempt: false,
        }
    }

    /// Requeued, for others to carry on.
    pub fn requeued(now: Timestamp) -> Self {
        Self {
            state: EventState::Received,
            reason: None,
            due_at: Some(now),
            is_failed_attempt: false,
        }
    }

    /// Waits for a permit of the budget.
    pub fn rate_limited(refusal: PermitRefusal, now: Timestamp) -> Self {
        let until = refusal.until(now);
        let seconds = until.since(now).as_secs().max(1);
        Self::waiting(
            Reason::new(ReasonCode::RateBudget).with("n", seconds),
            Some(until),
        )
    }

    /// The same as the store takes it, after `attempts` failed ones; `server` is the account that was to be called.
    pub fn for_store(
        &self,
        attempts: i32,
        server: Option<LicenseServerId>,
        now: Timestamp,
    ) -> events::Settlement {
        let reason = self.reason.clone();
        events::Settlement {
            state: self.state,
            reason_subject: reason.as_ref().and_then(|reason| subject(reason, server)),
            reason,
            words_sealed: None,
            due_at: self.due_at,
            attempts: attempts + i32::from(self.is_failed_attempt),
            at: now,
        }
    }

    /// Counts this outcome of an event that arrived at `received_at`.
    pub fn measure(&self, received_at: Timestamp, now: Timestamp) {
        let reason = self
            .reason
            .as_ref()
            .map_or("none", |reason| reason.code.as_str());
        counter!(names::EVENTS_SETTLED, "state" => self.state.as_str(), "reason" => reason)
            .increment(1);
        if self.state.is_settled() {
            let length = now.since(received_at);
            histogram!(names::EVENT_SECONDS).record(length.as_secs_f64().max(0.0));
        }
    }

    /// The worse of two outcomes, in this order: parked, retrying, waiting, received or working, done, ignored or discarded.
    ///
    /// Of equal states the one with a reason wins. The earlier `due_at` is kept, so that a line that needs a person does
    /// not hold up the others.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let due_at = match (self.due_at, other.due_at) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        let is_failed_attempt = self.is_failed_attempt || other.is_failed_attempt;
        let is_told = self.reason.is_some();
        let worst = if (weight(other.state), other.reason.is_some()) > (weight(self.state), is_told)
        {
            other
        } else {
            self
        };
        Self {
            due_at,
            is_failed_attempt,
            ..worst
        }
    }
}

/// The outcome of an event after all that its plan asked for was done.
///
/// `gives_up_at` is when an event that waits for its order is parked instead.
#[tracing::instrument(name = "choose_outcome", level = "debug", skip_all)]
pub fn from_plan(
    plan: &Plan,
    has_effects: bool,
    gives_up_at: Timestamp,
    now: Timestamp,
) -> EventOutcome {
    let reason = plan.reason().cloned();
    match (plan.state(), reason) {
        (LineState::Ignored | LineState::Done, reason) if has_effects => {
            EventOutcome::done(reason.filter(is_kept_when_done))
        }
        (LineState::Done, reason) => EventOutcome::done(reason.filter(is_kept_when_done)),
        (LineState::Ignored, reason) => {
            EventOutcome::ignored(reason.unwrap_or_else(|| Reason::new(ReasonCode::NothingToDo)))
        }
        (LineState::Waiting, Some(reason)) if gives_up_at > now => EventOutcome::waiting(
            reason.with("date", gives_up_at.long_day()),
            Some(gives_up_at),
        ),
        (LineState::Waiting, _) => EventOutcome::parked(Reason::new(ReasonCode::LicenseNotFound)),
        (LineState::Parked, reason) => {
            EventOutcome::parked(reason.unwrap_or_else(|| Reason::new(ReasonCode::PayloadInvalid)))
        }
    }
}

/// Whether a reason is kept on an event that is done: only that a person's change was left as it is.
///
/// After the last effect the plan finds nothing to do, so its reason is dropped.
fn is_kept_when_done(reason: &Reason) -> bool {
    matches!(
        reason.code,
        ReasonCode::ChangedByHand | ReasonCode::KeptByChoice
    )
}

/// The outcome after a failure of the license server; its class decides, and how long the server asks to wait.
pub fn from_failure(failure: &Failure, attempt: Attempt<'_>) -> EventOutcome {
    match &failure.class {
        FailureClass::Transient => transient(attempt, failure.after),
        FailureClass::RateLimited => {
            let wait = failure
                .after
                .unwrap_or(DEFAULT_RATE_LIMIT_WAIT)
                .min(LONGEST);
            let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
            EventOutcome::waiting(
                Reason::new(ReasonCode::RateBudget).with("n", wait.as_secs().max(1)),
                Some(attempt.now.plus(wait)),
            )
        }
        FailureClass::Unauthorized => EventOutcome::waiting(
            Reason::new(ReasonCode::LicenseServerUnauthorized)
                .with("time", clock_time(attempt.now))
                .with("n", "All"),
            None,
        ),
        FailureClass::Forbidden { scope } => EventOutcome::parked(
            Reason::new(ReasonCode::LicenseServerMissingScope)
                .with("scope", scope.as_deref().unwrap_or("license:write")),
        ),
        FailureClass::PlanLimit => {
            EventOutcome::parked(Reason::new(ReasonCode::PlanLimit).with("what", "users"))
        }
        FailureClass::Unreadable { field } => {
            EventOutcome::parked(Reason::new(ReasonCode::LicenseServerRejected).with(FIELD, field))
        }
        FailureClass::NotFound | FailureClass::Conflict | FailureClass::Rejected => {
            EventOutcome::parked(
                Reason::new(ReasonCode::LicenseServerRejected)
                    .with(WORDS, masked::words(&failure.text)),
            )
        }
    }
}

/// The time of day in UTC, as the texts show it.
pub fn clock_time(time: Timestamp) -> String {
    time.as_jiff().strftime("%H:%M UTC").to_string()
}

fn transient(attempt: Attempt<'_>, after: Option<Duration>) -> EventOutcome {
    let (failed, after) = (
        attempt.failed_before + 1,
        after.map(|after| after.min(LONGEST)),
    );
    let next = attempt
        .schedule
        .next(failed, attempt.now, attempt.jitter, after);
    let reason = Reason::new(ReasonCode::LicenseServerUnreachable);
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

/// What a reason is about, so that alike ones are one problem and wake together.
fn subject(reason: &Reason, server: Option<LicenseServerId>) -> Option<String> {
    match reason.code {
        ReasonCode::LicenseServerUnauthorized
        | ReasonCode::LicenseServerMissingScope
        | ReasonCode::LicenseServerUnreachable
        | ReasonCode::PlanLimit
        | ReasonCode::RateBudget => server.map(|server| server.to_string()),
        _ => reason.details.get("product").cloned(),
    }
}

const fn weight(state: EventState) -> u8 {
    match state {
        EventState::Parked => 5,
        EventState::Retrying => 4,
        EventState::Waiting => 3,
        EventState::Received | EventState::Working => 2,
        EventState::Done => 1,
        EventState::Ignored | EventState::Discarded => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(schedule: &RetrySchedule, failed_before: u32) -> Attempt<'_> {
        Attempt {
            schedule,
            failed_before,
            now: Timestamp::from_microsecond(0),
            jitter: 0.5,
        }
    }

    fn failure(class: FailureClass) -> Failure {
        Failure {
            class,
            text: "no such product for ada@example.com today".to_owned(),
            after: None,
            may_have_applied: false,
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of classes")]
    fn only_the_class_of_a_failure_decides() {
        let schedule = RetrySchedule::new(vec![Duration::from_secs(10)]);
        for (class, state, code, seconds, counts) in [
            (
                FailureClass::Transient,
                EventState::Retrying,
                ReasonCode::LicenseServerUnreachable,
                Some(10),
                true,
            ),
            (
                FailureClass::RateLimited,
                EventState::Waiting,
                ReasonCode::RateBudget,
                Some(5),
                false,
            ),
            (
                FailureClass::Unauthorized,
                EventState::Waiting,
                ReasonCode::LicenseServerUnauthorized,
                None,
                false,
            ),
            (
                FailureClass::Forbidden { scope: None },
                EventState::Parked,
                ReasonCode::LicenseServerMissingScope,
                None,
                false,
            ),
            (
                FailureClass::Rejected,
                EventState::Parked,
                ReasonCode::LicenseServerRejected,
                None,
                false,
            ),
            (
                FailureClass::Unreadable { field: "suspended" },
                EventState::Parked,
                ReasonCode::LicenseServerRejected,
                None,
                false,
            ),
            (
                FailureClass::PlanLimit,
                EventState::Parked,
                ReasonCode::PlanLimit,
                None,
                false,
            ),
        ] {
            let outcome = from_failure(&failure(class), attempt(&schedule, 0));

            assert_eq!(outcome.state, state);
            assert_eq!(outcome.reason.map(|reason| reason.code), Some(code));
            assert_eq!(
                outcome.due_at.map(|at| at.as_microsecond() / 1_000_000),
                seconds
            );
            assert_eq!(outcome.is_failed_attempt, counts);
        }
    }

    #[test]
    fn a_server_that_wants_to_be_left_alone_is_for_an_hour_at_most() {
        let schedule = RetrySchedule::new(vec![Duration::from_secs(10)]);
        for (class, asked, waited) in [
            (FailureClass::RateLimited, Duration::MAX, 3_600),
            (FailureClass::RateLimited, Duration::from_secs(7), 7),
            (FailureClass::Transient, Duration::MAX, 3_600),
            (FailureClass::Transient, Duration::from_secs(60), 60),
            (FailureClass::Transient, Duration::from_secs(1), 10),
        ] {
            let failure = Failure {
                after: Some(asked),
                ..failure(class.clone())
            };

            let outcome = from_failure(&failure, attempt(&schedule, 0));

            let due_at = outcome.due_at.map(|at| at.as_microsecond() / 1_000_000);
            assert_eq!(due_at, Some(waited), "{class:?} {asked:?}");
        }
    }

    #[test]
    fn after_the_last_wait_a_person_is_asked() {
        let schedule = RetrySchedule::new(vec![Duration::from_secs(10)]);

        let outcome = from_failure(&failure(FailureClass::Transient), attempt(&schedule, 1));

        assert_eq!(outcome.state, EventState::Parked);
        assert_eq!(outcome.due_at, None);
    }

    #[test]
    fn the_worse_of_two_endings_counts() {
        let parked = EventOutcome::parked(Reason::new(ReasonCode::ProductNotMapped));
        let waiting = EventOutcome::waiting(
            Reason::new(ReasonCode::RateBudget),
            Some(Timestamp::from_microsecond(5)),
        );

        let worst = waiting.clone().worse(parked.clone());

        assert_eq!(worst.reason, parked.reason);
        assert_eq!(worst.due_at, waiting.due_at);
        let told = EventOutcome::done(Some(Reason::new(ReasonCode::ChangedByHand)));
        assert_eq!(EventOutcome::done(None).worse(told.clone()), told);
        assert_eq!(EventOutcome::done(None).worse(waiting.clone()), waiting);
    }
}
