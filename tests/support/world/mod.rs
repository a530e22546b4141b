//! One Latchkey for one test: database, license server, clock and the real server on a socket.

mod answer;
mod app;
mod backend;
mod browser;
mod license_server;
mod rows;
mod shop_api;
mod vendor;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use jiff::SignedDuration;
use latchkey::config::{Budget, Budgets, TrustedProxies};
use latchkey::domain::time::Timestamp;
use latchkey::pipeline::clock::Clock;
use latchkey_sandbox::limiter::{RateLimit, WindowShape};
use reqwest::Client;
use serde_json::Value;

pub use answer::Answer;
pub use backend::Backend;
pub use browser::Browser;
pub use license_server::LicenseServer;
pub use shop_api::ShopApi;
pub use vendor::{PRIVATE_KEY, Vendor, outcome, owner};

use crate::shop::{Event, Subscription, moment};
pub use app::{MASTER_KEYS, RunningApp};
use backend::{Database, WriteBlock};

/// The time at which every test begins; tests write their events around it.
pub const BEGINNING: &str = "2027-01-15T10:00:00Z";

/// A Latchkey and its surroundings.
pub struct World {
    /// The time, which stands still unless a test moves it.
    pub clock: Clock,
    /// The license server of every vendor of this world.
    pub license_server: LicenseServer,
    /// The shop's own API, for vendors who have credentials for it.
    pub shop_api: ShopApi,
    /// The server and what works behind it.
    pub app: RunningApp,
    /// For calls from outside.
    pub http: Client,
    vendors: Mutex<Vec<Vendor>>,
    unsettled: Mutex<BTreeSet<String>>,
    database: Database,
}

/// What differs from one world to another.
pub struct WorldOptions {
    /// Calls per origin; lifted unless the test is about it.
    pub budgets: Budgets,
    /// What the license server takes.
    pub rate_limit: RateLimit,
    /// Whether the license server has products and templates of any id.
    pub is_catalog_open: bool,
    /// Whether everybody may make an account.
    pub is_signup_open: bool,
    /// Who is believed when they say where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// Open connections from one address.
    pub connections_per_address: usize,
    /// Requests of one API token; lifted unless the test is about it, as time stands still.
    pub api_limit: Option<Budget>,
    /// Whether vendors may have this machine called, where their license servers are.
    pub may_call_loopback: bool,
    /// Whether browsers are said to come by https.
    pub is_https: bool,
    /// How long a call may take, where it is less than usual.
    pub calls_within: Duration,
    /// The waits between attempts.
    pub waits: &'static [u64],
    /// How many licenses a line gives without a person's yes.
    pub most_licenses: u32,
}

impl WorldOptions {
    /// The budget that is the default outside of tests, and a license server that holds us to it strictly.
    pub fn with_budget() -> Self {
        Self {
            budgets: "*=50/5s".parse().expect("a budget"),
            rate_limit: RateLimit {
                shape: WindowShape::Sliding,
                ..RateLimit::default()
            },
            ..Self::default()
        }
    }

    /// A license server that has products and templates of any id.
    pub fn with_open_catalog() -> Self {
        Self {
            is_catalog_open: true,
            ..Self::default()
        }
    }
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            budgets: "off".parse().expect("the word is known"),
            rate_limit: RateLimit::off(),
            is_catalog_open: false,
            is_signup_open: true,
            trusted_proxies: TrustedProxies::default(),
            connections_per_address: 1_000,
            api_limit: None,
            may_call_loopback: true,
            is_https: false,
            calls_within: Duration::MAX,
            waits: &app::WAITS_SECONDS,
            most_licenses: 1_000,
        }
    }
}

/// How worlds are unless a test says otherwise.
pub fn usual_options() -> WorldOptions {
    WorldOptions::default()
}

impl World {
    /// `None` where there is no PostgreSQL.
    pub async fn with(backend: Backend, options: WorldOptions) -> Option<Self> {
        let database = Database::new(backend).await?;
        let clock = Clock::manual(moment(BEGINNING));
        let license_server = LicenseServer::start(&clock, &options);
        let shop_api = ShopApi::start();
        let app = RunningApp::start(&database, &clock, options, &shop_api.url).await;
        Some(Self {
            clock,
            license_server,
            shop_api,
            app,
            http: Client::new(),
            vendors: Mutex::default(),
            unsettled: Mutex::default(),
            database,
        })
    }

    /// One more process on the same database.
    pub async fn replica(&self) -> RunningApp {
        let options = WorldOptions::default();
        RunningApp::start(&self.database, &self.clock, options, &self.shop_api.url).await
    }

    /// A new vendor whose shop asks for keys while orders are being placed.
    pub async fn vendor_with_receipts(&self) -> Vendor {
        self.vendor_with(serde_json::json!({ "fulfillment_key": PRIVATE_KEY }))
            .await
    }

    /// A new vendor with a store whose products are mapped.
    pub async fn vendor(&self) -> Vendor {
        self.vendor_with(serde_json::json!({})).await
    }

    /// The same with more members in the request that creates the store.
    pub async fn vendor_with(&self, storefront: Value) -> Vendor {
        let number = self.vendors.lock().unwrap().len() + 1;
        let vendor = Vendor::create(self, number, storefront).await;
        self.vendors.lock().unwrap().push(vendor.clone());
        vendor
    }

