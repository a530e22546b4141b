//! Links that prove an address, found by the hash of their secret.

use diesel::prelude::*;
use diesel::{delete, insert_into};

use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::email_proofs;

/// A link. Not printable, since whoever has its secret has the account.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = email_proofs, treat_none_as_default_value = false)]
pub struct EmailProof {
    /// Hash of its secret.
    pub secret_hash: Vec<u8>,
    /// Whose address it proves.
    pub user_id: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Keeps a link.
pub fn create(db: &mut Db, proof: &EmailProof) -> Result<(), StoreError> {
    insert_into(email_proofs::table).values(proof).execute(db)?;
    Ok(())
}

/// The person of a link; `None` when it was used, or is too old.
pub fn find_user(
    db: &mut Db,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<Option<UserId>, StoreError> {
    Ok(email_proofs::table
        .find(secret_hash)
        .filter(email_proofs::expires_at.gt(now))
        .select(email_proofs::user_id)
        .first(db)
        .optional()?)
}

/// Uses up a link; false when that was done before.
pub fn delete_one(db: &mut Db, secret_hash: &[u8]) -> Result<bool, StoreError> {
    Ok(delete(email_proofs::table.find(secret_hash)).execute(db)? == 1)
}

/// Makes every link of a person void.
pub fn delete_all(db: &mut Db, user: UserId) -> Result<(), StoreError> {
    delete(email_proofs::table.filter(email_proofs::user_id.eq(user))).execute(db)?;
    Ok(())
}

/// Forgets links that are too old, and tells how many.
pub fn delete_expired(db: &mut Db, now: Timestamp) -> Result<usize, StoreError> {
    Ok(delete(email_proofs::table.filter(email_proofs::expires_at.le(now))).execute(db)?)
}
