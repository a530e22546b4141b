//! `latchkey admin …`

use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::accounts::email::EmailAddress;
use crate::accounts::tenants::{CreateTenantError, NewTenant};
use crate::accounts::{operators, tenants};
use crate::cli::operator::{OPERATOR, prepare};
use crate::cli::outbox::{Outbox, SendProof};
use crate::cli::rotate_keys::RotateKeys;
use crate::cli::say;
use crate::cli::verify_audit::VerifyAudit;
use crate::config::Flags;
use crate::domain::id::TenantId;
use crate::pipeline::clock::Clock;
use crate::store;
use crate::vault::random_token;

/// Looks after the platform, beside a process that serves or without one.
#[derive(Subcommand)]
pub enum Admin {
    /// Makes a tenant, its owner and an API token
    CreateTenant(CreateTenant),
    /// Makes a person who sees the operator pages
    CreateOperator(CreateOperator),
    /// Wraps every tenant's keys under the first master key, or renews the data keys
    RotateKeys(RotateKeys),
    /// Stops acting for a tenant; what arrives is stored
    SuspendTenant(SuspendTenant),
    /// Prints mail that waits to be sent, as it does where no mail server is set
    Outbox(Outbox),
    /// Sends whoever signed up with an address the link that proves it
    SendProof(SendProof),
    /// Checks that nobody altered who did what
    VerifyAudit(VerifyAudit),
    /// Counts tenants' events
    Usage(Platform),
}

/// A tenant to be made.
#[derive(Args)]
pub struct CreateTenant {
    /// As people call it.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    person: Person,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags,
}

/// An operator to be made.
#[derive(Args)]
pub struct CreateOperator {
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    flags: Flags,
}

/// A tenant to be suspended.
#[derive(Args)]
pub struct SuspendTenant {
    /// Its id, `ten_…`.
    #[arg(long)]
    tenant: TenantId,
    /// Goes on acting for it instead.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    flags: Flags,
}

/// The platform as a whole.
#[derive(Args)]
pub struct Platform {
    #[command(flatten)]
    flags: Flags,
}

#[derive(Args)]
struct Person {
    /// The e-mail address to sign in with.
    #[arg(long)]
    email: EmailAddress,
    /// Reads the password from standard input; without it one is made and printed.
    #[arg(long)]
    password_stdin: bool,
}

impl Admin {
    /// Does it and prints what came of it.
    pub async fn run(self) -> Result<ExitCode> {
        match self {
            Self::CreateTenant(create) => create.run().await?,
            Self::CreateOperator(create) => create.run().await?,
            Self::RotateKeys(rotate) => rotate.run().await?,
            Self::SuspendTenant(suspend) => suspend.run().await?,
            Self::Outbox(outbox) => outbox.run().await?,
            Self::SendProof(proof) => proof.run().await?,
            Self::VerifyAudit(verify) => return verify.run().await,
            Self::Usage(platform) => usage(platform).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl CreateTenant {
    async fn run(self) -> Result<()> {
        let (settings, store) = prepare(self.flags).await?;
        let (password, is_made) = self.person.password()?;
        let email = self.person.email;
        let new = NewTenant {
            name: self.name,
            email: email.clone(),
            password: password.clone(),
        };
        let master_keys = settings.master_keys()?;
        let now = Clock::system().now();
        let created = tenants::create(&store, &master_keys, new, now)
            .await
            .map_err(|error| refusal(error, &email))?;
        let mut answer = json!({
            "tenant_id": created.tenant, "user_id": created.user, "email": email.as_str(),
            "api_token": created.api_token.expose_secret(),
        });
        let (name, value) = match (created.was_known, is_made) {
            (true, _) => ("note", KEEPS_PASSWORD),
            (false, true) => ("password", password.expose_secret()),
            (false, false) => ("", ""),
        };
        if let (Some(answer), false) = (answer.as_object_mut(), name.is_empty()) {
            answer.insert(name.to_owned(), value.into());
        }
        if self.json {
            say(answer);
            return Ok(());
        }
        for (name, value) in answer.as_object().into_iter().flatten() {
            say(format_args!(
                "{name}: {}",
                value.as_str().unwrap_or_default()
            ));
        }
        Ok(())
    }
}

impl CreateOperator {
    async fn run(self) -> Result<()> {
        let (settings, store) = prepare(self.flags).await?;
        let (password, is_made) = self.person.password()?;
        let master_keys = Arc::new(settings.master_keys()?);
        let now = Clock::system().now();
        let shown = password.clone();
        let platform = (&store, &master_keys);
        let email = &self.person.email;
        let (user, was_known) = operators::create(platform, email, password, now)
            .await
            .map_err(|error| refusal(error, email))?;
        say(format_args!("user_id: {user}"));
        if was_known {
            say(format_args!("note: {KEEPS_PASSWORD}"));
        } else if is_made {
            say(format_args!("password: {}", shown.expose_secret()));
        }
        Ok(())
    }
}

impl SuspendTenant {
    async fn run(self) -> Result<()> {
        let (settings, store) = prepare(self.flags).await?;
        let master_keys = Arc::new(settings.master_keys()?);
        let (tenant, now) = (self.tenant, Clock::system().now());
        tenants::suspend(&store, &master_keys, (tenant, !self.resume), now)
            .await
            .with_context(|| format!("changing {tenant}"))?;
        let done = if self.resume { "resumed" } else { "suspended" };
        say(format_args!("{tenant} is {done}"));
        Ok(())
    }
}

async fn usage(platform: Platform) -> Result<()> {
    let (_settings, store) = prepare(platform.flags).await?;
    let counted = store
        .read(OPERATOR, store::usage::count_events_across_tenants)
        .await?;
    say("tenant\tmonth\tevents");
    for row in counted {
        say(format_args!(
            "{}\t{}\t{}",
            row.tenant_id, row.month, row.events
        ));
    }
    Ok(())
}

/// What is said where somebody had an account before.
const KEEPS_PASSWORD: &str =
    "the address has an account already, which keeps its own password; no other was set";

/// The same with the way out.
fn refusal(error: CreateTenantError, email: &EmailAddress) -> anyhow::Error {
    let email = email.as_str();
    match error {
        CreateTenantError::NotProved => anyhow!(
            "somebody signed up as {email}, and nobody has proved that the address is theirs, so the account joins nothing; \
             run `latchkey admin send-proof --email {email}`, and this again once its reader has opened the link"
        ),
        error => error.into(),
    }
}

impl Person {
    /// The password, and whether it was made here.
    fn password(&self) -> Result<(SecretString, bool)> {
        if !self.password_stdin {
            let made: String = random_token().chars().take(20).collect();
            return Ok((made.into(), true));
        }
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("reading the password from standard input")?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            bail!("standard input holds no password");
        }
        Ok((password.into(), false))
    }
}
