//! Changing the operator's master key: every tenant's keys are wrapped anew.

use serde_json::json;

use crate::accounts::audit::{author, tenants_with_keys};
use crate::domain::act::Act;
use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::audit::Actor;
use crate::store::{self, Db, Store, StoreError};
use crate::store::{PlatformUse, Scope};
use crate::vault::{MasterKeys, VaultError};

/// Why keys were not wrapped anew; tenants before it are done, so that running it again goes on.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// A key does not open.
    #[error("opening the keys of {0}")]
    Vault(TenantId, #[source] VaultError),
    /// The database.
    #[error("reading and writing keys")]
    Store(#[from] StoreError),
}

/// Wraps every key that another master key wraps under the first one, and tells how many.
pub async fn rotate(
    store: &Store,
    master_keys: &MasterKeys,
    now: Timestamp,
) -> Result<usize, RotateError> {
    let scope = Scope::Platform(PlatformUse::Operator);
    let tenants = store.read(scope, tenants_with_keys).await?;
    let mut rotated = 0;
    for tenant in tenants {
        let master_keys = master_keys.clone();
        rotated += store
            .write(scope, move |db| rotate_one(db, &master_keys, tenant, now))
            .await?;
    }
    Ok(rotated)
}

fn rotate_one(
    db: &mut Db,
    master_keys: &MasterKeys,
    tenant: TenantId,
    now: Timestamp,
) -> Result<usize, RotateError> {
    store::key_rotations::lock_keys(db, tenant)?;
    let mut rotated = 0;
    for key in store::tenants::list_keys(db, tenant)? {
        let anew = key
            .rewrapped(master_keys, tenant)
            .map_err(|error| RotateError::Vault(tenant, error))?;
        if let Some(anew) = anew {
            store::tenants::rewrap_key(db, tenant, &anew)?;
            rotated += 1;
        }
    }
    if rotated > 0 {
        let details = json!({ "keys": rotated, "master_key": master_keys.active_name() });
        let author = author(db, master_keys, (tenant, Actor::Operator), now)?;
        author.record(db, Act::KeysRotate, tenant, &details)?;
    }
    Ok(rotated)
}
