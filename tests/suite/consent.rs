//! Ask before taking away: what takes access away waits for a yes, and a no is kept.

use jiff::SignedDuration;
use latchkey_sandbox::snapshot::HandEdit;
use serde_json::{Value, json};

use crate::shop::{Subscription, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    an_ending_waits_for_a_yes_and_is_done_after_it,
    an_ending_that_got_a_no_is_never_asked_for_again,
    a_new_cause_asks_anew_after_a_no,
    a_yes_applies_only_to_what_is_still_wanted,
    a_purchase_is_served_without_asking,
    several_endings_are_one_problem,
    an_end_moved_later_by_hand_is_taken_back_only_after_a_yes,
    an_end_moved_later_by_hand_stays_after_a_no,
    a_license_with_more_time_by_hand_is_not_deleted_without_a_yes,
    nothing_that_did_not_ask_can_be_answered,
    a_problem_of_another_vendor_is_not_found,
}

async fn an_ending_waits_for_a_yes_and_is_done_after_it(world: &World) {
    let (vendor, bought) = asking(world).await;
    let end = bought.deactivated("2027-01-15T09:30:00Z");
    vendor.post(&end).await;
    world.work().await;
    let event = vendor.event(&end).await;
    assert_eq!(crate::world::outcome(&event), "parked awaiting_consent");
    assert_eq!(event["effects"][0]["kind"], "delete", "{event:#}");
    assert_eq!(event["effects"][0]["state"], "planned");
    assert_eq!(world.license_server.licenses().len(), 1);

    vendor.act(&end, "approve", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(world.license_server.licenses(), []);
    let event = vendor.event(&end).await;
    assert_eq!(crate::world::outcome(&event), "done");
    assert_eq!(
        event["effects"].as_array().map(Vec::len),
        Some(1),
        "{event:#}"
    );
    assert_eq!(event["effects"][0]["state"], "done");
}

async fn an_ending_that_got_a_no_is_never_asked_for_again(world: &World) {
    let (vendor, bought) = asking(world).await;
    let end = bought.deactivated("2027-01-15T09:30:00Z");
    vendor.post(&end).await;
    world.work().await;

    vendor.act(&end, "drop", &json!({})).await.expect(202);
    world.work().await;
    let resent = end.resent_as("pressed-resend");
    vendor.post(&resent).await;
    vendor.act(&end, "replay", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&end).await, "ignored kept_by_choice");
    assert_eq!(vendor.outcome(&resent).await, "ignored kept_by_choice");
    assert_eq!(problems(&vendor).await, Vec::<Value>::new());
    assert_eq!(world.license_server.licenses().len(), 1);
    let event = vendor.event(&end).await;
    assert_eq!(event["effects"][0]["state"], "skipped", "{event:#}");
}

async fn a_new_cause_asks_anew_after_a_no(world: &World) {
    let (vendor, bought) = asking(world).await;
    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    vendor.post(&overdue).await;
    world.work().await;
    vendor.act(&overdue, "drop", &json!({})).await.expect(202);
    world.work().await;

    let end = bought.deactivated("2027-01-15T09:40:00Z");
    vendor.post(&end).await;
    world.work().await;

    assert_eq!(vendor.outcome(&overdue).await, "ignored kept_by_choice");
    assert_eq!(vendor.outcome(&end).await, "parked awaiting_consent");
}

