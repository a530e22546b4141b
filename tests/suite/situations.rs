//! The eighteen everyday situations that the official script was measured against.

use jiff::SignedDuration;
use latchkey::license_servers::sandbox::sample::ids;
use serde_json::json;

use crate::shop::{body, moment, order, sign, subscription};
use crate::world::World;

on_both! {
    situation_01_a_one_time_order_gives_one_license,
    situation_02_the_same_event_again_gives_nothing_more,
    situation_03_every_event_of_a_delivery_is_handled,
    situation_04_a_refund_suspends_the_licenses_of_the_refunded_lines,
    situation_05_a_license_follows_the_quantity,
    situation_05_a_license_follows_the_plan,
    situation_06_a_canceled_subscription_stays_valid_until_its_end,
    situation_07_mapped_lines_are_issued_once_beside_unmapped_ones,
    situation_08_a_renewal_is_retried_until_it_is_done,
    situation_09_a_renewal_waits_as_told_and_is_done_once,
    situation_10_an_ending_is_retried_until_it_is_done,
    situation_11_a_suspension_is_retried_until_it_is_done,
    situation_12_five_are_five_although_the_third_fails_at_first,
    situation_13_a_charge_without_a_subscription_is_refused,
    situation_14_a_proration_renews_nothing,
    situation_15_a_bare_charge_parks_and_names_the_setting,
    situation_15_a_bare_order_finds_its_subscription_in_the_other_event,
    situation_16_an_add_on_bought_later_finds_its_subscription,
    situation_18_a_bad_signature_is_refused_and_counted,
}

/// Longer than the first three waits of the retry schedule together.
const THREE_RETRIES: SignedDuration = SignedDuration::from_mins(4);
const STEP: SignedDuration = SignedDuration::from_secs(2);

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

async fn situation_08_a_renewal_is_retried_until_it_is_done(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    world
        .license_server
        .faults(&["status=500,on=renew,times=2"]);

    let charge = bought
        .next("2027-03-15")
        .charged(&order("B").line("studio-pro", 1), "2027-01-15T09:45:00Z");
    vendor.post(&charge).await;
    world.work().await;
    assert!(vendor.outcome(&charge).await.starts_with("retrying"));
    world.work_for(THREE_RETRIES, STEP).await;

    assert_eq!(vendor.outcome(&charge).await, "done");
    assert_eq!(world.license_server.effects("renew"), 1);
    let end = world.license_server.license().expires_at.unwrap();
    assert_eq!(end, moment("2027-03-15T10:00:00Z"));
}

async fn situation_09_a_renewal_waits_as_told_and_is_done_once(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    world
        .license_server
        .faults(&["status=429,retry-after=7,on=renew,times=1"]);

    let charge = bought
        .next("2027-03-15")
        .charged(&order("B").line("studio-pro", 1), "2027-01-15T09:45:00Z");
    vendor.post(&charge).await;
    world.work().await;
    world.work_after(SignedDuration::from_secs(6)).await;
    assert_eq!(vendor.outcome(&charge).await, "waiting rate_budget");
    assert_eq!(world.license_server.calls("renew"), 1);
    world.work_for(SignedDuration::from_secs(20), STEP).await;

    assert_eq!(vendor.outcome(&charge).await, "done");
    assert_eq!(world.license_server.effects("renew"), 1);
}

async fn situation_10_an_ending_is_retried_until_it_is_done(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    world
        .license_server
        .faults(&["status=500,on=delete,times=2"]);

    let ended = bought.deactivated("2027-01-15T09:45:00Z");
    vendor.post(&ended).await;
    world.work().await;
    assert!(vendor.outcome(&ended).await.starts_with("retrying"));
    world.work_for(THREE_RETRIES, STEP).await;

    assert_eq!(vendor.outcome(&ended).await, "done");
    assert_eq!(world.license_server.licenses(), []);
}

async fn situation_11_a_suspension_is_retried_until_it_is_done(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    world
        .license_server
        .faults(&["status=500,on=patch,times=2"]);

    let overdue = bought.overdue("2027-01-15T09:45:00Z");
    vendor.post(&overdue).await;
    world.work().await;
    assert!(vendor.outcome(&overdue).await.starts_with("retrying"));
    world.work_for(THREE_RETRIES, STEP).await;

    assert_eq!(vendor.outcome(&overdue).await, "done");
    assert!(world.license_server.license().is_suspended);
}

async fn situation_12_five_are_five_although_the_third_fails_at_first(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=500,on=create,skip=2,times=1"]);
    let order = order("A").line("reverb", 5).completed();

    vendor.post(&order).await;
    world.work().await;
    assert!(world.license_server.licenses().len() < 5);
    vendor.post(&order).await;
    vendor.post(&order.resent_as("by hand")).await;
    world.work_for(THREE_RETRIES, STEP).await;

    assert_eq!(world.license_server.licenses().len(), 5);
    assert_eq!(vendor.outcome(&order).await, "done");
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
