//! Metrics of the pipeline, for the operator's page. Labels hold kinds and states, never ids.

use metrics::{counter, histogram};

use crate::domain::action::ActionKind;
use crate::domain::effect::EffectState;
use crate::telemetry::names;

/// A commit stored these events of that many deliveries.
pub fn count_commit(deliveries: usize, events: usize, seconds: f64) {
    counter!(names::EVENTS_RECEIVED).increment(events as u64);
    histogram!(names::INGEST_BATCH).record(deliveries as f64);
    histogram!(names::INGEST_COMMIT_SECONDS).record(seconds);
}

/// Something at a license server was not as it had answered.
pub fn count_difference(is_repaired: bool) {
    let repaired = if is_repaired { "yes" } else { "no" };
    counter!(names::SWEEP_DIFFERENCES, "repaired" => repaired).increment(1);
}

/// An action came to its end.
pub fn count_effect(kind: ActionKind, state: EffectState) {
    counter!(names::EFFECTS, "kind" => kind.as_str(), "state" => state.as_str()).increment(1);
}
