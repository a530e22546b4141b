//! Counts over a span of time, from indexes.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::domain::effect::EventState;
use crate::domain::id::{CallId, TenantId, uuid_at};
use crate::domain::time::Timestamp;
use crate::store::columns::{Id, Moment};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::calls;

/// Events of one state in one part of the span.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct EventCount {
    /// Which part: the number of whole buckets since 1970.
    #[diesel(sql_type = BigInt)]
    pub bucket: i64,
    /// Where they stand now.
    #[diesel(sql_type = Text)]
    pub state: EventState,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// Calls of one status.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct CallCount {
    /// The HTTP status; `None` without an answer.
    pub status: Option<i32>,
    /// How many.
    pub count: i64,
    /// How long they took together.
    pub total_ms: Option<i64>,
    /// The longest of them.
    pub longest_ms: Option<i64>,
}

/// The shop's events that came in a span, by bucket and state; dates of our own are left out.
pub fn count_events(
    db: &mut Db,
    tenant: TenantId,
    (from, to): (Timestamp, Timestamp),
    bucket_seconds: i64,
) -> Result<Vec<EventCount>, StoreError> {
    Ok(match db {
        Db::Postgres(connection) => sql_query(
            "SELECT floor(extract(epoch FROM received_at) / $4)::bigint AS bucket, state, count(*) AS count \
             FROM events WHERE tenant_id = $1 AND received_at >= $2 AND received_at < $3 \
             AND source_event_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .bind::<Id, _>(tenant)
        .bind::<Moment, _>(from)
        .bind::<Moment, _>(to)
        .bind::<BigInt, _>(bucket_seconds)
        .load(connection)?,
        Db::Sqlite(connection) => sql_query(
            "SELECT received_at / ?4 AS bucket, state, count(*) AS count \
             FROM events WHERE tenant_id = ?1 AND received_at >= ?2 AND received_at < ?3 \
             AND source_event_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .bind::<Id, _>(tenant)
        .bind::<Moment, _>(from)
        .bind::<Moment, _>(to)
        .bind::<BigInt, _>(bucket_seconds * 1_000_000)
        .load(connection)?,
    })
}

/// Calls that were made in a span, by status.
///
/// Ids begin with their time, so the span is one of the primary key.
pub fn count_calls(
    db: &mut Db,
    tenant: TenantId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<CallCount>, StoreError> {
    let first = |time: Timestamp| CallId::from_uuid(uuid_at(time, &[0; 10]));
    Ok(calls::table
        .filter(calls::tenant_id.eq(tenant))
        .filter(calls::id.ge(first(from)))
        .filter(calls::id.lt(first(to)))
        .group_by(calls::status)
        .select((
            calls::status,
            count_star(),
            sql::<Nullable<BigInt>>("CAST(sum(duration_ms) AS BIGINT)"),
            sql::<Nullable<BigInt>>("max(duration_ms)"),
        ))
        .order(calls::status)
        .load(db)?)
}
