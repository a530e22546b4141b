//! The leave to send a request: nothing goes out without one, and one is good for one request.

use crate::outbound::Origin;

/// The leave to send one request to one origin.
///
/// Whoever keeps the budgets grants it; `tests/architecture` knows who that is.
#[derive(Debug, PartialEq, Eq)]
pub struct Leave {
    origin: Origin,
}

impl Leave {
    /// For whoever has made sure that the request may be sent.
    pub fn grant(origin: Origin) -> Self {
        Self { origin }
    }

    /// Where to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}
