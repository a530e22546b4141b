//! What the message itself and the rules are the reason of.

use serde_json::json;

use super::{subscribed, text};
use crate::shop::{Event, moment, order, subscription};
use crate::world::World;

on_both! {
    unknown_event_type_is_ignored,
    notice_only_names_what_was_told,
    expansion_off_names_the_setting,
    awaiting_consent_holds_back_an_ending,
    test_event_ignored_leaves_tests_alone,
    shadow_mode_says_what_would_have_been_done,
    storefront_paused_keeps_the_event,
    unsafe_without_reference_touches_nobody,
    payload_invalid_names_what_is_missing,
    delivery_failed_is_shown,
}

async fn unknown_event_type_is_ignored(world: &World) {
    let vendor = world.vendor().await;
    let event = Event::new("moon.full", "M", moment("2027-01-15"), json!({ "id": "M" }));

    assert_eq!(
        world.tell(&vendor, &event).await,
        "ignored unknown_event_type"
    );
}

async fn notice_only_names_what_was_told(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let reminded = bought.reminded("2027-01-15T09:30:00Z");

    assert_eq!(world.tell(&vendor, &reminded).await, "ignored notice_only");

    assert!(
        text(&vendor, &reminded)
            .await
            .contains("a payment is coming")
    );
}

async fn expansion_off_names_the_setting(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let charge = bought.next("2027-03-15").unexpanded();
    let charge = charge.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");

    assert_eq!(world.tell(&vendor, &charge).await, "parked expansion_off");

    assert!(text(&vendor, &charge).await.contains("webhook expansion"));
}

async fn awaiting_consent_holds_back_an_ending(world: &World) {
    let vendor = world
        .vendor_by("cryptlex", json!({ "endings": "ask" }))
        .await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    let ended = bought.deactivated("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &ended).await, "parked awaiting_consent");

    assert!(!world.license_server.license().is_suspended);
}

async fn test_event_ignored_leaves_tests_alone(world: &World) {
    let vendor = world
        .vendor_by("cryptlex", json!({ "test_events": "ignore" }))
        .await;
    let bought = order("A").line("reverb", 1).completed().in_test_mode();

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "ignored test_event_ignored"
    );

    assert_eq!(world.license_server.licenses(), []);
}

async fn shadow_mode_says_what_would_have_been_done(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "shadow" })).await;
    let bought = order("A").line("reverb", 1).completed();

    assert_eq!(world.tell(&vendor, &bought).await, "ignored shadow_mode");

    assert!(
        text(&vendor, &bought)
            .await
            .contains("Make license 1 of reverb")
    );
}

async fn storefront_paused_keeps_the_event(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "paused" })).await;
    let bought = order("A").line("reverb", 1).completed();
    world.may_leave("waiting");

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "waiting storefront_paused"
    );

    assert_eq!(world.license_server.licenses(), []);
}

async fn unsafe_without_reference_touches_nobody(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let charge = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&charge, "2027-01-15T09:40:00Z");

    let charge = charge.with("subscription", json!(null));
    assert_eq!(
        world.tell(&vendor, &charge).await,
        "parked unsafe_without_reference"
    );
}

async fn payload_invalid_names_what_is_missing(world: &World) {
    let vendor = world.vendor().await;
    let nameless = subscription("S").updated("2027-01-15T09:30:00Z");

    let nameless = nameless
        .with("id", json!(""))
        .with("subscription", json!(""));
    assert_eq!(
        world.tell(&vendor, &nameless).await,
        "parked payload_invalid"
    );

    assert!(text(&vendor, &nameless).await.contains("subscription"));
}

async fn delivery_failed_is_shown(world: &World) {
    let vendor = world.vendor().await;
    let data = json!({
        "product": "reverb", "order": "A", "reference": "NWA-A", "type": "License",
        "reason": "The remote server did not answer in time.",
    });
    let failed = Event::new("fulfillment.failed", "A", moment("2027-01-15"), data);

    assert_eq!(world.tell(&vendor, &failed).await, "parked delivery_failed");
}
