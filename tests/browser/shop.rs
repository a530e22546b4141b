//! What the shop sends: orders whose texts a test chooses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use latchkey::pipeline::clock::Clock;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

/// An order of one product that is paid once; the texts are what a person may have typed anywhere.
pub struct Order<'a> {
    /// The shop's id of it.
    pub id: &'a str,
    /// Its number on the receipt.
    pub reference: &'a str,
    /// The product's path.
    pub product: &'a str,
    /// The product's name.
    pub display: &'a str,
    /// The buyer's name and company.
    pub buyer: &'a str,
    /// The id of the subscription that it begins; empty for none.
    pub subscription: &'a str,
}

impl Default for Order<'_> {
    fn default() -> Self {
        Self {
            id: "ORDER-1",
            reference: "NOR260101-1001-11101",
            product: "studio",
            display: "Studio",
            buyer: "Mara",
            subscription: "",
        }
    }
}

/// Sends the order to the webhook's address, signed, and expects to be thanked.
pub async fn send(address: &str, secret: &str, order: &Order<'_>) {
    let status = deliver(address, secret, &[order.completed()]).await;
    assert!(status.is_success(), "{status}");
}

/// The buyer's bank takes back what was paid for the order.
pub async fn charge_back(address: &str, secret: &str, order: &Order<'_>) {
    let status = deliver(address, secret, &[order.charged_back()]).await;
    assert!(status.is_success(), "{status}");
}

/// Sends these events in one body, signed, whatever comes of it.
pub async fn deliver(address: &str, secret: &str, events: &[Value]) -> StatusCode {
    let body = json!({ "events": events }).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let request = Client::new()
        .post(address)
        .header("X-FS-Signature", signature);
    request.body(body).send().await.unwrap().status()
}

impl Order<'_> {
    /// The event of its payment.
    fn completed(&self) -> Value {
        let now = now();
        let account = json!({
            "id": "account-1",
            "contact": {
                "first": self.buyer, "last": self.buyer, "email": "mara.weber@example.com",
                "company": self.buyer, "phone": null,
            },
        });
        let mut item = json!({
            "product": self.product, "display": self.display, "quantity": 1, "subtotal": 10,
            "attributes": {},
        });
        if !self.subscription.is_empty() {
            item["subscription"] = json!({
                "id": self.subscription, "subscription": self.subscription, "active": true,
                "state": "active", "changed": now, "live": true, "currency": "USD",
                "account": account, "product": self.product, "display": self.display,
                "quantity": 1, "begin": now, "next": now + 30 * 86_400_000,
                "intervalUnit": "month", "intervalLength": 1, "sequence": 1, "addons": [],
            });
        }
        json!({
            "id": format!("event-of-{}", self.id), "processed": false, "created": now,
            "type": "order.completed", "live": true,
            "data": {
                "order": self.id, "id": self.id, "reference": self.reference, "completed": true,
                "changed": now, "live": true, "currency": "USD", "account": account,
                "total": 10, "tax": 0, "subtotal": 10,
                "customer": { "first": self.buyer, "last": self.buyer, "email": "mara.weber@example.com" },
                "recipients": [], "items": [item],
            },
        })
    }

    /// The event of a chargeback.
    fn charged_back(&self) -> Value {
        json!({
            "id": format!("chargeback-of-{}", self.id), "processed": false, "created": now(),
            "type": "chargeback.created", "live": true,
            "data": { "id": self.id, "order": self.id, "reasonCode": "10.4", "status": "NEW" },
        })
    }
}

/// Milliseconds, as the shop counts them.
fn now() -> i64 {
    Clock::system().now().as_microsecond() / 1_000
}
