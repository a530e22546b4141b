//! What keeps the database itself in order: months of large tables, retention, counts for the planner, and proof that it writes.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel::{delete, insert_into, select, sql_query, update};

use crate::domain::time::Timestamp;
use crate::store::columns::{Moment, ProcessId};
use crate::store::db::Db;
use crate::store::doors::Store;
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::heartbeats;
use crate::store::scope::{PlatformUse, Scope};

/// Rows that one transaction deletes or moves, so that it never holds others up for long; `latchkey_drop_partitions`
/// has the same number.
pub const ROWS: usize = 5_000;

/// A kind of row that is kept for some time only.
#[derive(Debug, Clone, Copy)]
pub struct Aging {
    table: &'static str,
    key: &'static str,
    time: &'static str,
    /// What else must hold of a row that goes.
    and: &'static str,
}

/// Every such kind.
pub const AGING: [Aging; 4] = [
    Aging {
        table: "payloads",
        key: "tenant_id, event_id, received_at",
        time: "received_at",
        and: NOT_TO_BE_WORKED,
    },
    Aging {
        table: "calls",
        key: "tenant_id, id, at",
        time: "at",
        and: "",
    },
    Aging {
        table: "deliveries",
        key: "tenant_id, id",
        time: "received_at",
        and: "",
    },
    Aging {
        table: "refusals",
        key: "tenant_id, storefront_id, hour, cause",
        time: "hour",
        and: "",
    },
];

/// Without its payload an event can never be worked. A parked one is somebody's to run again, so it is not over either.
const NOT_TO_BE_WORKED: &str = "AND NOT EXISTS (SELECT 1 FROM events \
    WHERE events.tenant_id = payloads.tenant_id AND events.id = payloads.event_id \
    AND events.state NOT IN ('done', 'ignored', 'discarded'))";

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

/// Drops one month of payloads or calls that ended before then: 1, or 0 when none is left to drop, as on SQLite.
///
/// Payloads whose events are still to be worked move to the partition that stays; a month with more than [`ROWS`] of
/// them stays as well. It fails as not available when others do not let go of the table within a moment.
pub fn drop_month_across_tenants(db: &mut Db, before: Timestamp) -> Result<usize, StoreError> {
    let Db::Postgres(connection) = db else {
        return Ok(0);
    };
    let dropped: i32 = select(
        sql::<Integer>("latchkey_drop_partitions((")
            .bind::<Moment, _>(before)
            .sql(" AT TIME ZONE 'UTC')::date)"),
    )
    .get_result(connection)?;
    Ok(usize::try_from(dropped).unwrap_or(0))
}

/// Deletes rows of that kind from before then and says how many, at most [`ROWS`]; call it until it answers 0.
pub fn delete_old_across_tenants(
    db: &mut Db,
    aging: Aging,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let Aging {
        table,
        key,
        time,
        and,
    } = aging;
    let query = format!(
        "DELETE FROM {table} WHERE {time} < $1 \
         AND ({key}) IN (SELECT {key} FROM {table} WHERE {time} < $1 {and} LIMIT {ROWS})"
    );
    Ok(sql_query(query).bind::<Moment, _>(before).execute(db)?)
}

/// Has SQLite count the rows of tables that have grown much since it did; PostgreSQL does so by itself.
///
/// Without counts it reads all events in the order of time, where an index would find the few that are asked for.
/// What long-lived connections are asked to do now and then: <https://sqlite.org/pragma.html#pragma_optimize>.
pub fn count_rows(db: &mut Db) -> Result<(), StoreError> {
    if let Db::Sqlite(connection) = db {
        // All tables (0x10000), a sample of each (0x10), where it would help (0x02).
        sql_query("PRAGMA optimize = 0x10012").execute(connection)?;
        // Other connections read the counts with the schema, and that only where it has changed.
        connection.batch_execute("CREATE TABLE counted (at BIGINT); DROP TABLE counted")?;
    }
    Ok(())
}

impl Store {
    /// The time of the database's clock, which all replicas share; `None` on SQLite, whose clock is our own.
    pub async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        let scope = Scope::Platform(PlatformUse::Upkeep);
        self.read(scope, |db| match db {
            Db::Postgres(connection) => {
                let clock = sql::<Moment>("clock_timestamp()");
                Ok(Some(select(clock).get_result(connection)?))
            }
            Db::Sqlite(_) => Ok(None),
        })
        .await
    }
}
