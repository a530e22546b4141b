//! Counts per tenant and month, for the operator.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::domain::id::TenantId;
use crate::store::columns::Id;
use crate::store::db::Db;
use crate::store::error::StoreError;

/// How many events of a tenant came in a month.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MonthlyEvents {
    /// Whose they are.
    #[diesel(sql_type = Id)]
    pub tenant_id: TenantId,
    /// `2026-11`, in UTC.
    #[diesel(sql_type = Text)]
    pub month: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub events: i64,
}

/// Every month in which a tenant had events, the latest last; dates of our own are not counted.
pub fn count_events_across_tenants(db: &mut Db) -> Result<Vec<MonthlyEvents>, StoreError> {
    Ok(match db {
        Db::Postgres(connection) => sql_query(
            "SELECT tenant_id, to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*) AS events \
             FROM events WHERE source_event_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .load(connection)?,
        Db::Sqlite(connection) => sql_query(
            "SELECT tenant_id, strftime('%Y-%m', received_at / 1000000, 'unixepoch') AS month, count(*) AS events \
             FROM events WHERE source_event_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .load(connection)?,
    })
}
