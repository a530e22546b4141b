//! What the commands of `latchkey admin` begin with: the database, in the operator's name.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::accounts::audit::chain_older;
use crate::app::{open_database, open_tenant_keys};
use crate::cli::settle;
use crate::config::{DatabaseUrl, Flags, Settings};
use crate::pipeline::clock::Clock;
use crate::store::{PlatformUse, Scope, Store};

pub(super) const OPERATOR: Scope = Scope::Platform(PlatformUse::Operator);

/// The database, which must have this version's schema and these master keys; SQLite gets it here, as it would from
/// `serve`.
pub(super) async fn prepare(flags: Flags) -> Result<(Settings, Store)> {
    let (settings, _telemetry) = settle(flags)?;
    let store = open_database(&settings)?;
    if let DatabaseUrl::Sqlite(_) = settings.database_url {
        store.migrate().await.context("migrating the database")?;
    }
    store.check_schema().await?;
    let master_keys = Arc::new(settings.master_keys()?);
    let clock = Clock::system();
    let tenant_keys = open_tenant_keys(&store, master_keys, &clock).await?;
    chain_older(&store, tenant_keys.master_keys(), clock.now())
        .await
        .context("chaining what was done before")?;
    Ok((settings, store))
}
