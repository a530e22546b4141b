//! How many calls each kind of event costs, as `docs/calls.md` says.

use jiff::SignedDuration;
use serde_json::json;

use crate::shop::{Event, Order, Subscription, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    events_cost_as_many_calls_as_the_document_says,
}

const DOCUMENT: &str = include_str!("../../docs/calls.md");
/// Longer than a license that was just read counts as known.
const LATER: SignedDuration = SignedDuration::from_hours(1);

async fn events_cost_as_many_calls_as_the_document_says(world: &World) {
    let like_the_script = world.vendor().await;
    let policy = json!({ "policy": { "preset": "recommended" } });
    let by_date = world.vendor_with(policy).await;
    // The first sale of all asks what the template says; the answer is remembered.
    purchase(1).count(world, &like_the_script).await;
    let mut counted = Vec::new();
    for (row, vendor) in [
        (purchase(1).known(), &like_the_script),
        (purchase(1), &like_the_script),
        (purchase(5).known(), &like_the_script),
        (
            purchase(1).then(|sale| sale.order.completed().resent_as("by hand")),
            &like_the_script,
        ),
        (purchase(1).then(Sale::renewed), &like_the_script),
        (purchase(5).then(Sale::renewed), &like_the_script),
        (purchase(1).then(Sale::renewed), &by_date),
        (purchase(5).then(Sale::renewed), &by_date),
        (purchase(1).then(Sale::prorated), &like_the_script),
        (purchase(1).then(Sale::overdue), &like_the_script),
        (
            purchase(1).then(Sale::overdue).then(Sale::renewed),
            &like_the_script,
        ),
        (purchase(1).then(Sale::ended), &like_the_script),
    ] {
        counted.push(row.count(world, vendor).await);
    }
    let policy = json!({ "policy": { "preset": "licensespring" } });
    let suspending = world.vendor_with(policy).await;
    for row in [
        purchase(1).then(Sale::ended),
        purchase(1).then(Sale::refunded),
        purchase(1).then(Sale::reminded),
    ] {
        counted.push(row.count(world, &suspending).await);
    }

    assert_eq!(counted, documented());
}

/// A purchase of so many, and what follows.
struct Row {
    quantity: u32,
    is_known: bool,
    news: Vec<fn(&Sale) -> Event>,
}

/// One sale of a subscription.
struct Sale {
    subscription: Subscription,
    order: Order,
    quantity: u32,
}

fn purchase(quantity: u32) -> Row {
    Row {
        quantity,
        is_known: false,
        news: Vec::new(),
    }
}

impl Row {
    /// The buyer bought something before.
    fn known(mut self) -> Self {
        self.is_known = true;
        self
    }

    fn then(mut self, news: fn(&Sale) -> Event) -> Self {
        self.news.push(news);
        self
    }

    /// Licenses concerned, and the calls that the last piece of news cost.
    async fn count(self, world: &World, vendor: &Vendor) -> (u32, usize) {
        let number = world.license_server.ledger().entries().count();
        let buyer = format!("buyer-{number}@example.com");
        if self.is_known {
            let earlier = order(&format!("E-{number}")).line("reverb", 1).by(&buyer);
            vendor.post(&earlier.completed()).await;
            world.work().await;
        }
        let bought = subscription(&format!("S-{number}"))
            .quantity(self.quantity)
            .by(&buyer);
        let sale = Sale {
            order: order(&format!("A-{number}")).subscribed(&bought).by(&buyer),
            subscription: bought,
            quantity: self.quantity,
        };
        let mut all = vec![sale.order.completed()];
        all.extend(self.news.iter().map(|news| news(&sale)));
        let mut cost = 0;
        for event in all {
            world.clock.advance(LATER);
            let before = world.license_server.ledger().entries().count();
            vendor.post(&event).await;
            world.work().await;
            cost = world.license_server.ledger().entries().count() - before;
        }
        (self.quantity, cost)
    }
}

impl Sale {
    fn renewed(&self) -> Event {
        let charge = order(&format!("{}-renewal", self.order.id)).line("studio-pro", self.quantity);
        let renewed = self.subscription.clone().next("2027-03-15");
        renewed.charged(&charge, "2027-02-15T09:10:00Z")
    }

    fn prorated(&self) -> Event {
        let charge = order(&format!("{}-change", self.order.id)).line("studio-pro", 1);
        self.subscription.charged(&charge, "2027-01-16T09:10:00Z")
    }

    fn overdue(&self) -> Event {
        self.subscription.overdue("2027-01-16T09:20:00Z")
    }

    fn ended(&self) -> Event {
        self.subscription.deactivated("2027-01-16T09:30:00Z")
    }

    fn refunded(&self) -> Event {
        self.order.refunded(&["studio-pro"], "2027-01-16T09:40:00Z")
    }

    fn reminded(&self) -> Event {
        let mut reminder = self.subscription.canceled("2027-01-16T09:50:00Z");
        reminder.kind = "subscription.payment.reminder";
        reminder
    }
}

/// The figures of the document's table: licenses and calls.
fn documented() -> Vec<(u32, usize)> {
    let rows = DOCUMENT
        .lines()
        .skip_while(|line| !line.contains("table: calls"))
        .filter(|line| line.starts_with('|'))
        .skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[2].parse().unwrap(), cells[3].parse().unwrap())
    })
    .collect()
}
