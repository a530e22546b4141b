//! Money that goes back for orders of another system: its licenses are found where it made some, else it is noted.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::{order, subscription};
use crate::world::World;

on_both! {
    a_refund_of_another_systems_order_finds_its_licenses,
    a_refund_of_another_systems_subscription_finds_its_licenses,
    a_chargeback_of_another_systems_order_finds_its_licenses,
    a_chargeback_of_what_began_another_systems_subscription_finds_its_licenses,
    a_chargeback_of_what_another_system_serves_is_noted,
    a_refund_of_an_order_that_nobody_knows_waits_and_then_asks,
}

async fn a_refund_of_another_systems_order_finds_its_licenses(world: &World) {
    let vendor = world.vendor().await;
    made_elsewhere(world, "A");
    made_elsewhere(world, "B");

    let refund = order("A")
        .line("reverb", 1)
        .refunded(&["reverb"], "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &refund).await, "done");

    assert_eq!(suspended(world), [true, false]);
    assert_eq!(world.license_server.calls("list"), 1);
}

async fn a_refund_of_another_systems_subscription_finds_its_licenses(world: &World) {
    let vendor = world.vendor().await;
    subscribed_elsewhere(world);
    let bought = subscription("S").with("initialOrderId", json!("A"));
    world
        .tell(&vendor, &bought.updated("2027-01-15T09:20:00Z"))
        .await;
    let first = order("A").subscribed(&bought);
    let renewal = order("B").subscribed(&bought);
    world.may_leave("waiting");

    let of_renewal = renewal.refunded(&["studio-pro"], "2027-01-15T09:25:00Z");
    world.tell(&vendor, &of_renewal).await;
    assert_eq!(suspended(world), [false], "the first purchase stands");

    let of_first = first.refunded(&["studio-pro"], "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &of_first).await, "done");
    assert_eq!(suspended(world), [true]);
}

async fn a_chargeback_of_another_systems_order_finds_its_licenses(world: &World) {
    let vendor = world.vendor().await;
    made_elsewhere(world, "A");
    made_elsewhere(world, "B");

    let chargeback = order("B")
        .line("reverb", 1)
        .charged_back("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &chargeback).await, "done");

    assert_eq!(suspended(world), [false, true]);
}

async fn a_chargeback_of_what_began_another_systems_subscription_finds_its_licenses(world: &World) {
    let vendor = world.vendor().await;
    subscribed_elsewhere(world);
    let bought = subscription("S").with("initialOrderId", json!("A"));
    world
        .tell(&vendor, &bought.updated("2027-01-15T09:20:00Z"))
        .await;

    let chargeback = order("A").charged_back("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &chargeback).await, "done");

    assert_eq!(suspended(world), [true]);
}

async fn a_chargeback_of_what_another_system_serves_is_noted(world: &World) {
    let vendor = world.vendor().await;
    let served = subscription("S").with("initialOrderId", json!("A"));
    let renewed = served.updated("2027-01-15T09:20:00Z");
    assert_eq!(
        world.tell(&vendor, &renewed).await,
        "waiting waiting_for_order"
    );
    world.may_leave("waiting");
    let writes = world.license_server.writes();

    let chargeback = order("A").charged_back("2027-01-15T09:30:00Z");
    let outcome = world.tell(&vendor, &chargeback).await;

    assert_eq!(outcome, "ignored nothing_to_do");
    assert_eq!(world.license_server.writes(), writes);
    // Should its own order come after all, its license is born suspended.
    world
        .tell(&vendor, &order("A").subscribed(&served).completed())
        .await;
    assert_eq!(suspended(world), [true]);
}

async fn a_refund_of_an_order_that_nobody_knows_waits_and_then_asks(world: &World) {
    let vendor = world.vendor().await;
    let refund = order("A")
        .line("reverb", 1)
        .refunded(&["reverb"], "2027-01-15T09:30:00Z");

    assert_eq!(
        world.tell(&vendor, &refund).await,
        "waiting waiting_for_order"
    );
    world.go_to("2027-01-18T10:00:01Z").await;

    assert_eq!(vendor.outcome(&refund).await, "parked license_not_found");
}

/// A license of subscription S that another system made.
fn subscribed_elsewhere(world: &World) {
    let row = json!({ "key": "fastspring_subscription_id", "value": "S", "viewPermissions": [] });
    let body = json!({
        "productId": ids::STUDIO_PRO, "key": "MADE-ELSEWHERE-FOR-THE-SUBSCRIPTION", "metadata": [row],
    });
    world.license_server.tell("/v3/licenses", &body);
}

/// A license of Reverb that another system made for an order.
fn made_elsewhere(world: &World, order: &str) {
    let row = json!({ "key": "fastspring_order_id", "value": order, "viewPermissions": [] });
    let body = json!({
        "productId": ids::REVERB, "key": format!("MADE-ELSEWHERE-FOR-ORDER-{order}"),
        "metadata": [row],
    });
    world.license_server.tell("/v3/licenses", &body);
}

fn suspended(world: &World) -> Vec<bool> {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .map(|license| license.is_suspended)
        .collect()
}
