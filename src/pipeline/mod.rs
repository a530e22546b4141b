//! Use cases on events: ingest, claim, plan, perform, settle, sweep.
//!
//! Steps say whether there was work and never sleep; the loops in [`crate::app`] do the waiting.

pub mod account;
pub mod adopt;
pub mod advance;
pub mod arrival;
pub mod ask;
pub mod at_once;
pub mod bound_tokens;
pub mod breaker;
pub mod call_record;
pub mod carry_out;
pub mod case;
pub mod catalog_check;
mod catalog_offer;
pub mod claim;
pub mod clock;
pub mod connections;
pub mod consent;
pub mod conversation;
pub mod counted;
pub mod current;
pub mod decide;
pub mod dry_run;
pub mod ending;
pub mod error;
pub mod event_types;
pub mod gauges;
pub mod give_up;
pub mod health;
pub mod in_hand;
pub mod ingest;
pub mod jobs;
pub mod keys;
pub mod license_row;
pub mod link;
pub mod load;
pub mod look_again;
pub mod machines;
pub mod new_license;
pub mod open;
pub mod own_event;
pub mod people;
pub mod perform;
mod perform_people;
pub mod permits;
mod pick;
pub mod progress;
pub mod put_on_record;
pub mod questions;
pub mod read_ahead;
pub mod read_together;
pub mod readiness;
pub mod real_account;
pub mod receive;
pub mod recorded;
pub mod refusals;
pub mod retry;
mod room;
pub mod run_again;
pub mod settle;
mod shares;
pub mod shop;
mod shop_keys;
pub mod simulate;
pub mod step;
pub mod store_settings;
pub mod sweep;
pub mod take_up;
pub mod timers;
pub mod token_check;
pub mod upkeep;
pub mod user_fields;
pub mod vaults;
mod verdict;
pub mod wishes;
pub mod work;

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::Notify;
use url::Url;

use crate::config::Budgets;
use crate::domain::portion::MostLicenses;
use crate::outbound::Outbound;
use crate::pipeline::at_once::AtOnce;
use crate::pipeline::breaker::Breaker;
use crate::pipeline::clock::Clock;
use crate::pipeline::connections::Connections;
use crate::pipeline::event_types::EventTypes;
use crate::pipeline::in_hand::Leased;
use crate::pipeline::retry::RetrySchedule;
use crate::pipeline::room::Room;
use crate::pipeline::shop::Shops;
use crate::pipeline::sweep::Turns;
use crate::pipeline::vaults::Vaults;
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
    stopped_checks: catalog_offer::Stopped,
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
            stopped_checks: catalog_offer::Stopped::default(),
            leased: Leased::default(),
            room,
        }
    }

    /// The process, as the owner of its leases.
    pub fn owner(&self) -> ProcessId {
        self.owner
    }
}
