//! The command line: each command is a file that reads its flags, calls, and prints.

mod admin;
mod demo;
mod doctor;
mod migrate;
mod operator;
mod outbox;
mod rotate_keys;
mod sandbox;
mod serve;
mod verify_audit;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::app;
use crate::config::{Flags, Settings, SettingsError};
use crate::telemetry::{self, Telemetry};

/// Turns a software vendor's shop orders into software licenses, exactly once.
#[derive(Parser)]
#[command(name = "latchkey", version, propagate_version = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the platform
    Serve(serve::Serve),
    /// Runs everything in one process, with a sample vendor and a shop that keeps selling
    Demo(demo::DemoCommand),
    /// Brings the database to this version; safe to run twice
    Migrate(migrate::Migrate),
    /// Runs a license server in memory, to try things with
    Sandbox(sandbox::SandboxCommand),
    /// Makes tenants and operators, and looks after the platform
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Checks database, keys, mail, clock and license servers
    Doctor(doctor::Doctor),
}

/// What is printed when a setting is wrong ends with this.
const WRONG_SETTING: u8 = 2;

/// Runs the command that this process was started with.
pub fn run() -> ExitCode {
    app::use_small_pages();
    let command = CommandLine::parse().command;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime");
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(execute(command));
            // What still blocks a thread now is not waited for.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(error),
    };
    result.unwrap_or_else(|error| {
        complain(&error);
        match error.downcast_ref::<SettingsError>() {
            Some(_) => ExitCode::from(WRONG_SETTING),
            None => ExitCode::FAILURE,
        }
    })
}

async fn execute(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(serve) => serve.run().await,
        Command::Demo(demo) => demo.run().await,
        Command::Migrate(migrate) => migrate.run().await,
        Command::Sandbox(sandbox) => sandbox.run().await,
        Command::Admin(admin) => admin.run().await,
        Command::Doctor(doctor) => doctor.run().await,
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where a command that fails says why"
)]
fn complain(error: &anyhow::Error) {
    eprintln!("latchkey: {}", sentence(error));
}

/// The error and its causes in one line; a cause that its error tells already is not told twice.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// One line of a command's answer.
#[expect(
    clippy::print_stdout,
    reason = "the one place where commands print their answer"
)]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Reads the settings and begins to log.
fn settle(flags: Flags) -> Result<(Settings, Telemetry)> {
    let settings = Settings::try_from(flags)?;
    let endpoint = settings.otlp_endpoint.as_ref();
    let telemetry = telemetry::init(&settings.log, settings.log_format, endpoint)?;
    Ok((settings, telemetry))
}

/// Until somebody asks this process to end.
async fn asked_to_end() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).context("listening for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for signals")?;
    // A terminal that closes sends it, and some supervisors do.
    let mut hang_up = signal(SignalKind::hangup()).context("listening for signals")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("no such file")
            .context("reading the key: no such file")
            .context("starting");

        assert_eq!(sentence(&error), "starting: reading the key: no such file");
    }
}
