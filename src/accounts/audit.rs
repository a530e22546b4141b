//! Acts for which no tenant's keys are at hand yet, and the check of what is on record.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::domain::act::Act;
use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::audit::{self, Actor, Author, ChainEnd, ChainVerdict};
use crate::store::{Db, Store, StoreError, tenants};
use crate::store::{PlatformUse, Scope};
use crate::vault::{MasterKeys, TenantKeys};

/// Whose chain holds what belongs to no tenant, such as that an operator was made.
pub const PLATFORM: TenantId = TenantId::from_uuid(Uuid::nil());

/// Whoever acts for a tenant whose keys are read in the same transaction.
pub(super) fn author(
    db: &mut Db,
    master_keys: &MasterKeys,
    (tenant, actor): (TenantId, Actor),
    now: Timestamp,
) -> Result<Author, StoreError> {
    let keys = keys_of(db, master_keys, tenant)?;
    Ok(Author {
        tenant,
        keys: Arc::new(keys),
        actor,
        now,
    })
}

/// Whoever runs the platform, acting for all of it; its keys and its record begin when they are first needed.
pub(super) fn platform_author(
    db: &mut Db,
    master_keys: &MasterKeys,
    now: Timestamp,
) -> Result<Author, StoreError> {
    let is_new = tenants::list_keys(db, PLATFORM)?.is_empty();
    if is_new {
        for key in TenantKeys::generate().wrap(master_keys, PLATFORM) {
            tenants::add_key(db, PLATFORM, &key, now)?;
        }
    }
    let author = author(db, master_keys, (PLATFORM, Actor::Operator), now)?;
    if is_new {
        author.record_first(db, Act::PlatformBegin, PLATFORM, &json!({}))?;
    }
    Ok(author)
}

/// The keys of what belongs to no tenant.
pub(super) fn platform_keys(
    db: &mut Db,
    master_keys: &MasterKeys,
    now: Timestamp,
) -> Result<Arc<TenantKeys>, StoreError> {
    platform_author(db, master_keys, now).map(|author| author.keys)
}

/// Chains what was done before there was a chain, for each tenant of which the migration says so; once, and on record.
pub async fn chain_older(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let scope = Scope::Platform(PlatformUse::Operator);
    let pending = store.read(scope, audit::list_to_chain_across_tenants);
    for tenant in pending.await? {
        let master_keys = Arc::clone(master_keys);
        let chained = store
            .write(scope, move |db| {
                let author = author(db, &master_keys, (tenant, Actor::Operator), now)?;
                let chained = audit::chain_older(db, &author.keys, tenant)?;
                if chained > 0 {
                    let details = json!({ "acts": chained });
                    author.record(db, Act::AuditChain, tenant, &details)?;
                }
                Ok::<_, StoreError>(chained)
            })
            .await?;
        tracing::info!(tenant.id = %tenant, acts = chained, "acts of before are chained now");
    }
    Ok(())
}

/// Those of these ends that the acts on record do not contain.
pub async fn missing(store: &Store, expected: Vec<ChainEnd>) -> Result<Vec<ChainEnd>, StoreError> {
    store
        .read(Scope::Platform(PlatformUse::Operator), move |db| {
            let mut missing = Vec::new();
            for end in expected {
                if !audit::contains(db, &end)? {
                    missing.push(end);
                }
            }
            Ok(missing)
        })
        .await
}

/// Checks the chain of one tenant, or of all of them and of the platform; each with what was found.
pub async fn verify(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    tenant: Option<TenantId>,
) -> Result<Vec<(TenantId, ChainVerdict)>, StoreError> {
    let scope = Scope::Platform(PlatformUse::Operator);
    let all = store.read(scope, tenants_with_keys).await?;
    let wanted = all
        .into_iter()
        .filter(|known| tenant.is_none_or(|tenant| tenant == *known));
    let mut verdicts = Vec::new();
    for tenant in wanted {
        let master_keys = Arc::clone(master_keys);
        let verdict = store
            .read(scope, move |db| {
                let keys = keys_of(db, &master_keys, tenant)?;
                audit::verify(db, &keys, tenant)
            })
            .await?;
        verdicts.push((tenant, verdict));
    }
    if verdicts.is_empty() && tenant.is_some() {
        return Err(StoreError::NotFound);
    }
    Ok(verdicts)
}

/// The platform, once it has keys, and every tenant.
pub async fn list_with_keys(store: &Store) -> Result<Vec<TenantId>, StoreError> {
    store
        .read(Scope::Platform(PlatformUse::Operator), tenants_with_keys)
        .await
}

/// As [`list_with_keys`], in a transaction of the caller's.
pub(super) fn tenants_with_keys(db: &mut Db) -> Result<Vec<TenantId>, StoreError> {
    let platform = (!tenants::list_keys(db, PLATFORM)?.is_empty()).then_some(PLATFORM);
    let tenants = tenants::list_across_tenants(db)?;
    Ok(platform
        .into_iter()
        .chain(tenants.into_iter().map(|tenant| tenant.id))
        .collect())
}

pub(super) fn keys_of(
    db: &mut Db,
    master_keys: &MasterKeys,
    tenant: TenantId,
) -> Result<TenantKeys, StoreError> {
    let rows = tenants::list_keys(db, tenant)?;
    TenantKeys::unwrap(master_keys, tenant, &rows)
        .map_err(|error| StoreError::corrupt("tenant_keys.wrapped", error))
}
