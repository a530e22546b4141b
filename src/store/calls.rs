//! Requests to license servers and shops, bodies sealed.

use diesel::insert_into;
use diesel::prelude::*;

use crate::domain::id::{CallId, EffectId, EventId, LicenseServerId, StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept::kept;
use crate::store::schema::calls;

/// The most requests of one event that are shown: a great purchase has very many.
const MOST_SHOWN: i64 = 1_000;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = calls, treat_none_as_default_value = false)]
pub struct Call {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: CallId,
    /// The event.
    pub event_id: EventId,
    /// The effect it was made for.
    pub effect_id: Option<EffectId>,
    /// The account at the license server that the event's licenses live in.
    pub license_server_id: LicenseServerId,
    /// When.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The URL; holds no secrets.
    pub url: String,
    /// The HTTP status; `None` without an answer.
    pub status: Option<i32>,
    /// How long it took.
    pub duration_ms: i64,
    /// What was sent, sealed.
    pub request_sealed: Option<Vec<u8>>,
    /// What was answered, sealed.
    pub response_sealed: Option<Vec<u8>>,
    /// What went wrong, without bodies.
    pub error: Option<String>,
    /// The store whose shop was called; `None` for calls to the license server.
    pub storefront_id: Option<StorefrontId>,
}

/// Records requests once their answers, or their failures, are known.
pub fn create(db: &mut Db, calls: &[Call]) -> Result<(), StoreError> {
    if calls.is_empty() {
        return Ok(());
    }
    // Several rows in one insert; few are made between two transactions.
    let insert = insert_into(calls::table).values(calls);
    match db {
        Db::Postgres(connection) => kept(insert).execute(connection)?,
        Db::Sqlite(connection) => insert.execute(connection)?,
    };
    Ok(())
}

/// The first requests of an event, the oldest first; empty once retention has dropped them.
pub fn list_of_event(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
) -> Result<Vec<Call>, StoreError> {
    Ok(calls::table
        .filter(calls::tenant_id.eq(tenant))
        .filter(calls::event_id.eq(event))
        .order((calls::at, calls::id))
        .limit(MOST_SHOWN)
        .load(db)?)
}
