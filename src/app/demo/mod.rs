//! A whole deployment in one process: a database of its own, the sandbox license server, a vendor, a shop.

mod fresh;
mod post;
pub mod shop;
mod vendor;

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use latchkey_sandbox::Sandbox;
use latchkey_sandbox::options::SandboxOptions;
use latchkey_sandbox::shared::SharedSandbox;
use latchkey_sandbox::socket;
use secrecy::SecretString;
use tokio::task::JoinHandle;

use crate::app::running::Running;
use crate::app::{self, ProcessRole};
use crate::config::Settings;
use crate::pipeline::clock::Clock;
use crate::web::serving::Serving;

/// The demo's database, begun anew each time: the sandbox's licenses do not outlive the process either.
pub const DATABASE_URL: &str = "sqlite://data/demo/latchkey.db";

/// A demo at work.
pub struct Demo {
    /// Where to look.
    pub public_url: String,
    /// Who signs in.
    pub email: &'static str,
    /// With this.
    pub password: SecretString,
    running: Running,
    license_server: Serving,
    shop: JoinHandle<()>,
    _alone: fresh::Alone,
}

/// Starts it all; the settings name [`DATABASE_URL`].
pub async fn start(mut settings: Settings) -> Result<Demo> {
    let alone = fresh::begin(&settings.database_url)?;
    let clock = Clock::system();
    let sandbox = Sandbox::sample(SandboxOptions::default(), clock.now().as_jiff());
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("listening for the sandbox")?;
    let address = listener.local_addr().context("listening for the sandbox")?;
    let told = clock.clone();
    let license_server = Serving::begin(socket::serve(
        SharedSandbox::new(sandbox),
        listener,
        Arc::new(move || told.now().as_jiff()),
    )?);
    let rule = address.to_string().parse();
    settings
        .outbound_allow
        .push(rule.context("allowing the sandbox")?);

    let master_keys = settings.master_keys()?;
    let running = app::start(&settings, ProcessRole::All, None).await?;
    let sandbox_url = format!("http://{address}");
    let vendor = vendor::set_up(&running.state, &master_keys, &sandbox_url).await?;
    let hook_url = format!("http://{}/hooks/{}", running.address, vendor.hook_token);
    let poster = post::Poster::new(running.address, &hook_url, vendor.webhook_secret)?;
    Ok(Demo {
        public_url: running.state.public_url.to_string(),
        email: vendor::EMAIL,
        password: vendor.password,
        shop: tokio::spawn(poster.keep_selling(clock)),
        running,
        license_server,
        _alone: alone,
    })
}

impl Demo {
    /// Ends it: the shop first, the license server last.
    pub async fn stop(self) {
        self.shop.abort();
        self.running.stop().await;
        self.license_server.stop().await;
    }
}
