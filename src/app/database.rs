//! Opens the database as each command needs it.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};

use crate::config::{DatabaseUrl, Settings};
use crate::pipeline::calls::tenant_keys::TenantKeyCache;
use crate::pipeline::clock::Clock;
use crate::pipeline::error::TenantKeysError;
use crate::store::{ExclusiveLock, PlatformUse, Scope, Store, StoreError, leases};
use crate::vault::{MasterKeys, VaultError};

/// The database, for one process among others; on PostgreSQL under the role that serves.
pub fn open(settings: &Settings) -> Result<Store> {
    Store::open_as(
        &settings.database_url,
        settings.database_pool,
        &settings.database_role,
    )
    .context("opening the database (LATCHKEY_DATABASE_URL)")
}

/// The database as whoever signs in, for changing its schema.
pub fn open_for_schema(settings: &Settings) -> Result<Store> {
    Store::open(&settings.database_url, 2).context("opening the database (LATCHKEY_DATABASE_URL)")
}

/// The database for a process that serves: alone and migrated on SQLite, checked on PostgreSQL, the role that serves too.
pub async fn open_to_serve(settings: &Settings) -> Result<(Store, ExclusiveLock)> {
    let store = open(settings)?;
    let lock = store.lock_exclusively().map_err(|error| match error {
        StoreError::Conflict(_) => anyhow::anyhow!(
            "another latchkey process serves from this database file; stop it, or name another file with LATCHKEY_DATABASE_URL"
        ),
        error => anyhow::Error::new(error).context("locking the database file"),
    })?;
    match &settings.database_url {
        DatabaseUrl::Sqlite(_) => {
            store.migrate().await.context("migrating the database")?;
            store.check_schema().await?;
            // Nobody else can hold one: whoever did is gone.
            store
                .write(
                    Scope::Platform(PlatformUse::Upkeep),
                    leases::clear_across_tenants,
                )
                .await
                .context("clearing leases")?;
        }
        DatabaseUrl::Postgres(_) => {
            store.check_schema().await?;
            store.check_role().await?;
        }
    }
    Ok((store, lock))
}

/// The keys of the database's tenants; refuses master keys that are not the ones it was sealed with.
pub async fn open_tenant_keys(
    store: &Store,
    master_keys: Arc<MasterKeys>,
    clock: &Clock,
) -> Result<TenantKeyCache> {
    let tenant_keys = TenantKeyCache::new(store, master_keys, clock.clone());
    match tenant_keys.check().await {
        Err(TenantKeysError::Vault(VaultError::DoesNotOpen)) => bail!(
            "wrong master key: LATCHKEY_MASTER_KEYS, or the key file, does not open what this database holds; give the one that it was begun with"
        ),
        Err(error @ TenantKeysError::Vault(_)) => {
            return Err(anyhow::Error::new(error).context("wrong master key"));
        }
        Err(error) => return Err(anyhow::Error::new(error).context("reading the first key")),
        Ok(()) => {}
    }
    Ok(tenant_keys)
}
