//! Why an event could not be processed, and whose fault that is.

use crate::store::StoreError;
use crate::vault::VaultError;

/// Why an event could not be processed; it is retried.
#[derive(Debug, thiserror::Error)]
pub enum ProcessingError {
    #[error("working an event")]
    Store(#[from] StoreError),
    #[error("working an event")]
    TenantKeys(#[from] TenantKeysError),
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

/// Whose fault it is that an event could not be processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its own, as far as is known: it counts.
    Event,
    /// The database was unavailable, or another worker was faster.
    Environment,
    /// A newer version wrote something that this one does not know: the newer one processes it.
    Version,
}

/// Why a tenant's keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TenantKeysError {
    #[error("reading a tenant's keys")]
    Store(#[from] StoreError),
    #[error("opening a tenant's keys")]
    Vault(#[from] VaultError),
}
