//! A shop that sells monthly subscriptions from now on, and the bodies that it posts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use latchkey::domain::time::{Period, PeriodUnit, Timestamp};
use latchkey::pipeline::clock::Clock;
use serde_json::{Value, json};
use sha2::Sha256;

/// What the shop signs with.
pub const SECRET: &str = "secret-of-the-shop";
/// The one product that it sells.
pub const PRODUCT: &str = "studio-pro";

/// One event, ready to be posted as often as it takes.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event's id.
    pub id: String,
    pub body: Vec<u8>,
}

/// A monthly subscription that begins now.
#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: String,
    begin: Timestamp,
}

/// What the shop writes into the header `X-FS-Signature` for this body.
pub fn sign(body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length makes a key");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

impl Subscription {
    /// The subscription with this number.
    pub fn new(number: usize) -> Self {
        Self {
            id: format!("SUB{number}"),
            begin: Clock::system().now(),
        }
    }

    /// Until when it is paid after so many renewals.
    pub fn paid_until(&self, renewals: u32) -> Timestamp {
        let end = self.begin.plus_period(months(renewals + 1));
        let day = 86_400_000;
        Timestamp::from_millisecond(millis(end) / day * day).expect("it is near")
    }

    /// Its order is paid.
    pub fn ordered(&self) -> Delivery {
        let (order, customer) = (format!("ORDER-{}", self.id), self.customer());
        let data = json!({
            "order": order, "id": order, "reference": format!("{order}-REF"), "completed": true,
            "changed": millis(self.begin), "live": true, "currency": "USD",
            "account": { "id": self.account(), "contact": customer }, "customer": customer,
            "total": 10, "tax": 0, "subtotal": 10, "recipients": [],
            "items": [{
                "product": PRODUCT, "quantity": 1, "subtotal": 10, "attributes": {},
                "subscription": self.json("active", self.begin, 0),
            }],
        });
        self.delivery("order.completed", 0, self.begin, &data)
    }

    /// It began.
    pub fn activated(&self) -> Delivery {
        let data = self.json("active", self.begin, 0);
        self.delivery("subscription.activated", 0, self.begin, &data)
    }

    /// It is paid for the so-manieth time after the first.
    pub fn charged(&self, renewal: u32) -> Delivery {
        let at = self.begin.plus_period(months(renewal));
        let order = format!("ORDER-{}-{renewal}", self.id);
        let data = json!({
            "order": { "id": order, "order": order, "reference": format!("{order}-REF"), "items": [] },
            "currency": "USD", "total": 10, "status": "successful", "timestamp": millis(at),
            "account": self.account(), "subscription": self.json("active", at, renewal),
        });
        self.delivery("subscription.charge.completed", renewal, at, &data)
    }

    /// It is unpaid shortly before the charge of that number.
    pub fn overdue(&self, renewal: u32) -> Delivery {
        let at = self.begin.plus_period(months(renewal)).plus_hours(-1);
        let data = self.json("overdue", at, renewal - 1);
        self.delivery("subscription.payment.overdue", renewal, at, &data)
    }

    fn json(&self, state: &str, changed: Timestamp, renewals: u32) -> Value {
        json!({
            "id": self.id, "subscription": self.id, "active": true, "state": state,
            "changed": millis(changed), "live": true, "currency": "USD", "account": self.account(),
            "product": PRODUCT, "quantity": 1, "begin": millis(self.begin),
            "next": millis(self.paid_until(renewals)), "intervalUnit": "month", "intervalLength": 1,
            "sequence": renewals + 1, "addons": [],
        })
    }

    fn account(&self) -> String {
        format!("ACCOUNT-{}", self.id)
    }

    fn customer(&self) -> Value {
        let email = format!("{}@example.com", self.id.to_lowercase());
        json!({ "first": "Mara", "last": "Weber", "email": email, "company": null, "phone": null })
    }

    fn delivery(&self, kind: &str, number: u32, at: Timestamp, data: &Value) -> Delivery {
        let id = format!("{kind}-{}-{number}", self.id);
        let event = json!({
            "id": id, "processed": false, "created": millis(at), "type": kind, "live": true, "data": data,
        });
        let body = json!({ "events": [event] }).to_string().into_bytes();
        Delivery { id, body }
    }
}

impl Delivery {
    /// The same event as a person resends it: under a new id.
    pub fn resent(&self) -> Self {
        let mut body: Value = serde_json::from_slice(&self.body).expect("we wrote it");
        let id = format!("{}-resent", self.id);
        body["events"][0]["id"] = json!(id);
        Self {
            id,
            body: body.to_string().into_bytes(),
        }
    }
}

fn months(count: u32) -> Period {
    Period::of(count, PeriodUnit::Month)
}

fn millis(moment: Timestamp) -> i64 {
    moment.as_microsecond() / 1_000
}
