//! Groups of subscriptions that are billed together.

use serde_json::{Value, json};

use super::event::Event;
use super::{Subscription, account, millis, moment};

/// News of a group at `time`: each member as it stands then.
pub fn group(kind: &'static str, members: &[&Subscription], time: &str) -> Event {
    let at = moment(time);
    let state = if kind.ends_with("overdue") {
        "overdue"
    } else {
        "active"
    };
    let subscriptions: Vec<Value> = members
        .iter()
        .map(|member| member.json(state, at))
        .collect();
    let data = json!({
        "cotermGroupId": "G", "cotermGroupStatus": "EXECUTED", "cotermGroupOrderId": "G-order",
        "cotermGroupSize": members.len(), "currency": "USD", "account": account("mara.weber@example.com"),
        "subscriptions": subscriptions, "total": 20.0, "status": "successful", "timestamp": millis(at),
    });
    Event::new(kind, "G", at, data)
}
