//! What the purchase, its product and its licenses are the reason of.

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use super::{move_end_by_hand, subscribed, text};
use crate::fulfillment::ask;
use crate::shop::{moment, order, subscription};
use crate::world::World;

on_both! {
    no_licensed_product_is_what_nobody_wants_licensed,
    nothing_to_do_is_what_is_so_already,
    product_not_mapped_names_the_product,
    mapping_invalid_names_product_and_attribute,
    already_applied_is_the_second_copy,
    stale_is_what_newer_news_overtook,
    waiting_for_order_ends_with_the_order,
    license_not_found_is_one_that_somebody_deleted,
    interval_mismatch_names_both_periods,
    nothing_to_renew_is_what_never_ends,
    proration_no_renewal_moved_no_date,
    changed_by_hand_is_kept,
    changed_by_hand_parks_an_end_that_would_take_it_away,
    not_due_yet_names_the_date,
    key_without_order_counts_the_keys,
}

async fn no_licensed_product_is_what_nobody_wants_licensed(world: &World) {
    let vendor = world.vendor().await;
    let poster = order("A").line("poster", 1).completed();

    assert_eq!(
        world.tell(&vendor, &poster).await,
        "ignored no_licensed_product"
    );
}

async fn nothing_to_do_is_what_is_so_already(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let edited = bought.updated("2027-01-15T09:30:00Z");

    assert_eq!(world.tell(&vendor, &edited).await, "ignored nothing_to_do");
}

async fn product_not_mapped_names_the_product(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let delay = order("A").line("delay", 1).completed();

    assert_eq!(
        world.tell(&vendor, &delay).await,
        "parked product_not_mapped"
    );

    assert!(text(&vendor, &delay).await.contains("delay"));
}

async fn mapping_invalid_names_product_and_attribute(world: &World) {
    let vendor = world.vendor().await;
    let attributes = [
        ("cryptlex_product_id", ids::REVERB),
        ("cryptlex_mappings_quantity", "many"),
    ];
    let bought = order("A")
        .line("delay", 1)
        .attributes(&attributes)
        .line("reverb", 1)
        .completed();

    assert_eq!(world.tell(&vendor, &bought).await, "parked mapping_invalid");

    let text = text(&vendor, &bought).await;
    for word in ["delay", "mappings_quantity", "many"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(world.license_server.license().product_id, ids::REVERB);
}

async fn already_applied_is_the_second_copy(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &bought).await;

    let again = bought.resent_as("by hand");
    assert_eq!(world.tell(&vendor, &again).await, "ignored already_applied");
}

async fn stale_is_what_newer_news_overtook(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let paid = bought.clone().next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    world.tell(&vendor, &charge).await;

    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &overdue).await, "ignored stale");
}

async fn waiting_for_order_ends_with_the_order(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    let ended = bought.overdue("2027-01-15T09:30:00Z");

    assert_eq!(
        world.tell(&vendor, &ended).await,
        "waiting waiting_for_order"
    );
    world.begin(&vendor, &bought).await;

    assert!(!vendor.outcome(&ended).await.starts_with("waiting"));
    assert!(world.license_server.license().is_suspended);
}

async fn license_not_found_is_one_that_somebody_deleted(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let id = world.license_server.license().id;
    world.license_server.sandbox.delete_license_by_hand(&id);

    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &overdue).await,
        "parked license_not_found"
    );

    assert!(text(&vendor, &overdue).await.contains("subscription"));
    assert_eq!(world.license_server.licenses(), []);
}

async fn interval_mismatch_names_both_periods(world: &World) {
    let vendor = world.vendor().await;
    let yearly = subscription("S").every("year").next("2028-01-15");
    let bought = order("A").subscribed(&yearly).completed();

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "parked interval_mismatch"
    );

    let text = text(&vendor, &bought).await;
    assert_eq!(text, "Sold for a year, licensed for a month.");
}

async fn nothing_to_renew_is_what_never_ends(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").product("reverb");
    world.begin(&vendor, &bought).await;

    let charge = order("B").line("reverb", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&charge, "2027-01-15T09:40:00Z");
    assert_eq!(
        world.tell(&vendor, &charge).await,
        "ignored nothing_to_renew"
    );
}

async fn proration_no_renewal_moved_no_date(world: &World) {
    let (vendor, bought) = subscribed(world).await;

    let charge = bought.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    assert_eq!(
        world.tell(&vendor, &charge).await,
        "ignored proration_no_renewal"
    );
}

async fn changed_by_hand_is_kept(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    move_end_by_hand(world, "2028-01-01");

    let charge = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&charge, "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done changed_by_hand");

    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2028-01-01")));
}

async fn changed_by_hand_parks_an_end_that_would_take_it_away(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    move_end_by_hand(world, "2028-01-01");

    let ended = bought.deactivated("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &ended).await, "parked changed_by_hand");

    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2028-01-01")));
}

async fn not_due_yet_names_the_date(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let paused = bought.paused_from("2027-02-15", "2027-01-15T09:30:00Z");

    assert_eq!(world.tell(&vendor, &paused).await, "ignored not_due_yet");

    assert!(text(&vendor, &paused).await.contains("15 February 2027"));
}

async fn key_without_order_counts_the_keys(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    ask(&vendor, "NWA-A", "reverb", 2).await;
    world.work_after(SignedDuration::from_hours(23)).await;
    assert!(vendor.list("/events?state=parked").await.is_empty());

    world.work_after(SignedDuration::from_hours(2)).await;

    let parked = vendor.list("/events?state=parked").await;
    assert_eq!(parked.len(), 1, "{parked:#?}");
    let reason = &parked[0]["reason"];
    assert_eq!(reason["code"], "key_without_order");
    assert!(reason["text"].as_str().unwrap().contains("2 keys"));
    assert_eq!(parked[0]["source_event_id"], Value::Null);
}
