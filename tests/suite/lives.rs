//! What befalls licenses beyond the eighteen situations: pauses, refunds, bundles, seats, modes, and people who help by hand.

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use latchkey_sandbox::snapshot::HandEdit;
use serde_json::json;

use crate::shop::{Subscription, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_payment_lifts_the_suspension_for_an_overdue_bill,
    a_suspension_by_hand_is_never_lifted,
    an_end_that_was_moved_later_by_hand_is_kept,
    a_pause_suspends_and_going_on_lifts_it,
    half_a_refund_ends_nothing,
    a_chargeback_suspends_the_whole_order,
    a_bundle_gives_its_members,
    an_add_on_in_the_order_gives_a_license_of_its_own,
    a_quantity_may_become_seats,
    an_interval_that_does_not_fit_waits_for_a_person,
    attributes_of_the_shop_do_without_a_mapping,
    a_mapping_sets_the_parked_order_going,
    shadow_mode_plans_and_does_nothing,
    what_follows_a_purchase_that_was_only_watched_is_only_watched_too,
    a_paused_store_goes_on_where_it_stopped,
    a_buyer_who_comes_back_costs_one_call,
    a_test_order_is_an_order,
    a_failed_charge_alone_changes_nothing,
}

async fn a_payment_lifts_the_suspension_for_an_overdue_bill(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    vendor.post(&bought.overdue("2027-01-15T09:30:00Z")).await;
    world.work().await;
    assert!(world.license_server.license().is_suspended);

    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    vendor.post(&charge).await;
    world.work().await;

    let license = world.license_server.license();
    assert!(!license.is_suspended);
    assert_eq!(license.expires_at, Some(moment("2027-03-15T10:00:00Z")));
    assert_eq!(vendor.outcome(&charge).await, "done");
}

async fn a_suspension_by_hand_is_never_lifted(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let id = world.license_server.license().id;
    let by_hand = HandEdit {
        is_suspended: Some(true),
        ..HandEdit::default()
    };
    world.license_server.edit_by_hand(&id, by_hand);
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;

    vendor.post(&bought.overdue("2027-01-15T09:30:00Z")).await;
    world.work().await;
    let paid = bought.next("2027-03-15");
    vendor
        .post(&paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z"))
        .await;
    world.work().await;

    assert!(world.license_server.license().is_suspended);
}

async fn an_end_that_was_moved_later_by_hand_is_kept(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let id = world.license_server.license().id;
    let later = Some(moment("2027-06-30"));
    let by_hand = HandEdit {
        expires_at: Some(later),
        ..HandEdit::default()
    };
    world.license_server.edit_by_hand(&id, by_hand);
    world.clock.advance(SignedDuration::from_mins(10));

    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    vendor.post(&charge).await;
    world.work().await;

    let end = world.license_server.license().expires_at;
    assert!(end >= later, "{end:?}, {}", vendor.outcome(&charge).await);
}

async fn a_pause_suspends_and_going_on_lifts_it(world: &World) {
    let (vendor, bought) = subscribed(world).await;

    vendor.post(&bought.paused("2027-01-15T09:30:00Z")).await;
    world.work().await;
    assert!(world.license_server.license().is_suspended);
    vendor.post(&bought.resumed("2027-01-15T09:40:00Z")).await;
    world.work().await;

    assert!(!world.license_server.license().is_suspended);
}

async fn half_a_refund_ends_nothing(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1);
    vendor.post(&order.completed()).await;
    world.work().await;
    let writes = world.license_server.writes();

    vendor
        .post(&order.half_refunded(&["reverb"], "2027-01-15T09:30:00Z"))
        .await;
    world.work().await;

    assert_eq!(world.license_server.writes(), writes);
    assert!(!world.license_server.license().is_suspended);
}

async fn a_chargeback_suspends_the_whole_order(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1).line("studio-lite", 1);
    vendor.post(&order.completed()).await;
    world.work().await;

    let chargeback = order.charged_back("2027-01-15T09:30:00Z");
    vendor.post(&chargeback).await;
    world.work().await;

    assert!(
        world
            .license_server
            .licenses()
            .iter()
            .all(|license| license.is_suspended)
    );
    assert_eq!(vendor.outcome(&chargeback).await, "done");
}

async fn a_bundle_gives_its_members(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A")
        .line("everything", 1)
        .attributes(&[("cryptlex_is_bundle", "true")])
        .bundled("reverb", 1, "everything")
        .bundled("studio-lite", 2, "everything")
        .completed();

    vendor.post(&order).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 3, "{licenses:#?}");
    assert!(
        licenses
            .iter()
            .all(|license| license.metadata["fastspring_driver"] == "bundle_everything")
    );
    assert_eq!(vendor.outcome(&order).await, "done");
}

async fn an_add_on_in_the_order_gives_a_license_of_its_own(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").with_addon("extra-seat", 2);
    let order = order("A")
        .subscribed(&bought)
        .addon("extra-seat", 2, &bought)
        .completed();

    vendor
        .post_together(&[bought.activated(), order.clone()])
        .await;
    world.work().await;

    assert_eq!(world.license_server.licenses().len(), 3);
    assert_eq!(vendor.outcome(&order).await, "done");
}

