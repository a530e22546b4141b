//! Opens connections: the database is chosen by the URL's scheme, never guessed.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, PgConnection, RunQueryDsl, SqliteConnection};

use crate::config::DatabaseUrl;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::files::prepare;
use crate::store::places::WAIT;

pub(super) type Pool = r2d2::Pool<Connections>;

/// What a connection is opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Serving; on PostgreSQL under this role, where the one that signs in may take it.
    Serve { role: Option<String> },
    /// Reading; SQLite refuses writes.
    Read { role: Option<String> },
    /// Changing the schema: as who signs in, and without a limit on time.
    Migrate,
}

/// Makes and judges the connections of a pool.
#[derive(Debug)]
pub(super) struct Connections {
    url: DatabaseUrl,
    purpose: Purpose,
}

/// A connection of the pool, and whether it must not be used again.
pub(super) struct Pooled {
    pub(super) db: Db,
    pub(super) is_broken: bool,
}

/// Opening failed, or setting up what was opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("connecting to the database")]
    Connect(#[from] ConnectionError),
    #[error("setting up a connection to the database")]
    SetUp(#[from] diesel::result::Error),
    #[error("making the database file or its folder")]
    File(#[from] std::io::Error),
}

/// A pool whose connections are opened when first needed.
pub(super) fn pool(url: &DatabaseUrl, size: u32, purpose: Purpose) -> Pool {
    r2d2::Pool::builder()
        .max_size(size.max(1))
        .min_idle(Some(0))
        .test_on_check_out(false)
        .connection_timeout(WAIT)
        .error_handler(Box::new(r2d2::NopErrorHandler))
        .build_unchecked(Connections {
            url: url.clone(),
            purpose,
        })
}

/// Opens one connection outside any pool.
pub(super) fn open(url: &DatabaseUrl, purpose: &Purpose) -> Result<Db, StoreError> {
    connect(url, purpose).map_err(StoreError::unavailable)
}

impl r2d2::ManageConnection for Connections {
    type Connection = Pooled;
    type Error = OpenError;

    fn connect(&self) -> Result<Pooled, OpenError> {
        connect(&self.url, &self.purpose).map(|db| Pooled {
            db,
            is_broken: false,
        })
    }

    fn is_valid(&self, _pooled: &mut Pooled) -> Result<(), OpenError> {
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.is_broken
    }
}

fn connect(url: &DatabaseUrl, purpose: &Purpose) -> Result<Db, OpenError> {
    match url {
        DatabaseUrl::Postgres(url) => postgres(url, purpose).map(Db::Postgres),
        DatabaseUrl::Sqlite(path) => sqlite(path, purpose).map(Db::Sqlite),
    }
}

fn postgres(url: &str, purpose: &Purpose) -> Result<PgConnection, OpenError> {
    let mut connection = PgConnection::establish(&noticing_silence(url))?;
    connection.batch_execute("SET TimeZone TO 'UTC'; SET client_min_messages TO warning")?;
    match purpose {
        Purpose::Migrate => {
            connection.batch_execute("SET latchkey.platform TO 'upkeep'")?;
        }
        Purpose::Serve { role } | Purpose::Read { role } => {
            connection.batch_execute("SET statement_timeout TO '15s'; SET lock_timeout TO '5s'")?;
            if let Some(role) = role {
                take_role(&mut connection, role)?;
            }
        }
    }
    Ok(connection)
}

/// Adds what the URL does not say itself of how soon a server that has vanished without a word is given up; the system
/// would wait a quarter of an hour for it.
///
/// As libpq names them: <https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS>.
fn noticing_silence(url: &str) -> String {
    const LIMITS: [(&str, &str); 5] = [
        ("connect_timeout", "5"),
        ("tcp_user_timeout", "15000"),
        ("keepalives_idle", "5"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "2"),
    ];
    let unsaid = LIMITS
        .iter()
        .filter(|(name, _)| !url.contains(&format!("{name}=")));
    unsaid.fold(url.to_owned(), |url, (name, value)| {
        let join = if url.contains('?') { '&' } else { '?' };
        format!("{url}{join}{name}={value}")
    })
}

/// Owners and superusers pass by row-level security in part or whole, so whoever may be the serving role becomes it.
fn take_role(connection: &mut PgConnection, role: &str) -> Result<(), diesel::result::Error> {
    diesel::sql_query(
        "SELECT set_config('role', rolname, false) FROM pg_roles \
         WHERE rolname = $1 AND rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')",
    )
    .bind::<diesel::sql_types::Text, _>(role)
    .execute(connection)
    .map(drop)
}

fn sqlite(path: &Path, purpose: &Purpose) -> Result<SqliteConnection, OpenError> {
    prepare(path)?;
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
    // The time-out comes first: switching to the write-ahead log needs a lock itself.
    // A new file gets pages of 8 KB: seven sealed payloads fit in one, and only three in half of it.
    connection.batch_execute(
        "PRAGMA busy_timeout = 10000; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; \
         PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY",
    )?;
    // Kilobytes. Readers are many, and what they read lies in the system's own cache too.
    connection.batch_execute(match purpose {
        Purpose::Read { .. } => "PRAGMA query_only = ON; PRAGMA cache_size = -2000",
        Purpose::Serve { .. } | Purpose::Migrate => "PRAGMA cache_size = -16000",
    })?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_server_is_given_up_unless_the_url_says_otherwise() {
        let usual = "connect_timeout=5&tcp_user_timeout=15000&keepalives_idle=5\
                     &keepalives_interval=5&keepalives_count=2";
        for (url, expected) in [
            (
                "postgres://db/latchkey",
                format!("postgres://db/latchkey?{usual}"),
            ),
            (
                "postgres://db/latchkey?sslmode=require",
                format!("postgres://db/latchkey?sslmode=require&{usual}"),
            ),
            (
                "postgres://db/latchkey?connect_timeout=30",
                format!(
                    "postgres://db/latchkey?connect_timeout=30{}",
                    usual.trim_start_matches("connect_timeout=5")
                ),
            ),
        ] {
            assert_eq!(noticing_silence(url), expected);
        }
    }
}
