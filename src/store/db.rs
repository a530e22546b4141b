//! One connection, whichever database it leads to.

use diesel::sql_types::{Array, Text};
use diesel::{PgConnection, RunQueryDsl, SqliteConnection, sql_query};

use crate::store::error::StoreError;
use crate::store::kept::kept;

/// A connection inside a transaction; only the doors of a [`Store`](crate::store::Store) give one out.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL, shared by replicas.
    Postgres(PgConnection),
    /// A file of this machine.
    Sqlite(SqliteConnection),
}

/// Writes a query once and compiles it for each database.
///
/// For what their common subset lacks (ON CONFLICT, several rows in one insert); say which in the line above.
macro_rules! on_backend {
    ($db:expr, $connection:ident => $query:expr) => {
        match $db {
            $crate::store::db::Db::Postgres($connection) => $query,
            $crate::store::db::Db::Sqlite($connection) => $query,
        }
    };
}

pub(super) use on_backend;

/// Waits for each of these names in turn until no other transaction holds it, then holds it until this one ends.
///
/// It serves rows that are not there yet, which no row lock can. On SQLite there is one writer, and nothing to wait for.
pub(super) fn lock_names(db: &mut Db, names: &[String]) -> Result<(), StoreError> {
    if let (Db::Postgres(connection), false) = (db, names.is_empty()) {
        kept(sql_query(LOCK).bind::<Array<Text>, _>(names)).execute(connection)?;
    }
    Ok(())
}

const LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1) AS names (name)";
