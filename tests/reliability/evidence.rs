//! What there is afterwards: the events that the API lists, and what the license server knows by itself.

use std::net::SocketAddr;

use latchkey_sandbox::ledger::Ledger;
use latchkey_sandbox::snapshot::LicenseSnapshot;
use serde_json::Value;

use crate::processes::license_server::LicenseServer;
use crate::processes::vendor::Vendor;

/// Everything that the oracle looks at, save what was sent.
pub struct Evidence {
    /// Every event that Latchkey lists, with its effects.
    pub events: Vec<Value>,
    /// The licenses at the license server.
    pub licenses: Vec<LicenseSnapshot>,
    /// Every call that reached it.
    pub ledger: Ledger,
}

impl Evidence {
    /// Of the one vendor whose license server this is.
    pub async fn gather(
        vendor: &Vendor,
        address: SocketAddr,
        license_server: &LicenseServer,
    ) -> Self {
        let listed = vendor.list_events(address).await;
        Self {
            events: vendor.details(address, &listed).await,
            licenses: license_server.sandbox.licenses(),
            ledger: license_server.ledger(),
        }
    }

    /// What became of each event of a purchase, the first to end first.
    pub fn story(&self, root: &str) -> String {
        let events = self.events.iter().filter(|event| is_of(event, root));
        let mut events: Vec<&Value> = events.collect();
        events.sort_by_key(|event| event["settled_at"].to_string());
        let lines = events.iter().map(|event| format!("  {event}"));
        lines.collect::<Vec<String>>().join("\n")
    }
}

/// Whether an event, as the API shows it, is of the purchase with this subscription or order.
pub fn is_of(event: &Value, root: &str) -> bool {
    event["subscription_id"] == root || event["order_id"] == root
}
