//! What is counted and measured for the operator, as Prometheus would read it.

use std::sync::OnceLock;

use latchkey::pipeline::queue::gauges::Gauges;
use latchkey::telemetry::{Metrics, install_metrics};
use serde_json::json;

use crate::shop::order;
use crate::world::World;

on_both! {
    what_happens_is_counted_and_measured,
}

async fn what_happens_is_counted_and_measured(world: &World) {
    let metrics = recorder();
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let email = "somebody@example.com";
    vendor
        .post(&order("A").by(email).line("reverb", 1).completed())
        .await;
    vendor
        .post(&order("B").by(email).line("delay", 1).completed())
        .await;
    vendor
        .deliver_signed(b"{}".to_vec(), "wrong")
        .await
        .expect(401);
    world.work().await;

    Gauges::default()
        .measure(&world.app.pipeline)
        .await
        .unwrap();

    let page = metrics.render();
    for line in [
        "latchkey_deliveries_total{answer=\"200\"} ",
        "latchkey_deliveries_total{answer=\"401\"} ",
        "latchkey_delivery_seconds_count ",
        "latchkey_events_received_total ",
        "latchkey_ingest_batch_deliveries_bucket{le=\"1\"} ",
        "latchkey_ingest_commit_seconds_count ",
        "latchkey_events_settled_total{state=\"done\",reason=\"none\"} ",
        "latchkey_events_settled_total{state=\"parked\",reason=\"product_not_mapped\"} ",
        "latchkey_event_seconds_count ",
        "latchkey_events_open{state=\"parked\",reason=\"product_not_mapped\"} ",
        "latchkey_events_due ",
        "latchkey_oldest_due_seconds ",
        "latchkey_effects_total{kind=\"issue\",state=\"done\"} ",
        "latchkey_calls_total{lane=\"purchase\",status=\"201\"} ",
        "latchkey_call_seconds_count{lane=\"purchase\"} ",
        "latchkey_permits_in_use ",
        "latchkey_breakers_open ",
    ] {
        assert!(page.contains(&format!("\n{line}")), "{line}:\n{page}");
    }
    for secret in [email, &vendor.tenant_id, &vendor.storefront_id, "reverb"] {
        assert!(!page.contains(secret), "{secret} is on the operator's page");
    }
}

/// One recorder serves all tests of this process.
fn recorder() -> &'static Metrics {
    static RECORDER: OnceLock<Metrics> = OnceLock::new();
    RECORDER.get_or_init(|| install_metrics().expect("nobody else records"))
}
