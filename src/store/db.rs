//! One connection, whichever database it leads to.

use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, RunQueryDsl, SqliteConnection};

use crate::store::error::StoreError;

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

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_advisory_xact_lock(key: BigInt) -> Text;
    fn hashtextextended(text: Text, seed: BigInt) -> BigInt;
}

/// Waits until no other transaction holds this name, then holds it until this one ends.
///
/// It serves rows that are not there yet, which no row lock can. On SQLite there is one writer, and nothing to wait for.
pub(super) fn lock_name(db: &mut Db, name: &str) -> Result<(), StoreError> {
    if let Db::Postgres(connection) = db {
        diesel::select(pg_advisory_xact_lock(hashtextextended(name, 0))).execute(connection)?;
    }
    Ok(())
}
