//! The license server that the processes call: the sandbox on a socket, its ledger in reach.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use latchkey::pipeline::clock::Clock;
use latchkey_sandbox::Sandbox;
use latchkey_sandbox::ledger::Ledger;
use latchkey_sandbox::limiter::RateLimit;
use latchkey_sandbox::options::SandboxOptions;
use latchkey_sandbox::shared::SharedSandbox;
use latchkey_sandbox::snapshot::LicenseSnapshot;

/// A sandbox with the sample catalog.
pub struct LicenseServer {
    pub address: SocketAddr,
    pub sandbox: SharedSandbox,
}

impl LicenseServer {
    /// One that takes any number of calls.
    pub fn unlimited(faults: &[&str]) -> Self {
        let faults = faults.iter().map(|fault| fault.parse().expect("a fault"));
        Self::start(SandboxOptions {
            faults: faults.collect(),
            rate_limit: RateLimit::off(),
            ..SandboxOptions::default()
        })
    }

    /// Inside a runtime, which must have threads of its own.
    pub fn start(options: SandboxOptions) -> Self {
        let clock = Clock::system();
        let sandbox = SharedSandbox::new(Sandbox::sample(options, clock.now().as_jiff()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let now = Arc::new(move || clock.now().as_jiff());
        let server = latchkey_sandbox::socket::serve(sandbox.clone(), listener, now);
        tokio::spawn(server.expect("the sandbox listens"));
        Self { address, sandbox }
    }

    /// Every request so far.
    pub fn ledger(&self) -> Ledger {
        self.sandbox.ledger()
    }

    /// How many requests of this kind changed something.
    pub fn effects(&self, kind: &str) -> usize {
        let ledger = self.ledger();
        let of_kind = ledger.entries().filter(|entry| entry.kind == kind);
        of_kind.filter(|entry| entry.took_effect).count()
    }

    /// How many licenses name this order.
    pub fn licenses_of_order(&self, order: &str) -> usize {
        let licenses = self.sandbox.licenses().into_iter();
        let of_order = licenses.filter(|license| {
            let id = license.metadata.get("fastspring_order_id");
            id.is_some_and(|id| id == order)
        });
        of_order.count()
    }

    /// The only license of this subscription.
    #[track_caller]
    pub fn license_of(&self, subscription: &str) -> LicenseSnapshot {
        let mut licenses = self.sandbox.licenses();
        licenses.retain(|license| {
            let id = license.metadata.get("fastspring_subscription_id");
            id.is_some_and(|id| id == subscription)
        });
        assert_eq!(licenses.len(), 1, "of {subscription}: {licenses:#?}");
        licenses.remove(0)
    }
}
