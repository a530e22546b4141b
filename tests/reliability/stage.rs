//! What every scenario plays on: a database, a license server, a vendor, and the processes in between.

use std::time::Duration;

use latchkey::pipeline::clock::Clock;
use latchkey_sandbox::limiter::RateLimit;
use latchkey_sandbox::options::SandboxOptions;
use tokio::sync::{Mutex, MutexGuard};

use crate::difference::Difference;
use crate::evidence::Evidence;
use crate::history::Outcome;
use crate::oracle;
use crate::postgres::{OwnServer, TestDatabase};
use crate::processes::license_server::LicenseServer;
use crate::processes::program::{Serving, Setup};
use crate::processes::vendor::Vendor;
use crate::sender::{Doors, Sender};
use crate::verdict::Verdict;

/// Scenarios measure times, and a small machine has room for one.
static TURN: Mutex<()> = Mutex::const_new(());

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A file.
    Sqlite,
    /// A database on the server that all tests share.
    Postgres,
    /// A server of its own, which may be killed.
    OwnPostgres,
}

/// One scenario's surroundings; all of it ends with this value.
pub struct Stage {
    /// The settings of every process.
    pub setup: Setup,
    /// The license server of every vendor.
    pub license_server: LicenseServer,
    /// Where the shops find the processes.
    pub doors: Doors,
    /// The server of its own, where there is one.
    pub own_server: Option<OwnServer>,
    /// The database on the shared server, where it is there.
    pub database: Option<TestDatabase>,
    place: Place,
    clock: Clock,
    _turn: MutexGuard<'static, ()>,
}

/// A license server that takes any number of calls and does these things wrong.
pub fn unlimited(faults: &[&str]) -> SandboxOptions {
    let faults = faults.iter().map(|fault| fault.parse().expect("a fault"));
    SandboxOptions {
        seed: Some(1),
        faults: faults.collect(),
        rate_limit: RateLimit::off(),
        ..SandboxOptions::default()
    }
}

impl Stage {
    /// Without a budget, once it is its turn; `None` where there is no PostgreSQL. Nothing serves yet.
    pub async fn open(place: Place, options: SandboxOptions) -> Option<Self> {
        let turn = TURN.lock().await;
        let license_server = LicenseServer::start(options);
        let (own_server, database) = match place {
            Place::Sqlite => (None, None),
            Place::Postgres => (None, Some(TestDatabase::empty()?)),
            Place::OwnPostgres => (Some(OwnServer::start()?), None),
        };
        let own_url = own_server.as_ref().map(OwnServer::url);
        let setup = match own_url.or_else(|| database.as_ref().map(TestDatabase::url)) {
            Some(url) => Setup::postgres(&url),
            None => Setup::sqlite(),
        };
        let address = license_server.address.to_string();
        let setup = setup.with("LATCHKEY_OUTBOUND_ALLOW", address);
        let migrated = setup.run(&["migrate"]);
        assert_eq!(migrated.code, Some(0), "{}", migrated.errors);
        Some(Self {
            setup: setup.with("LATCHKEY_BUDGETS", "off"),
            license_server,
            doors: Doors::default(),
            own_server,
            database,
            place,
            clock: Clock::system(),
            _turn: turn,
        })
    }

    /// With this setting for every process that is started from now on.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.setup = self.setup.with(name, value);
        self
    }

    /// A verdict on this target.
    pub fn verdict(&self, target: &'static str) -> Verdict {
        let place = match self.place {
            Place::Sqlite => "SQLite",
            Place::Postgres | Place::OwnPostgres => "PostgreSQL",
        };
        Verdict::on(target, place)
    }

    /// The time, which the license server goes by too.
    pub fn now(&self) -> latchkey::domain::time::Timestamp {
        self.clock.now()
    }

    /// A process to which the shops are led, and to no other.
    pub fn serve(&self) -> Serving {
        let serving = self.setup.serve();
        self.doors.set(&[serving.address]);
        serving
    }

    /// Several processes, to which the shops are led in turn.
    pub fn serve_all(&self, count: usize) -> Vec<Serving> {
        let serving: Vec<Serving> = (0..count).map(|_| self.setup.serve()).collect();
        let addresses: Vec<_> = serving.iter().map(|one| one.address).collect();
        self.doors.set(&addresses);
        serving
    }

    /// The shop of a new vendor.
    pub async fn sender(&self) -> Sender {
        let address = self.doors.next();
        let vendor = Vendor::create(&self.setup, address, &self.license_server).await;
        Sender::new(&vendor, &self.doors)
    }

    /// Waits until everything is worked, and holds it against what was sent.
    pub async fn judge(
        &self,
        verdict: &mut Verdict,
        sender: &Sender,
        outcomes: &[Outcome],
        within: Duration,
    ) {
        self.wait(verdict, sender, within).await;
        let evidence = self.evidence(sender).await;
        let found = oracle::compare(outcomes, &sender.book, &evidence);
        verdict.differences(&found);
        let roots = found.iter().filter_map(Difference::root);
        verdict.tell_more(roots.map(|root| evidence.story(root)));
    }

    /// Waits until everything is worked or has been parked.
    pub async fn wait(&self, verdict: &mut Verdict, sender: &Sender, within: Duration) {
        let patience = within.max(Duration::from_secs(60));
        let address = self.doors.next();
        let settled = sender.vendor.wait_until_settled(address, patience).await;
        verdict.within("all worked after", settled.after, within);
        let acknowledged = sender.book.acknowledged().len();
        verdict.figure("events acknowledged", acknowledged);
        verdict.require(
            acknowledged == sender.book.sent().len(),
            "some events were never acknowledged",
        );
    }

    /// What the oracle finds now.
    pub async fn differences(&self, sender: &Sender, outcomes: &[Outcome]) -> Vec<Difference> {
        oracle::compare(outcomes, &sender.book, &self.evidence(sender).await)
    }

    /// What there is now.
    pub async fn evidence(&self, sender: &Sender) -> Evidence {
        Evidence::gather(&sender.vendor, self.doors.next(), &self.license_server).await
    }
}
