//! Keys that the shop asks for while an order is placed.

use jiff::SignedDuration;
use reqwest::Method;

use crate::fulfillment::{ask, keys, made};
use crate::shop::{key_request, order};
use crate::world::{PRIVATE_KEY, World};

on_both! {
    a_040_a_key_is_given_before_any_message_comes,
    a_041_an_order_without_a_request_for_keys_is_licensed_too,
    a_042_as_many_lines_of_plain_text_as_units,
    a_043_one_key_for_any_quantity,
    a_044_the_keys_of_the_receipt_are_those_of_the_licenses,
    a_045_the_address_and_its_form_are_the_stores_own,
}

async fn a_040_a_key_is_given_before_any_message_comes(world: &World) {
    let vendor = world.vendor_with_receipts().await;

    let answered = ask(&vendor, "NWA-A", "reverb", 1).await;

    assert_eq!(made(world), answered.into_iter().collect());
    let events = vendor.events().await;
    let mut came = events
        .iter()
        .filter(|event| !event["source_event_id"].is_null());
    assert_eq!(came.next(), None, "no message has come");
}

async fn a_041_an_order_without_a_request_for_keys_is_licensed_too(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();

    vendor.post(&bought).await;
    world.work().await;

    assert_eq!(vendor.outcome(&bought).await, "done");
    assert!(world.license_server.license().user_id.is_some());
}

async fn a_042_as_many_lines_of_plain_text_as_units(world: &World) {
    let vendor = world.vendor_with_receipts().await;

    let answered = ask(&vendor, "NWA-A", "reverb", 3).await;
    world.work().await;

    assert_eq!(answered.len(), 3);
    assert_eq!(made(world), answered.into_iter().collect());
}

async fn a_043_one_key_for_any_quantity(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let request = key_request("NWA-A", "reverb").quantity(3);

    let answered = keys(
        vendor
            .ask_for_keys(&request.with("single_license", "true"))
            .await,
    );
    world.work().await;

    let license = world.license_server.license();
    assert_eq!(answered, [license.key]);
    assert_eq!(license.allowed_activations, 3);
}

async fn a_044_the_keys_of_the_receipt_are_those_of_the_licenses(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let answered = ask(&vendor, "NWA-A", "reverb", 2).await;

    let bought = order("A").line("reverb", 2).completed();
    vendor.post(&bought).await;
    world.work().await;
    // Order and request met at one license, and one of them stepped back for a moment.
    world.work_after(SignedDuration::from_secs(3)).await;

    assert_eq!(made(world), answered.into_iter().collect());
    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn a_045_the_address_and_its_form_are_the_stores_own(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let path = format!("/storefronts/{}", vendor.storefront_id);

    let shown = vendor
        .send(Method::GET, &path, None)
        .await
        .expect(200)
        .json();
    let wrong = key_request("NWA-A", "reverb").signed("another");
    let right = key_request("NWA-A", "reverb").signed(PRIVATE_KEY);

    let address = format!("{}/license", vendor.webhook_url);
    assert_eq!(shown["fulfillment_url"], address);
    vendor.send_form("", wrong).await.expect(401);
    vendor.send_form("", right).await.expect(200);
}
