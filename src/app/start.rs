//! Starts a process: everything is built here once, from the settings up.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use jiff::SignedDuration;
use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::accounts::api_tokens::ApiTokens;
use crate::accounts::audit::chain_older;
use crate::accounts::request_limit::RequestLimit;
use crate::accounts::sessions::Sessions;
use crate::app::chores::Chores;
use crate::app::database::{open_tenant_keys, open_to_serve};
use crate::app::running::Running;
use crate::app::{ProcessRole, chores, open_files, workers};
use crate::config::{Settings, Signup};
use crate::domain::portion::MostLicenses;
use crate::mail::Mailer;
use crate::outbound::{AllowRule, Outbound};
use crate::pipeline::calls::bound_tokens;
use crate::pipeline::clock::Clock;
use crate::pipeline::event::retry::RetrySchedule;
use crate::pipeline::ingest::group_commit::GroupCommit;
use crate::pipeline::ingest::receive::Receiver;
use crate::pipeline::ingest::rejections::RejectionCounter;
use crate::pipeline::queue::readiness::Readiness;
use crate::pipeline::{Options, Pipeline};
use crate::telemetry::Metrics;
use crate::web;
use crate::web::serving::Serving;
use crate::web::state::State;

/// Connections that wait to be taken; bursts of webhooks come at once.
const BACKLOG: u32 = 4_096;

/// Starts a process and returns once it listens. Inside the runtime.
pub async fn start(
    settings: &Settings,
    role: ProcessRole,
    metrics: Option<Metrics>,
) -> Result<Running> {
    start_by(Clock::system(), settings, role, metrics).await
}

/// The same by a clock of its own, which follows the database's all the same.
pub async fn start_by(
    clock: Clock,
    settings: &Settings,
    role: ProcessRole,
    metrics: Option<Metrics>,
) -> Result<Running> {
    let master_keys = Arc::new(settings.master_keys()?);
    let (store, lock) = open_to_serve(settings).await?;
    let tenant_keys = open_tenant_keys(&store, Arc::clone(&master_keys), &clock).await?;
    chores::anchor(store.clone(), clock.clone())
        .await
        .context("asking the database for its time")?;
    chain_older(&store, &master_keys, clock.now())
        .await
        .context("chaining what was done before")?;
    let listener = listen(settings.listen).context("listening on LATCHKEY_LISTEN")?;
    let address = listener.local_addr().context("listening")?;
    let outbound = Outbound::new(settings.outbound_allow.clone())?;
    bound_tokens::bind(&store, &tenant_keys)
        .await
        .context("binding access tokens to their addresses")?;
    let pipeline = Pipeline::new(
        store.clone(),
        tenant_keys.clone(),
        clock.clone(),
        outbound.clone(),
        options(settings),
    );
    let refusals = Arc::new(RejectionCounter::default());
    let (ingest, writer) = GroupCommit::new(&store, Arc::clone(&pipeline.wake));
    let receiver = Receiver::new(
        &store,
        tenant_keys.clone(),
        clock.clone(),
        ingest,
        Arc::clone(&refusals),
    );
    let own = outbound_to_ourselves(settings, address)?;
    let state = state(settings, &pipeline, receiver, (outbound, own), address);
    let (stop, loops) = begin_loops(settings, role, &pipeline, &refusals);
    let urls = if role.serves() {
        web::configure
    } else {
        web::configure_probes
    };
    let mut servers = vec![Serving::begin(web::server::serve(
        state.clone(),
        listener,
        urls,
    )?)];
    let metrics_address = serve_metrics(settings, metrics, &mut servers)?;
    tracing::info!(address = %address, role = ?role, "listening");
    Ok(Running {
        address,
        metrics_address,
        state,
        servers,
        loops,
        leases: chores::hold_leases(pipeline),
        ingest: tokio::spawn(writer),
        refusals,
        stop,
        lock,
    })
}

fn state(
    settings: &Settings,
    pipeline: &Pipeline,
    receiver: Receiver,
    (outbound, own): (Outbound, Outbound),
    address: SocketAddr,
) -> State {
    let (store, clock) = (pipeline.store.for_crowd(), pipeline.clock.clone());
    let public_url = settings.public_url(address);
    State {
        sessions: Sessions::new(
            store.clone(),
            Arc::clone(pipeline.tenant_keys.master_keys()),
            &public_url,
        ),
        is_signup_open: settings.signup == Signup::Open,
        api_tokens: ApiTokens::new(store.clone()),
        readiness: Readiness::new(
            pipeline.store.clone(),
            pipeline.tenant_keys.clone(),
            clock.clone(),
            pipeline.owner(),
        ),
        pipeline: pipeline.clone(),
        store,
        tenant_keys: pipeline.tenant_keys.clone(),
        clock,
        receiver,
        outbound,
        own,
        shops: pipeline.shops.clone(),
        wake: Arc::clone(&pipeline.wake),
        trusted_proxies: settings.trusted_proxies.clone(),
        connection_limits: open_files::allow(settings.connections),
        request_limit: RequestLimit::new(settings.api_limit),
        budgets: Arc::new(settings.budgets.clone()),
        public_url: public_url.into(),
        support_url: settings.support_url.as_ref().map(|url| url.as_str().into()),
        region: settings.region.as_deref().map(Into::into),
    }
}

/// Like the one for everything outside, but what webhook URLs begin with may be called wherever it points.
fn outbound_to_ourselves(settings: &Settings, address: SocketAddr) -> Result<Outbound> {
    let url = Url::parse(&settings.public_url(address)).context("reading our own address")?;
    let host = url.host().map(|host| host.to_owned());
    let own = host.zip(url.port_or_known_default());
    let mut allow = settings.outbound_allow.clone();
    allow.extend(own.map(|(host, port)| AllowRule::Host(host, port)));
    Ok(Outbound::new(allow)?)
}

fn options(settings: &Settings) -> Options {
    Options {
        budgets: settings.budgets.clone(),
        schedule: RetrySchedule::new(settings.retry_schedule.clone()),
        wait_limit: signed(settings.wait_limit),
        workers: settings.workers,
        most_licenses: MostLicenses {
            per_line: settings.most_licenses_per_line,
        },
        shop_api: settings.fastspring_api.clone(),
    }
}

fn begin_loops(
    settings: &Settings,
    role: ProcessRole,
    pipeline: &Pipeline,
    refusals: &Arc<RejectionCounter>,
) -> (watch::Sender<bool>, JoinSet<()>) {
    let (stop, stopped) = watch::channel(false);
    let mut chores = Chores::new(stopped.clone());
    chores.begin(&pipeline.store, &pipeline.clock, refusals);
    if let Some(server) = &settings.mail_server {
        chores.begin_mail(pipeline, Mailer::new(Some(server.clone())));
    }
    if role.works() {
        chores.begin_for_workers(pipeline, signed(settings.retention));
    }
    let mut loops = chores.into_loops();
    if role.works() {
        loops.spawn(workers::work(pipeline.clone(), stopped));
    }
    (stop, loops)
}

fn serve_metrics(
    settings: &Settings,
    metrics: Option<Metrics>,
    servers: &mut Vec<Serving>,
) -> Result<Option<SocketAddr>> {
    let (Some(address), Some(metrics)) = (settings.metrics_listen, metrics) else {
        return Ok(None);
    };
    let listener = listen(address).context("listening on LATCHKEY_METRICS_LISTEN")?;
    let address = listener.local_addr().context("listening")?;
    servers.push(Serving::begin(web::metrics::serve(metrics, listener)?));
    tracing::info!(address = %address, "serving metrics");
    Ok(Some(address))
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

fn signed(length: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX)
}
