//! Keys in the receipt: asked for while an order is being placed, adopted when it has come.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::{key_request, order};
use crate::world::{Answer, Backend, PRIVATE_KEY, Vendor, World, WorldOptions};

on_both! {
    a_key_is_answered_and_exists,
    a_hundred_keys_are_answered_at_once_and_made_behind,
    the_same_request_gives_the_same_keys_for_ever,
    requests_at_the_same_time_give_the_same_keys,
    replicas_give_the_same_keys,
    the_product_is_named_by_address_or_form,
    a_products_own_private_key_goes_before_the_stores,
    what_the_form_says_goes_before_the_mapping,
    a_test_order_is_one_like_any_other,
}

/// The keys of an answer, one per line.
pub fn keys(answer: Answer) -> Vec<String> {
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    answer
        .expect(200)
        .text
        .split('\n')
        .map(str::to_owned)
        .collect()
}

/// The keys that the license server has.
pub fn made(world: &World) -> BTreeSet<String> {
    let licenses = world.license_server.licenses();
    licenses.into_iter().map(|license| license.key).collect()
}

/// Asks for a key with this parameter of the product, and it must be answered.
pub async fn ask_with(
    vendor: &Vendor,
    reference: &str,
    product: &str,
    (name, value): (&str, &str),
) -> Vec<String> {
    let request = key_request(reference, product).with(name, value);
    keys(vendor.ask_for_keys(&request).await)
}

/// Asks for so many keys, which must be answered.
pub async fn ask(vendor: &Vendor, reference: &str, product: &str, quantity: u32) -> Vec<String> {
    let request = key_request(reference, product).quantity(quantity);
    keys(vendor.ask_for_keys(&request).await)
}

async fn a_key_is_answered_and_exists(world: &World) {
    let vendor = world.vendor_with_receipts().await;

    let answered = ask(&vendor, "NWA-A", "reverb", 1).await;

    let license = world.license_server.license();
    assert_eq!(answered, [license.key]);
    assert_eq!(license.product_id, ids::REVERB);
    world.work().await;
    assert_eq!(world.license_server.licenses().len(), 1);
    let events = vendor.events().await;
    let request = events
        .iter()
        .find(|event| event["type"] == "keys.requested");
    assert_eq!(request.unwrap()["state"], "done");
}

async fn a_hundred_keys_are_answered_at_once_and_made_behind(world: &World) {
    let vendor = world.vendor_with_receipts().await;

    let answered = ask(&vendor, "NWA-A", "reverb", 100).await;

    assert_eq!(answered.len(), 100);
    assert_eq!(world.license_server.licenses().len(), 1);
    world.work().await;
    assert_eq!(made(world), answered.into_iter().collect());
    assert_eq!(world.license_server.effects("create"), 100);
}

async fn the_same_request_gives_the_same_keys_for_ever(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let first = ask(&vendor, "NWA-A", "reverb", 3).await;

    assert_eq!(ask(&vendor, "NWA-A", "reverb", 3).await, first);
    world.work().await;
    assert_eq!(ask(&vendor, "NWA-A", "reverb", 3).await, first);
    vendor.post(&order("A").line("reverb", 3).completed()).await;
    world.work().await;
    assert_eq!(ask(&vendor, "NWA-A", "reverb", 3).await, first);
    world.work_after(SignedDuration::from_hours(24 * 400)).await;

    assert_eq!(ask(&vendor, "NWA-A", "reverb", 3).await, first);
    assert_eq!(world.license_server.effects("create"), 3);
}

async fn requests_at_the_same_time_give_the_same_keys(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let request = key_request("NWA-A", "reverb").quantity(2);

    let (first, second, third) = tokio::join!(
        vendor.ask_for_keys(&request),
        vendor.ask_for_keys(&request),
        vendor.ask_for_keys(&request),
    );

    let first = keys(first);
    assert_eq!(first.len(), 2);
    assert_eq!(keys(second), first);
    assert_eq!(keys(third), first);
    world.work().await;
    assert_eq!(world.license_server.effects("create"), 2);
}

async fn replicas_give_the_same_keys(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let replica = world.replica().await;
    let twin = vendor.at(&replica.url);
    let request = key_request("NWA-A", "reverb").quantity(2);

    let (first, second) = tokio::join!(vendor.ask_for_keys(&request), twin.ask_for_keys(&request));

    assert_eq!(keys(first), keys(second));
    world.work().await;
    assert_eq!(world.license_server.effects("create"), 2);
    replica.stop().await;
}

