//! How much room events take, and a database in which many are already.

use anyhow::{Context as _, Result};
use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::sql_types::BigInt;
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

use crate::database::Database;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Events that are stored.
pub fn count(database: &Database) -> Result<u64> {
    let query = "SELECT count(*) AS number FROM events";
    ask(database, (query, query))
}

/// Bytes of events and their payloads, indexes included.
pub fn bytes(database: &Database) -> Result<u64> {
    ask(
        database,
        (
            "SELECT sum(pg_total_relation_size(oid))::bigint AS number FROM pg_class \
             WHERE relkind = 'r' AND (relname = 'events' OR relname LIKE 'payloads%')",
            "SELECT coalesce(sum(pgsize), 0) AS number FROM dbstat \
             WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name IN ('events', 'payloads'))",
        ),
    )
}

/// Rows that were changed since and cannot be cleaned up.
pub fn dead_rows(database: &Database) -> Result<u64> {
    let query = "SELECT coalesce(sum(n_dead_tup), 0)::bigint AS number FROM pg_stat_user_tables";
    ask(database, (query, "SELECT 0 AS number"))
}

/// A year's events, and the payloads that retention leaves of them.
const FILL: &str = include_str!("fill.sql");

/// Puts so many finished events in, spread over the past year, with payloads of the usual size as far as retention goes.
pub fn fill(database: &Database, events: u64) -> Result<()> {
    let (Database::Postgres(server), true) = (database, events > 0) else {
        return Ok(());
    };
    let mut connection = PgConnection::establish(&server.url())?;
    connection.batch_execute(&FILL.replace("{events}", &events.to_string()))?;
    // What grew over a year is on disk by then, and cleaned up; none of it may be written while anything is measured.
    connection.batch_execute("VACUUM ANALYZE")?;
    connection.batch_execute("CHECKPOINT")?;
    Ok(())
}

/// A transaction that sees all rows as they are now, for as long as the connection is kept.
pub fn leave_open(database: &Database) -> Result<Option<PgConnection>> {
    let Database::Postgres(server) = database else {
        return Ok(None);
    };
    let mut connection = PgConnection::establish(&server.url())?;
    connection
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tenants")?;
    Ok(Some(connection))
}

fn ask(database: &Database, (postgres, sqlite): (&str, &str)) -> Result<u64> {
    let answer: Number = match database {
        Database::Postgres(server) => {
            let mut connection = PgConnection::establish(&server.url())?;
            connection.batch_execute("SET latchkey.platform TO 'upkeep'")?;
            sql_query(postgres).get_result(&mut connection)?
        }
        Database::Sqlite(_) => {
            let url = database.url();
            let path = url.strip_prefix("sqlite://").context("the URL of a file")?;
            sql_query(sqlite).get_result(&mut SqliteConnection::establish(path)?)?
        }
    };
    Ok(u64::try_from(answer.number)?)
}
