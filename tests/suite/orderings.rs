//! Whatever the order of arrival, the same end; a resend changes nothing, whenever it comes.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::shop::{Event, order, subscription};
use crate::world::World;

on_both! {
    an_ended_subscription_leaves_nothing_in_all_120_orders,
    a_running_subscription_ends_alike_in_all_120_orders,
    five_events_of_one_delivery_end_alike_too,
    charges_that_wait_for_their_order_are_served_when_it_comes,
    a_resend_before_the_first_is_worked_gives_nothing_more,
    a_resend_while_the_first_is_worked_gives_nothing_more,
    a_resend_after_the_first_is_worked_gives_nothing_more,
}

/// So few deletions an hour are not stopped by the brake.
const ENDINGS_AN_HOUR: usize = 10;

async fn an_ended_subscription_leaves_nothing_in_all_120_orders(world: &World) {
    let vendor = world.vendor().await;
    world.may_leave("waiting");

    for (number, places) in permutations().into_iter().enumerate() {
        let events = ended_life(number);
        for place in places {
            vendor.post(&events[place]).await;
            world.work().await;
        }
        if number % ENDINGS_AN_HOUR == 0 {
            world.work_after(SignedDuration::from_hours(1)).await;
        }
    }
    world
        .work_for(SignedDuration::from_mins(32), SignedDuration::from_mins(16))
        .await;

    assert_eq!(world.license_server.licenses(), []);
}

async fn a_running_subscription_ends_alike_in_all_120_orders(world: &World) {
    let vendor = world.vendor().await;

    for (number, places) in permutations().into_iter().enumerate() {
        let events = running_life(number);
        for place in places {
            vendor.post(&events[place]).await;
            world.work().await;
        }
    }
    world
        .work_for(SignedDuration::from_mins(32), SignedDuration::from_mins(16))
        .await;

    assert_ends(
        world,
        &all_alike(
            "2027-03-15 suspended:false revoked:false, 2027-03-15 suspended:false revoked:false",
        ),
    );
}

async fn five_events_of_one_delivery_end_alike_too(world: &World) {
    let vendor = world.vendor().await;

    for (number, places) in permutations().into_iter().enumerate() {
        let events = running_life(number);
        let delivery: Vec<Event> = places.iter().map(|place| events[*place].clone()).collect();
        vendor.post_together(&delivery).await;
    }
    world.work().await;
    world
        .work_for(SignedDuration::from_mins(32), SignedDuration::from_mins(16))
        .await;

    assert_ends(
        world,
        &all_alike(
            "2027-03-15 suspended:false revoked:false, 2027-03-15 suspended:false revoked:false",
        ),
    );
}

/// No time passes: what waits is woken by the order, and by nothing else that waits.
async fn charges_that_wait_for_their_order_are_served_when_it_comes(world: &World) {
    let vendor = world.vendor().await;
    world.may_leave("waiting");
    let bought = subscription("S").begun("2027-01-15T09:00:00Z".parse().unwrap());
    let charges = [1, 2].map(|renewal| {
        let paid = bought.clone().paid_for(renewal + 1);
        let order = order(&format!("C-{renewal}")).line("studio-pro", 1);
        paid.charged(&order, &format!("2027-0{}-15T09:00:00Z", renewal + 1))
    });

    for charge in &charges {
        vendor.post(charge).await;
        world.work().await;
    }
    for charge in &charges {
        assert_eq!(vendor.outcome(charge).await, "waiting waiting_for_order");
        assert_eq!(vendor.event(charge).await["attempts"], 0);
    }
    vendor.post(&bought.first_order().completed()).await;
    world.work().await;

    for charge in &charges {
        let outcome = vendor.outcome(charge).await;
        assert!(
            outcome.starts_with("done") || outcome.starts_with("ignored"),
            "{outcome}"
        );
    }
    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-04-15T23:59 runs"]
    );
}

async fn a_resend_before_the_first_is_worked_gives_nothing_more(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 2).completed();

    vendor.post(&event).await;
    vendor.post(&event.resent_as("by hand")).await;
    world.work().await;

    assert_eq!(world.license_server.effects("create"), 2);
}

async fn a_resend_while_the_first_is_worked_gives_nothing_more(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 2).completed();
    world
        .license_server
        .faults(&["latency=300ms,on=create,times=1"]);
    vendor.post(&event).await;

    let resend = async {
        world.license_server.reached("create").await;
        vendor.post(&event.resent_as("by hand")).await;
        world.work().await;
    };
    futures::future::join(world.work(), resend).await;
    world.work_after(SignedDuration::from_mins(1)).await;

    assert_eq!(world.license_server.effects("create"), 2);
}

async fn a_resend_after_the_first_is_worked_gives_nothing_more(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 2).completed();
    let resend = event.resent_as("by hand");

    vendor.post(&event).await;
    world.work().await;
    vendor.post(&resend).await;
    world.work().await;

    assert_eq!(world.license_server.effects("create"), 2);
    assert_eq!(vendor.outcome(&resend).await, "ignored already_applied");
}

/// Began, was paid for, renewed, fell overdue, ended.
fn ended_life(number: usize) -> [Event; 5] {
    let bought = subscription(&format!("S-{number}"));
    let renewed = bought.clone().next("2027-03-15");
    let charge = order(&format!("B-{number}")).line("studio-pro", 1);
    [
        bought.activated(),
        order(&format!("A-{number}"))
            .subscribed(&bought)
            .completed(),
        renewed.charged(&charge, "2027-01-15T09:10:00Z"),
        renewed.overdue("2027-01-15T09:20:00Z"),
        renewed.deactivated("2027-01-15T09:30:00Z"),
    ]
}

/// Began, was paid for, fell overdue, grew, was paid after all.
fn running_life(number: usize) -> [Event; 5] {
    let bought = subscription(&format!("S-{number}"));
    let grown = bought.clone().quantity(2);
    let charge = order(&format!("B-{number}")).line("studio-pro", 2);
    [
        bought.activated(),
        order(&format!("A-{number}"))
            .subscribed(&bought)
            .completed(),
        bought.overdue("2027-01-15T09:10:00Z"),
        grown.updated("2027-01-15T09:20:00Z"),
        grown
            .next("2027-03-15")
            .charged(&charge, "2027-01-15T09:30:00Z"),
    ]
}

/// Every end, and the subscriptions that came to it; one entry when all ended alike.
#[track_caller]
fn assert_ends(world: &World, expected: &BTreeMap<String, usize>) {
    let mut by_subscription: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for license in world.license_server.licenses() {
        let end = license
            .expires_at
            .map(|end| end.to_string()[..10].to_owned());
        let end = format!(
            "{} suspended:{} revoked:{}",
            end.unwrap_or_default(),
            license.is_suspended,
            license.is_revoked
        );
        let subscription = license.metadata["fastspring_subscription_id"].clone();
        by_subscription.entry(subscription).or_default().push(end);
    }
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for licenses in by_subscription.values() {
        *ends.entry(licenses.join(", ")).or_default() += 1;
    }
    assert_eq!(&ends, expected, "{by_subscription:#?}");
}

fn all_alike(end: &str) -> BTreeMap<String, usize> {
    BTreeMap::from([(end.to_owned(), 120)])
}

/// Every order of five.
fn permutations() -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for place in 0..5 {
        let longer = orders.iter().flat_map(|order: &Vec<usize>| {
            (0..=order.len()).map(move |at| {
                let mut longer = order.clone();
                longer.insert(at, place);
                longer
            })
        });
        orders = longer.collect();
    }
    orders
}
