//! What the work on events counts and measures, for the operator's page. Labels hold kinds and states, never ids.

use metrics::{counter, histogram};

use crate::domain::action::ActionKind;
use crate::domain::effect::EffectState;
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::pipeline::perform::Made;
use crate::pipeline::settle::Settlement;
use crate::store::events::Event;
use crate::telemetry::names;

/// An event was left like this.
pub fn settled(event: &Event, settlement: &Settlement, now: Timestamp) {
    let reason = settlement
        .reason
        .as_ref()
        .map_or("none", |reason| reason.code.as_str());
    counter!(names::EVENTS_SETTLED, "state" => settlement.state.as_str(), "reason" => reason)
        .increment(1);
    if settlement.state.is_settled() {
        let length = now.since(event.received_at);
        histogram!(names::EVENT_SECONDS).record(length.as_secs_f64().max(0.0));
    }
}

/// A call was made to a license server; one that was refused before it left is none.
pub fn called(lane: Lane, made: &Made) {
    if !made.is_sent() {
        return;
    }
    let status = made.exchange.status;
    let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    let seconds = made.exchange.duration.as_secs_f64();
    counter!(names::CALLS, "lane" => lane.as_str(), "status" => status).increment(1);
    histogram!(names::CALL_SECONDS, "lane" => lane.as_str()).record(seconds);
}

/// A commit stored these events of that many deliveries.
pub fn stored(deliveries: usize, events: usize, seconds: f64) {
    counter!(names::EVENTS_RECEIVED).increment(events as u64);
    histogram!(names::INGEST_BATCH).record(deliveries as f64);
    histogram!(names::INGEST_COMMIT_SECONDS).record(seconds);
}

/// Something at a license server was not as it had answered.
pub fn differed(is_repaired: bool) {
    let repaired = if is_repaired { "yes" } else { "no" };
    counter!(names::SWEEP_DIFFERENCES, "repaired" => repaired).increment(1);
}

/// An action came to its end.
pub fn acted(kind: ActionKind, state: EffectState) {
    counter!(names::EFFECTS, "kind" => kind.as_str(), "state" => state.as_str()).increment(1);
}
