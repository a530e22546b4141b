//! `latchkey demo`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use secrecy::ExposeSecret as _;

use crate::app::demo;
use crate::cli::{asked_to_end, say, settle};
use crate::config::Flags;

/// Runs everything in one process; the database is always `data/demo/latchkey.db`, and begun anew.
#[derive(Args)]
pub struct DemoCommand {
    #[command(flatten)]
    flags: Flags,
}

impl DemoCommand {
    /// Shows itself until it is asked to end.
    pub async fn run(self) -> Result<ExitCode> {
        let flags = Flags {
            database_url: demo::DATABASE_URL.to_owned(),
            master_keys: None,
            master_key_file: None,
            metrics_listen: "off".to_owned(),
            ..self.flags
        };
        let (settings, telemetry) = settle(flags)?;
        let demo = demo::start(settings).await?;
        say("");
        say(format_args!("  Latchkey runs at  {}", demo.public_url));
        say(format_args!("  E-mail            {}", demo.email));
        say(format_args!(
            "  Password          {}",
            demo.password.expose_secret()
        ));
        say("");
        say(
            "  A shop of invented people keeps buying, renewing and refunding. Press Ctrl-C to end it.",
        );
        say("");
        asked_to_end().await?;
        demo.stop().await;
        tokio::task::spawn_blocking(|| telemetry.close()).await?;
        Ok(ExitCode::SUCCESS)
    }
}