    /// A new vendor whose store follows that preset, with these further fields of the rules.
    pub async fn vendor_by(&self, preset: &str, more: Value) -> Vendor {
        let mut policy = serde_json::json!({ "preset": preset });
        for (name, value) in more.as_object().into_iter().flatten() {
            policy[name] = value.clone();
        }
        self.vendor_with(serde_json::json!({ "policy": policy }))
            .await
    }

    /// A browser in which the owner of the first vendor is signed in.
    pub async fn signed_in(&self) -> Browser {
        self.signed_in_by(1).await
    }

    /// A browser in which the owner of that vendor is signed in.
    pub async fn signed_in_as(&self, vendor: &Vendor) -> Browser {
        self.signed_in_by(self.number_of(vendor)).await
    }

    /// Which of the vendors this is, from 1.
    pub fn number_of(&self, vendor: &Vendor) -> usize {
        let is_it = |known: &Vendor| known.tenant_id == vendor.tenant_id;
        let number = self.vendors.lock().unwrap().iter().position(is_it);
        number.expect("a vendor of this world") + 1
    }

    async fn signed_in_by(&self, number: usize) -> Browser {
        let mut browser = Browser::new(self);
        let (email, password) = vendor::owner(number);
        browser.sign_in(&email, &password).await.expect(303);
        browser
    }

    /// The shop posts this event, it is worked, and its outcome is told.
    pub async fn tell(&self, vendor: &Vendor, event: &Event) -> String {
        vendor.post(event).await;
        self.work().await;
        vendor.outcome(event).await
    }

    /// A subscription begins with its first order.
    pub async fn begin(&self, vendor: &Vendor, bought: &Subscription) {
        let events = [bought.activated(), bought.first_order().completed()];
        vendor.post_together(&events).await;
        self.work().await;
        assert_eq!(vendor.outcome(&events[1]).await, "done");
    }

    /// Another process on the same database, as after a restart.
    pub async fn another_process(&self) -> RunningApp {
        let options = WorldOptions::default();
        RunningApp::start(&self.database, &self.clock, options, &self.shop_api.url).await
    }

    /// Lets time pass until this moment, then works on whatever has become due.
    pub async fn go_to(&self, time: &str) {
        let wait = moment::<Timestamp>(time).since(self.clock.now());
        assert!(!wait.is_negative(), "time does not run backwards");
        self.work_after(wait).await;
    }

    /// Works on whatever is due, until nothing is. Time stands still.
    pub async fn work(&self) {
        let pipeline = &self.app.pipeline;
        while pipeline.probe().await.expect("the database answers")
            + pipeline.process_due().await.expect("the database answers")
            > 0
        {}
    }

    /// Reads back whatever is due to be read back, and repairs it once.
    pub async fn sweep(&self) {
        let pipeline = &self.app.pipeline;
        while pipeline
            .reconcile_batch()
            .await
            .expect("the database answers")
            > 0
        {}
    }

    /// Fetches events that the shop could not bring, wherever that is due, and works on them.
    pub async fn fill_gaps(&self) {
        let pipeline = &self.app.pipeline;
        while pipeline
            .fetch_missed_events()
            .await
            .expect("the database answers")
            > 0
        {}
        self.work().await;
    }

    /// Does all long work that was begun, piece by piece.
    pub async fn do_long_work(&self) {
        let pipeline = &self.app.pipeline;
        while pipeline.run_job_step().await.expect("the database answers") > 0 {}
    }

    /// Lets time pass, then works on whatever has become due.
    pub async fn work_after(&self, duration: SignedDuration) {
        self.clock.advance(duration);
        self.work().await;
    }

    /// Lets time pass in small steps, working after each.
    pub async fn work_for(&self, duration: SignedDuration, step: SignedDuration) {
        let end = self.clock.now().plus(duration);
        while self.clock.now() < end {
            self.work_after(step).await;
        }
    }

    /// Keeps everybody from writing to the database until the answer is dropped.
    pub async fn block_writes(&self) -> WriteBlock {
        self.database.block_writes()
    }

    /// What the owner of the database may do behind our back.
    pub fn tamper(&self, statements: &str) {
        self.database.tamper(statements);
    }

    /// Lets a column hold what only a newer version knows.
    pub fn widen(&self, table: &str, column: &str) {
        self.database.widen(table, column);
    }

    /// Every row of a tenant, with its table, as the database itself holds it.
    pub fn rows_of(&self, tenant_id: &str) -> Vec<String> {
        self.database.rows_of(tenant_id)
    }

    /// An id such as `ten_…` as such a statement spells it.
    pub fn literal(&self, id: &str) -> String {
        self.database.literal(id)
    }

    /// Lets events be left in this state at the end of the test; without it they fail the test.
    pub fn may_leave(&self, state: &str) {
        self.unsettled.lock().unwrap().insert(state.to_owned());
    }

    /// Fails the test if work was left undone, or anything was done at the license server that must never be.
    pub async fn finish(self) {
        let ledger = self.license_server.ledger();
        assert_eq!(ledger.unfiltered().count(), 0, "a list without any filter");
        assert_eq!(ledger.overlaps(), [], "two calls for one license at a time");
        let vendors = self.vendors.lock().unwrap().clone();
        let may_be_left = self.unsettled.lock().unwrap().clone();
        for vendor in vendors {
            for event in vendor.events().await {
                let state = event["state"].as_str().unwrap_or_default();
                let is_open = matches!(state, "received" | "working" | "retrying" | "waiting")
                    && event["reason"]["code"] != "not_due_yet";
                assert!(
                    !is_open || may_be_left.contains(state),
                    "left undone: {event:#}"
                );
            }
        }
        self.app.stop().await;
    }
}
