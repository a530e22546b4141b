//! How the credentials of stores for the shop's API stand, and when what never came is fetched next.
//!
//! A store without credentials has no row.

use diesel::prelude::*;
use diesel::{delete, insert_into, update};

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::second_try;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::license_servers::ServerState;
use crate::store::schema::shop_apis;
use crate::store::tenants;

/// How a store's credentials stand.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = shop_apis, treat_none_as_default_value = false)]
pub struct ShopApi {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// What the latest call found.
    pub state: ServerState,
    /// When that was.
    pub checked_at: Option<Timestamp>,
    /// Since when they are refused; nothing is asked meanwhile.
    pub held_since: Option<Timestamp>,
    /// When to look for events that never came; `None` = not by itself.
    pub fetch_due_at: Option<Timestamp>,
    /// When that was last done.
    pub fetched_at: Option<Timestamp>,
}

/// New credentials: nothing is known of them, and what never came is due.
pub fn begin(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    now: Timestamp,
) -> Result<(), StoreError> {
    end(db, tenant, storefront)?;
    let row = ShopApi {
        tenant_id: tenant,
        storefront_id: storefront,
        state: ServerState::Unchecked,
        checked_at: None,
        held_since: None,
        fetch_due_at: Some(now),
        fetched_at: None,
    };
    insert_into(shop_apis::table).values(row).execute(db)?;
    Ok(())
}

/// The credentials were taken away, or the store was; nothing happens where there are none.
pub fn end(db: &mut Db, tenant: TenantId, storefront: StorefrontId) -> Result<(), StoreError> {
    delete(shop_apis::table.find((tenant, storefront))).execute(db)?;
    Ok(())
}

/// How the credentials stand; `None` when there are none.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<Option<ShopApi>, StoreError> {
    Ok(shop_apis::table
        .find((tenant, storefront))
        .first(db)
        .optional()?)
}

/// They are refused: nothing more is asked until they are replaced, or a person has them checked, or a look for events is
/// due, which tries them again.
pub fn hold(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = shop_apis::table.find((tenant, storefront));
    let known = find(db, tenant, storefront)?;
    let since = known.and_then(|known| known.held_since).unwrap_or(now);
    update(row)
        .set((
            shop_apis::state.eq(ServerState::Unauthorized),
            shop_apis::checked_at.eq(now),
            shop_apis::held_since.eq(since),
            shop_apis::fetch_due_at.eq(second_try::next(since, now)),
        ))
        .execute(db)?;
    Ok(())
}

/// They are accepted, again or still.
pub fn accept(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = shop_apis::table.find((tenant, storefront));
    update(row)
        .filter(shop_apis::fetch_due_at.is_null())
        .set(shop_apis::fetch_due_at.eq(now))
        .execute(db)?;
    update(row)
        .set((
            shop_apis::state.eq(ServerState::Ok),
            shop_apis::checked_at.eq(now),
            shop_apis::held_since.eq(None::<Timestamp>),
        ))
        .execute(db)?;
    Ok(())
}

/// The shop did not answer; whether it would accept them is not known.
pub fn miss(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    now: Timestamp,
) -> Result<(), StoreError> {
    update(shop_apis::table.find((tenant, storefront)))
        .filter(shop_apis::held_since.is_null())
        .set((
            shop_apis::state.eq(ServerState::Unreachable),
            shop_apis::checked_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Stores that are due to be looked at for events that never came, those that wait longest first.
pub fn list_due_across_tenants(
    db: &mut Db,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ShopApi>, StoreError> {
    Ok(shop_apis::table
        .filter(shop_apis::tenant_id.eq_any(tenants::acted_for()))
        .filter(shop_apis::fetch_due_at.le(now))
        .order(shop_apis::fetch_due_at)
        .limit(limit)
        .load(db)?)
}

/// Takes a look for oneself by moving its time; false when another process was first.
pub fn take(db: &mut Db, row: &ShopApi, fetch_due_at: Timestamp) -> Result<bool, StoreError> {
    let changed = update(shop_apis::table.find((row.tenant_id, row.storefront_id)))
        .filter(shop_apis::fetch_due_at.eq(row.fetch_due_at))
        .set(shop_apis::fetch_due_at.eq(fetch_due_at))
        .execute(db)?;
    Ok(changed == 1)
}

/// A look has come to its end; the next is at `fetch_due_at`, unless the credentials are refused meanwhile.
pub fn set_fetched(
    db: &mut Db,
    row: &ShopApi,
    fetch_due_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    update(shop_apis::table.find((row.tenant_id, row.storefront_id)))
        .filter(shop_apis::held_since.is_null())
        .set((
            shop_apis::fetch_due_at.eq(fetch_due_at),
            shop_apis::fetched_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}
