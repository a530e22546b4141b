//! Tenants' keys, unwrapped once and kept for a while.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::domain::id::TenantId;
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, StoreError, tenants};
use crate::vault::{MasterKeys, TenantKeys, VaultError};

/// How long unwrapped keys are kept; a new data key is used everywhere after this long.
const KEPT: Duration = Duration::from_secs(60);

/// Opens tenants' keys with the operator's master keys.
#[derive(Clone)]
pub struct Vaults {
    store: Store,
    master_keys: Arc<MasterKeys>,
    opened: Cache<TenantId, Arc<TenantKeys>>,
}

/// Why a tenant's keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultsError {
    /// The database.
    #[error("reading a tenant's keys")]
    Store(#[from] StoreError),
    /// The keys.
    #[error("opening a tenant's keys")]
    Vault(#[from] VaultError),
}

impl Vaults {
    /// Keys are opened when they are first asked for.
    pub fn new(store: Store, master_keys: Arc<MasterKeys>) -> Self {
        Self {
            store,
            master_keys,
            opened: Cache::builder()
                .time_to_live(KEPT)
                .max_capacity(10_000)
                .build(),
        }
    }

    /// A tenant's keys; fails for a tenant that is not there.
    pub async fn of(&self, tenant: TenantId) -> Result<Arc<TenantKeys>, VaultsError> {
        if let Some(keys) = self.opened.get(&tenant) {
            return Ok(keys);
        }
        let rows = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                tenants::list_keys(db, tenant)
            })
            .await?;
        let keys = Arc::new(TenantKeys::unwrap(&self.master_keys, tenant, &rows)?);
        self.opened.insert(tenant, Arc::clone(&keys));
        Ok(keys)
    }

    /// Fails when the master keys are not those of this database: its first wrapped key does not open.
    pub async fn check(&self) -> Result<(), VaultsError> {
        let scope = Scope::Platform(PlatformUse::Upkeep);
        let first = self
            .store
            .read(scope, tenants::find_first_key_across_tenants)
            .await?;
        if let Some((tenant, key)) = first {
            key.check(&self.master_keys, tenant)?;
        }
        Ok(())
    }

    /// The operator's keys, for wrapping new tenants' keys.
    pub fn master_keys(&self) -> &Arc<MasterKeys> {
        &self.master_keys
    }
}
