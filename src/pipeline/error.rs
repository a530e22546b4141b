//! Why an event could not be worked, and whose fault that is.

use crate::store::StoreError;
use crate::vault::VaultError;

/// Why an event could not be worked; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ProcessingError {
    /// The database.
    #[error("working an event")]
    Store(#[from] StoreError),
    /// The tenant's keys.
    #[error("working an event")]
    TenantKeys(#[from] TenantKeysError),
    /// A sealed field.
    #[error("opening what belongs to an event")]
    Vault(#[from] VaultError),
}

impl ProcessingError {
    pub(super) fn fault(&self) -> Fault {
        match self {
            Self::Store(StoreError::Unavailable(_)) => Fault::Environment,
            Self::Store(StoreError::Unknown(_)) => Fault::Version,
            Self::Store(_) | Self::TenantKeys(_) | Self::Vault(_) => Fault::Event,
        }
    }
}

/// Whose fault it is that an event could not be worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its own, as far as is known: it counts.
    Event,
    /// The database was away or had no room, or others were faster.
    Environment,
    /// A newer version wrote something that this one does not know: it is for that one to work.
    Version,
}

/// Why a tenant's keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TenantKeysError {
    /// The database.
    #[error("reading a tenant's keys")]
    Store(#[from] StoreError),
    /// The keys.
    #[error("opening a tenant's keys")]
    Vault(#[from] VaultError),
}
