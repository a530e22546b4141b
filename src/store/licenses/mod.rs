//! Licenses: identity and key, what was given, what the license server shows.

mod change;
mod filter;
mod identity;
mod of_roots;
mod relink;
mod unverified;

use std::collections::BTreeSet;

use diesel::insert_into;
use diesel::prelude::*;

pub use change::{
    LicenseChange, change, change_at_rest, change_marked, clear_busy, mark_busy, name_customer,
};
pub use filter::{LicenseCursor, LicenseFilter, LicenseSearch, count, list};
pub use identity::{root_kind, root_of};
pub use of_roots::{Units, last_units, list_of_roots, list_units_of_roots, units_of_slot};
pub use relink::{Relink, relink};
pub use unverified::{Unverified, list_unverified_across_tenants, list_unverified_of};

use crate::domain::id::{CustomerId, EffectId, LicenseId, LicenseServerId, StorefrontId, TenantId};
use crate::domain::license::LicenseState;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::licenses;

/// A license as it is stored. `license()` gives what the domain works with.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = licenses, treat_none_as_default_value = false)]
pub struct Row {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: LicenseId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The account at the license server.
    pub license_server_id: LicenseServerId,
    /// `subscription`, `order` or `reference`.
    pub root_kind: String,
    /// The purchase.
    pub root: String,
    /// The line of the purchase.
    pub slot: String,
    /// Which of the bought units, from 1.
    pub unit: i32,
    /// Rises when the one before is gone.
    pub generation: i32,
    /// The product path.
    pub product_path: String,
    /// The order that brought it.
    pub order_id: Option<OrderId>,
    /// The receipt number.
    pub reference: Option<String>,
    /// The subscription it belongs to.
    pub subscription_id: Option<SubscriptionId>,
    /// Who it is for.
    pub customer_id: Option<CustomerId>,
    /// Keyed hash of the license key.
    pub key_hash: Option<Vec<u8>>,
    /// The license key, sealed.
    pub key_sealed: Option<Vec<u8>>,
    /// Its id at the license server.
    pub remote_id: Option<String>,
    /// What we gave, as JSON.
    pub given: String,
    /// What the license server last showed, as JSON.
    pub shown: Option<String>,
    /// Whether it was found rather than made.
    pub is_adopted: bool,
    /// When it was removed.
    pub deleted_at: Option<Timestamp>,
    /// The effect that may call for it just now.
    pub busy_effect_id: Option<EffectId>,
    /// Since when.
    pub busy_since: Option<Timestamp>,
    /// When what it shows was last as it should be.
    pub verified_at: Option<Timestamp>,
    /// When a change by a person was seen.
    pub changed_by_hand_at: Option<Timestamp>,
    /// Where it stands.
    pub state: LicenseState,
    /// Its end, as last shown.
    pub expires_at: Option<Timestamp>,
    /// False for those of test orders.
    pub live: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Puts licenses on record; tells which were new, by their ids.
///
/// The others are there already: by their identity, or (in another store) by their key.
pub fn create(db: &mut Db, rows: &[Row]) -> Result<BTreeSet<LicenseId>, StoreError> {
    let mut created = BTreeSet::new();
    for row in rows {
        let insert = or_ignore(insert_into(licenses::table).values(row));
        if insert.execute(db)? == 1 {
            created.insert(row.id);
        }
    }
    Ok(created)
}

/// The license; `None` when it is not there.
pub fn find(db: &mut Db, tenant: TenantId, license: LicenseId) -> Result<Option<Row>, StoreError> {
    Ok(licenses::table
        .find((tenant, license))
        .first(db)
        .optional()?)
}

/// The license of a key, by its keyed hash, in any store of the tenant.
pub fn find_by_key(
    db: &mut Db,
    tenant: TenantId,
    key_hash: &[u8],
) -> Result<Option<Row>, StoreError> {
    Ok(licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .filter(licenses::key_hash.eq(key_hash))
        .first(db)
        .optional()?)
}

/// The license of that id at the license server.
pub fn find_by_remote_id(
    db: &mut Db,
    tenant: TenantId,
    license_server: LicenseServerId,
    remote_id: &str,
) -> Result<Option<Row>, StoreError> {
    Ok(licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .filter(licenses::license_server_id.eq(license_server))
        .filter(licenses::remote_id.eq(remote_id))
        .first(db)
        .optional()?)
}

/// Whether the license server was ever seen to have a license of that product of the store.
pub fn has_issued(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    product_path: &str,
) -> Result<bool, StoreError> {
    let issued: Option<LicenseId> = licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .filter(licenses::storefront_id.eq(storefront))
        .filter(licenses::product_path.eq(product_path))
        .filter(licenses::remote_id.is_not_null())
        .select(licenses::id)
        .first(db)
        .optional()?;
    Ok(issued.is_some())
}

/// Several licenses at once; those that are not there are left out.
pub fn list_by_ids(
    db: &mut Db,
    tenant: TenantId,
    ids: &[LicenseId],
) -> Result<Vec<Row>, StoreError> {
    Ok(licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .filter(licenses::id.eq_any(ids))
        .order(licenses::id)
        .load(db)?)
}
