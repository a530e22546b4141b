//! The running server of a world, and the pipeline behind it that works only when told to.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use latchkey::accounts::api_tokens::{self, ApiTokens};
use latchkey::accounts::request_limit::RequestLimit;
use latchkey::accounts::scope::ApiScope;
use latchkey::accounts::sessions::Sessions;
use latchkey::accounts::tenants::{self, NewTenant};
use latchkey::config::ConnectionLimits;
use latchkey::domain::portion::MostLicenses;
use latchkey::outbound::Outbound;
use latchkey::pipeline::calls::tenant_keys::TenantKeyCache;
use latchkey::pipeline::clock::Clock;
use latchkey::pipeline::event::retry::RetrySchedule;
use latchkey::pipeline::ingest::group_commit::GroupCommit;
use latchkey::pipeline::ingest::receive::Receiver;
use latchkey::pipeline::ingest::rejections::RejectionCounter;
use latchkey::pipeline::queue::readiness::Readiness;
use latchkey::pipeline::{Options, Pipeline};
use latchkey::store::{Scope, Store};
use latchkey::vault::MasterKeys;
use latchkey::web::state::State;
use secrecy::ExposeSecret as _;

use super::WorldOptions;
use super::backend::Database;

/// The waits of the documented schedule that tests get to see.
pub const WAITS_SECONDS: [u64; 5] = [5, 30, 120, 600, 1_800];

/// Every process has both, of which the first wraps.
pub const MASTER_KEYS: &str = "main:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,spare:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// What is shown once when a tenant is made.
pub struct CreatedTenant {
    /// The tenant.
    pub tenant_id: String,
    /// A token with every scope.
    pub api_token: String,
}

/// A server on a loopback port.
pub struct RunningApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// What URLs begin with.
    pub url: String,
    /// Works on events; `World::work` steps it.
    pub pipeline: Pipeline,
    /// The database.
    pub store: Store,
    /// Tenants' keys.
    pub tenant_keys: TenantKeyCache,
    refusals: Arc<RejectionCounter>,
    server: ServerHandle,
}

impl RunningApp {
    /// Starts a server that may call loopback addresses, where the license server is, unless the world says otherwise.
    pub async fn start(
        database: &Database,
        clock: &Clock,
        world: WorldOptions,
        shop_api: &str,
    ) -> Self {
        let store = database.open();
        let master_keys: MasterKeys = MASTER_KEYS.parse().expect("the keys are well formed");
        let tenant_keys = TenantKeyCache::new(&store, Arc::new(master_keys), clock.clone());
        let outbound = outbound(&world);
        let pipeline = Pipeline::new(
            store.clone(),
            tenant_keys.clone(),
            clock.clone(),
            outbound.clone(),
            options(&world, shop_api),
        );
        let refusals = Arc::new(RejectionCounter::default());
        let receiver = receiver(&pipeline, &refusals);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let url = format!("http://{address}");
        let for_crowd = store.for_crowd();
        let keys = Arc::clone(tenant_keys.master_keys());
        let state = State {
            tenant_keys: tenant_keys.clone(),
            clock: clock.clone(),
            pipeline: pipeline.clone(),
            receiver,
            own: outbound.clone(),
            outbound,
            shops: pipeline.shops.clone(),
            wake: Arc::clone(&pipeline.wake),
            sessions: Sessions::new(for_crowd.clone(), keys, &url),
            readiness: Readiness::new(
                store.clone(),
                tenant_keys.clone(),
                clock.clone(),
                pipeline.owner(),
            ),
            is_signup_open: world.is_signup_open,
            api_tokens: ApiTokens::new(for_crowd.clone()),
            store: for_crowd,
            trusted_proxies: world.trusted_proxies,
            connection_limits: ConnectionLimits {
                all: 1_000,
                per_address: world.connections_per_address,
            },
            request_limit: RequestLimit::new(world.api_limit),
            budgets: Arc::new(world.budgets),
            public_url: public_url(world.is_https, &url).into(),
            support_url: None,
            region: None,
        };
        let server = serve(state, listener);
        Self {
            address,
            url,
            pipeline,
            store,
            tenant_keys,
            refusals,
            server,
        }
    }

