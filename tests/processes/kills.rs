//! Kills the program at any instant: what was acknowledged stays, and nothing is done twice.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::license_server::LicenseServer;
use crate::program::{Serving, Setup};
use crate::shop::{Delivery, Subscription};
use crate::vendor::Vendor;

const KILLS_PER_WAVE: usize = 10;
const SALES_PER_KILL: usize = 3;
/// Between two deliveries of a round, so that kills meet every stage of the work.
const APART: Duration = Duration::from_millis(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_lose_nothing_acknowledged_and_double_nothing() {
    let license_server = LicenseServer::unlimited(&["latency=25ms"]);
    let setup = Setup::sqlite().with("LATCHKEY_BUDGETS", "off").with(
        "LATCHKEY_OUTBOUND_ALLOW",
        license_server.address.to_string(),
    );
    let serving = setup.serve();
    let vendor = Vendor::create(&setup, serving.address, &license_server).await;
    let count = KILLS_PER_WAVE * SALES_PER_KILL;
    let subscriptions: Vec<Subscription> = (0..count).map(Subscription::new).collect();
    let orders: Vec<Delivery> = subscriptions.iter().map(Subscription::ordered).collect();
    let charges: Vec<Delivery> = subscriptions.iter().map(|one| one.charged(1)).collect();

    let serving = post_through_kills(&setup, &vendor, serving, &orders).await;
    vendor.settled_events(serving.address).await;
    let serving = post_through_kills(&setup, &vendor, serving, &charges).await;
    let events = vendor.settled_events(serving.address).await;

    assert_eq!(events.len(), orders.len() + charges.len());
    for delivery in orders.iter().chain(&charges) {
        let event = events.get(&delivery.id);
        let event = event.expect("what was acknowledged is there");
        assert_eq!(event["state"], "done", "{event:#}");
    }
    assert_eq!(license_server.sandbox.licenses().len(), subscriptions.len());
    for subscription in &subscriptions {
        let license = license_server.license_of(&subscription.id);
        let renewals = license_server.ledger().effects("renew", &license.id);
        assert_eq!(renewals, 1, "of {}", subscription.id);
        let end = license.expires_at.expect("a subscription ends");
        let off = end.since(subscription.paid_until(1)).as_hours();
        assert!(off.abs() <= 48, "{} is {off} hours off", subscription.id);
    }
    assert!(license_server.ledger().overlaps().is_empty());
}

/// Posts a part of the deliveries before each kill, and again whatever was not acknowledged.
async fn post_through_kills(
    setup: &Setup,
    vendor: &Vendor,
    mut serving: Serving,
    deliveries: &[Delivery],
) -> Serving {
    let mut open = Vec::new();
    for (round, fresh) in deliveries.chunks(SALES_PER_KILL).enumerate() {
        open.extend_from_slice(fresh);
        let mut posts = post_apart(vendor, &serving, open);
        sleep(instant(round)).await;
        serving.kill();
        open = unacknowledged(&mut posts).await;
        serving = setup.serve();
    }
    while !open.is_empty() {
        let mut posts = post_apart(vendor, &serving, open);
        open = unacknowledged(&mut posts).await;
    }
    serving
}

/// Some kills come while the first request is read, others when most of the work is done.
fn instant(round: usize) -> Duration {
    let step = u64::try_from(round * 7 % KILLS_PER_WAVE).unwrap_or_default();
    Duration::from_millis(30 + 85 * step)
}

fn post_apart(
    vendor: &Vendor,
    serving: &Serving,
    deliveries: Vec<Delivery>,
) -> JoinSet<Option<Delivery>> {
    let mut posts = JoinSet::new();
    for (place, delivery) in (0_u32..).zip(deliveries) {
        let (vendor, address) = (vendor.clone(), serving.address);
        posts.spawn(async move {
            sleep(APART * place).await;
            let is_acknowledged = vendor.is_acknowledged(address, &delivery).await;
            (!is_acknowledged).then_some(delivery)
        });
    }
    posts
}

async fn unacknowledged(posts: &mut JoinSet<Option<Delivery>>) -> Vec<Delivery> {
    let mut open = Vec::new();
    while let Some(post) = posts.join_next().await {
        open.extend(post.expect("posting does not panic"));
    }
    open
}
