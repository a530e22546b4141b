//! The brake: more endings for good than usual stop and wait for a person.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::shop::{Event, Subscription, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    the_twenty_first_deletion_of_an_hour_waits_for_a_person,
    what_the_brake_stopped_is_done_after_a_yes,
    what_the_brake_stopped_stays_after_a_no,
    after_an_hour_the_brake_is_free_again,
    what_can_be_undone_is_never_braked,
    one_purchase_counts_once_however_many_licenses_it_has,
    a_watched_store_counts_nothing,
}

const USUAL: usize = 20;

async fn the_twenty_first_deletion_of_an_hour_waits_for_a_person(world: &World) {
    let vendor = world.vendor().await;
    let ends = end_all(world, &vendor, 25).await;

    assert_eq!(count(&vendor, &ends, "done").await, USUAL);
    assert_eq!(count(&vendor, &ends, "parked brake").await, 5);
    assert_eq!(world.license_server.licenses().len(), 5);
    let problems = vendor.list("/problems").await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0]["code"], "brake");
    assert_eq!(problems[0]["count"], 5);
}

async fn what_the_brake_stopped_is_done_after_a_yes(world: &World) {
    let vendor = world.vendor().await;
    let ends = end_all(world, &vendor, 25).await;

    answer(world, &vendor, "approve").await;

    assert_eq!(count(&vendor, &ends, "done").await, 25);
    assert_eq!(world.license_server.licenses(), []);
    assert_eq!(world.license_server.effects("delete"), 25);
}

async fn what_the_brake_stopped_stays_after_a_no(world: &World) {
    let vendor = world.vendor().await;
    let ends = end_all(world, &vendor, 25).await;

    answer(world, &vendor, "drop").await;
    world.work_after(SignedDuration::from_hours(2)).await;

    assert_eq!(count(&vendor, &ends, "ignored kept_by_choice").await, 5);
    assert_eq!(world.license_server.licenses().len(), 5);
}

async fn after_an_hour_the_brake_is_free_again(world: &World) {
    let vendor = world.vendor().await;
    let ends = end_all(world, &vendor, 21).await;
    assert_eq!(count(&vendor, &ends, "done").await, USUAL);

    world.clock.advance(SignedDuration::from_mins(61));
    let later = end(world, &vendor, &subscribe(world, &vendor, 99).await).await;

    assert_eq!(vendor.outcome(&later).await, "done");
}

async fn what_can_be_undone_is_never_braked(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "deactivation": "suspend" } }))
        .await;

    let ends = end_all(world, &vendor, 25).await;

    assert_eq!(count(&vendor, &ends, "done").await, 25);
}

async fn one_purchase_counts_once_however_many_licenses_it_has(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").quantity(25);
    let order = order("A").subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), order]).await;
    world.work().await;
    assert_eq!(world.license_server.licenses().len(), 25);

    let end = end(world, &vendor, &bought).await;

    assert_eq!(vendor.outcome(&end).await, "done");
    assert_eq!(world.license_server.licenses(), []);
}

async fn a_watched_store_counts_nothing(world: &World) {
    let vendor = world.vendor().await;
    let mut all = Vec::new();
    for number in 0..22 {
        all.push(subscribe(world, &vendor, number).await);
    }
    vendor.set_mode("shadow").await;
    for bought in &all[..21] {
        let watched = end(world, &vendor, bought).await;
        assert_eq!(vendor.outcome(&watched).await, "ignored shadow_mode");
    }
    vendor.set_mode("live").await;

    let real = end(world, &vendor, &all[21]).await;

    assert_eq!(vendor.outcome(&real).await, "done");
}

/// So many subscriptions begin and end.
async fn end_all(world: &World, vendor: &Vendor, many: usize) -> Vec<Event> {
    let mut bought = Vec::new();
    for number in 0..many {
        bought.push(subscribe(world, vendor, number).await);
    }
    let ends: Vec<Event> = bought
        .iter()
        .map(|bought| bought.deactivated("2027-01-15T09:30:00Z"))
        .collect();
    vendor.post_together(&ends).await;
    world.work().await;
    ends
}

async fn subscribe(world: &World, vendor: &Vendor, number: usize) -> Subscription {
    let bought = subscription(&format!("S{number}"));
    let order = order(&format!("A{number}")).subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), order]).await;
    world.work().await;
    bought
}

async fn end(world: &World, vendor: &Vendor, bought: &Subscription) -> Event {
    let end = bought.deactivated("2027-01-15T09:30:00Z");
    vendor.post(&end).await;
    world.work().await;
    end
}

async fn answer(world: &World, vendor: &Vendor, verb: &str) {
    let problem: Value = vendor.list("/problems").await.remove(0);
    let path = format!("/problems/{}/{verb}", problem["id"].as_str().unwrap());
    let answer = vendor.post_json(&path, &json!({})).await.expect(202);
    assert_eq!(answer.json()["count"], 5);
    world.work().await;
}

async fn count(vendor: &Vendor, events: &[Event], outcome: &str) -> usize {
    let all = vendor.events().await;
    let is_so = |event: &&Event| {
        all.iter().any(|row| {
            row["source_event_id"] == event.id.as_str() && crate::world::outcome(row) == outcome
        })
    };
    events.iter().filter(is_so).count()
}
