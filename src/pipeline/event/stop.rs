//! Why work on an event ends before its end.

use crate::pipeline::error::WorkError;
use crate::pipeline::event::outcome::EventOutcome;

/// An early exit, carried by `?` to where the event is written down.
#[derive(Debug)]
pub enum Stop {
    /// The event is left so.
    Outcome(Box<EventOutcome>),
    /// It could not be worked; it is tried again.
    Failed(WorkError),
}

impl From<EventOutcome> for Stop {
    fn from(outcome: EventOutcome) -> Self {
        Self::Outcome(Box::new(outcome))
    }
}

impl<E: Into<WorkError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
