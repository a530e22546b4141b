//! Use cases on events: ingest, claim, plan, perform, settle, sweep.
//!
//! Steps say whether there was work and never sleep; the loops in [`crate::app`] do the waiting.

pub mod calls;
pub mod clock;
pub mod error;
pub mod event;
pub mod execution;
pub mod ingest;
pub mod jobs;
pub mod keys;
pub mod metrics;
pub mod planning;
pub mod protocol;
pub mod queue;
pub mod reconcile;
pub mod shop;
pub mod support;
pub mod worker;

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::Notify;
use url::Url;

use crate::config::Budgets;
use crate::domain::portion::MostLicenses;
use crate::outbound::Outbound;
use crate::pipeline::calls::circuit_breaker::Breaker;
use crate::pipeline::calls::connections::Connections;
use crate::pipeline::calls::tenant_keys::Vaults;
use crate::pipeline::clock::Clock;
use crate::pipeline::event::retry::RetrySchedule;
use crate::pipeline::ingest::event_types::EventTypes;
use crate::pipeline::queue::concurrency::Room;
use crate::pipeline::queue::leases::Leased;
use crate::pipeline::reconcile::Turns;
use crate::pipeline::shop::Shops;
use crate::pipeline::support::admission::AtOnce;
use crate::store::{ProcessId, Store};

/// Vendors who look ahead at once: each keeps a connection and a core busy.
const LOOKING_AHEAD: usize = 2;
/// Vendors whose products are checked at once: these mostly wait for license servers.
const CHECKING: usize = 8;

/// The operator's settings that the work on events follows.
#[derive(Debug, Clone)]
pub struct Options {
    /// Calls per origin.
    pub budgets: Budgets,
    /// Waits between attempts.
    pub schedule: RetrySchedule,
    /// How long an event waits for its order.
    pub wait_limit: SignedDuration,
    /// Subjects in work at once.
    pub workers: usize,
    /// How many licenses are made without a person's yes.
    pub most_licenses: MostLicenses,
    /// Where the shops' API is.
    pub shop_api: Url,
}

/// Works on events. Cheap to clone; all clones share what they know.
#[derive(Clone)]
pub struct Pipeline {
    /// The database.
    pub store: Store,
    /// Tenants' keys.
    pub vaults: Vaults,
    /// The time.
    pub clock: Clock,
    /// The operator's settings.
    pub options: Arc<Options>,
    /// Told when something may be due.
    pub wake: Arc<Notify>,
    /// The shops' API.
    pub shops: Shops,
    /// Who looks ahead just now.
    pub looking_ahead: AtOnce,
    /// Who has products checked just now.
    pub checking: AtOnce,
    event_types: EventTypes,
    owner: ProcessId,
    breaker: Arc<Breaker>,
    turns: Arc<Turns>,
    connections: Connections,
    stopped_checks: reconcile::catalog_offer::Stopped,
    leased: Leased,
    room: Room,
}

impl Pipeline {
    /// A pipeline of this process.
    pub fn new(
        store: Store,
        vaults: Vaults,
        clock: Clock,
        outbound: Outbound,
        options: Options,
    ) -> Self {
        let room = Room::new(options.workers);
        Self {
            owner: ProcessId::from_uuid(clock.id()),
            store,
            vaults,
            clock,
            shops: Shops::new(outbound.clone(), options.shop_api.clone()),
            options: Arc::new(options),
            wake: Arc::new(Notify::new()),
            looking_ahead: AtOnce::new(LOOKING_AHEAD),
            checking: AtOnce::new(CHECKING),
            event_types: EventTypes::default(),
            breaker: Arc::new(Breaker::default()),
            turns: Arc::new(Turns::default()),
            connections: Connections::new(outbound),
            stopped_checks: reconcile::catalog_offer::Stopped::default(),
            leased: Leased::default(),
            room,
        }
    }

    /// The process, as the owner of its leases.
    pub fn owner(&self) -> ProcessId {
        self.owner
    }
}
