//! Why work on an event ends before its end.

use crate::pipeline::error::WorkError;
use crate::pipeline::event::outcome::Settlement;

/// An early exit, carried by `?` to where the event is written down.
#[derive(Debug)]
pub enum Stop {
    /// The event is left so.
    Left(Box<Settlement>),
    /// It could not be worked; it is tried again.
    Failed(WorkError),
}

impl From<Settlement> for Stop {
    fn from(settlement: Settlement) -> Self {
        Self::Left(Box::new(settlement))
    }
}

impl<E: Into<WorkError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
