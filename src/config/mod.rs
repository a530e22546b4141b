//! Settings: every one a flag and an environment variable, checked before anything starts.

mod budget;
mod database_url;
mod flags;
mod length;
mod settings;
#[cfg(test)]
mod settings_tests;
mod trusted_proxies;
mod values;

pub use budget::{Budget, Budgets, InvalidBudgets};
pub use database_url::{DatabaseUrl, DatabaseUrlError};
pub use flags::Flags;
pub use length::{InvalidLength, Length};
pub use settings::{ConnectionLimits, MasterKeySource, Settings, SettingsError, Signup};
pub use trusted_proxies::{InvalidTrustedProxies, TrustedProxies};
