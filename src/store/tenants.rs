//! Vendors and their wrapped keys.

use diesel::prelude::*;
use diesel::{delete, insert_into, update};

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::{tenant_keys, tenants};
use crate::vault::{KeyPurpose, WrappedKey};

/// A vendor.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = tenants, treat_none_as_default_value = false)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// As people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nothing is done for it; storing goes on.
    pub suspended_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = tenant_keys)]
struct KeyRow {
    tenant_id: TenantId,
    purpose: String,
    version: i32,
    master_key_name: String,
    wrapped: Vec<u8>,
    created_at: Timestamp,
    /// `None` for a key that only opens.
    seals_since: Option<Timestamp>,
}

/// Makes a tenant with its keys; a conflict when it is there already.
pub fn create(db: &mut Db, tenant: &Tenant, keys: &[WrappedKey]) -> Result<(), StoreError> {
    insert_into(tenants::table).values(tenant).execute(db)?;
    for key in keys {
        add_key(db, tenant.id, key, tenant.created_at)?;
    }
    Ok(())
}

/// The tenant; an error when it is not there.
pub fn get(db: &mut Db, tenant: TenantId) -> Result<Tenant, StoreError> {
    Ok(tenants::table.find(tenant).first(db)?)
}

/// Every tenant, the oldest first.
pub fn list_across_tenants(db: &mut Db) -> Result<Vec<Tenant>, StoreError> {
    Ok(tenants::table.order(tenants::id).load(db)?)
}

/// Stops acting for the tenant, or goes on with `None`.
pub fn suspend(db: &mut Db, tenant: TenantId, since: Option<Timestamp>) -> Result<(), StoreError> {
    let changed = update(tenants::table.find(tenant))
        .set(tenants::suspended_at.eq(since))
        .execute(db)?;
    present(changed)
}

/// Whether anything is done for the tenant; false when it is suspended, or not there.
pub fn is_acted_for(db: &mut Db, tenant: TenantId) -> Result<bool, StoreError> {
    let since: Option<Option<Timestamp>> = tenants::table
        .find(tenant)
        .select(tenants::suspended_at)
        .first(db)
        .optional()?;
    Ok(since == Some(None))
}

/// The tenants that are acted for, as a part of queries across tenants.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn acted_for() -> _ {
    let acted_for = tenants::suspended_at.is_null();
    tenants::table.filter(acted_for).select(tenants::id)
}

/// The tenant's wrapped keys, all versions; empty when it was erased.
pub fn list_keys(db: &mut Db, tenant: TenantId) -> Result<Vec<WrappedKey>, StoreError> {
    tenant_keys::table
        .filter(tenant_keys::tenant_id.eq(tenant))
        .order((tenant_keys::purpose, tenant_keys::version))
        .load::<KeyRow>(db)?
        .into_iter()
        .map(wrapped)
        .collect()
}

/// The first wrapped key of the database; `None` while there is none.
pub fn find_first_key_across_tenants(
    db: &mut Db,
) -> Result<Option<(TenantId, WrappedKey)>, StoreError> {
    let first: Option<KeyRow> = tenant_keys::table
        .order((
            tenant_keys::tenant_id,
            tenant_keys::purpose,
            tenant_keys::version,
        ))
        .first(db)
        .optional()?;
    first
        .map(|row| Ok((row.tenant_id, wrapped(row)?)))
        .transpose()
}

/// Adds a key; a conflict when that version is there already.
pub fn add_key(
    db: &mut Db,
    tenant: TenantId,
    key: &WrappedKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = KeyRow {
        tenant_id: tenant,
        purpose: key.purpose.as_str().to_owned(),
        version: i32::try_from(key.version).unwrap_or(i32::MAX),
        master_key_name: key.master_key_name.clone(),
        wrapped: key.bytes.clone(),
        created_at: now,
        seals_since: key.seals.then_some(now),
    };
    insert_into(tenant_keys::table).values(row).execute(db)?;
    Ok(())
}

/// Puts a key that was wrapped anew in place of the same version.
pub fn rewrap_key(db: &mut Db, tenant: TenantId, key: &WrappedKey) -> Result<(), StoreError> {
    let version = i32::try_from(key.version).unwrap_or(i32::MAX);
    let changed = update(tenant_keys::table.find((tenant, key.purpose.as_str(), version)))
        .set((
            tenant_keys::master_key_name.eq(&key.master_key_name),
            tenant_keys::wrapped.eq(&key.bytes),
        ))
        .execute(db)?;
    present(changed)
}

/// Lets a data key seal that was only made known before.
pub fn begin_to_seal(
    db: &mut Db,
    tenant: TenantId,
    version: i32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = tenant_keys::table.find((tenant, KeyPurpose::Data.as_str(), version));
    let changed = update(key)
        .set(tenant_keys::seals_since.eq(now))
        .execute(db)?;
    present(changed)
}

/// Destroys the data keys before this one: what they sealed and nobody sealed anew is lost for good.
pub fn delete_older_data_keys(
    db: &mut Db,
    tenant: TenantId,
    version: i32,
) -> Result<usize, StoreError> {
    let older = tenant_keys::table
        .filter(tenant_keys::tenant_id.eq(tenant))
        .filter(tenant_keys::purpose.eq(KeyPurpose::Data.as_str()))
        .filter(tenant_keys::version.lt(version));
    Ok(delete(older).execute(db)?)
}

/// Destroys the tenant's keys: what they sealed is lost for good.
pub fn delete_keys(db: &mut Db, tenant: TenantId) -> Result<(), StoreError> {
    delete(tenant_keys::table.filter(tenant_keys::tenant_id.eq(tenant))).execute(db)?;
    Ok(())
}

fn wrapped(row: KeyRow) -> Result<WrappedKey, StoreError> {
    Ok(WrappedKey {
        purpose: row
            .purpose
            .parse::<KeyPurpose>()
            .map_err(|error| StoreError::corrupt("tenant_keys.purpose", error))?,
        version: u32::try_from(row.version)
            .map_err(|error| StoreError::corrupt("tenant_keys.version", error))?,
        master_key_name: row.master_key_name,
        bytes: row.wrapped,
        seals: row.seals_since.is_some(),
    })
}

/// An update that found no row is an error of the caller.
pub(super) fn present(changed: usize) -> Result<(), StoreError> {
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    Ok(())
}
