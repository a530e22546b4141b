//! Why processing of an event stops early.

use crate::pipeline::calls::budget::PermitRefusal;
use crate::pipeline::calls::budgeted_call::NotCalled;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::event::outcome::EventOutcome;

/// An early exit, carried by `?` to where the outcome is recorded.
#[derive(Debug)]
pub enum Stop {
    /// The event ends or waits with this outcome.
    Outcome(Box<EventOutcome>),
    /// It could not be processed; it is retried.
    Failed(ProcessingError),
}

impl Stop {
    /// How an event is left whose call was not made.
    pub(in crate::pipeline) fn from_call(
        failed: NotCalled<ProcessingError>,
        left: impl FnOnce(PermitRefusal) -> EventOutcome,
    ) -> Self {
        match failed {
            NotCalled::Refused(refusal) => left(refusal).into(),
            NotCalled::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<EventOutcome> for Stop {
    fn from(outcome: EventOutcome) -> Self {
        Self::Outcome(Box::new(outcome))
    }
}

impl<E: Into<ProcessingError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
