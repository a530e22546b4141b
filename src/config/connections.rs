//! How many connections may be open: `LATCHKEY_CONNECTIONS` and `LATCHKEY_CONNECTIONS_PER_ADDRESS`.

use crate::config::error::{SettingsError, wrong};
use crate::config::flags::Flags;
use crate::config::values::parsed;

/// How many connections may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// In all.
    pub all: usize,
    /// From one address.
    pub per_address: usize,
}

pub(super) fn connections(flags: &Flags) -> Result<ConnectionLimits, SettingsError> {
    let problem = "not a whole number from 10 to 1000000";
    let number = |setting: &'static str, text: &str| {
        parsed(text)
            .filter(|number| (10..=1_000_000).contains(number))
            .ok_or(wrong(setting, problem, "500"))
    };
    Ok(ConnectionLimits {
        all: number("LATCHKEY_CONNECTIONS", &flags.connections)?,
        per_address: number(
            "LATCHKEY_CONNECTIONS_PER_ADDRESS",
            &flags.connections_per_address,
        )?,
    })
}
