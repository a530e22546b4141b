//! Types of events that ever came to a store.

use std::collections::BTreeSet;

use diesel::insert_into;
use diesel::prelude::*;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::event_types_seen;

/// One type, seen for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = event_types_seen, treat_none_as_default_value = false)]
pub struct EventTypeSeen {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The shop's name of the type.
    pub event_type: String,
    /// When it first came.
    pub first_seen_at: Timestamp,
}

/// Records types; one that came before stays as it is.
pub(super) fn see(db: &mut Db, seen: &[EventTypeSeen]) -> Result<(), StoreError> {
    for row in seen {
        or_ignore(insert_into(event_types_seen::table).values(row)).execute(db)?;
    }
    Ok(())
}

/// Every type that ever came to a store.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<BTreeSet<String>, StoreError> {
    let types: Vec<String> = event_types_seen::table
        .filter(event_types_seen::tenant_id.eq(tenant))
        .filter(event_types_seen::storefront_id.eq(storefront))
        .select(event_types_seen::event_type)
        .load(db)?;
    Ok(types.into_iter().collect())
}
