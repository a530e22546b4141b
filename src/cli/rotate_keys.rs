//! `latchkey admin rotate-keys`

use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::accounts::data_keys::{self, KNOWN_FOR};
use crate::accounts::{audit, master_keys};
use crate::cli::operator::{OPERATOR, prepare};
use crate::cli::say;
use crate::config::Flags;
use crate::domain::id::TenantId;
use crate::pipeline::clock::Clock;
use crate::store::Store;
use crate::store::key_rotations::{self, KeyRotation};
use crate::store::sealed::SEALED_COLUMNS;
use crate::vault::MasterKeys;

/// Which keys, and of whom.
#[derive(Args)]
pub struct RotateKeys {
    /// Gives each company a new data key instead; what the old one sealed is sealed anew by the processes that serve.
    #[arg(long)]
    data: bool,
    /// One company's id, `ten_…`; without it, all of them and the platform.
    #[arg(long, requires = "data")]
    tenant: Option<TenantId>,
    /// Only says how far that is.
    #[arg(long, conflicts_with = "data")]
    status: bool,
    #[command(flatten)]
    flags: Flags,
}

impl RotateKeys {
    /// Does it, or begins it, and says so.
    pub async fn run(self) -> Result<()> {
        let (settings, store) = prepare(self.flags).await?;
        let master_keys = Arc::new(settings.master_keys()?);
        match (self.status, self.data) {
            (true, _) => status(&store).await,
            (false, true) => begin(&store, &master_keys, self.tenant).await,
            (false, false) => wrap_anew(&store, &master_keys).await,
        }
    }
}

async fn wrap_anew(store: &Store, master_keys: &MasterKeys) -> Result<()> {
    let rotated = master_keys::rotate(store, master_keys, Clock::system().now()).await?;
    say(format_args!(
        "{rotated} keys are wrapped anew; all are under `{}`",
        master_keys.active_name()
    ));
    Ok(())
}

async fn begin(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    tenant: Option<TenantId>,
) -> Result<()> {
    let tenants = match tenant {
        Some(tenant) => vec![tenant],
        None => audit::list_with_keys(store).await?,
    };
    for tenant in tenants {
        let begun = data_keys::begin(store, master_keys, tenant, Clock::system().now())
            .await
            .with_context(|| format!("making a data key for {tenant}"))?;
        match begun {
            Some(rotation) => say(line(&rotation)),
            None => say(format_args!("{tenant}: has no keys")),
        }
    }
    say(
        "Processes that work on events do the rest; `latchkey admin rotate-keys --status` says how far they are.",
    );
    Ok(())
}

async fn status(store: &Store) -> Result<()> {
    let all = store
        .read(OPERATOR, key_rotations::list_across_tenants)
        .await?;
    if all.is_empty() {
        say("no data key was ever renewed");
    }
    for rotation in &all {
        say(line(rotation));
    }
    Ok(())
}

fn line(rotation: &KeyRotation) -> String {
    let (tenant, version) = (rotation.tenant_id, rotation.version);
    let anew = rotation.sealed_anew;
    if let Some(at) = rotation.finished_at {
        return format!(
            "{tenant}: done {at}, {anew} values sealed anew under data key {version}, the older ones are destroyed"
        );
    }
    if rotation.sealing_since.is_none() {
        let from = rotation.begun_at.plus(KNOWN_FOR);
        return format!("{tenant}: data key {version} is being made known, and seals from {from}");
    }
    let number = usize::try_from(rotation.column_number).unwrap_or(0);
    let place = match SEALED_COLUMNS.get(number) {
        Some(column) => format!(
            "round {}, {}.{} ({} of {})",
            rotation.round,
            column.table,
            column.column,
            number + 1,
            SEALED_COLUMNS.len()
        ),
        None => format!("round {} is through", rotation.round),
    };
    let unopened = match rotation.unopened {
        0 => String::new(),
        some => format!(
            "; {some} do not open, and keep the older keys from being destroyed: see the log"
        ),
    };
    format!("{tenant}: data key {version}, {anew} values sealed anew, {place}{unopened}")
}
