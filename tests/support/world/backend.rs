//! The database of one test.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use latchkey::config::DatabaseUrl;
use latchkey::store::Store;
use tempfile::TempDir;

use super::rows;
use crate::postgres::{ROLE, TestDatabase};

/// Connections of one store; tests run next to each other.
const CONNECTIONS: u32 = 6;

/// Whoever owns the file can take away what keeps acts as they are.
const WITHOUT_TRIGGERS: &str = "DROP TRIGGER IF EXISTS audit_is_never_changed; \
    DROP TRIGGER IF EXISTS audit_is_never_deleted; \
    DROP TRIGGER IF EXISTS audit_heads_are_never_deleted;";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A migrated database, gone at the end of the test.
pub enum Database {
    /// In a folder of its own.
    Sqlite(TempDir),
    /// A copy of the template.
    Postgres(TestDatabase),
}

impl Database {
    /// `None` where there is no PostgreSQL.
    pub async fn new(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Sqlite => {
                let database = Self::Sqlite(tempfile::tempdir().expect("a temporary folder"));
                let migrated = database.open().migrate().await;
                migrated.expect("the migrations run");
                Some(database)
            }
            Backend::Postgres => TestDatabase::migrated().map(Self::Postgres),
        }
    }

    /// Its URL.
    pub fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(folder) => DatabaseUrl::Sqlite(folder.path().join("latchkey.db")),
            Self::Postgres(database) => database.database_url(),
        }
    }

    /// Opens it as `serve` does: on PostgreSQL as the role that row-level security holds.
    pub fn open(&self) -> Store {
        let store = match self {
            Self::Sqlite(_) => Store::open(&self.url(), CONNECTIONS),
            Self::Postgres(_) => Store::open_as(&self.url(), CONNECTIONS, ROLE),
        };
        store.expect("the database opens")
    }
}

impl Database {
    /// What the owner of the database may do behind our back; the statement must be one that both databases read alike.
    pub fn tamper(&self, statements: &str) {
        let done = match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("latchkey.db");
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())
                    .expect("the file is there");
                connection.batch_execute(&format!(
                    "PRAGMA busy_timeout = 5000; {WITHOUT_TRIGGERS} {statements}"
                ))
            }
            Self::Postgres(database) => {
                let mut connection =
                    PgConnection::establish(&database.url()).expect("the server answers");
                connection.batch_execute(statements)
            }
        };
        done.expect("the statements are right");
    }

    /// Lets a column hold what only a newer version knows, as that version's migrations do.
    pub fn widen(&self, table: &str, column: &str) {
        self.tamper(&match self {
            Self::Sqlite(_) => format!("DROP TRIGGER {table}_are_known_update"),
            Self::Postgres(_) => {
                format!("ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_is_known")
            }
        });
    }

    /// Every row of a tenant, with its table, as the database itself spells it.
    pub fn rows_of(&self, tenant_id: &str) -> Vec<String> {
        let tenant = self.literal(tenant_id);
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("latchkey.db");
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())
                    .expect("the file is there");
                rows::of_sqlite(&mut connection, &tenant)
            }
            Self::Postgres(database) => {
                let mut connection =
                    PgConnection::establish(&database.url()).expect("the server answers");
                rows::of_postgres(&mut connection, &tenant)
            }
        }
    }

    /// An id such as `ten_…` as a statement spells it.
    pub fn literal(&self, id: &str) -> String {
        let (_, hex) = id.split_once('_').expect("ids have a prefix");
        match self {
            Self::Sqlite(_) => format!("x'{hex}'"),
            Self::Postgres(_) => format!("'{hex}'"),
        }
    }

    /// Keeps everybody else from writing until the answer is dropped.
    pub fn block_writes(&self) -> WriteBlock {
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("latchkey.db");
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())
                    .expect("the file is there");
                let begun = connection.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
                begun.expect("nobody writes");
                WriteBlock::Sqlite(connection)
            }
            Self::Postgres(database) => {
                let mut connection =
                    PgConnection::establish(&database.url()).expect("the server answers");
                let begun = connection
                    .batch_execute("BEGIN; LOCK TABLE events, deliveries IN EXCLUSIVE MODE");
                begun.expect("nobody writes");
                WriteBlock::Postgres(connection)
            }
        }
    }
}

/// An open transaction that others wait for; over when dropped.
#[expect(dead_code, reason = "what is held open need not be used")]
pub enum WriteBlock {
    /// On a file.
    Sqlite(SqliteConnection),
    /// On a server.
    Postgres(PgConnection),
}
