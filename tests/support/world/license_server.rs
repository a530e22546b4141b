//! The license server of a world: a sandbox on a socket, with its ledger and its faults.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use latchkey::domain::time::Timestamp;
use latchkey::license_servers::sandbox::Sandbox;
use latchkey::license_servers::sandbox::ledger::Ledger;
use latchkey::license_servers::sandbox::options::SandboxOptions;
use latchkey::license_servers::sandbox::shared::SharedSandbox;
use latchkey::license_servers::sandbox::snapshot::{HandEdit, LicenseSnapshot};
use latchkey::pipeline::clock::Clock;

use super::WorldOptions;

/// The sandbox and where it listens.
pub struct LicenseServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// The sandbox itself.
    pub sandbox: SharedSandbox,
    clock: Clock,
}

impl LicenseServer {
    /// Starts one with the sample catalog; unknown members are refused.
    pub fn start(clock: &Clock, options: &WorldOptions) -> Self {
        let options = SandboxOptions {
            seed: Some(1),
            is_strict: true,
            is_catalog_closed: !options.is_catalog_open,
            rate_limit: options.rate_limit,
            ..SandboxOptions::default()
        };
        let sandbox = SharedSandbox::new(Sandbox::sample(options, clock.now()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let time = clock.clone();
        let now = Arc::new(move || time.now());
        let server = latchkey::web::sandbox::serve(sandbox.clone(), listener, now);
        tokio::spawn(server.expect("the sandbox listens"));
        Self {
            address,
            sandbox,
            clock: clock.clone(),
        }
    }

    /// What vendors enter.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub fn ledger(&self) -> Ledger {
        self.sandbox.ledger()
    }

    /// How many requests of this kind there were.
    pub fn calls(&self, kind: &str) -> usize {
        let ledger = self.ledger();
        ledger.entries().filter(|entry| entry.kind == kind).count()
    }

    /// How many requests of this kind changed something.
    pub fn effects(&self, kind: &str) -> usize {
        let ledger = self.ledger();
        ledger
            .entries()
            .filter(|entry| entry.kind == kind && entry.took_effect)
            .count()
    }

    /// How many requests there were that might have changed something.
    pub fn writes(&self) -> usize {
        let ledger = self.ledger();
        ledger
            .entries()
            .filter(|entry| entry.method != "GET")
            .count()
    }

    /// The licenses there are, oldest first.
    pub fn licenses(&self) -> Vec<LicenseSnapshot> {
        self.sandbox.licenses()
    }

    /// The only license there is.
    #[track_caller]
    pub fn license(&self) -> LicenseSnapshot {
        let mut licenses = self.licenses();
        assert_eq!(licenses.len(), 1, "{licenses:#?}");
        licenses.remove(0)
    }

    /// Returns when a request of this kind has come.
    pub async fn reached(&self, kind: &str) {
        while self.calls(kind) == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// These faults and no others.
    pub fn faults(&self, faults: &[&str]) {
        let faults = faults.iter().map(|fault| fault.parse().expect("a fault"));
        self.sandbox.set_faults(faults.collect());
    }

    /// What a person changes there.
    pub fn edit_by_hand(&self, id: &str, edit: HandEdit) {
        let is_there = self.sandbox.edit_license_by_hand(self.now(), id, edit);
        assert!(is_there, "no license {id}");
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
