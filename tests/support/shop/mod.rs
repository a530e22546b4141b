//! The shop as tests know it: builders for webhook bodies with the shop's own names, signed as the shop signs.
//!
//! Every price is 10.00 without tax and every buyer is invented; a test spells out only what it is about.

mod event;
mod group;
mod key_request;
mod order;
mod subscription;

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use latchkey::domain::time::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

pub use event::{Event, body};
pub use group::group;
pub use key_request::{KeyRequest, key_request};
pub use order::{Order, order};
pub use subscription::{Subscription, subscription};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-FS-Signature";

/// What the shop writes into the header for this body.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length makes a key");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A buyer changed their details at `time`; the account is that of `before`.
pub fn account_updated(before: &str, contact: Value, time: &str) -> Event {
    let mut account = account(before);
    account["contact"] = contact;
    Event::new(
        "account.updated",
        &account_id(before),
        moment(time),
        account,
    )
}

/// A moment, as our time or as a license server's; a date alone is its midnight.
pub fn moment<T: FromStr<Err = jiff::Error>>(text: &str) -> T {
    let full = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    full.parse().expect("tests write well-formed times")
}

/// A moment as the shop writes it.
fn millis(moment: Timestamp) -> i64 {
    moment.as_microsecond() / 1_000
}

/// A buyer, who has an account with the shop.
fn account(email: &str) -> Value {
    json!({
        "id": account_id(email), "account": account_id(email), "contact": contact(email),
        "address": { "address line 1": "1 Example Street", "city": "Leipzig", "country": "DE", "postal code": "04109" },
        "language": "de", "country": "DE", "lookup": { "global": "lookup" },
    })
}

fn account_id(email: &str) -> String {
    format!("account-of-{}", email.replace(['@', '.'], "-"))
}

/// A person as the shop writes one.
pub fn contact(email: &str) -> Value {
    json!({
        "first": "Mara", "last": "Weber", "email": email,
        "company": null, "phone": null, "subscribed": false,
    })
}