async fn a_quantity_may_become_seats(world: &World) {
    let vendor = world.vendor().await;
    let mapping = json!({
        "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY,
        "attributes": { "mappings_quantity": "allowed_activations" },
    });
    vendor.map("studio-pro", &mapping).await;
    let bought = subscription("S").quantity(5);
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    assert_eq!(world.license_server.license().allowed_activations, 5);

    vendor
        .post(&bought.quantity(7).updated("2027-01-15T09:30:00Z"))
        .await;
    world.work().await;

    assert_eq!(world.license_server.license().allowed_activations, 7);
}

async fn an_interval_that_does_not_fit_waits_for_a_person(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").every("year").next("2028-01-15");
    let order = order("A").subscribed(&bought).completed();
    vendor
        .post_together(&[bought.activated(), order.clone()])
        .await;
    world.work().await;
    assert_eq!(vendor.outcome(&order).await, "parked interval_mismatch");
    assert_eq!(world.license_server.licenses(), []);

    let year = json!({ "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::YEARLY });
    vendor.map("studio-pro", &year).await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2028-01-15T10:00:00Z")));
}

async fn attributes_of_the_shop_do_without_a_mapping(world: &World) {
    let vendor = world.vendor().await;
    let attributes = [
        ("cryptlex_product_id", ids::REVERB),
        ("cryptlex_license_template_id", ids::PERPETUAL),
        ("cryptlex_metadata_color", "blue"),
    ];

    vendor
        .post(
            &order("A")
                .line("delay", 1)
                .attributes(&attributes)
                .completed(),
        )
        .await;
    world.work().await;

    let license = world.license_server.license();
    assert_eq!(license.product_id, ids::REVERB);
    assert_eq!(license.metadata["color"], "blue");
}

async fn a_mapping_sets_the_parked_order_going(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let order = order("A").line("delay", 1).completed();
    vendor.post(&order).await;
    world.work().await;
    assert_eq!(vendor.outcome(&order).await, "parked product_not_mapped");

    vendor
        .map("delay", &json!({ "license_product_id": ids::REVERB }))
        .await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    assert_eq!(world.license_server.license().product_id, ids::REVERB);
}

async fn shadow_mode_plans_and_does_nothing(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "shadow" })).await;
    let order = order("A").line("reverb", 2).completed();

    vendor.post(&order).await;
    world.work().await;

    let event = vendor.event(&order).await;
    assert_eq!(crate::world::outcome(&event), "ignored shadow_mode");
    let effects = event["effects"].as_array().unwrap();
    assert_eq!(effects.len(), 2, "{event:#}");
    assert!(effects.iter().all(|effect| effect["state"] == "planned"));
    assert_eq!(world.license_server.writes(), 0);
}

async fn what_follows_a_purchase_that_was_only_watched_is_only_watched_too(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "shadow" })).await;
    let bought = subscription("S");
    let first = bought.first_order();
    let rebill = order("B").line("studio-pro", 1);
    for event in [
        first.completed(),
        bought
            .clone()
            .next("2027-03-15")
            .charged(&rebill, "2027-01-15T09:40:00Z"),
        bought.overdue("2027-01-15T09:45:00Z"),
    ] {
        assert_eq!(world.tell(&vendor, &event).await, "ignored shadow_mode");
    }
    assert_eq!(world.license_server.writes(), 0);
}

async fn a_paused_store_goes_on_where_it_stopped(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "paused" })).await;
    let order = order("A").line("reverb", 1).completed();
    vendor.post(&order).await;
    world.work().await;
    assert_eq!(vendor.outcome(&order).await, "waiting storefront_paused");

    vendor.set_mode("live").await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
}

async fn a_buyer_who_comes_back_costs_one_call(world: &World) {
    let vendor = world.vendor().await;
    let email = "second@example.com";
    vendor
        .post(&order("A").by(email).line("reverb", 1).completed())
        .await;
    world.work().await;
    let calls = world.license_server.ledger().entries().count();

    let again = order("B")
        .by(email)
        .at("2027-01-15T09:30:00Z")
        .line("reverb", 1);
    vendor.post(&again.completed()).await;
    world.work().await;

    assert_eq!(world.license_server.ledger().entries().count(), calls + 1);
    assert_eq!(world.license_server.effects("user-create"), 1);
}

async fn a_test_order_is_an_order(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1).completed().in_test_mode();

    vendor.post(&order).await;
    world.work().await;

    let event = vendor.event(&order).await;
    assert_eq!(event["live"], false);
    assert_eq!(event["state"], "done", "{event:#}");
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn a_failed_charge_alone_changes_nothing(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let before = world.license_server.license();

    vendor
        .post(&bought.charge_failed("2027-01-15T09:30:00Z"))
        .await;
    vendor
        .post(&bought.uncanceled("2027-01-15T09:31:00Z"))
        .await;
    world.work().await;

    assert_eq!(world.license_server.license(), before);
}

async fn subscribed(world: &World) -> (Vendor, Subscription) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    let order = order("A").subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), order]).await;
    world.work().await;
    (vendor, bought)
}
