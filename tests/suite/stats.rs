//! What is counted over a span of time.

use jiff::SignedDuration;
use serde_json::json;

use crate::shop::order;
use crate::world::World;

on_both! {
    numbers_are_counted_by_outcome_and_part,
    numbers_of_spans_that_make_no_sense_are_refused,
}

async fn numbers_are_counted_by_outcome_and_part(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    vendor.post(&order("A").line("reverb", 1).completed()).await;
    vendor.post(&order("B").line("delay", 1).completed()).await;
    world.work().await;
    world.clock.advance(SignedDuration::from_hours(2));
    vendor.post(&order("C").line("reverb", 1).completed()).await;
    world.clock.advance(SignedDuration::from_secs(3));
    world.work().await;

    let stats = vendor
        .get("/stats?from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z")
        .await
        .expect(200)
        .json();
    let by_day = vendor
        .get("/stats?from=2027-01-01T00:00:00Z&bucket=day")
        .await
        .expect(200)
        .json();

    assert_eq!(stats["events"], json!({ "done": 2, "parked": 1 }));
    assert_eq!(
        stats["buckets"][0],
        json!({ "from": "2027-01-15T10:00:00Z", "events": { "done": 1, "parked": 1 } })
    );
    assert_eq!(stats["buckets"][1]["from"], "2027-01-15T12:00:00Z");
    assert_eq!(
        stats["latency"],
        json!({ "count": 2, "p50_ms": 0, "p95_ms": 3000, "p99_ms": 3000, "max_ms": 3000 })
    );
    assert!(stats["calls"]["count"].as_i64().unwrap() >= 2);
    assert!(stats["calls"]["by_status"]["201"].as_i64().unwrap() >= 2);
    assert_eq!(
        stats["budgets"][0]["license_server_id"],
        vendor.license_server_id.as_str()
    );
    assert_eq!(by_day["buckets"].as_array().unwrap().len(), 1);
    assert_eq!(by_day["events"], stats["events"]);
}

async fn numbers_of_spans_that_make_no_sense_are_refused(world: &World) {
    let vendor = world.vendor().await;

    for (query, field) in [
        ("from=2027-01-15T00:00:00Z&to=2027-01-14T00:00:00Z", "to"),
        ("from=2020-01-01T00:00:00Z", "from"),
        ("from=2026-11-01T00:00:00Z", "bucket"),
        ("bucket=minute", "bucket"),
        ("from=yesterday", "from"),
    ] {
        let problem = vendor
            .get(&format!("/stats?{query}"))
            .await
            .expect(422)
            .json();
        assert!(problem["errors"][field].is_string(), "{query}: {problem}");
    }
}
