//! One connection, whichever database it leads to.

use diesel::{PgConnection, SqliteConnection};

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
