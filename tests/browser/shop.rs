//! What the shop sends: orders whose texts a test chooses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use latchkey::pipeline::clock::Clock;
use reqwest::Client;
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
    post(address, secret, &body(order)).await;
}

/// The buyer's bank takes back what was paid for the order.
pub async fn charge_back(address: &str, secret: &str, order: &Order<'_>) {
    let chargeback = json!({ "events": [{
        "id": format!("chargeback-of-{}", order.id), "processed": false,
        "created": Clock::system().now().as_microsecond() / 1_000,
        "type": "chargeback.created", "live": true,
        "data": { "id": order.id, "order": order.id, "reasonCode": "10.4", "status": "NEW" },
    }] });
    post(address, secret, &chargeback).await;
}

async fn post(address: &str, secret: &str, body: &Value) {
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let answer = Client::new()
        .post(address)
        .header("X-FS-Signature", signature)
        .body(body)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

fn body(order: &Order<'_>) -> Value {
    let now = Clock::system().now().as_microsecond() / 1_000;
    let account = json!({
        "id": "account-1",
        "contact": {
            "first": order.buyer, "last": order.buyer, "email": "mara.weber@example.com",
            "company": order.buyer, "phone": null,
        },
    });
    let mut item = json!({
        "product": order.product, "display": order.display, "quantity": 1, "subtotal": 10,
        "attributes": {},
    });
    if !order.subscription.is_empty() {
        item["subscription"] = json!({
            "id": order.subscription, "subscription": order.subscription, "active": true,
            "state": "active", "changed": now, "live": true, "currency": "USD",
            "account": account, "product": order.product, "display": order.display,
            "quantity": 1, "begin": now, "next": now + 30 * 86_400_000,
            "intervalUnit": "month", "intervalLength": 1, "sequence": 1, "addons": [],
        });
    }
    json!({ "events": [{
        "id": format!("event-of-{}", order.id), "processed": false, "created": now,
        "type": "order.completed", "live": true,
        "data": {
            "order": order.id, "id": order.id, "reference": order.reference, "completed": true,
            "changed": now, "live": true, "currency": "USD", "account": account,
            "total": 10, "tax": 0, "subtotal": 10,
            "customer": { "first": order.buyer, "last": order.buyer, "email": "mara.weber@example.com" },
            "recipients": [], "items": [item],
        },
    }] })
}
