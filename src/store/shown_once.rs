//! What a page shows a person once, sealed; what was shown is deleted.

use diesel::prelude::*;
use diesel::{delete, insert_into};

use crate::domain::id::{OnceId, TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::shown_once;

/// Something that is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = shown_once, treat_none_as_default_value = false)]
pub struct ShownOnce {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id, which the page's address names.
    pub id: OnceId,
    /// Who may see it.
    pub user_id: UserId,
    /// The path of the page that shows it.
    pub page: String,
    /// What is shown, sealed.
    pub sealed: Vec<u8>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Keeps it.
pub fn create(db: &mut Db, once: &ShownOnce) -> Result<(), StoreError> {
    insert_into(shown_once::table).values(once).execute(db)?;
    Ok(())
}

/// Takes it away and answers it; `None` when that was done before, when it is too old, or another person's or page's.
pub fn take(
    db: &mut Db,
    tenant: TenantId,
    (id, user, page): (OnceId, UserId, &str),
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let one = shown_once::table
        .find((tenant, id))
        .filter(shown_once::user_id.eq(user))
        .filter(shown_once::page.eq(page))
        .filter(shown_once::expires_at.gt(now));
    Ok(delete(one)
        .returning(shown_once::sealed)
        .get_result(db)
        .optional()?)
}

/// Forgets what nobody looked at in time.
pub fn delete_expired_across_tenants(db: &mut Db, now: Timestamp) -> Result<usize, StoreError> {
    Ok(delete(shown_once::table.filter(shown_once::expires_at.le(now))).execute(db)?)
}
