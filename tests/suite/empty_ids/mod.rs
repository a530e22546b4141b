//! Every id of every kept event once empty, once null, once absent: nothing is looked for without a filter, and no
//! license is touched that does not name an order or subscription of the event in hand.
//!
//! The license server's ledger is the judge. All runs in one world, so that the licenses of earlier events stand by.

mod copies;
mod judge;

use std::collections::BTreeSet;

use copies::{collect, events, mutations, names_of, renamed, subscriptions_of};
use jiff::SignedDuration;
use judge::{NAMES, named_by_licenses, violations};
use latchkey_sandbox::ledger::Entry;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{order, subscription};
use crate::world::{Backend, Vendor, World, WorldOptions};

/// Events of one delivery.
const BATCH: usize = 25;

#[tokio::test]
async fn a_missing_id_reaches_nobody_elses_license_on_sqlite() {
    deliver_all(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_missing_id_reaches_nobody_elses_license_on_postgres() {
    deliver_all(Backend::Postgres).await;
}

async fn deliver_all(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_open_catalog()).await else {
        return;
    };
    let vendor = world.vendor().await;
    map_products(&vendor).await;
    stand_by(&world);
    let mut copies = 0;
    for (number, event) in events().into_iter().enumerate() {
        let event = renamed(&event, &format!("~{number}"));
        buy(&vendor, &event).await;
        world.work().await;
        let (nameless, named): (Vec<Value>, Vec<Value>) = mutations(&event)
            .into_iter()
            .partition(|copy| names_of(copy).is_disjoint(&names_of(&event)));
        copies += nameless.len() + named.len();

        // What names no purchase touches no license, and makes none.
        send(&world, &vendor, &nameless, &BTreeSet::new()).await;
        send(&world, &vendor, &named, &with_first_orders(&event)).await;
    }
    world.work_after(SignedDuration::from_mins(20)).await;

    assert!(copies > 1_500, "only {copies} copies were made");
    let unfiltered: Vec<Entry> = world
        .license_server
        .ledger()
        .unfiltered()
        .cloned()
        .collect();
    assert!(unfiltered.is_empty(), "{unfiltered:#?}");
    world.may_leave("waiting");
    world.may_leave("retrying");
    world.finish().await;
}

/// Delivers copies of one event, lets them be worked, and holds the ledger against the purchases in hand.
async fn send(world: &World, vendor: &Vendor, copies: &[Value], in_hand: &BTreeSet<String>) {
    let before = world.license_server.ledger().entries().count();
    for batch in copies.chunks(BATCH) {
        let body = json!({ "events": batch }).to_string().into_bytes();
        let answer = vendor.deliver(body).await;
        // A copy that lost the event's own id cannot be stored.
        assert!(matches!(answer.status.as_u16(), 200 | 202 | 400));
    }
    world.work().await;
    let ledger = world.license_server.ledger();
    let new: Vec<&Entry> = ledger.entries().skip(before).collect();
    let violations = violations(&new, &named_by_licenses(world), in_hand);
    let example = copies.first().map(|copy| &copy["type"]);
    assert_eq!(violations, Vec::<String>::new(), "{example:?}");
}

/// Licenses that a careless question would find: they name nothing, or say that they name nothing.
fn stand_by(world: &World) {
    let silent = |key: &str| json!([{ "key": key, "value": "", "visible": false }]);
    for metadata in [json!([]), silent(NAMES[0]), silent(NAMES[1])] {
        let license = json!({ "productId": ids::STUDIO_PRO, "metadata": metadata });
        world.license_server.added("licenses", &license);
    }
}

async fn map_products(vendor: &Vendor) {
    let mapping =
        json!({ "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY });
    let mut paths = BTreeSet::new();
    for event in events() {
        collect(&event, &|key| key == "product", &mut paths);
    }
    for path in paths {
        vendor.map(&path, &mapping).await;
    }
}

/// The purchases that an event speaks of were made before, unless it is itself the purchase.
async fn buy(vendor: &Vendor, event: &Value) {
    let kind = event["type"].as_str().unwrap_or_default();
    if kind.starts_with("order.") {
        return;
    }
    let purchases = names_of(event);
    let subscriptions = subscriptions_of(event);
    for id in &subscriptions {
        let bought = subscription(id);
        let first = order(&first_order(id)).subscribed(&bought);
        let events = [bought.activated(), first.completed()];
        vendor.post_together(&events).await;
    }
    let mut orders = BTreeSet::new();
    collect(
        event,
        &|key| key == "order" || key == "orderId",
        &mut orders,
    );
    // The order of a renewal is the renewal itself.
    for id in orders.iter().filter(|_| !kind.contains("charge.")) {
        if purchases.contains(id) {
            vendor.post(&order(id).line("reverb", 1).completed()).await;
        }
    }
}

fn first_order(subscription: &str) -> String {
    format!("first-of-{subscription}")
}

fn with_first_orders(event: &Value) -> BTreeSet<String> {
    let mut names = names_of(event);
    for id in subscriptions_of(event) {
        let first = order(&first_order(&id));
        names.extend([first.id.clone(), first.reference()]);
    }
    for id in names.clone() {
        names.insert(order(&id).reference());
    }
    names
}
