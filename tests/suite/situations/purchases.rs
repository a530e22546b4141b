//! What is bought is made once, whatever comes with it.

use latchkey_sandbox::sample::ids;

use crate::shop::{order, subscription};
use crate::world::World;

on_both! {
    situation_01_a_one_time_order_gives_one_license,
    situation_02_the_same_event_again_gives_nothing_more,
    situation_03_every_event_of_a_delivery_is_handled,
    situation_07_mapped_lines_are_issued_once_beside_unmapped_ones,
    situation_16_an_add_on_bought_later_finds_its_subscription,
}

async fn situation_01_a_one_time_order_gives_one_license(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1);

    vendor.post(&order.completed()).await;
    world.work().await;

    let license = world.license_server.license();
    assert_eq!(license.product_id, ids::REVERB);
    assert_eq!(license.metadata["fastspring_order_id"], "A");
    assert!(license.is_perpetual && !license.is_suspended);
    assert_eq!(vendor.outcome(&order.completed()).await, "done");
}

async fn situation_02_the_same_event_again_gives_nothing_more(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1);

    vendor.post(&order.completed()).await;
    world.work().await;
    vendor.post(&order.completed()).await;
    world.work().await;

    assert_eq!(world.license_server.licenses().len(), 1);
    assert_eq!(vendor.events().await.len(), 1);
}

async fn situation_03_every_event_of_a_delivery_is_handled(world: &World) {
    let vendor = world.vendor().await;
    let subscription = subscription("S");
    let first = order("A").subscribed(&subscription).completed();
    let second = order("B").line("reverb", 1).completed();

    vendor
        .post_together(&[subscription.activated(), first.clone(), second.clone()])
        .await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let mut products: Vec<&str> = licenses
        .iter()
        .map(|license| license.product_id.as_str())
        .collect();
    products.sort_unstable();
    assert_eq!(products, [ids::STUDIO_PRO, ids::REVERB]);
    assert_eq!(vendor.outcome(&first).await, "done");
    assert_eq!(vendor.outcome(&second).await, "done");
}

async fn situation_07_mapped_lines_are_issued_once_beside_unmapped_ones(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("poster", 1).line("reverb", 1).completed();

    vendor.post(&order).await;
    world.work().await;
    vendor.post(&order).await;
    vendor.post(&order.resent_as("by hand")).await;
    world.work().await;

    assert_eq!(world.license_server.license().product_id, ids::REVERB);
    assert_eq!(vendor.outcome(&order).await, "done");
    let seen = vendor.seen_products().await;
    assert!(seen.contains(&"poster".to_owned()), "{seen:?}");
}

async fn situation_16_an_add_on_bought_later_finds_its_subscription(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;

    let later = order("B").addon("extra-seat", 1, &bought).completed();
    vendor.post(&later).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 2, "{licenses:#?}");
    assert_eq!(licenses[1].product_id, ids::STUDIO_LITE);
    assert_eq!(licenses[1].metadata["fastspring_subscription_id"], "S");
    assert_eq!(
        licenses[1].metadata["fastspring_driver"],
        "addon_studio-pro"
    );
    assert_eq!(vendor.outcome(&later).await, "done");
}
