//! Browsers in which people signed in before, known by the hash of a secret that they keep.

use diesel::prelude::*;
use diesel::{delete, insert_into, update};

use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::devices;

/// Whether the person signed in with this secret before, and since then.
pub fn is_known(
    db: &mut Db,
    user: UserId,
    secret_hash: &[u8],
    since: Timestamp,
) -> Result<bool, StoreError> {
    let known: i64 = devices::table
        .find((secret_hash, user))
        .filter(devices::last_used_at.ge(since))
        .count()
        .get_result(db)?;
    Ok(known > 0)
}

/// Notes that the person signed in with this secret now.
pub fn remember(
    db: &mut Db,
    user: UserId,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = update(devices::table.find((secret_hash, user)))
        .set(devices::last_used_at.eq(now))
        .execute(db)?;
    if known == 0 {
        let row = (
            devices::secret_hash.eq(secret_hash),
            devices::user_id.eq(user),
            devices::created_at.eq(now),
            devices::last_used_at.eq(now),
        );
        or_ignore(insert_into(devices::table).values(row)).execute(db)?;
    }
    Ok(())
}

/// Forgets every browser of a person.
pub fn delete_all(db: &mut Db, user: UserId) -> Result<(), StoreError> {
    delete(devices::table.filter(devices::user_id.eq(user))).execute(db)?;
    Ok(())
}

/// Forgets browsers that were not used since then, and tells how many.
pub fn delete_unused(db: &mut Db, since: Timestamp) -> Result<usize, StoreError> {
    Ok(delete(devices::table.filter(devices::last_used_at.lt(since))).execute(db)?)
}
