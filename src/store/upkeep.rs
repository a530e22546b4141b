//! What keeps the database itself in order: months of large tables, retention, and proof that it writes.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel::{delete, insert_into, sql_query, update};

use crate::domain::id::{EventId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::columns::{Moment, ProcessId};
use crate::store::db::Db;
use crate::store::doors::Store;
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::{calls, deliveries, heartbeats, payloads, refusals};
use crate::store::scope::{PlatformUse, Scope};

/// Rows that one transaction deletes, so that it never holds others up for long.
const ROWS: i64 = 5_000;

/// Writes and reads back; what readiness is judged by.
pub fn beat(db: &mut Db, owner: ProcessId, now: Timestamp) -> Result<(), StoreError> {
    let known = heartbeats::table.find(owner);
    if update(known).set(heartbeats::at.eq(now)).execute(db)? == 0 {
        let row = (heartbeats::owner.eq(owner), heartbeats::at.eq(now));
        or_ignore(insert_into(heartbeats::table).values(row)).execute(db)?;
    }
    heartbeats::table
        .find(owner)
        .select(heartbeats::at)
        .first::<Timestamp>(db)?;
    Ok(())
}

/// Processes that wrote since then.
pub fn list_alive(
    db: &mut Db,
    since: Timestamp,
) -> Result<Vec<(ProcessId, Timestamp)>, StoreError> {
    Ok(heartbeats::table
        .filter(heartbeats::at.ge(since))
        .order(heartbeats::owner)
        .load(db)?)
}

/// Forgets processes that have not written since then.
pub fn forget_dead(db: &mut Db, since: Timestamp) -> Result<usize, StoreError> {
    Ok(delete(heartbeats::table.filter(heartbeats::at.lt(since))).execute(db)?)
}

/// Makes the months of payloads and calls from this one on; nothing on SQLite, which has none.
pub fn make_months(db: &mut Db, now: Timestamp, months: i32) -> Result<(), StoreError> {
    if let Db::Postgres(connection) = db {
        sql_query("SELECT latchkey_make_partitions(($1 AT TIME ZONE 'UTC')::date, $2)")
            .bind::<Moment, _>(now)
            .bind::<Integer, _>(months)
            .execute(connection)?;
    }
    Ok(())
}

/// Drops payloads, calls, deliveries and counts of refusals from before then; whole months at once on PostgreSQL.
///
/// Call it until it answers 0: each call deletes a bounded number of rows.
pub fn drop_before_across_tenants(db: &mut Db, before: Timestamp) -> Result<usize, StoreError> {
    if let Db::Postgres(connection) = db {
        sql_query("SELECT latchkey_drop_partitions(($1 AT TIME ZONE 'UTC')::date)")
            .bind::<Moment, _>(before)
            .execute(connection)?;
    }
    let old: Vec<(TenantId, EventId)> = payloads::table
        .filter(payloads::received_at.lt(before))
        .limit(ROWS)
        .select((payloads::tenant_id, payloads::event_id))
        .load(db)?;
    let (tenants, events): (BTreeSet<TenantId>, Vec<EventId>) = old.into_iter().unzip();
    let dropped = delete(payloads::table)
        .filter(payloads::tenant_id.eq_any(tenants))
        .filter(payloads::event_id.eq_any(events))
        .execute(db)?;
    Ok(dropped
        + delete(calls::table.filter(calls::at.lt(before))).execute(db)?
        + delete(deliveries::table.filter(deliveries::received_at.lt(before))).execute(db)?
        + delete(refusals::table.filter(refusals::hour.lt(before))).execute(db)?)
}

impl Store {
    /// The time of the database's clock, which all replicas share; `None` on SQLite, whose clock is our own.
    pub async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        let scope = Scope::Platform(PlatformUse::Upkeep);
        self.read(scope, |db| match db {
            Db::Postgres(connection) => {
                let clock = diesel::dsl::sql::<Moment>("clock_timestamp()");
                Ok(Some(diesel::select(clock).get_result(connection)?))
            }
            Db::Sqlite(_) => Ok(None),
        })
        .await
    }
}
