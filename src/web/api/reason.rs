//! Why something is where it is, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::kind::LicenseServerKind;
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

impl ReasonView {
    /// The same with the name of that license server.
    pub fn of(reason: &Reason, kind: LicenseServerKind) -> Self {
        Self {
            code: reason.code.as_str(),
            text: reason.text(kind),
            fix: reason.fix(kind),
        }
    }
}
