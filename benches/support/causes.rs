//! What counting events that stand still costs: the same database without it.

use anyhow::{Context as _, Result};
use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::{PgConnection, SqliteConnection};

use crate::database::Database;

/// Takes the triggers of migration 0025 away.
pub fn stop_counting(database: &Database) -> Result<()> {
    match database {
        Database::Postgres(server) => PgConnection::establish(&server.url())?.batch_execute(
            "DROP TRIGGER cause_counts_insert ON events; DROP TRIGGER cause_counts_update ON events; \
             DROP TRIGGER cause_counts_delete ON events",
        )?,
        Database::Sqlite(_) => {
            let url = database.url();
            let path = url.strip_prefix("sqlite://").context("the URL of a file")?;
            SqliteConnection::establish(path)?.batch_execute(
                "DROP TRIGGER cause_counts_insert; DROP TRIGGER cause_counts_leave; \
                 DROP TRIGGER cause_counts_enter; DROP TRIGGER cause_counts_delete",
            )?;
        }
    }
    Ok(())
}
