//! Brings the schema to this program's version, and says whether this program can run on what is there.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::store::connections::{Purpose, open};
use crate::store::db::Db;
use crate::store::doors::Store;
use crate::store::error::StoreError;
use crate::store::schema::schema_compatibility;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Any number will do, as long as every replica takes the same.
const LOCK: &str = "SELECT pg_advisory_lock(7812346501)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7812346501)";

/// The name of the newest migration that was run, such as `0005`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaVersion(String);

/// Why this program does not run on the schema that is there.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Older than this program.
    #[error(
        "the database has schema version {found}, this program needs {needed}: run `latchkey migrate`"
    )]
    Older {
        /// What is there; `none` for an empty database.
        found: String,
        /// What this program brings.
        needed: String,
    },
    /// So new that this program would do harm.
    #[error(
        "the database has schema version {found}, which runs with programs from {oldest} on; this one knows {known}: run a newer latchkey"
    )]
    Newer {
        /// What is there.
        found: String,
        /// What this program knows.
        known: String,
        /// What a program must know.
        oldest: String,
    },
    /// It could not be asked.
    #[error("reading the schema version")]
    Store(#[from] StoreError),
}

impl std::fmt::Display for SchemaVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Store {
    /// Runs the migrations that are missing and tells how many; safe to run twice, and from several replicas at once.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        self.on_own_connection(Purpose::Migrate, up).await
    }

    /// Undoes all migrations. Everything is lost; for tests of the migrations.
    pub async fn migrate_down(&self) -> Result<usize, StoreError> {
        self.on_own_connection(Purpose::Migrate, down).await
    }

    /// Makes the PostgreSQL role that serves, if it is missing, and lets it read and write; nothing on SQLite.
    ///
    /// It owns nothing, is held by row-level security, and adds acts without ever changing one. It can sign in only if it
    /// was made so before.
    pub async fn grant(&self, role: &str) -> Result<(), StoreError> {
        let role = role.to_owned();
        self.on_own_connection(Purpose::Migrate, move |db| grant(db, &role))
            .await
    }

    /// The newest migration that was run; `None` in an empty database.
    pub async fn schema_version(&self) -> Result<Option<SchemaVersion>, StoreError> {
        self.on_own_connection(Purpose::Migrate, found).await
    }

    /// The newest migration of this program.
    pub fn known_schema_version() -> Result<SchemaVersion, StoreError> {
        let migrations = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE)
            .map_err(StoreError::Other)?;
        migrations
            .iter()
            .map(|migration| SchemaVersion(migration.name().version().to_string()))
            .max()
            .ok_or_else(|| StoreError::Other("this program has no migrations".into()))
    }

    /// Refuses a schema that is older than this program, or too new for it.
    pub async fn check_schema(&self) -> Result<(), SchemaError> {
        let known = Self::known_schema_version()?;
        let Some(found) = self.schema_version().await? else {
            return Err(SchemaError::Older {
                found: "none".to_owned(),
                needed: known.0,
            });
        };
        if found < known {
            return Err(SchemaError::Older {
                found: found.0,
                needed: known.0,
            });
        }
        let newer = known.0.clone();
        let oldest =
            self.on_own_connection(Purpose::Migrate, move |db| oldest_that_can_run(db, &newer));
        match oldest.await? {
            Some(oldest) if oldest > known.0 => Err(SchemaError::Newer {
                found: found.0,
                known: known.0,
                oldest,
            }),
            _ => Ok(()),
        }
    }

    /// The pool's connections serve under limits and another role, so the schema has a connection of its own, as has
    /// whoever asks about the role.
    pub(super) async fn on_own_connection<T: Send + 'static>(
        &self,
        purpose: Purpose,
        work: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let url = self.url.clone();
        let task = tokio::task::spawn_blocking(move || work(&mut open(&url, &purpose)?));
        task.await.map_err(StoreError::unavailable)?
    }
}

