//! The way of an event: ingested, queued, claimed, planned, carried out, verified, and reconciled later.
//!
//! Steps say whether there was work and never sleep; the loops in [`crate::app`] do the waiting.
//!
//! # Rooms
//!
//! A room names only rooms on lower floors, and rooms of one floor are blind to one another; `tests/architecture` holds
//! it.
//!
//! | floor | rooms | what they hold |
//! | --- | --- | --- |
//! | 0 | [`clock`] [`error`] [`metrics`] | the time and ids, why processing failed, what is counted |
//! | 1 | [`calls`] | rate limit, circuit breaker, accounts and keys opened, calls on record |
//! | 2 | [`ingest`] [`queue`] [`protocol`] | what arrives is stored; claims and leases; what is said to a license server |
//! | 3 | [`event`] | one event in memory: its context, its state, its outcome |
//! | 4 | [`execution`] [`shop`] | one action carried out; the shop's own API |
//! | 5 | [`keys`] | keys in the receipt |
//! | 6 | [`planning`] | an event is applied, compared, and the next action chosen |
//! | 7 | [`reconcile`] [`worker`] | licenses read back; events processed |
//! | 8 | [`jobs`] | long work, step by step |
//! | 9 | [`support`] | what a person asks for |
//!
//! # Words
//!
//! Left the words of the field, right what they are called here, where that differs.
//!
//! | the field's word | here |
//! | --- | --- |
//! | partition key, message group | subject: the subscription, or else the order; its events are processed one after the other |
//! | priority queue, quality of service | [lane](crate::domain::lane::Lane): purchases go before changes, changes before bulk work |
//! | claim, lease | the same: due subjects are claimed, and held by a lease that is renewed ([`queue::claim`], [`queue::leases`]) |
//! | concurrency limit | the same: places for so many subjects, all of them for a suspect ([`queue::concurrency`]) |
//! | prefetch | the same: what the events of one claim need is read together ([`event::prefetch`]) |
//! | in flight | the same: the action whose request is on its way ([`event::in_flight`]) |
//! | write-ahead record | the same: an effect is recorded as sent before its request leaves ([`event::in_flight`]) |
//! | outcome, acknowledgement | outcome: done, ignored, waiting, retrying or parked; each processed event has one ([`event::outcome`]) |
//! | outbox | effects: each action is on record before its request leaves ([`event::effects`]) |
//! | dirty field, property | aspect: one side of a license that can change by itself |
//! | optimistic lock | the mark of a license: a license is busy with one effect, set by compare-and-swap on its version ([`execution::start`]) |
//! | requeue | the same: an event is due again, at once or a little later |
//! | retry with backoff | the same ([`event::retry`]) |
//! | dead letter | a parked event: it waits for a person, who replays it ([`support::replay`]) or sets it aside |
//! | rate limit, token bucket | budget: permits for calls to one origin, granted or refused, shared by all processes ([`calls::budget`]) |
//! | circuit breaker | the same ([`calls::circuit_breaker`]) |
//! | safety limit, kill switch | brake: endings of many purchases in a short time wait for a person ([`planning::approvals`]) |
//! | scheduled event, timer | the same: a date of our own that is scheduled once ([`planning::scheduled_events`]) |
//! | reconciliation, drift | the same: licenses are read back, and what a person changed is kept ([`reconcile`]) |
//! | replay, redrive | the same ([`support::replay`]) |
//! | dry run | the same; a look ahead on pages ([`support::dry_run`]) |

pub mod calls;
pub mod clock;
pub(crate) mod error;
pub mod event;
pub(crate) mod execution;
pub mod ingest;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod metrics;
pub(crate) mod planning;
pub(crate) mod protocol;
pub mod queue;
pub(crate) mod reconcile;
pub(crate) mod shop;
pub(crate) mod support;
pub(crate) mod worker;

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::Notify;
use url::Url;

use crate::config::Budgets;
use crate::domain::portion::MostLicenses;
use crate::outbound::Outbound;
use crate::pipeline::calls::circuit_breaker::CircuitBreaker;
use crate::pipeline::calls::connections::Connections;
use crate::pipeline::calls::tenant_keys::TenantKeyCache;
use crate::pipeline::clock::Clock;
use crate::pipeline::event::retry::RetrySchedule;
use crate::pipeline::ingest::event_types::EventTypes;
use crate::pipeline::queue::concurrency::ConcurrencyLimit;
use crate::pipeline::queue::leases::LeaseRegistry;
use crate::pipeline::reconcile::RoundRobin;
use crate::pipeline::shop::Shops;
use crate::pipeline::support::admission::AdmissionLimit;
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

/// Processes events. Cheap to clone; all clones share what they know.
#[derive(Clone)]
pub struct Pipeline {
    /// The database.
    pub store: Store,
    /// Tenants' keys.
    pub tenant_keys: TenantKeyCache,
    /// The time.
    pub clock: Clock,
    /// The operator's settings.
    pub options: Arc<Options>,
    /// Told when something may be due.
    pub wake: Arc<Notify>,
    /// The shops' API.
    pub shops: Shops,
    /// Who looks ahead just now.
    pub looking_ahead: AdmissionLimit,
    /// Who has products checked just now.
    pub checking: AdmissionLimit,
    event_types: EventTypes,
    owner: ProcessId,
    breaker: Arc<CircuitBreaker>,
    accounts: Arc<RoundRobin>,
    connections: Connections,
    partial_catalogs: reconcile::catalog_offer::PartialCatalogs,
    leases: LeaseRegistry,
    concurrency: ConcurrencyLimit,
}

impl Pipeline {
    /// A pipeline of this process.
    pub fn new(
        store: Store,
        tenant_keys: TenantKeyCache,
        clock: Clock,
        outbound: Outbound,
        options: Options,
    ) -> Self {
        let concurrency = ConcurrencyLimit::new(options.workers);
        Self {
            owner: ProcessId::from_uuid(clock.id()),
            store,
            tenant_keys,
            clock,
            shops: Shops::new(outbound.clone(), options.shop_api.clone()),
            options: Arc::new(options),
            wake: Arc::new(Notify::new()),
            looking_ahead: AdmissionLimit::new(LOOKING_AHEAD),
            checking: AdmissionLimit::new(CHECKING),
            event_types: EventTypes::default(),
            breaker: Arc::new(CircuitBreaker::default()),
            accounts: Arc::new(RoundRobin::default()),
            connections: Connections::new(outbound),
            partial_catalogs: reconcile::catalog_offer::PartialCatalogs::default(),
            leases: LeaseRegistry::default(),
            concurrency,
        }
    }

    /// The process, as the owner of its leases.
    pub fn owner(&self) -> ProcessId {
        self.owner
    }
}
