//! What the shop's latest events of a span come to: put together where they lie, so that few rows leave the database.

use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::domain::effect::EventState;
use crate::domain::id::TenantId;
use crate::domain::news::News;
use crate::domain::time::Timestamp;
use crate::store::columns::{Id, Moment};
use crate::store::db::Db;
use crate::store::error::StoreError;

/// Events of one hour that stand in one place and are the same kind of news.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Tally {
    /// When they came: the number of whole hours since 1970.
    #[diesel(sql_type = BigInt)]
    pub hour: i64,
    /// Where they stand.
    #[diesel(sql_type = Text)]
    pub state: EventState,
    /// What kind of news they are; `None` until they were worked, and for what is not counted.
    #[diesel(sql_type = Nullable<Text>)]
    pub news: Option<News>,
    /// How many they are.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// How long events took from their coming until they were done, in microseconds: so many in a hundred no longer than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Waits {
    /// How many they are, at least one.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Half of them.
    #[diesel(sql_type = BigInt)]
    pub p50: i64,
    /// 95 %.
    #[diesel(sql_type = BigInt)]
    pub p95: i64,
    /// 99 %.
    #[diesel(sql_type = BigInt)]
    pub p99: i64,
    /// The slowest.
    #[diesel(sql_type = BigInt)]
    pub longest: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Which events: those that came from `from` on and before `to`, of which the latest; dates of our own are left out.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
    /// How many are looked at; beyond it numbers are too low.
    pub most: i64,
}

/// The events by hour, place, and kind of news.
pub fn list(db: &mut Db, tenant: TenantId, span: Span) -> Result<Vec<Tally>, StoreError> {
    let query =
        "SELECT hour, state, news, count(*) AS count FROM latest GROUP BY hour, state, news";
    Ok(among_latest(db, query)
        .bind::<Id, _>(tenant)
        .bind::<Moment, _>(span.from)
        .bind::<Moment, _>(span.to)
        .bind::<BigInt, _>(span.most)
        .load(db)?)
}

/// The waits of news of that kind that is done; `None` where there is none.
pub fn waits(
    db: &mut Db,
    tenant: TenantId,
    span: Span,
    news: News,
) -> Result<Option<Waits>, StoreError> {
    Ok(among_latest(db, WAITS)
        .bind::<Id, _>(tenant)
        .bind::<Moment, _>(span.from)
        .bind::<Moment, _>(span.to)
        .bind::<BigInt, _>(span.most)
        .bind::<Text, _>(news)
        .get_result(db)
        .optional()?)
}

/// How many subscriptions have news of the one kind, and news of the other.
pub fn count_subscriptions(
    db: &mut Db,
    tenant: TenantId,
    span: Span,
    (one, other): (News, News),
) -> Result<i64, StoreError> {
    let found: Count = among_latest(db, SUBSCRIPTIONS)
        .bind::<Id, _>(tenant)
        .bind::<Moment, _>(span.from)
        .bind::<Moment, _>(span.to)
        .bind::<BigInt, _>(span.most)
        .bind::<Text, _>(one)
        .bind::<Text, _>(other)
        .get_result(db)?;
    Ok(found.count)
}

/// A question to the latest events, with what each database writes in its own way.
fn among_latest(db: &Db, question: &str) -> SqlQuery {
    let (hour, wait) = match db {
        Db::Postgres(_) => (
            "floor(date_part('epoch', received_at) / 3600)::bigint",
            "(date_part('epoch', settled_at - received_at) * 1000000)::bigint",
        ),
        Db::Sqlite(_) => ("received_at / 3600000000", "settled_at - received_at"),
    };
    sql_query(format!(
        "WITH latest AS (\
           SELECT {hour} AS hour, state, news, subscription_id, {wait} AS wait FROM events \
           WHERE tenant_id = $1 AND received_at >= $2 AND received_at < $3 AND source_event_id IS NOT NULL \
           ORDER BY received_at DESC LIMIT $4) \
         {question}"
    ))
}

const WAITS: &str = "\
    SELECT count, max(CASE place WHEN (count * 50 + 99) / 100 THEN wait END) AS p50, \
    max(CASE place WHEN (count * 95 + 99) / 100 THEN wait END) AS p95, \
    max(CASE place WHEN (count * 99 + 99) / 100 THEN wait END) AS p99, max(wait) AS longest \
    FROM (SELECT wait, row_number() OVER (ORDER BY wait) AS place, count(*) OVER () AS count \
        FROM latest WHERE state = 'done' AND news = $5 AND wait IS NOT NULL) AS waits \
    GROUP BY count";

const SUBSCRIPTIONS: &str = "\
    SELECT count(*) AS count FROM (\
        SELECT subscription_id FROM latest WHERE news = $5 AND subscription_id IS NOT NULL \
        INTERSECT SELECT subscription_id FROM latest WHERE news = $6) AS of_both";