fn up(db: &mut Db) -> Result<usize, StoreError> {
    alone(db, |db| match db {
        Db::Postgres(connection) => connection
            .run_pending_migrations(POSTGRES)
            .map(|run| run.len()),
        Db::Sqlite(connection) => connection
            .run_pending_migrations(SQLITE)
            .map(|run| run.len()),
    })
}

fn down(db: &mut Db) -> Result<usize, StoreError> {
    alone(db, |db| match db {
        Db::Postgres(connection) => connection
            .revert_all_migrations(POSTGRES)
            .map(|run| run.len()),
        Db::Sqlite(connection) => connection
            .revert_all_migrations(SQLITE)
            .map(|run| run.len()),
    })
}

/// One process at a time: an advisory lock on PostgreSQL; on SQLite each migration is a transaction, and a loser tries again.
fn alone(
    db: &mut Db,
    work: impl Fn(&mut Db) -> diesel::migration::Result<usize>,
) -> Result<usize, StoreError> {
    if let Db::Postgres(connection) = db {
        connection.batch_execute(LOCK)?;
    }
    let mut result = work(db);
    if let (Db::Sqlite(_), Err(_)) = (&db, &result) {
        result = work(db);
    }
    if let Db::Postgres(connection) = db {
        connection.batch_execute(UNLOCK)?;
    }
    result.map_err(StoreError::Other)
}

fn grant(db: &mut Db, role: &str) -> Result<(), StoreError> {
    let Db::Postgres(connection) = db else {
        return Ok(());
    };
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    let literal = format!("'{}'", role.replace('\'', "''"));
    connection.batch_execute(&format!(
        "BEGIN;
         SELECT pg_advisory_xact_lock(7812346501);
         DO $make$ BEGIN
             IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN
                 CREATE ROLE {quoted} NOLOGIN;
             END IF;
             -- An owner that may serve as well takes the role then; one that may not give it to itself only migrates.
             IF NOT pg_has_role(current_user, {literal}, 'MEMBER') THEN
                 BEGIN
                     GRANT {quoted} TO CURRENT_USER;
                 EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN NULL;
                 END;
             END IF;
         END $make$;
         GRANT USAGE ON SCHEMA public TO {quoted};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {quoted};
         DO $keep$ BEGIN
             IF NOT EXISTS (SELECT FROM pg_tables WHERE tablename = 'audit' AND tableowner = {literal}) THEN
                 REVOKE UPDATE, DELETE ON audit FROM {quoted};
                 REVOKE DELETE ON audit_heads FROM {quoted};
                 REVOKE INSERT, UPDATE ON audit_to_chain FROM {quoted};
             END IF;
         END $keep$;
         COMMIT"
    ))?;
    Ok(())
}

fn found(db: &mut Db) -> Result<Option<SchemaVersion>, StoreError> {
    if !has_schema(db)? {
        return Ok(None);
    }
    let version = schema_compatibility::table
        .select(schema_compatibility::version)
        .order(schema_compatibility::version.desc())
        .first(db)
        .optional()?;
    Ok(version.map(SchemaVersion))
}

fn has_schema(db: &mut Db) -> Result<bool, StoreError> {
    let exists = match db {
        Db::Postgres(_) => "to_regclass('schema_compatibility') IS NOT NULL",
        Db::Sqlite(_) => "EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'schema_compatibility')",
    };
    let exists = diesel::dsl::sql::<diesel::sql_types::Bool>(exists);
    Ok(diesel::select(exists).get_result(db)?)
}

/// What the migrations that this program does not know ask of a program.
fn oldest_that_can_run(db: &mut Db, known: &str) -> Result<Option<String>, StoreError> {
    Ok(schema_compatibility::table
        .filter(schema_compatibility::version.gt(known))
        .select(schema_compatibility::oldest_that_can_run)
        .order(schema_compatibility::oldest_that_can_run.desc())
        .first(db)
        .optional()?)
}
