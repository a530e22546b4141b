//! Binds access tokens to the address that they are for, where an earlier release sealed them for their row alone.
//!
//! Done at each start, before anything is served; once all are bound there is nothing to do.

use crate::pipeline::calls::tenant_keys::TenantKeyCache;
use crate::pipeline::error::TenantKeysError;
use crate::store::license_servers::LicenseServer;
use crate::store::{Db, PlatformUse, Scope, Store, StoreError, license_servers};
use crate::vault::{AccessToken, Field, VaultError, is_bound_to_place_alone};

/// Why a token was not bound.
#[derive(Debug, thiserror::Error)]
enum BindError {
    #[error(transparent)]
    TenantKeys(#[from] TenantKeysError),
    #[error("opening an access token")]
    Vault(#[from] VaultError),
    #[error("storing a token that was bound")]
    Store(#[from] StoreError),
}

/// Binds what is not bound yet; says how many tokens that was. One that does not open stays, and its account is not
/// asked until it is given another.
pub async fn bind(store: &Store, tenant_keys: &TenantKeyCache) -> Result<usize, StoreError> {
    let servers = store
        .read(Scope::Platform(PlatformUse::Upkeep), |db| {
            license_servers::list_across_tenants(db)
        })
        .await?;
    let mut bound = 0;
    for server in servers {
        if !is_bound_to_place_alone(&server.access_token_sealed) {
            continue;
        }
        match bind_one(store, tenant_keys, &server).await {
            Ok(()) => bound += 1,
            Err(BindError::Store(error)) => return Err(error),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(tenant.id = %server.tenant_id, license_server.id = %server.id, error, "an access token was not bound to its address");
            }
        }
    }
    if bound > 0 {
        tracing::info!(
            tokens = bound,
            "access tokens were bound to their addresses"
        );
    }
    Ok(bound)
}

async fn bind_one(
    store: &Store,
    tenant_keys: &TenantKeyCache,
    server: &LicenseServer,
) -> Result<(), BindError> {
    let keys = tenant_keys.of(server.tenant_id).await?;
    let field = Field::AccessToken(server.id);
    let token = keys.open(field.place(), &server.access_token_sealed)?;
    let place = AccessToken {
        account: server.id,
        base_url: &server.base_url,
    };
    let sealed = keys.seal(place.place(), &token);
    let (scope, server) = (Scope::Tenant(server.tenant_id), server.clone());
    let replace = move |db: &mut Db| license_servers::replace_sealed(db, &server, &sealed);
    Ok(store.write(scope, replace).await?)
}
