//! What is counted and measured. Labels hold kinds and states, never ids or names: their number must stay small.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::telemetry::TelemetryError;

/// The names, to be used with `metrics::counter!` and its like.
pub mod names {
    /// Counter, label `answer`: POSTs to webhook URLs by the status that was answered.
    pub const DELIVERIES: &str = "latchkey_deliveries_total";
    /// Histogram: from the first byte of a POST to its answer.
    pub const DELIVERY_SECONDS: &str = "latchkey_delivery_seconds";
    /// Gauge: connections that are open.
    pub const CONNECTIONS_OPEN: &str = "latchkey_connections_open";
    /// Counter, label `limit`: connections that were not let in, since too many were open in `all` or of their `address`.
    pub const CONNECTIONS_REFUSED: &str = "latchkey_connections_refused_total";
    /// Counter: events that were stored, or were there already.
    pub const EVENTS_RECEIVED: &str = "latchkey_events_received_total";
    /// Histogram: deliveries that shared one commit.
    pub const INGEST_BATCH: &str = "latchkey_ingest_batch_deliveries";
    /// Histogram: how long such a commit took.
    pub const INGEST_COMMIT_SECONDS: &str = "latchkey_ingest_commit_seconds";
    /// Counter, labels `state` and `reason`: how events were left, `none` without a reason; an event that waits and ends counts twice.
    pub const EVENTS_SETTLED: &str = "latchkey_events_settled_total";
    /// Histogram: from the arrival of an event to its end.
    pub const EVENT_SECONDS: &str = "latchkey_event_seconds";
    /// Gauge, labels `state` and `reason`: events that are not at their end, the parked ones too.
    pub const EVENTS_OPEN: &str = "latchkey_events_open";
    /// Gauge: events that are due and not in work.
    pub const EVENTS_DUE: &str = "latchkey_events_due";
    /// Gauge: how long the event that is due longest has been due.
    pub const OLDEST_DUE_SECONDS: &str = "latchkey_oldest_due_seconds";
    /// Counter, labels `kind` and `state`: actions at license servers.
    pub const EFFECTS: &str = "latchkey_effects_total";
    /// Counter, labels `lane` and `status`: calls to license servers for events; `status` is `none` without an answer.
    pub const CALLS: &str = "latchkey_calls_total";
    /// Histogram, label `lane`: how long such calls take.
    pub const CALL_SECONDS: &str = "latchkey_call_seconds";
    /// Gauge: writes that wait for the one writer of SQLite.
    pub const WRITER_QUEUE: &str = "latchkey_writer_queue";
    /// Gauge: calls in use of all budgets together.
    pub const PERMITS_IN_USE: &str = "latchkey_permits_in_use";
    /// Gauge: license servers that are not called at the moment.
    pub const BREAKERS_OPEN: &str = "latchkey_breakers_open";
    /// Gauge: acts on record of who did what, of all companies together; it never falls.
    pub const AUDIT_ACTS: &str = "latchkey_audit_acts";
    /// Counter, label `repaired`: differences that the sweep found between what was asked and what is.
    pub const SWEEP_DIFFERENCES: &str = "latchkey_sweep_differences_total";
}

const BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];

/// How many deliveries share a commit: powers of two up to the largest batch.
const BATCHES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Makes this the process's recorder; once.
pub fn install() -> Result<PrometheusHandle, TelemetryError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(names::INGEST_BATCH.to_owned()), &BATCHES)?
        .build_recorder();
    let handle = recorder.handle();
    ::metrics::set_global_recorder(recorder)?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_counter!(
        names::DELIVERIES,
        "POSTs to webhook URLs by what was answered"
    );
    describe_histogram!(
        names::DELIVERY_SECONDS,
        Unit::Seconds,
        "From the first byte of a POST to its answer"
    );
    describe_counter!(
        names::EVENTS_RECEIVED,
        "Events that were stored, or were there already"
    );
    describe_histogram!(names::INGEST_BATCH, "Deliveries that shared one commit");
    describe_histogram!(
        names::INGEST_COMMIT_SECONDS,
        Unit::Seconds,
        "How long such a commit took"
    );
    describe_gauge!(names::EVENTS_DUE, "Events that are due and not in work");
    describe_gauge!(
        names::WRITER_QUEUE,
        "Writes that wait for the one writer of SQLite"
    );
    describe_counter!(names::EVENTS_SETTLED, "How events were left");
    describe_histogram!(
        names::EVENT_SECONDS,
        Unit::Seconds,
        "From the arrival of an event to its end"
    );
    describe_gauge!(names::EVENTS_OPEN, "Events that are not at their end");
    describe_gauge!(
        names::OLDEST_DUE_SECONDS,
        Unit::Seconds,
        "How long the event that is due longest has been due"
    );
    describe_gauge!(names::CONNECTIONS_OPEN, "Connections that are open");
    describe_counter!(
        names::CONNECTIONS_REFUSED,
        "Connections that were not let in"
    );
    describe_counter!(names::EFFECTS, "Actions at license servers");
    describe_counter!(names::CALLS, "Calls to license servers for events");
    describe_histogram!(names::CALL_SECONDS, Unit::Seconds, "How long calls take");
    describe_gauge!(
        names::PERMITS_IN_USE,
        "Calls in use of all budgets together"
    );
    describe_gauge!(
        names::BREAKERS_OPEN,
        "License servers that are not called at the moment"
    );
    describe_gauge!(names::AUDIT_ACTS, "Acts on record of who did what");
    describe_counter!(
        names::SWEEP_DIFFERENCES,
        "Differences that the sweep found between what was asked and what is"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_described_and_bucketed() {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
            .unwrap()
            .build_recorder();
        let handle = recorder.handle();

        ::metrics::with_local_recorder(&recorder, || {
            describe();
            ::metrics::histogram!(names::CALL_SECONDS, "lane" => "purchase").record(0.03);
        });
        let page = handle.render();

        assert!(
            page.contains("# HELP latchkey_call_seconds How long calls take"),
            "{page}"
        );
        assert!(
            page.contains("latchkey_call_seconds_bucket{lane=\"purchase\",le=\"0.05\"} 1"),
            "{page}"
        );
    }
}
