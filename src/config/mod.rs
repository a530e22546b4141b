//! Settings: every one a flag and an environment variable, checked before anything starts.

mod budget;
mod connections;
mod database_url;
mod error;
mod flags;
mod length;
mod settings;
#[cfg(test)]
mod settings_tests;
mod signup;
mod trusted_proxies;
mod values;

pub use budget::{Budget, Budgets, InvalidBudgets};
pub use connections::ConnectionLimits;
pub use database_url::{DatabaseUrl, DatabaseUrlError};
pub use error::SettingsError;
pub use flags::Flags;
pub use length::{InvalidLength, Length};
pub use settings::{MasterKeySource, Settings};
pub use signup::Signup;
pub use trusted_proxies::{InvalidTrustedProxies, TrustedProxies};
