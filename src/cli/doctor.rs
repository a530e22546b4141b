//! `latchkey doctor`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;

use crate::app::{open_database, open_tenant_keys};
use crate::cli::{say, settle};
use crate::config::{Budgets, Flags, Settings};
use crate::domain::lane::Lane;
use crate::mail::{MailOutcome, Mailer};
use crate::outbound::Outbound;
use crate::pipeline::calls::budget::Requester;
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallBudget, CallError};
use crate::pipeline::calls::connections::Connections;
use crate::pipeline::calls::tenant_keys::TenantKeyCache;
use crate::pipeline::clock::Clock;
use crate::store::audit::Actor;
use crate::store::license_servers::LicenseServer;
use crate::store::{PlatformUse, ProcessId, Scope, Store, license_servers, tenants, upkeep};

const OPERATOR: Scope = Scope::Platform(PlatformUse::Operator);
/// A machine whose clock differs more from the database's should be set right.
const CLOCK_WITHIN: Duration = Duration::from_secs(5);

/// Checks what the platform stands on; one line each, exit code 1 if one fails.
#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    flags: Flags,
}

/// What has been found so far.
#[derive(Default)]
struct Findings {
    failed: bool,
}

impl Findings {
    fn note(&mut self, what: &str, result: Result<String>) {
        match result {
            Ok(good) => say(format_args!("ok    {what}: {good}")),
            Err(error) => {
                self.failed = true;
                say(format_args!("FAIL  {what}: {error:#}"));
            }
        }
    }
}

impl Doctor {
    /// Looks everywhere, whatever is found on the way.
    pub async fn run(self) -> Result<ExitCode> {
        let (settings, _telemetry) = settle(self.flags)?;
        let mut findings = Findings::default();
        let store = open_database(&settings)?;
        let clock = Clock::system();
        findings.note("database", database(&store, &clock).await);
        findings.note("clock", time(&store, &clock).await);
        findings.note("keys", keys(&settings, &store).await);
        findings.note("mail", mail(&settings).await);
        check_license_servers(&settings, &store, &mut findings).await;
        Ok(if findings.failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

async fn database(store: &Store, clock: &Clock) -> Result<String> {
    store.check_schema().await?;
    store.check_role().await?;
    let (owner, now) = (ProcessId::from_uuid(clock.id()), clock.now());
    store
        .write(Scope::Platform(PlatformUse::Upkeep), move |db| {
            upkeep::beat(db, owner, now)
        })
        .await?;
    let version = Store::known_schema_version()?;
    Ok(format!("writes and reads; schema version {version}"))
}

async fn time(store: &Store, clock: &Clock) -> Result<String> {
    let Some(time) = store.time().await? else {
        return Ok("this machine's own".to_owned());
    };
    let difference = clock.now().since(time).unsigned_abs();
    if difference > CLOCK_WITHIN {
        bail!("differs from the database's by {difference:?}; set this machine's clock");
    }
    Ok(format!("{difference:?} from the database's"))
}

async fn keys(settings: &Settings, store: &Store) -> Result<String> {
    let master_keys = settings.master_keys()?;
    let name = master_keys.active_name().to_owned();
    let tenant_keys = open_tenant_keys(store, master_keys.into(), &Clock::system()).await?;
    let all = store.read(OPERATOR, tenants::list_across_tenants).await?;
    for tenant in &all {
        tenant_keys
            .of(tenant.id)
            .await
            .with_context(|| format!("tenant {}", tenant.id))?;
    }
    Ok(format!("`{name}` wraps; {} tenants open", all.len()))
}

async fn mail(settings: &Settings) -> Result<String> {
    let outcome = Mailer::new(settings.mail_server.clone()).check().await?;
    Ok(match outcome {
        MailOutcome::Sent => "the server takes mail".to_owned(),
        MailOutcome::Unsent => {
            "not set up; `latchkey admin outbox` shows what waits to be sent".to_owned()
        }
    })
}

async fn check_license_servers(settings: &Settings, store: &Store, findings: &mut Findings) {
    match list(settings, store).await {
        Ok((line, servers)) => {
            for server in servers {
                let what = format!("license server {}", server.id);
                findings.note(&what, check(&line, &server).await);
            }
        }
        Err(error) => findings.note("license servers", Err(error)),
    }
}

/// What license servers are asked through: within the budget that the serving processes keep too.
struct Line {
    store: Store,
    tenant_keys: TenantKeyCache,
    connections: Connections,
    budgets: Budgets,
    clock: Clock,
}

async fn list(settings: &Settings, store: &Store) -> Result<(Line, Vec<LicenseServer>)> {
    let clock = Clock::system();
    let master_keys = settings.master_keys()?.into();
    let line = Line {
        store: store.clone(),
        tenant_keys: TenantKeyCache::new(store, master_keys, clock.clone()),
        connections: Connections::new(Outbound::new(settings.outbound_allow.clone())?),
        budgets: settings.budgets.clone(),
        clock,
    };
    let servers = store
        .read(OPERATOR, |db| {
            let mut servers = Vec::new();
            for tenant in tenants::list_across_tenants(db)? {
                servers.extend(license_servers::list(db, tenant.id)?);
            }
            Ok::<_, crate::store::StoreError>(servers)
        })
        .await?;
    Ok((line, servers))
}

async fn check(line: &Line, server: &LicenseServer) -> Result<String> {
    let keys = line.tenant_keys.of(server.tenant_id).await?;
    let budget = CallBudget {
        store: &line.store,
        budgets: &line.budgets,
        clock: &line.clock,
        requester: Requester {
            tenant: server.tenant_id,
            lane: Lane::Interactive,
            actor: Some(Actor::Operator),
        },
    };
    let caller = ApiCaller {
        tenant: server.tenant_id,
        keys: &keys,
        connections: &line.connections,
        budget,
    };
    let account = line.connections.account(&keys, server)?;
    let reply = match caller.call(&account, |client| client.check()).await {
        Err(CallError::Suspended) => return Ok("not asked, as the company is suspended".to_owned()),
        asked => asked?,
    };
    let token = reply
        .result
        .map_err(|failure| anyhow!("{}: {}", failure.class.as_str(), failure.text))?;
    if token.missing_scopes.is_empty() {
        return Ok("the token is accepted".to_owned());
    }
    bail!("the token lacks {}", token.missing_scopes.join(", "))
}
