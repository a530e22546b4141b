//! What changes later changes the licenses, and nothing else.

use latchkey_sandbox::sample::ids;

use crate::shop::{order, subscription};
use crate::world::World;

on_both! {
    situation_04_a_refund_suspends_the_licenses_of_the_refunded_lines,
    situation_05_a_license_follows_the_quantity,
    situation_05_a_license_follows_the_plan,
    situation_06_a_canceled_subscription_stays_valid_until_its_end,
    situation_14_a_proration_renews_nothing,
}

async fn situation_04_a_refund_suspends_the_licenses_of_the_refunded_lines(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1).line("studio-lite", 1);
    vendor.post(&order.completed()).await;
    world.work().await;

    let refund = order.refunded(&["reverb"], "2027-01-15T10:00:00Z");
    vendor.post(&refund).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let suspended = licenses.iter().filter(|license| license.is_suspended);
    let suspended: Vec<&str> = suspended
        .map(|license| license.product_id.as_str())
        .collect();
    assert_eq!(suspended, [ids::REVERB]);
    assert_eq!(vendor.outcome(&refund).await, "done");
}

async fn situation_05_a_license_follows_the_quantity(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;

    let more = bought.clone().quantity(3).updated("2027-01-15T09:30:00Z");
    vendor.post(&more).await;
    world.work().await;
    assert_eq!(world.license_server.licenses().len(), 3);

    let fewer = bought.quantity(2).updated("2027-01-15T09:40:00Z");
    vendor.post(&fewer).await;
    world.work().await;
    let licenses = world.license_server.licenses();
    assert_eq!(
        licenses
            .iter()
            .filter(|license| !license.is_suspended)
            .count(),
        2
    );
    assert!(licenses[2].is_suspended, "the youngest goes first");
    assert_eq!(vendor.outcome(&more).await, "done");
    assert_eq!(vendor.outcome(&fewer).await, "done");
}

async fn situation_05_a_license_follows_the_plan(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;

    let changed = bought
        .product("studio-lite")
        .updated("2027-01-15T09:30:00Z");
    vendor.post(&changed).await;
    world.work().await;

    assert_eq!(world.license_server.license().product_id, ids::STUDIO_LITE);
    assert_eq!(vendor.outcome(&changed).await, "done");
}

async fn situation_06_a_canceled_subscription_stays_valid_until_its_end(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    let before = world.license_server.license();

    let canceled = bought.canceled("2027-01-15T09:30:00Z");
    vendor.post(&canceled).await;
    world.work().await;

    assert_eq!(world.license_server.license(), before);
    assert_eq!(vendor.outcome(&canceled).await, "ignored notice_only");
}

async fn situation_14_a_proration_renews_nothing(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    let end = world.license_server.license().expires_at;

    let larger = bought.quantity(2);
    let charge = larger.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:46:00Z");
    vendor
        .post_together(&[larger.updated("2027-01-15T09:45:00Z"), charge.clone()])
        .await;
    world.work().await;

    assert_eq!(
        vendor.outcome(&charge).await,
        "ignored proration_no_renewal"
    );
    assert_eq!(world.license_server.effects("renew"), 0);
    assert_eq!(world.license_server.licenses()[0].expires_at, end);
    assert_eq!(world.license_server.licenses().len(), 2);
}
