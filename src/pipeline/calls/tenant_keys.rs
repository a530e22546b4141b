//! Tenants' keys, unwrapped once and kept for a while.

use std::sync::Arc;

use jiff::SignedDuration;
use moka::sync::Cache;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::pipeline::clock::Clock;
use crate::pipeline::error::TenantKeysError;
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, tenants};
use crate::vault::{MasterKeys, TenantKeys};

/// How long unwrapped keys are kept; a new data key is known everywhere after this long.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

/// Opens tenants' keys with the operator's master keys.
#[derive(Clone)]
pub struct TenantKeyCache {
    store: Store,
    master_keys: Arc<MasterKeys>,
    clock: Clock,
    opened: Cache<TenantId, (Timestamp, Arc<TenantKeys>)>,
}

impl TenantKeyCache {
    /// Keys are opened when they are first asked for, which is often by a delivery.
    pub fn new(store: &Store, master_keys: Arc<MasterKeys>, clock: Clock) -> Self {
        Self {
            store: store.for_deliveries(),
            master_keys,
            clock,
            opened: Cache::builder().max_capacity(10_000).build(),
        }
    }

    /// A tenant's keys; fails for a tenant that is not there.
    pub async fn of(&self, tenant: TenantId) -> Result<Arc<TenantKeys>, TenantKeysError> {
        let now = self.clock.now();
        if let Some((read_at, keys)) = self.opened.get(&tenant)
            && now.since(read_at).abs() < KEPT
        {
            return Ok(keys);
        }
        let rows = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                tenants::list_keys(db, tenant)
            })
            .await?;
        let keys = Arc::new(TenantKeys::unwrap(&self.master_keys, tenant, &rows)?);
        self.opened.insert(tenant, (now, Arc::clone(&keys)));
        Ok(keys)
    }

    /// Fails when the master keys are not those of this database: its first wrapped key does not open.
    pub async fn check(&self) -> Result<(), TenantKeysError> {
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
