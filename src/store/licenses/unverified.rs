//! Licenses that were changed and not read back since, as the sweep looks for them.
//!
//! None of it names tenants: SQLite would look through all licenses of each rather than the few that wait.

use diesel::prelude::*;

use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::licenses::Row;
use crate::store::schema::licenses;

/// A license that waits to be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Unverified {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The account that it lives in.
    pub license_server_id: LicenseServerId,
    /// When it was changed.
    pub since: Timestamp,
}

/// Those that were changed before then and wait longest, apart from those of these accounts.
pub fn list_unverified_across_tenants(
    db: &mut Db,
    changed_before: Timestamp,
    apart_from: &[LicenseServerId],
    limit: i64,
) -> Result<Vec<Unverified>, StoreError> {
    Ok(unverified(changed_before)
        .filter(licenses::license_server_id.ne_all(apart_from))
        .order(licenses::updated_at)
        .limit(limit)
        .select((
            licenses::tenant_id,
            licenses::license_server_id,
            licenses::updated_at,
        ))
        .load(db)?)
}

/// Those of one account, the ones that wait longest first.
pub fn list_unverified_of(
    db: &mut Db,
    license_server: LicenseServerId,
    changed_before: Timestamp,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    Ok(unverified(changed_before)
        .filter(licenses::license_server_id.eq(license_server))
        .order(licenses::updated_at)
        .limit(limit)
        .load(db)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn unverified(changed_before: Timestamp) -> _ {
    licenses::table
        .filter(licenses::verified_at.is_null())
        .filter(licenses::deleted_at.is_null())
        .filter(licenses::remote_id.is_not_null())
        .filter(licenses::busy_effect_id.is_null())
        .filter(licenses::updated_at.lt(changed_before))
}
