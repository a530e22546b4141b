//! Keys in the receipt, when the order comes: it adopts them, asks for more, or stays away.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;

use crate::fulfillment::{ask, keys, made};
use crate::shop::{key_request, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    an_order_adopts_the_keys_of_its_receipt,
    an_order_for_more_makes_the_missing,
    an_order_that_came_first_keeps_its_keys,
    lines_of_one_order_that_differ_have_keys_of_their_own,
    a_subscription_adopts_the_keys_of_its_receipt,
    a_rebill_gives_the_keys_of_its_subscription,
    a_subscription_asked_for_by_receipt_number_is_known_by_its_beginning,
    keys_without_an_order_become_a_problem,
    keys_without_an_order_may_be_kept,
    an_order_that_comes_late_settles_the_problem,
}

const DAY: SignedDuration = SignedDuration::from_hours(25);

async fn an_order_adopts_the_keys_of_its_receipt(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let answered = ask(&vendor, "NWA-A", "reverb", 2).await;
    world.work().await;
    let before = world.license_server.writes();

    let bought = order("A").line("reverb", 2).completed();
    vendor.post(&bought).await;
    world.work().await;

    assert_eq!(made(world), answered.into_iter().collect());
    for license in world.license_server.licenses() {
        assert_eq!(license.metadata["fastspring_order_id"], "A");
    }
    assert_eq!(world.license_server.writes() - before, 2, "one call each");
    assert_eq!(vendor.outcome(&bought).await, "done");
    for license in vendor.licenses().await {
        assert_eq!(license["order_id"], "A");
        assert_eq!(license["reference"], "NWA-A");
    }
    // From now on they are the order's: a refund finds them.
    let refund = order("A").line("reverb", 2);
    vendor
        .post(&refund.refunded(&["reverb"], "2027-01-15T10:00:00Z"))
        .await;
    world.work().await;
    let licenses = world.license_server.licenses();
    assert!(licenses.iter().all(|license| license.is_suspended));
}

async fn an_order_for_more_makes_the_missing(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let answered = ask(&vendor, "NWA-A", "reverb", 2).await;
    world.work().await;

    vendor.post(&order("A").line("reverb", 3).completed()).await;
    world.work().await;

    let made = made(world);
    assert_eq!(made.len(), 3);
    assert!(answered.iter().all(|key| made.contains(key)));
}

async fn an_order_that_came_first_keeps_its_keys(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    vendor.post(&order("A").line("reverb", 2).completed()).await;
    world.work().await;

    let answered = ask(&vendor, "NWA-A", "reverb", 2).await;
    world.work().await;

    assert_eq!(made(world), answered.into_iter().collect());
    assert_eq!(world.license_server.effects("create"), 2);
}

async fn lines_of_one_order_that_differ_have_keys_of_their_own(world: &World) {
    let vendor = world.vendor_with_receipts().await;

    let three = ask(&vendor, "NWA-A", "reverb", 3).await;
    let one = ask(&vendor, "NWA-A", "reverb", 1).await;
    let lite = ask(&vendor, "NWA-A", "studio-lite", 1).await;
    world.work().await;
    let bought = order("A")
        .line("reverb", 1)
        .line("reverb", 3)
        .line("studio-lite", 1);
    vendor.post(&bought.completed()).await;
    world.work().await;

    let answered: BTreeSet<String> = [three, one, lite].concat().into_iter().collect();
    assert_eq!(answered.len(), 5);
    assert_eq!(made(world), answered);
    assert_eq!(vendor.outcome(&bought.completed()).await, "done");
}

async fn a_subscription_adopts_the_keys_of_its_receipt(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let bought = subscription("S");
    let request = key_request("NWA-A", "studio-pro").with("subscription", "S");
    let answered = keys(vendor.ask_for_keys(&request).await);
    world.work().await;

    vendor.post(&bought.activated()).await;
    world.work().await;
    vendor
        .post(&order("A").subscribed(&bought).completed())
        .await;
    world.work_after(SignedDuration::from_mins(16)).await;

    let license = world.license_server.license();
    assert_eq!(answered, std::slice::from_ref(&license.key));
    assert_eq!(license.metadata["fastspring_subscription_id"], "S");
    assert_eq!(world.license_server.effects("create"), 1);
    // A renewal reaches it.
    let charge = bought
        .next("2027-03-15")
        .charged(&order("B").line("studio-pro", 1), "2027-02-15T09:00:00Z");
    vendor.post(&charge).await;
    world.work().await;
    assert_eq!(vendor.outcome(&charge).await, "done");
    assert!(world.license_server.license().expires_at > license.expires_at);
}

