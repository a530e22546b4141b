//! The budget of calls: paced for all, purchases first.

use std::time::Duration;

use jiff::SignedDuration;

use crate::shop::{order, subscription};
use crate::world::{Backend, World, WorldOptions};

const WINDOW: Duration = Duration::from_secs(5);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[tokio::test]
async fn situation_17_a_hundred_licenses_are_paced_on_sqlite() {
    a_hundred_licenses_are_paced(Backend::Sqlite).await;
}

#[tokio::test]
async fn situation_17_a_hundred_licenses_are_paced_on_postgres() {
    a_hundred_licenses_are_paced(Backend::Postgres).await;
}

#[tokio::test]
async fn situation_17_a_purchase_overtakes_changes_on_sqlite() {
    a_purchase_overtakes_changes(Backend::Sqlite).await;
}

#[tokio::test]
async fn situation_17_a_purchase_overtakes_changes_on_postgres() {
    a_purchase_overtakes_changes(Backend::Postgres).await;
}

async fn a_hundred_licenses_are_paced(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_budget()).await else {
        return;
    };
    let vendor = world.vendor().await;

    for number in 0..5 {
        let order = order(&format!("ORDER-{number}")).line("reverb", 20);
        vendor.post(&order.completed()).await;
    }
    world.work_for(SignedDuration::from_mins(1), SECOND).await;

    let ledger = world.license_server.ledger();
    assert_eq!(world.license_server.licenses().len(), 100);
    assert!(ledger.busiest(WINDOW) <= 50, "{}", ledger.busiest(WINDOW));
    assert!(ledger.entries().all(|entry| entry.status != Some(429)));
    world.finish().await;
}

async fn a_purchase_overtakes_changes(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_budget()).await else {
        return;
    };
    let vendor = world.vendor().await;
    let subscription = subscription("S").quantity(60);
    let first = order("A").subscribed(&subscription).completed();
    vendor
        .post_together(&[subscription.activated(), first])
        .await;
    world.work_for(SignedDuration::from_mins(1), SECOND).await;
    vendor
        .post(&subscription.overdue("2027-01-15T09:45:00Z"))
        .await;
    world.work().await;
    let suspended = || {
        world
            .license_server
            .licenses()
            .iter()
            .filter(|license| license.is_suspended)
            .count()
    };
    assert!((1..60).contains(&suspended()), "{}", suspended());

    let purchase = order("B").line("reverb", 1).completed();
    vendor.post(&purchase).await;
    world.work().await;

    assert_eq!(vendor.outcome(&purchase).await, "done");
    assert!(suspended() < 60);
    world.work_for(SignedDuration::from_mins(1), SECOND).await;
    assert_eq!(suspended(), 60);
    world.finish().await;
}
