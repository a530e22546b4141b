//! The brake: how many purchases of a store lost something for good within the last hour, and how many may.

use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::{delete, insert_into, select};
use jiff::SignedDuration;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::license::{LicenseState, Root};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::licenses::root_kind;
use crate::store::name_locks::lock_names;
use crate::store::schema::{brake_counts, licenses};

/// What is counted is forgotten after this long.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Every store may end so many purchases an hour.
const FLOOR: i64 = 20;
/// A store with more than 400 may end one in so many.
const SHARE: i64 = 20;

/// Counts a purchase that is about to lose something for good; false when the hour's limit is reached.
///
/// A purchase that was counted within the hour counts once. The limit is the larger of 20 and 5 % of the purchases that
/// have a usable license, those of the last hour included. Replicas take turns, store by store.
pub fn count(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    root: &Root,
    now: Timestamp,
) -> Result<bool, StoreError> {
    lock_names(db, &[format!("brake {}", storefront.as_uuid())])?;
    delete(brake_counts::table)
        .filter(brake_counts::tenant_id.eq(tenant))
        .filter(brake_counts::storefront_id.eq(storefront))
        .filter(brake_counts::counted_at.le(now.plus(-WINDOW)))
        .execute(db)?;
    let of_root = brake_counts::table.find((tenant, storefront, root_kind(root), root.as_str()));
    if select(exists(of_root)).get_result(db)? {
        return Ok(true);
    }
    let counted: i64 = brake_counts::table
        .filter(brake_counts::tenant_id.eq(tenant))
        .filter(brake_counts::storefront_id.eq(storefront))
        .count()
        .get_result(db)?;
    // Few stores ever come here: only they pay for the count of their licenses.
    if counted >= FLOOR && counted >= share(db, tenant, storefront, (counted, now))? {
        return Ok(false);
    }
    let row = (
        brake_counts::tenant_id.eq(tenant),
        brake_counts::storefront_id.eq(storefront),
        brake_counts::root_kind.eq(root_kind(root)),
        brake_counts::root.eq(root.as_str()),
        brake_counts::counted_at.eq(now),
    );
    insert_into(brake_counts::table).values(row).execute(db)?;
    Ok(true)
}

/// One in [`SHARE`] of the purchases with a usable license, those counted already included.
fn share(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    (counted, now): (i64, Timestamp),
) -> Result<i64, StoreError> {
    let names = brake_counts::table
        .filter(brake_counts::tenant_id.eq(tenant))
        .filter(brake_counts::storefront_id.eq(storefront))
        .select(brake_counts::root);
    let others: i64 = licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .filter(licenses::storefront_id.eq(storefront))
        .filter(licenses::state.eq(LicenseState::Active))
        .filter(
            licenses::expires_at
                .is_null()
                .or(licenses::expires_at.gt(now).assume_not_null()),
        )
        .filter(licenses::root.ne_all(names))
        .select(sql::<BigInt>("count(distinct root)"))
        .get_result(db)?;
    Ok((others + counted) / SHARE)
}
