//! What is said of a setting that stops the start.

use std::io;

use crate::config::budget::InvalidBudgets;
use crate::config::database_url::DatabaseUrlError;
use crate::config::length::{InvalidLength, Length};
use crate::config::trusted_proxies::InvalidTrustedProxies;
use crate::mail::MailServerError;
use crate::outbound::InvalidAllowRule;
use crate::vault::MasterKeysError;

/// A setting that stops the start: one sentence with its name and an example, never its value where that is secret.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Text that does not fit.
    #[error("{setting} is {problem}; write for example {example}")]
    Wrong {
        /// The environment variable.
        setting: &'static str,
        /// What is wrong with it.
        problem: &'static str,
        /// Text that would do.
        example: &'static str,
    },
    /// Text that is no length of time.
    #[error("{setting} is wrong: {source}")]
    Length {
        /// The environment variable.
        setting: &'static str,
        /// What is wrong with it.
        source: InvalidLength,
    },
    /// A length of time that is too short or too long.
    #[error("{setting} must lie between {from} and {to}")]
    OutOfRange {
        /// The environment variable.
        setting: &'static str,
        /// The shortest that will do.
        from: Length,
        /// The longest that will do.
        to: Length,
    },
    /// See there.
    #[error(transparent)]
    MailServer(#[from] MailServerError),
    /// See there.
    #[error(transparent)]
    DatabaseUrl(#[from] DatabaseUrlError),
    /// See there.
    #[error(transparent)]
    MasterKeys(#[from] MasterKeysError),
    /// See there.
    #[error(transparent)]
    OutboundAllow(#[from] InvalidAllowRule),
    /// See there.
    #[error(transparent)]
    TrustedProxies(#[from] InvalidTrustedProxies),
    /// See there.
    #[error(transparent)]
    Budgets(#[from] InvalidBudgets),
    /// The key file beside the database cannot be made.
    #[error(
        "the folder {0} for the master key file cannot be made; name another with LATCHKEY_DATABASE_URL or LATCHKEY_MASTER_KEY_FILE"
    )]
    KeyFolder(String, #[source] io::Error),
}

pub(super) fn wrong(
    setting: &'static str,
    problem: &'static str,
    example: &'static str,
) -> SettingsError {
    SettingsError::Wrong {
        setting,
        problem,
        example,
    }
}
