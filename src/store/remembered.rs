//! What a license server told and seldom changes: templates, products, users.

use diesel::prelude::*;
use diesel::{delete, insert_into};

use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept;
use crate::store::schema::{remembered, remote_users};

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = remembered, treat_none_as_default_value = false, treat_none_as_null = true, primary_key(tenant_id, license_server_id, subject))]
pub struct Remembered {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The account at the license server.
    pub license_server_id: LicenseServerId,
    /// What was asked, such as `template:ID`.
    pub subject: String,
    /// What was told, as JSON.
    pub value: String,
    /// When it was told.
    pub read_at: Timestamp,
}

/// The user that a license server has for an address.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = remote_users, treat_none_as_default_value = false, treat_none_as_null = true, primary_key(tenant_id, license_server_id, email_hash))]
pub struct RemoteUser {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The account at the license server.
    pub license_server_id: LicenseServerId,
    /// Keyed hash of the address.
    pub email_hash: Vec<u8>,
    /// Its id at the license server.
    pub remote_id: String,
}

/// What was told of a subject; `None` when it was never asked or was forgotten.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    subject: &str,
) -> Result<Option<Remembered>, StoreError> {
    Ok(remembered::table
        .find((tenant, server, subject))
        .first(db)
        .optional()?)
}

/// Remembers an answer in place of the one before.
pub fn put(db: &mut Db, answer: &Remembered) -> Result<(), StoreError> {
    let key = (
        remembered::tenant_id,
        remembered::license_server_id,
        remembered::subject,
    );
    kept::execute(
        db,
        insert_into(remembered::table)
            .values(answer)
            .on_conflict(key)
            .do_update()
            .set(answer),
    )?;
    Ok(())
}

/// Forgets an answer that turned out wrong.
pub fn forget(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    subject: &str,
) -> Result<(), StoreError> {
    delete(remembered::table.find((tenant, server, subject))).execute(db)?;
    Ok(())
}

/// The id of the user of an address, by its keyed hash.
pub fn find_user(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    email_hash: &[u8],
) -> Result<Option<String>, StoreError> {
    Ok(remote_users::table
        .find((tenant, server, email_hash))
        .select(remote_users::remote_id)
        .first(db)
        .optional()?)
}

/// Remembers the user of an address. Who is remembered already is left out by the caller: purchases of one customer
/// would wait for each other's commit.
pub fn put_user(db: &mut Db, user: &RemoteUser) -> Result<(), StoreError> {
    let key = (
        remote_users::tenant_id,
        remote_users::license_server_id,
        remote_users::email_hash,
    );
    kept::execute(
        db,
        insert_into(remote_users::table)
            .values(user)
            .on_conflict(key)
            .do_update()
            .set(user),
    )?;
    Ok(())
}

/// Forgets a user that turned out to be gone.
pub fn forget_user(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    email_hash: &[u8],
) -> Result<(), StoreError> {
    delete(remote_users::table.find((tenant, server, email_hash))).execute(db)?;
    Ok(())
}
