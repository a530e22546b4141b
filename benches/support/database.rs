//! The database of one bench: a file, or a database on a server that waits for the disk.

use anyhow::{Context as _, Result};
use diesel::connection::Connection as _;
use diesel::sql_types::Text;
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _};
use tempfile::TempDir;

use crate::postgres::TestDatabase;

/// A migrated, empty database, gone at the end.
pub enum Database {
    /// In a folder of its own, on the disk that holds the build.
    Sqlite(TempDir),
    /// A copy of the template.
    Postgres(TestDatabase),
}

#[derive(QueryableByName)]
struct Shown {
    #[diesel(sql_type = Text)]
    setting: String,
}

impl Database {
    /// A file.
    fn sqlite() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("bench")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .context("making a folder for the database")?;
        Ok(Self::Sqlite(folder))
    }

    /// A database on a server; `None` where there is none.
    async fn postgres() -> Result<Option<Self>> {
        let found = tokio::task::spawn_blocking(TestDatabase::migrated).await?;
        Ok(found.map(Self::Postgres))
    }

    /// Those that are wanted, `sqlite` or `postgres` or both, of which there may be no server.
    pub async fn wanted(only: Option<&str>) -> Result<Vec<Self>> {
        let is_wanted = |name| only.is_none_or(|only| only == name);
        let mut databases = Vec::new();
        if is_wanted("sqlite") {
            databases.push(Self::sqlite()?);
        }
        if is_wanted("postgres") {
            databases.extend(Self::postgres().await?);
        }
        Ok(databases)
    }

    /// As settings name it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}/latchkey.db", folder.path().display()),
            Self::Postgres(database) => database.url(),
        }
    }

    /// Lets PostgreSQL count its rows and clear dead ones away, as it does by itself within a minute of running; plans made
    /// before know no sizes.
    pub fn analyze(&self) -> Result<()> {
        if let Self::Postgres(database) = self {
            let mut connection = PgConnection::establish(&database.url())?;
            diesel::sql_query("VACUUM (ANALYZE)").execute(&mut connection)?;
        }
        Ok(())
    }

    /// Its kind and version, and whether a commit is on disk when it is answered.
    pub fn describe(&self) -> Result<String> {
        let Self::Postgres(database) = self else {
            return Ok("SQLite (WAL, synchronous = FULL)".to_owned());
        };
        let mut connection = PgConnection::establish(&database.url())?;
        let mut show = |name: &str| -> Result<String> {
            let query = format!("SELECT current_setting('{name}') AS setting");
            let shown: Shown = diesel::sql_query(query).get_result(&mut connection)?;
            Ok(shown.setting)
        };
        let version = show("server_version")?;
        let (version, fsync) = (version.split(' ').next(), show("fsync")?);
        Ok(format!(
            "PostgreSQL {} (fsync = {fsync})",
            version.unwrap_or_default()
        ))
    }
}