async fn a_yes_applies_only_to_what_is_still_wanted(world: &World) {
    let (vendor, bought) = asking(world).await;
    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    vendor.post(&overdue).await;
    world.work().await;
    assert_eq!(vendor.outcome(&overdue).await, "parked awaiting_consent");
    let paid = bought.next("2027-03-15");
    vendor
        .post(&paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z"))
        .await;
    world.work().await;

    vendor
        .act(&overdue, "approve", &json!({}))
        .await
        .expect(202);
    world.work().await;

    assert!(!world.license_server.license().is_suspended);
    assert_eq!(vendor.outcome(&overdue).await, "ignored stale");
    let event = vendor.event(&overdue).await;
    assert_eq!(event["effects"][0]["state"], "skipped", "{event:#}");
}

async fn a_purchase_is_served_without_asking(world: &World) {
    let (vendor, bought) = asking(world).await;
    let more = bought.quantity(3).updated("2027-01-15T09:30:00Z");

    vendor.post(&more).await;
    world.work().await;

    assert_eq!(vendor.outcome(&more).await, "done");
    assert_eq!(world.license_server.licenses().len(), 3);
}

async fn several_endings_are_one_problem(world: &World) {
    let vendor = world.vendor_with(asks()).await;
    for number in 1..=3 {
        let bought = order(&format!("A{number}")).line("reverb", 1);
        vendor.post(&bought.completed()).await;
        world.work().await;
        vendor
            .post(&bought.refunded(&["reverb"], "2027-01-15T09:30:00Z"))
            .await;
    }
    world.work().await;
    let found = problems(&vendor).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["code"], "awaiting_consent");
    assert_eq!(found[0]["count"], 3);

    let path = format!("/problems/{}/approve", found[0]["id"].as_str().unwrap());
    let answer = vendor.post_json(&path, &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(answer.json()["count"], 3);
    let licenses = world.license_server.licenses();
    assert!(licenses.iter().all(|license| license.is_suspended));
    assert_eq!(problems(&vendor).await, Vec::<Value>::new());
    vendor.post_json(&path, &json!({})).await.expect(404);
}

async fn an_end_moved_later_by_hand_is_taken_back_only_after_a_yes(world: &World) {
    let (vendor, end) = moved_by_hand(world, "expire").await;
    assert_eq!(vendor.outcome(&end).await, "parked changed_by_hand");
    assert_eq!(
        world.license_server.license().expires_at,
        Some(moment("2027-06-30"))
    );

    vendor.act(&end, "approve", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&end).await, "done");
    let ends = world.license_server.license().expires_at;
    assert_eq!(ends, Some(moment("2027-01-15T10:05:00Z")));
}

async fn an_end_moved_later_by_hand_stays_after_a_no(world: &World) {
    let (vendor, end) = moved_by_hand(world, "expire").await;

    vendor.act(&end, "drop", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&end).await, "ignored kept_by_choice");
    let ends = world.license_server.license().expires_at;
    assert_eq!(ends, Some(moment("2027-06-30")));
}

async fn a_license_with_more_time_by_hand_is_not_deleted_without_a_yes(world: &World) {
    let (vendor, end) = moved_by_hand(world, "delete").await;
    assert_eq!(vendor.outcome(&end).await, "parked changed_by_hand");
    assert_eq!(world.license_server.licenses().len(), 1);

    vendor.act(&end, "approve", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(world.license_server.licenses(), []);
}

async fn nothing_that_did_not_ask_can_be_answered(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    vendor.post(&bought).await;
    world.work().await;

    let answer = vendor.act(&bought, "approve", &json!({})).await;

    assert_eq!(answer.expect(409).json()["code"], "conflict");
    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn a_problem_of_another_vendor_is_not_found(world: &World) {
    let (vendor, bought) = asking(world).await;
    let stranger = world.vendor().await;
    let end = bought.deactivated("2027-01-15T09:30:00Z");
    vendor.post(&end).await;
    world.work().await;
    let problem = &problems(&vendor).await[0]["id"];
    let event = &vendor.event(&end).await["id"];

    for path in [
        format!("/problems/{}/approve", problem.as_str().unwrap()),
        format!("/events/{}/approve", event.as_str().unwrap()),
    ] {
        stranger.post_json(&path, &json!({})).await.expect(404);
    }

    assert_eq!(vendor.outcome(&end).await, "parked awaiting_consent");
}

fn asks() -> Value {
    json!({ "policy": { "preset": "cryptlex", "endings": "ask" } })
}

async fn asking(world: &World) -> (Vendor, Subscription) {
    let vendor = world.vendor_with(asks()).await;
    (vendor.clone(), subscribe(world, &vendor).await)
}

async fn subscribe(world: &World, vendor: &Vendor) -> Subscription {
    let bought = subscription("S");
    let order = order("A").subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), order]).await;
    world.work().await;
    bought
}

/// A license whose end support moved to June, seen by the sweep; then its subscription ended.
async fn moved_by_hand(world: &World, deactivation: &str) -> (Vendor, crate::shop::Event) {
    let vendor = world
        .vendor_with(json!({ "policy": { "deactivation": deactivation } }))
        .await;
    let bought = subscribe(world, &vendor).await;
    let by_hand = HandEdit {
        expires_at: Some(Some(moment("2027-06-30"))),
        ..HandEdit::default()
    };
    let id = world.license_server.license().id;
    world.license_server.edit_by_hand(&id, by_hand);
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    let end = bought.deactivated("2027-01-15T10:05:00Z");
    vendor.post(&end).await;
    world.work().await;
    (vendor, end)
}

async fn problems(vendor: &Vendor) -> Vec<Value> {
    vendor.list("/problems").await
}