async fn a_rebill_gives_the_keys_of_its_subscription(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let first = key_request("NWA-A", "studio-pro").with("subscription", "S");
    let answered = keys(vendor.ask_for_keys(&first).await);
    world.work().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;

    let rebill = key_request("NWA-B", "studio-pro").with("subscription", "S");
    let again = keys(vendor.ask_for_keys(&rebill).await);

    assert_eq!(again, answered);
    assert_eq!(world.license_server.effects("create"), 1);
}

async fn a_subscription_asked_for_by_receipt_number_is_known_by_its_beginning(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let answered = ask(&vendor, "NWA-A", "studio-pro", 1).await;
    world.work().await;

    let bought = subscription("S").with("initialOrderReference", json!("NWA-A"));
    vendor.post(&bought.activated()).await;
    world.work_after(SignedDuration::from_mins(16)).await;
    vendor
        .post(&order("A").subscribed(&bought).completed())
        .await;
    world.work().await;

    let license = world.license_server.license();
    assert_eq!(answered, [license.key]);
    assert_eq!(license.metadata["fastspring_subscription_id"], "S");
}

async fn keys_without_an_order_become_a_problem(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    ask(&vendor, "NWA-A", "reverb", 2).await;
    ask(&vendor, "NWA-B", "reverb", 1).await;
    world.work().await;
    vendor.post(&order("B").line("reverb", 1).completed()).await;
    world.work().await;

    world.work_after(DAY).await;

    let problems = vendor.get("/problems").await.expect(200).json();
    let problem = &problems["items"][0];
    assert_eq!(problem["code"], "key_without_order", "{problems:#}");
    assert_eq!(problem["count"], 1);
    assert!(problem["text"].as_str().unwrap().contains("2 keys"));
    assert_eq!(suspended(world), 0);
    answer(&vendor, "approve").await;
    world.work().await;
    assert_eq!(suspended(world), 2);
    assert_eq!(problem_codes(&vendor).await, Vec::<String>::new());

    // It was paid for after all.
    vendor.post(&order("A").line("reverb", 2).completed()).await;
    world.work().await;
    assert_eq!(suspended(world), 0);
    assert_eq!(world.license_server.effects("create"), 3);
}

async fn keys_without_an_order_may_be_kept(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    ask(&vendor, "NWA-A", "reverb", 2).await;
    world.work_after(DAY).await;

    answer(&vendor, "drop").await;
    world.work_after(DAY).await;

    assert_eq!(suspended(world), 0);
    assert_eq!(problem_codes(&vendor).await, Vec::<String>::new());
}

async fn an_order_that_comes_late_settles_the_problem(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let answered = ask(&vendor, "NWA-A", "reverb", 2).await;
    world.work_after(DAY).await;
    assert_eq!(problem_codes(&vendor).await, ["key_without_order"]);

    vendor.post(&order("A").line("reverb", 2).completed()).await;
    world.work().await;

    assert_eq!(made(world), answered.into_iter().collect());
    assert_eq!(problem_codes(&vendor).await, Vec::<String>::new());
}

/// Answers the only problem.
async fn answer(vendor: &Vendor, verb: &str) {
    let problems = vendor.list("/problems").await;
    let path = format!("/problems/{}/{verb}", problems[0]["id"].as_str().unwrap());
    vendor.post_json(&path, &json!({})).await.expect(202);
}

fn suspended(world: &World) -> usize {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .filter(|license| license.is_suspended)
        .count()
}

async fn problem_codes(vendor: &Vendor) -> Vec<String> {
    let problems = vendor.list("/problems").await;
    let codes = problems.iter().map(|problem| problem["code"].as_str());
    codes.map(|code| code.unwrap().to_owned()).collect()
}
