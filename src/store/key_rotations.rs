//! How far sealing anew under a new data key is, for each tenant.

use diesel::prelude::*;
use diesel::{insert_into, update};
use uuid::Uuid;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::columns::IdValue;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::name_locks::lock_names;
use crate::store::schema::key_rotations;

/// The latest renewal of a tenant's data key.
#[derive(Debug, Clone, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = key_rotations, treat_none_as_default_value = false, treat_none_as_null = true, primary_key(tenant_id))]
pub struct KeyRotation {
    /// Whose key.
    pub tenant_id: TenantId,
    /// The version of the new key.
    pub version: i32,
    /// When it was made.
    pub begun_at: Timestamp,
    /// Since when it seals; `None` while processes get to know it.
    pub sealing_since: Option<Timestamp>,
    /// The round through all columns that is under way or was the last, from 1; 0 before the first.
    pub round: i32,
    /// When that round began; `None` before the first.
    pub round_begun_at: Option<Timestamp>,
    /// How many columns the program knew that began it.
    pub column_count: i32,
    /// The column that the round has come to, by its place in the list.
    pub column_number: i32,
    /// The row of it that was looked at last.
    pub after_row: IdValue,
    /// Values that this round found under an older key.
    pub found: i64,
    /// Those among them that do not open.
    pub unopened: i64,
    /// Values that all rounds sealed anew.
    pub sealed_anew: i64,
    /// When the older keys were destroyed; `None` until then.
    pub finished_at: Option<Timestamp>,
}

impl KeyRotation {
    /// One that has just begun.
    pub fn begun(tenant: TenantId, version: i32, now: Timestamp) -> Self {
        Self {
            tenant_id: tenant,
            version,
            begun_at: now,
            sealing_since: None,
            round: 0,
            round_begun_at: None,
            column_count: 0,
            column_number: 0,
            after_row: IdValue::from(Uuid::nil()),
            found: 0,
            unopened: 0,
            sealed_anew: 0,
            finished_at: None,
        }
    }
}

impl KeyRotation {
    /// Whether both are at the same row of the same round.
    pub fn is_where(&self, other: &Self) -> bool {
        let place = |of: &Self| {
            let stage = (of.version, of.sealing_since, of.finished_at);
            (stage, of.round, of.column_number, of.after_row.as_uuid())
        };
        place(self) == place(other)
    }
}

/// Keeps every other transaction from changing the keys of this tenant until this one ends.
pub fn lock_keys(db: &mut Db, tenant: TenantId) -> Result<(), StoreError> {
    lock_names(db, &[format!("keys {}", tenant.as_uuid())])
}

/// The tenant's latest one; `None` when its data key was never renewed.
pub fn find(db: &mut Db, tenant: TenantId) -> Result<Option<KeyRotation>, StoreError> {
    Ok(key_rotations::table.find(tenant).first(db).optional()?)
}

/// The latest one of every tenant that had one.
pub fn list_across_tenants(db: &mut Db) -> Result<Vec<KeyRotation>, StoreError> {
    Ok(key_rotations::table
        .order(key_rotations::tenant_id)
        .load(db)?)
}

/// Those that are not at their end.
pub fn list_open_across_tenants(db: &mut Db) -> Result<Vec<KeyRotation>, StoreError> {
    Ok(key_rotations::table
        .filter(key_rotations::finished_at.is_null())
        .order(key_rotations::tenant_id)
        .load(db)?)
}

/// Writes down how far it is, in place of whatever was there.
pub fn put(db: &mut Db, rotation: &KeyRotation) -> Result<(), StoreError> {
    let known = key_rotations::table.find(rotation.tenant_id);
    if update(known).set(rotation).execute(db)? == 0 {
        insert_into(key_rotations::table)
            .values(rotation)
            .execute(db)?;
    }
    Ok(())
}
