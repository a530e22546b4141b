//! The budget of calls: paced for all, purchases first.

use std::time::Duration;

use jiff::SignedDuration;

use crate::shop::{order, subscription};
use crate::world::{Backend, World, WorldOptions};

const WINDOW: Duration = Duration::from_secs(5);
const TICK: SignedDuration = SignedDuration::from_millis(100);
const MINUTE_IN_TICKS: usize = 600;
const VENDORS: usize = 10;
const ORDERS: usize = 100;
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

#[tokio::test]
async fn vendors_who_sell_much_at_once_are_served_alike_on_sqlite() {
    vendors_who_sell_much_at_once_are_served_alike(Backend::Sqlite).await;
}

#[tokio::test]
async fn vendors_who_sell_much_at_once_are_served_alike_on_postgres() {
    vendors_who_sell_much_at_once_are_served_alike(Backend::Postgres).await;
}

#[tokio::test]
async fn the_way_back_of_many_vendors_keeps_to_the_budget_on_sqlite() {
    the_way_back_of_many_vendors_keeps_to_the_budget(Backend::Sqlite).await;
}

#[tokio::test]
async fn the_way_back_of_many_vendors_keeps_to_the_budget_on_postgres() {
    the_way_back_of_many_vendors_keeps_to_the_budget(Backend::Postgres).await;
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

async fn vendors_who_sell_much_at_once_are_served_alike(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_budget()).await else {
        return;
    };
    let mut sold = Vec::new();
    for number in 0..VENDORS {
        let vendor = world.vendor().await;
        let orders = (0..ORDERS).map(|order_number| {
            let sale = order(&format!("{number}-{order_number}")).line("reverb", 1);
            sale.by(&format!("buyer-of-{number}@example.com"))
                .completed()
        });
        sold.push((vendor, orders.collect::<Vec<_>>()));
    }
    // One vendor's orders all come before the next one's.
    for (vendor, orders) in &sold {
        vendor.post_together(orders).await;
    }
    // No two claims are made at the same instant, as outside of tests.
    for _ in 0..MINUTE_IN_TICKS {
        let worked = world.app.pipeline.process_due().await;
        worked.expect("the database answers");
        world.clock.advance(TICK);
    }

    let mut served = [0_usize; VENDORS];
    for license in world.license_server.licenses() {
        let order = &license.metadata["fastspring_order_id"];
        let vendor = order
            .split('-')
            .next()
            .and_then(|number| number.parse::<usize>().ok());
        served[vendor.unwrap()] += 1;
    }
    let all: usize = served.iter().sum();
    let least = served.iter().min().unwrap();
    eprintln!("{backend:?}: {all} served in a minute, each vendor {served:?}");
    assert!(all >= 500, "{served:?}");
    assert!(least * VENDORS * 100 >= all * 80, "{served:?}");
    world.may_leave("received");
    world.may_leave("waiting");
    world.finish().await;
}

/// Questions whether the license server is back are calls like others.
async fn the_way_back_of_many_vendors_keeps_to_the_budget(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_budget()).await else {
        return;
    };
    world.license_server.faults(&["status=503"]);
    for number in 0..VENDORS {
        let vendor = world.vendor().await;
        for sale in 0..8 {
            let sale = order(&format!("{number}-{sale}")).line("reverb", 1);
            vendor.post(&sale.completed()).await;
        }
    }
    world.work_for(SignedDuration::from_mins(1), SECOND).await;
    assert_eq!(world.license_server.licenses().len(), 0);

    world.license_server.faults(&[]);
    world.work_for(SignedDuration::from_mins(1), SECOND).await;

    assert_eq!(world.license_server.licenses().len(), 8 * VENDORS);
    let ledger = world.license_server.ledger();
    assert!(ledger.busiest(WINDOW) <= 50, "{}", ledger.busiest(WINDOW));
    world.finish().await;
}
