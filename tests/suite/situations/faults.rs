//! A license server that fails for a while.

use jiff::SignedDuration;

use crate::shop::{moment, order, subscription};
use crate::world::World;

on_both! {
    situation_08_a_renewal_is_retried_until_it_is_done,
    situation_09_a_renewal_waits_as_told_and_is_done_once,
    situation_10_an_ending_is_retried_until_it_is_done,
    situation_11_a_suspension_is_retried_until_it_is_done,
    situation_12_five_are_five_although_the_third_fails_at_first,
}

/// Longer than the first three waits of the retry schedule together.
const THREE_RETRIES: SignedDuration = SignedDuration::from_mins(4);

const STEP: SignedDuration = SignedDuration::from_secs(2);

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
