//! Why something is where it is, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::reason::Reason;

/// A reason in plain words, with the way out.
#[derive(Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView {
    /// The code, as programs read it.
    #[schema(example = "product_not_mapped")]
    code: &'static str,
    /// What happened.
    text: String,
    /// What to do about it; empty when there is nothing to do.
    fix: String,
}

impl From<&Reason> for ReasonView {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code.as_str(),
            text: reason.text(),
            fix: reason.fix(),
        }
    }
}