async fn the_product_is_named_by_address_or_form(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let plain = key_request("NWA-A", "studio-lite").without("product");
    let named = plain.clone().with("internalProductName", "reverb");
    let elsewhere = plain.clone().with("product", "Studio Pro 2027");

    let by_name = vendor.ask_for_keys(&named).await.expect(200);
    let by_address = vendor
        .send_form("/studio-lite", elsewhere.signed(PRIVATE_KEY))
        .await
        .expect(200);
    let by_nothing = vendor.ask_for_keys(&plain).await;

    assert_ne!(by_name.text, by_address.text);
    let products: Vec<String> = world
        .license_server
        .licenses()
        .into_iter()
        .map(|license| license.product_id)
        .collect();
    assert_eq!(products, [ids::REVERB, ids::STUDIO_LITE]);
    assert!(by_nothing.expect(400).text.contains("product"));
}

async fn a_products_own_private_key_goes_before_the_stores(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    vendor
        .map(
            "reverb",
            &json!({ "license_product_id": ids::REVERB, "license_template_id": ids::PERPETUAL, "fulfillment_key": "of-reverb" }),
        )
        .await;
    let request = key_request("NWA-A", "reverb");

    vendor.ask_for_keys(&request).await.expect(401);
    vendor
        .send_form("", request.signed("of-reverb"))
        .await
        .expect(200);
    let other = key_request("NWA-B", "studio-lite");
    vendor
        .send_form("", other.signed("of-reverb"))
        .await
        .expect(401);
}

async fn what_the_form_says_goes_before_the_mapping(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let single = key_request("NWA-A", "reverb")
        .quantity(4)
        .with("single_license", "true")
        .with("cryptlex_metadata_team", "blue");
    let unmapped = key_request("NWA-B", "novelty")
        .with("cryptlex_product_id", ids::STUDIO_LITE)
        .with("cryptlex_license_template_id", ids::MONTHLY);

    let one = keys(vendor.ask_for_keys(&single).await);
    keys(vendor.ask_for_keys(&unmapped).await);
    vendor.post(&order("A").line("reverb", 4).completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    assert_eq!(
        licenses.len(),
        2,
        "the order makes no more of a single license"
    );
    assert_eq!(one, [licenses[0].key.clone()]);
    assert_eq!(licenses[0].allowed_activations, 4);
    assert_eq!(licenses[0].metadata["team"], "blue");
    assert_eq!(licenses[0].metadata["fastspring_order_id"], "A");
    assert_eq!(licenses[1].product_id, ids::STUDIO_LITE);
}

async fn a_test_order_is_one_like_any_other(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let careful = world
        .vendor_with(json!({
            "fulfillment_key": PRIVATE_KEY, "policy": { "preset": "cryptlex", "test_events": "ignore" },
        }))
        .await;
    let request = key_request("NWA-A", "reverb").with("test", "true");

    let answered = keys(vendor.ask_for_keys(&request).await);
    let left_alone = careful.ask_for_keys(&request).await;
    vendor
        .post(&order("A").line("reverb", 1).completed().in_test_mode())
        .await;
    world.work().await;

    assert_eq!(made(world), answered.into_iter().collect());
    assert!(
        left_alone
            .expect(422)
            .text
            .starts_with("test_event_ignored")
    );
}

#[tokio::test]
async fn a_hundred_keys_come_through_a_busy_budget_on_sqlite() {
    a_hundred_keys_come_through_a_busy_budget(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_hundred_keys_come_through_a_busy_budget_on_postgres() {
    a_hundred_keys_come_through_a_busy_budget(Backend::Postgres).await;
}

async fn a_hundred_keys_come_through_a_busy_budget(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_budget()).await else {
        return;
    };
    let vendor = world.vendor_with_receipts().await;
    for number in 0..20 {
        let order = order(&format!("BUSY-{number}")).line("reverb", 20);
        vendor.post(&order.completed()).await;
    }
    world.work().await;

    let asked = std::time::Instant::now();
    let answered = ask(&vendor, "NWA-A", "reverb", 100).await;
    assert!(asked.elapsed() < std::time::Duration::from_secs(4));
    assert_eq!(answered.len(), 100);
    world
        .work_for(
            SignedDuration::from_secs(30),
            SignedDuration::from_millis(500),
        )
        .await;

    let made = made(&world);
    let there = answered.iter().filter(|key| made.contains(*key)).count();
    assert_eq!(there, 100);
    let ledger = world.license_server.ledger();
    assert!(ledger.busiest(std::time::Duration::from_secs(5)) <= 50);
    world
        .work_for(SignedDuration::from_mins(2), SignedDuration::from_secs(1))
        .await;
    world.finish().await;
}
