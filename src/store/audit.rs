//! Who did what. Rows are added and read, never changed.

use diesel::insert_into;
use diesel::prelude::*;

use crate::domain::id::{ApiTokenId, TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::columns::IdValue;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::audit;

/// One act.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
pub struct Act {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its place in time.
    pub id: IdValue,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub user_id: Option<UserId>,
    /// The token by which it was done.
    pub api_token_id: Option<ApiTokenId>,
    /// What was done.
    pub action: String,
    /// The thing it was done to.
    pub target: String,
    /// More, as JSON.
    pub details: String,
}

/// Puts an act on record.
pub fn record(db: &mut Db, act: &Act) -> Result<(), StoreError> {
    insert_into(audit::table).values(act).execute(db)?;
    Ok(())
}

/// The latest acts, the newest first.
pub fn list(db: &mut Db, tenant: TenantId, limit: i64) -> Result<Vec<Act>, StoreError> {
    Ok(audit::table
        .filter(audit::tenant_id.eq(tenant))
        .order(audit::id.desc())
        .limit(limit)
        .load(db)?)
}
