//! Messages that lack something, or come from somebody else.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::{body, order, sign, subscription};
use crate::world::World;

on_both! {
    situation_13_a_charge_without_a_subscription_is_refused,
    situation_15_a_bare_charge_parks_and_names_the_setting,
    situation_15_a_bare_order_finds_its_subscription_in_the_other_event,
    situation_18_a_bad_signature_is_refused_and_counted,
}

async fn situation_13_a_charge_without_a_subscription_is_refused(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    let calls = world.license_server.ledger().entries().count();

    let charge = bought
        .next("2027-03-15")
        .charged(&order("B").line("studio-pro", 1), "2027-01-15T09:45:00Z");
    for (number, nothing) in [json!(null), json!(""), json!({}), json!({ "id": "" })]
        .into_iter()
        .enumerate()
    {
        let charge = charge
            .with("subscription", nothing)
            .resent_as(&format!("charge {number}"));
        vendor.post(&charge).await;
        world.work().await;
        assert_eq!(
            vendor.outcome(&charge).await,
            "parked unsafe_without_reference"
        );
    }

    assert_eq!(world.license_server.ledger().entries().count(), calls);
}

async fn situation_15_a_bare_charge_parks_and_names_the_setting(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;

    let charge = bought
        .unexpanded()
        .charged(&order("B").line("studio-pro", 1), "2027-01-15T09:45:00Z");
    vendor.post(&charge).await;
    world.work().await;

    let event = vendor.event(&charge).await;
    assert_eq!(event["state"], "parked", "{event:#}");
    assert_eq!(event["reason"]["code"], "expansion_off");
    let text = event["reason"]["text"].as_str().unwrap();
    assert!(text.contains("webhook expansion"), "{text}");
    assert_eq!(world.license_server.effects("renew"), 0);
}

async fn situation_15_a_bare_order_finds_its_subscription_in_the_other_event(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").unexpanded();
    let order = order("A").subscribed(&bought).unexpanded().completed();

    vendor.post(&order).await;
    world.work().await;
    vendor.post(&bought.activated()).await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    assert_eq!(world.license_server.license().product_id, ids::STUDIO_PRO);
}

async fn situation_18_a_bad_signature_is_refused_and_counted(world: &World) {
    let vendor = world.vendor().await;
    let bytes = body(&[order("A").line("reverb", 1).completed()]);
    let signature = sign("another secret", &bytes);

    let answer = vendor.deliver_signed(bytes, &signature).await.expect(401);
    world.work().await;

    assert_eq!(answer.text, "signature_mismatch");
    assert_eq!(vendor.events().await, Vec::<serde_json::Value>::new());
    world.app.write_refusals().await;
    let deliveries = vendor.list("/deliveries").await;
    assert_eq!(deliveries.len(), 1, "{deliveries:#?}");
    assert_eq!(world.license_server.licenses(), []);
}
