//! `latchkey serve`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::app;
use crate::cli::{asked_to_end, settle};
use crate::config::Flags;

/// Runs the platform.
#[derive(Args)]
pub struct Serve {
    /// What this process does.
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    /// Takes deliveries, shows pages, works on events
    All,
    /// Takes deliveries and shows pages
    Web,
    /// Works on events; answers health checks only
    Worker,
}

impl Serve {
    /// Serves until it is asked to end.
    pub async fn run(self) -> Result<ExitCode> {
        let (settings, telemetry) = settle(self.flags)?;
        let role = match self.role {
            Role::All => app::ProcessRole::All,
            Role::Web => app::ProcessRole::Web,
            Role::Worker => app::ProcessRole::Worker,
        };
        let running = app::start(&settings, role, Some(telemetry.metrics())).await?;
        asked_to_end().await?;
        running.stop().await;
        tokio::task::spawn_blocking(|| telemetry.close()).await?;
        Ok(ExitCode::SUCCESS)
    }
}
