//! Events that the shop could not bring: they are fetched by its own API.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::shop::{Event, order};
use crate::shop_api::{QUARTER, bare_charge, renewed, running, vendor, vendor_with};
use crate::world::World;

on_both! {
    events_that_never_came_are_recovered_within_a_quarter_of_an_hour,
    a_fetched_event_and_its_webhook_are_one,
    more_events_than_a_page_are_all_fetched,
    while_only_watching_nothing_is_acknowledged,
    two_replicas_look_once,
    refused_credentials_are_tried_rarely_until_they_are_replaced,
    credentials_that_are_accepted_again_need_nobody,
    a_removed_store_is_not_looked_at,
    types_that_never_came_are_named,
    a_check_says_whether_the_credentials_are_accepted,
}

async fn events_that_never_came_are_recovered_within_a_quarter_of_an_hour(world: &World) {
    let vendor = vendor(world).await;
    world.fill_gaps().await;
    let orders: Vec<Event> = (0..40)
        .map(|number| order(&format!("O{number}")).line("reverb", 1).completed())
        .collect();
    for (number, event) in orders.iter().enumerate() {
        world.shop_api.happened(event);
        if number % 20 != 7 {
            vendor.post(event).await;
            world.shop_api.acknowledge(&event.id);
        }
    }
    world.work().await;
    assert_eq!(world.license_server.licenses().len(), 38);

    world.clock.advance(QUARTER);
    world.fill_gaps().await;

    assert_eq!(world.license_server.licenses().len(), 40);
    assert!(world.shop_api.unacknowledged().is_empty());
    assert_eq!(vendor.outcome(&orders[7]).await, "done");
    let event = vendor.event(&orders[7]).await;
    assert_eq!(
        event["timeline"][0]["text"],
        "Fetched from FastSpring, stored on disk"
    );
    let deliveries = vendor.list("/deliveries").await;
    let fetched = deliveries.iter().filter(|row| row["outcome"] == "fetched");
    assert_eq!(fetched.count(), 1);
}

async fn a_fetched_event_and_its_webhook_are_one(world: &World) {
    let vendor = vendor(world).await;
    let event = order("A").line("reverb", 1).completed();
    world.shop_api.happened(&event);

    world.fill_gaps().await;
    vendor.post(&event).await;
    world.work().await;

    assert_eq!(vendor.events().await.len(), 1);
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn more_events_than_a_page_are_all_fetched(world: &World) {
    let vendor = vendor(world).await;
    for number in 0..60 {
        let event = order(&format!("O{number}")).line("reverb", 1).completed();
        world.shop_api.happened(&event);
    }

    world.fill_gaps().await;

    assert_eq!(vendor.events().await.len(), 60);
    assert_eq!(world.license_server.licenses().len(), 60);
    assert!(world.shop_api.unacknowledged().is_empty());
}

async fn while_only_watching_nothing_is_acknowledged(world: &World) {
    let vendor = vendor_with(world, json!({ "mode": "shadow" })).await;
    let event = order("A").line("reverb", 1).completed();
    world.shop_api.happened(&event);

    world.fill_gaps().await;

    assert_eq!(vendor.outcome(&event).await, "ignored shadow_mode");
    assert_eq!(world.shop_api.unacknowledged(), [event.id]);
}

async fn two_replicas_look_once(world: &World) {
    let vendor = vendor(world).await;
    world
        .shop_api
        .happened(&order("A").line("reverb", 1).completed());
    let pipeline = &world.app.pipeline;

    let (one, other) = tokio::join!(
        pipeline.fetch_missed_events(),
        pipeline.fetch_missed_events()
    );
    world.work().await;

    assert_eq!(one.unwrap() + other.unwrap(), 1);
    let looks = world.shop_api.requests();
    let looks = looks.iter().filter(|line| line.starts_with("GET"));
    assert_eq!(looks.count(), 1);
    assert_eq!(vendor.events().await.len(), 1);
}

async fn refused_credentials_are_tried_rarely_until_they_are_replaced(world: &World) {
    let vendor = vendor(world).await;
    world.shop_api.accept("another");
    let event = order("A").line("reverb", 1).completed();
    world.shop_api.happened(&event);

    world.fill_gaps().await;
    for minute in 1..=44 {
        world.clock.advance(SignedDuration::from_mins(1));
        world.fill_gaps().await;
        let tries = [1, 5, 15].into_iter().filter(|after| *after <= minute);
        assert_eq!(world.shop_api.requests().len(), 1 + tries.count());
    }

    let store = format!("/storefronts/{}", vendor.storefront_id);
    let given = json!({ "api_password": "another" });
    vendor
        .send(Method::PATCH, &store, Some(&given))
        .await
        .expect(200);
    world.fill_gaps().await;

    assert_eq!(vendor.outcome(&event).await, "done");
}

async fn credentials_that_are_accepted_again_need_nobody(world: &World) {
    let vendor = vendor(world).await;
    world.shop_api.accept("another");
    let event = order("A").line("reverb", 1).completed();
    world.shop_api.happened(&event);
    world.fill_gaps().await;

    world.shop_api.accept("right");
    world.clock.advance(SignedDuration::from_mins(1));
    world.fill_gaps().await;

    assert_eq!(vendor.outcome(&event).await, "done");
}

async fn a_removed_store_is_not_looked_at(world: &World) {
    let vendor = vendor(world).await;
    world
        .shop_api
        .happened(&order("A").line("reverb", 1).completed());
    let store = format!("/storefronts/{}", vendor.storefront_id);
    vendor.send(Method::DELETE, &store, None).await.expect(204);

    world.fill_gaps().await;

    assert!(world.shop_api.requests().is_empty());
}

async fn types_that_never_came_are_named(world: &World) {
    let vendor = vendor(world).await;
    let store = format!("/storefronts/{}", vendor.storefront_id);
    let never_seen = || async {
        let shown = vendor.get(&store).await.expect(200).json();
        shown["event_types_never_seen"].as_array().cloned().unwrap()
    };
    assert!(never_seen().await.is_empty(), "nothing came at all");

    vendor.post(&order("A").line("reverb", 1).completed()).await;
    world.work().await;
    let refund = order("A")
        .line("reverb", 1)
        .refunded(&["reverb"], "2027-01-15T10:00:00Z");
    assert!(never_seen().await.contains(&json!("return.created")));
    assert!(!never_seen().await.contains(&json!("order.completed")));

    world.shop_api.happened(&refund);
    world.fill_gaps().await;
    assert!(!never_seen().await.contains(&json!("return.created")));
}

async fn a_check_says_whether_the_credentials_are_accepted(world: &World) {
    let vendor = vendor(world).await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));
    let check = format!("/storefronts/{}/check-api", vendor.storefront_id);
    world.shop_api.accept("another");
    let charge = bare_charge(&bought);
    vendor.post(&charge).await;
    world.work().await;

    let refused = vendor
        .post_json(&check, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(refused["state"], "unauthorized");
    world.shop_api.accept("right");
    let accepted = vendor
        .post_json(&check, &json!({}))
        .await
        .expect(200)
        .json();
    world.work().await;

    assert_eq!(accepted["state"], "ok");
    assert_eq!(vendor.outcome(&charge).await, "done");
    let without = world.vendor().await;
    let check = format!("/storefronts/{}/check-api", without.storefront_id);
    without.post_json(&check, &json!({})).await.expect(409);
}
