//! Who may make a tenant: `LATCHKEY_SIGNUP`.

use crate::config::error::{SettingsError, wrong};

/// Who may make a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signup {
    /// Everybody.
    Open,
    /// Only who is invited, or `admin create-tenant`.
    Closed,
}

pub(super) fn signup(text: &str) -> Result<Signup, SettingsError> {
    match text.trim() {
        "open" => Ok(Signup::Open),
        "closed" => Ok(Signup::Closed),
        _ => Err(wrong(
            "LATCHKEY_SIGNUP",
            "neither open nor closed",
            "closed",
        )),
    }
}
