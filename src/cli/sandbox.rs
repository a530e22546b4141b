//! `latchkey sandbox`

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use latchkey_sandbox::Sandbox as LicenseServer;
use latchkey_sandbox::fault::Fault;
use latchkey_sandbox::options::{Kind, SandboxOptions};
use latchkey_sandbox::shared::SharedSandbox;
use latchkey_sandbox::socket;

use crate::cli::{asked_to_end, say};
use crate::pipeline::clock::Clock;
use crate::web::serving::Serving;

/// Runs a license server in memory, with a catalog to try things with.
#[derive(Args)]
pub struct SandboxCommand {
    /// Whose API it speaks. Cryptlex: any `Bearer` text is a good token, any product id a good product. LicenseSpring: any
    /// `Api-Key` text is a good key, and the products are `studio`, `reverb`, `team` (for users) and `suite` (a bundle).
    #[arg(long, value_enum, default_value_t = Service::Cryptlex)]
    kind: Service,
    /// Address and port to serve on.
    #[arg(long, default_value = "127.0.0.1:9800")]
    listen: SocketAddr,
    /// Something that goes wrong, for example `status=500,on=renew,times=2` or `cut=after,rate=20%`; may be repeated.
    #[arg(long)]
    fault: Vec<Fault>,
}

/// Whose API a sandbox speaks.
#[derive(Clone, Copy, ValueEnum)]
enum Service {
    /// Cryptlex's Web API, version 3
    Cryptlex,
    /// LicenseSpring's Management API, version 1
    #[value(name = "licensespring")]
    LicenseSpring,
}

impl From<Service> for Kind {
    fn from(service: Service) -> Self {
        match service {
            Service::Cryptlex => Self::Cryptlex,
            Service::LicenseSpring => Self::LicenseSpring,
        }
    }
}

impl SandboxCommand {
    /// Serves until it is asked to end; what it holds is gone then.
    pub async fn run(self) -> Result<ExitCode> {
        let clock = Clock::system();
        let options = SandboxOptions {
            faults: self.fault,
            ..SandboxOptions::of(self.kind.into())
        };
        let sandbox = SharedSandbox::new(LicenseServer::sample(options, clock.now().as_jiff()));
        let listener = TcpListener::bind(self.listen)
            .with_context(|| format!("listening on {}", self.listen))?;
        let address = listener.local_addr().context("listening")?;
        let server = socket::serve(sandbox, listener, Arc::new(move || clock.now().as_jiff()))?;
        let serving = Serving::begin(server);
        say(format_args!("listening address=http://{address}"));
        asked_to_end().await?;
        serving.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}
