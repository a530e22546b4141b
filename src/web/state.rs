//! What handlers share. Everything in it is cheap to clone.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::accounts::api_tokens::ApiTokens;
use crate::accounts::request_limit::RequestLimit;
use crate::accounts::sessions::Sessions;
use crate::accounts::setup::Vendor;
use crate::config::{Budgets, ConnectionLimits, TrustedProxies};
use crate::outbound::Outbound;
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::ApiCaller;
use crate::pipeline::calls::tenant_keys::TenantKeyCache;
use crate::pipeline::clock::Clock;
use crate::pipeline::ingest::receive::Receiver;
use crate::pipeline::queue::readiness::Readiness;
use crate::pipeline::shop::Shops;
use crate::pipeline::support::simulate::Stage;
use crate::store::Store;

/// Made once at the start and handed to every handler.
#[derive(Clone)]
pub struct State {
    /// The database, as anybody may ask for it.
    pub store: Store,
    /// Tenants' keys.
    pub tenant_keys: TenantKeyCache,
    /// The time.
    pub clock: Clock,
    /// Gives keys while an order is being placed.
    pub pipeline: Pipeline,
    /// Takes what shops send.
    pub receiver: Receiver,
    /// The guarded HTTP client.
    pub outbound: Outbound,
    /// A client that may reach our own address as well.
    pub own: Outbound,
    /// The shops' API.
    pub shops: Shops,
    /// Told when an event may be due.
    pub wake: Arc<Notify>,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Whether everybody may make an account for themselves.
    pub is_signup_open: bool,
    /// API tokens, looked up.
    pub api_tokens: ApiTokens,
    /// Whether this process can work.
    pub readiness: Readiness,
    /// Who is believed when they say where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// How many connections may be open.
    pub connection_limits: ConnectionLimits,
    /// How many requests an API token may make.
    pub request_limit: RequestLimit,
    /// How many calls each origin allows.
    pub budgets: Arc<Budgets>,
    /// What webhook URLs begin with, without a slash at its end.
    pub public_url: Arc<str>,
    /// Where to ask for help, when the operator says so.
    pub support_url: Option<Arc<str>>,
    /// Where the data lives, when the operator says so.
    pub region: Option<Arc<str>>,
}

impl State {
    /// Lets a change of a store's secret, mode or rules take effect at once in this process.
    pub fn storefront_changed(&self) {
        self.receiver.forget_hooks();
        self.wake.notify_one();
    }

    /// Whether browsers reach us by https only.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whoever asks license servers and shops for a vendor, and waits for the answer.
    pub fn caller<'a>(&'a self, vendor: &'a Vendor) -> ApiCaller<'a> {
        self.pipeline
            .caller(vendor.tenant, vendor.actor, &vendor.keys)
    }

    /// What made-up stories are played with.
    pub fn stage(&self) -> Stage {
        Stage {
            // It is played long after it was answered.
            store: self.pipeline.store.clone(),
            clock: self.clock.clone(),
            own: self.own.clone(),
            public_url: self.public_url.to_string(),
        }
    }
}
