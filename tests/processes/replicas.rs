//! Two processes on one PostgreSQL: never two calls for one license at once, and one budget.

use std::time::Duration;

use futures::future::join_all;
use latchkey::license_servers::sandbox::options::SandboxOptions;
use latchkey::store::Store;
use serde_json::Value;

use crate::license_server::LicenseServer;
use crate::postgres::TestDatabase;
use crate::program::{Serving, Setup};
use crate::shop::{Delivery, Subscription};
use crate::vendor::Vendor;

const SUBJECTS: usize = 10;
const RENEWALS: u32 = 6;
const POSTS_AT_ONCE: usize = 8;
/// What Cryptlex allows of one address, and within which time.
const CALLS_AT_MOST: usize = 50;
const WINDOW: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_the_work_and_the_budget() {
    let Some(database) = unmigrated().await else {
        return;
    };
    let migrated = Setup::postgres(&database.url()).run(&["migrate"]);
    assert_eq!(migrated.code, Some(0), "{}", migrated.errors);
    let license_server = LicenseServer::start(SandboxOptions::default());
    // Whoever signs in, the program takes the serving role upon itself.
    let setup = Setup::postgres(&database.url()).with(
        "LATCHKEY_OUTBOUND_ALLOW",
        license_server.address.to_string(),
    );
    let processes = [setup.serve(), setup.serve()];
    let address = processes[0].address;
    let vendor = Vendor::create(&setup, address, &license_server).await;
    let subscriptions: Vec<Subscription> = (0..SUBJECTS).map(Subscription::new).collect();
    let deliveries = lives(&subscriptions);
    assert_eq!(deliveries.len(), 200);

    post_alternately(&vendor, &processes, &deliveries).await;
    let events = vendor.settled_events(address).await;

    assert_eq!(events.len(), deliveries.len());
    let ledger = license_server.ledger();
    assert_eq!(ledger.overlaps(), []);
    let busiest = ledger.busiest(WINDOW);
    assert!(busiest <= CALLS_AT_MOST, "{busiest} calls in {WINDOW:?}");
    assert_eq!(license_server.sandbox.licenses().len(), SUBJECTS);
    for subscription in &subscriptions {
        let license = license_server.license_of(&subscription.id);
        assert!(!license.is_suspended, "{} is paid", subscription.id);
        let end = license.expires_at.expect("a subscription ends");
        let off = end.since(subscription.paid_until(RENEWALS)).as_hours();
        assert!(off.abs() <= 48, "{} is {off} hours off", subscription.id);
    }
    let done = done_effects(&vendor, &processes[1], events.values()).await;
    for (kind, call) in [("issue", "create"), ("renew", "renew")] {
        let count = done.iter().filter(|done| *done == kind).count();
        assert_eq!(count, license_server.effects(call), "{kind}");
    }
    assert_eq!(license_server.effects("create"), SUBJECTS);
    for process in processes {
        process.terminate();
        assert_eq!(process.ended().code(), Some(0));
    }
}

/// A database without any table; `None` where there is no PostgreSQL.
pub async fn unmigrated() -> Option<TestDatabase> {
    let database = TestDatabase::migrated()?;
    let store = Store::open(&database.database_url(), 1).expect("the store opens");
    store
        .migrate_down()
        .await
        .expect("every step can be undone");
    Some(database)
}

/// Bought, unpaid and paid several times, each payment resent; subjects mixed.
fn lives(subscriptions: &[Subscription]) -> Vec<Delivery> {
    let firsts = subscriptions.iter().map(Subscription::ordered);
    let seconds = subscriptions.iter().map(Subscription::activated);
    let rest = (1..=RENEWALS).flat_map(|renewal| {
        subscriptions.iter().flat_map(move |one| {
            let charged = one.charged(renewal);
            [one.overdue(renewal), charged.resent(), charged]
        })
    });
    firsts.chain(seconds).chain(rest).collect()
}

async fn post_alternately(vendor: &Vendor, processes: &[Serving; 2], deliveries: &[Delivery]) {
    let addresses = processes.iter().map(|process| process.address).cycle();
    let posts: Vec<_> = deliveries.iter().zip(addresses).collect();
    for posts in posts.chunks(POSTS_AT_ONCE) {
        let posts = posts.iter().map(|(delivery, address)| async move {
            let is_acknowledged = vendor.is_acknowledged(*address, delivery).await;
            assert!(is_acknowledged, "{} is not taken", delivery.id);
        });
        join_all(posts).await;
    }
}

/// The kinds of everything that was done, as the API tells it.
async fn done_effects(
    vendor: &Vendor,
    process: &Serving,
    events: impl Iterator<Item = &Value>,
) -> Vec<String> {
    let mut done = Vec::new();
    for event in events {
        let path = format!("/events/{}", event["id"].as_str().unwrap_or_default());
        let event = vendor.get(process.address, &path).await;
        let effects = event["effects"].as_array().expect("a list");
        let effects = effects.iter().filter(|effect| effect["state"] == "done");
        done.extend(effects.filter_map(|effect| effect["kind"].as_str().map(str::to_owned)));
    }
    done
}