    /// Makes a tenant as `admin create-tenant` does.
    pub async fn create_tenant(&self, email: &str, password: &str) -> CreatedTenant {
        let new = NewTenant {
            name: "Northwind Audio".to_owned(),
            email: email.parse().expect("an address"),
            password: password.into(),
        };
        let master_keys = self.tenant_keys.master_keys();
        let created = tenants::create(&self.store, master_keys, new, self.pipeline.clock.now());
        let created = created.await.expect("the tenant is made");
        CreatedTenant {
            tenant_id: created.tenant.to_string(),
            api_token: created.api_token.expose_secret().to_owned(),
        }
    }

    /// Stops acting for a tenant, or goes on, as `admin suspend-tenant` does.
    pub async fn suspend_tenant(&self, tenant_id: &str, is_suspended: bool) {
        let tenant = tenant_id.parse().expect("a tenant's id");
        let (keys, now) = (self.tenant_keys.master_keys(), self.pipeline.clock.now());
        let changed = tenants::suspend(&self.store, keys, (tenant, is_suspended), now);
        changed.await.expect("the tenant is there");
    }

    /// Makes a token of a tenant that may do only this.
    pub async fn create_token(&self, tenant_id: &str, scopes: &[ApiScope]) -> String {
        let tenant = tenant_id.parse().expect("a tenant's id");
        let now = self.pipeline.clock.now();
        let (token, row) = api_tokens::new(tenant, "Narrow", scopes, now);
        let created = self
            .store
            .write(Scope::Tenant(tenant), move |db| {
                latchkey::store::api_tokens::create(db, &row)
            })
            .await;
        created.expect("the token is made");
        token.expose_secret().to_owned()
    }

    /// Writes the counts of refused deliveries, as the upkeep does now and then.
    pub async fn write_refusals(&self) {
        let written = self.refusals.write(&self.store).await;
        written.expect("the database answers");
    }

    /// Another process takes up the long work that is left, and does it to its end.
    pub async fn another_process(&self) {
        let outbound = Outbound::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        let other = Pipeline::new(
            self.store.clone(),
            self.tenant_keys.clone(),
            self.pipeline.clock.clone(),
            outbound.expect("the client can be made"),
            (*self.pipeline.options).clone(),
        );
        while other.run_job_step().await.expect("the database answers") > 0 {}
    }

    /// Stops serving.
    pub async fn stop(&self) {
        self.server.stop(false).await;
    }
}

const fn public_url(is_https: bool, url: &str) -> &str {
    match is_https {
        true => "https://latchkey.example",
        false => url,
    }
}

fn outbound(world: &WorldOptions) -> Outbound {
    let loopback = "127.0.0.0/8".parse().expect("a network");
    let allowed = Some(loopback).filter(|_| world.may_call_loopback);
    let outbound = Outbound::new(allowed.into_iter().collect());
    let outbound = outbound.expect("the client can be made");
    outbound.within(world.calls_within)
}

/// What takes webhooks; a task of its own writes them down.
fn receiver(pipeline: &Pipeline, refusals: &Arc<RejectionCounter>) -> Receiver {
    let (ingest, writer) = GroupCommit::new(&pipeline.store, Arc::clone(&pipeline.wake));
    tokio::spawn(writer);
    Receiver::new(
        &pipeline.store,
        pipeline.tenant_keys.clone(),
        pipeline.clock.clone(),
        ingest,
        Arc::clone(refusals),
    )
}

fn options(world: &WorldOptions, shop_api: &str) -> Options {
    let waits = world.waits.iter().copied().map(Duration::from_secs);
    Options {
        budgets: world.budgets.clone(),
        schedule: RetrySchedule::new(waits.collect()),
        wait_limit: jiff::SignedDuration::from_hours(72),
        workers: 8,
        most_licenses: MostLicenses {
            per_line: world.most_licenses,
        },
        shop_api: shop_api.parse().expect("an address"),
    }
}

fn serve(state: State, listener: TcpListener) -> ServerHandle {
    let server = latchkey::web::server::serve(state, listener, latchkey::web::configure);
    let server = server.expect("the listener is ours");
    let handle = server.handle();
    tokio::spawn(server);
    handle
}
