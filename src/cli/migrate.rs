//! `latchkey migrate`

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::app::open_for_schema;
use crate::cli::{say, settle};
use crate::config::{DatabaseUrl, Flags};

/// Brings the database to this version.
#[derive(Args)]
pub struct Migrate {
    #[command(flatten)]
    flags: Flags,
}

impl Migrate {
    /// Runs what is missing, then lets the serving role use it.
    pub async fn run(self) -> Result<ExitCode> {
        let (settings, _telemetry) = settle(self.flags)?;
        let store = open_for_schema(&settings)?;
        let count = store.migrate().await.context("migrating the database")?;
        if let DatabaseUrl::Postgres(_) = settings.database_url {
            store
                .grant(&settings.database_role)
                .await
                .context("granting access to LATCHKEY_DATABASE_ROLE")?;
        }
        let version = store.schema_version().await?;
        let version = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        say(format_args!(
            "{count} migrations run; the schema has version {version}"
        ));
        Ok(ExitCode::SUCCESS)
    }
}
