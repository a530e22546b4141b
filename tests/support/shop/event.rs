//! Events, and the body of one delivery.

use latchkey::domain::time::Timestamp;
use serde_json::{Value, json};

use super::millis;

/// One event; a clone is what an automatic retry sends.
#[derive(Debug, Clone)]
pub struct Event {
    /// The shop's id: kept by automatic retries, new for a resend by hand.
    pub id: String,
    /// The shop's name of its type.
    pub kind: &'static str,
    created: Timestamp,
    is_live: bool,
    data: Value,
}

impl Event {
    /// An event about `subject`; its id follows from what it says.
    pub fn new(kind: &'static str, subject: &str, created: Timestamp, data: Value) -> Self {
        let id = format!("{kind}-{subject}-{}", millis(created));
        Self {
            id,
            kind,
            created,
            is_live: true,
            data,
        }
    }

    /// The same under another id, as when a person resends it.
    pub fn resent_as(&self, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..self.clone()
        }
    }

    /// The same from the shop's test mode.
    pub fn in_test_mode(&self) -> Self {
        let mut event = self.clone();
        event.is_live = false;
        event.data["live"] = json!(false);
        event
    }

    /// The same with one member of its data replaced.
    pub fn with(&self, member: &str, value: Value) -> Self {
        let mut event = self.clone();
        event.data[member] = value;
        event
    }

    /// The event as it stands in a body.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "processed": false, "created": millis(self.created),
            "type": self.kind, "live": self.is_live, "data": self.data,
        })
    }
}

/// The body of one delivery.
pub fn body(events: &[Event]) -> Vec<u8> {
    let events: Vec<Value> = events.iter().map(Event::json).collect();
    json!({ "events": events }).to_string().into_bytes()
}
