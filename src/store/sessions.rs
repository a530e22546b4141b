//! Signed-in browsers, found by the hash of their secret before the tenant is known.

use diesel::prelude::*;
use diesel::{delete, insert_into, update};

use crate::domain::id::{TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::sessions;

/// A session. Not printable, since it holds a secret.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct SessionRow {
    /// Hash of the secret in the cookie.
    pub id_hash: Vec<u8>,
    /// Who.
    pub user_id: UserId,
    /// The vendor it acts for, once chosen.
    pub tenant_id: Option<TenantId>,
    /// What every form of this session carries.
    pub csrf_token: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Begins a session.
pub fn create(db: &mut Db, session: &SessionRow) -> Result<(), StoreError> {
    insert_into(sessions::table).values(session).execute(db)?;
    Ok(())
}

/// The session of that hash if it has not ended.
pub fn find(db: &mut Db, id_hash: &[u8], now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
    Ok(sessions::table
        .find(id_hash)
        .filter(sessions::expires_at.gt(now))
        .first(db)
        .optional()?)
}

/// Notes that it is in use; silent when it has ended.
pub fn touch(db: &mut Db, id_hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    update(sessions::table.find(id_hash))
        .set(sessions::last_seen_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// Chooses the tenant that it acts for.
pub fn choose_tenant(
    db: &mut Db,
    id_hash: &[u8],
    tenant: Option<TenantId>,
) -> Result<(), StoreError> {
    update(sessions::table.find(id_hash))
        .set(sessions::tenant_id.eq(tenant))
        .execute(db)?;
    Ok(())
}

/// Ends a session; silent when it has ended.
pub fn delete_one(db: &mut Db, id_hash: &[u8]) -> Result<(), StoreError> {
    delete(sessions::table.find(id_hash)).execute(db)?;
    Ok(())
}

/// Ends every session of a person.
pub fn delete_all(db: &mut Db, user: UserId) -> Result<(), StoreError> {
    delete(sessions::table.filter(sessions::user_id.eq(user))).execute(db)?;
    Ok(())
}

/// Forgets sessions that have ended, and tells how many.
pub fn delete_ended(db: &mut Db, now: Timestamp) -> Result<usize, StoreError> {
    Ok(delete(sessions::table.filter(sessions::expires_at.le(now))).execute(db)?)
}
