//! A running Latchkey with one vendor, and the license server that the vendor uses.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use latchkey::accounts::setup::Vendor;
use latchkey::accounts::setup::license_servers::{self, ConnectLicenseServer};
use latchkey::accounts::setup::storefronts::{self, ConnectStorefront};
use latchkey::accounts::tenants::{self, NewTenant};
use latchkey::app::{self, ProcessRole, Running};
use latchkey::config::{Flags, Settings};
use latchkey::domain::id::TenantId;
use latchkey::domain::kind::{LicenseServerKind, StorefrontKind};
use latchkey::domain::rules::Mode;
use latchkey::pipeline::clock::Clock;
use latchkey::store::audit::Actor;
use latchkey_sandbox::Sandbox;
use latchkey_sandbox::limiter::RateLimit;
use latchkey_sandbox::options::SandboxOptions;
use latchkey_sandbox::shared::SharedSandbox;
use secrecy::ExposeSecret as _;

use crate::template::SECRET;

/// What seals the keys of the bench's vendor.
pub const MASTER_KEYS: &str = "bench:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The vendor's owner.
pub const EMAIL: &str = "owner@example.com";
/// Her password.
pub const PASSWORD: &str = "correct horse battery staple";

/// Everything that a bench speaks to.
pub struct Shop {
    /// The process.
    pub latchkey: Running,
    /// The vendor.
    pub tenant: TenantId,
    /// Where webhooks go.
    pub path: String,
    /// Answers at once, and without a limit.
    pub sandbox: SharedSandbox,
    /// What its ledger tells the time by.
    pub clock: Clock,
}

#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    flags: Flags,
}

/// Starts everything; the budget is off.
pub async fn open(database_url: &str, role: ProcessRole) -> Result<Shop> {
    let clock = Clock::system();
    let (sandbox, sandbox_url) = sandbox(clock.clone())?;
    let flags = CommandLine::try_parse_from([
        "bench",
        "--database-url",
        database_url,
        "--listen",
        "127.0.0.1:0",
        "--master-keys",
        MASTER_KEYS,
        "--outbound-allow",
        "127.0.0.0/8",
        "--budgets",
        "off",
        // Where no budget holds calls back, the usual number of subjects in work does; and a database of two cores works
        // best on a few things at once.
        "--workers",
        "32",
        "--database-pool",
        "8",
    ])?
    .flags;
    let latchkey = app::start(&Settings::try_from(flags)?, role, None).await?;
    let (tenant, path) = connect(&latchkey, &sandbox_url).await?;
    Ok(Shop {
        latchkey,
        tenant,
        path,
        sandbox,
        clock,
    })
}

fn sandbox(clock: Clock) -> Result<(SharedSandbox, String)> {
    let options = SandboxOptions {
        rate_limit: RateLimit::off(),
        ..SandboxOptions::default()
    };
    let sandbox = SharedSandbox::new(Sandbox::new(options));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let now = Arc::new(move || clock.now().as_jiff());
    tokio::spawn(latchkey_sandbox::socket::serve(
        sandbox.clone(),
        listener,
        now,
    )?);
    Ok((sandbox, url))
}

async fn connect(latchkey: &Running, sandbox_url: &str) -> Result<(TenantId, String)> {
    let state = &latchkey.state;
    let new = NewTenant {
        name: "Northwind Audio".to_owned(),
        email: EMAIL.parse().context("an address")?,
        password: PASSWORD.into(),
    };
    let now = state.clock.now();
    let created = tenants::create(&state.store, state.tenant_keys.master_keys(), new, now).await?;
    let vendor = Vendor {
        tenant: created.tenant,
        keys: state.tenant_keys.of(created.tenant).await?,
        store: state.store.clone(),
        outbound: state.outbound.clone(),
        actor: Actor::Operator,
        now,
    };
    let new = ConnectLicenseServer {
        kind: LicenseServerKind::Cryptlex,
        name: "Sandbox".to_owned(),
        base_url: sandbox_url.to_owned(),
        access_token: "token".into(),
    };
    let license_server = license_servers::create(&vendor, new).await?;
    let new = ConnectStorefront {
        kind: StorefrontKind::Fastspring,
        name: "Shop".to_owned(),
        license_server_id: license_server.id,
        test_license_server_id: None,
        webhook_secret: Some(SECRET.into()),
        fulfillment_key: None,
        api_username: None,
        api_password: None,
        mode: Mode::Live,
        takeover_at: None,
        policy: None,
    };
    let storefront = storefronts::create(&vendor, new).await?;
    let path = format!("/hooks/{}", storefront.hook_token.expose_secret());
    Ok((created.tenant, path))
}
