//! Acts for which no tenant's keys are at hand yet, and the check of what is on record.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::audit::{self, Actor, Author, Verdict};
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

/// Whoever runs the platform, acting for all of it; its keys are made when they are first needed.
pub(super) fn platform_author(
    db: &mut Db,
    master_keys: &MasterKeys,
    now: Timestamp,
) -> Result<Author, StoreError> {
    if tenants::list_keys(db, PLATFORM)?.is_empty() {
        for key in TenantKeys::generate().wrap(master_keys, PLATFORM) {
            tenants::add_key(db, PLATFORM, &key, now)?;
        }
    }
    author(db, master_keys, (PLATFORM, Actor::Operator), now)
}

/// Checks the chain of one tenant, or of all of them and of the platform; each with what was found.
pub async fn verify(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    tenant: Option<TenantId>,
) -> Result<Vec<(TenantId, Verdict)>, StoreError> {
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
pub(super) fn tenants_with_keys(db: &mut Db) -> Result<Vec<TenantId>, StoreError> {
    let platform = (!tenants::list_keys(db, PLATFORM)?.is_empty()).then_some(PLATFORM);
    let tenants = tenants::list_across_tenants(db)?;
    Ok(platform
        .into_iter()
        .chain(tenants.into_iter().map(|tenant| tenant.id))
        .collect())
}

fn keys_of(
    db: &mut Db,
    master_keys: &MasterKeys,
    tenant: TenantId,
) -> Result<TenantKeys, StoreError> {
    let rows = tenants::list_keys(db, tenant)?;
    TenantKeys::unwrap(master_keys, tenant, &rows)
        .map_err(|error| StoreError::corrupt("tenant_keys.wrapped", error))
}
