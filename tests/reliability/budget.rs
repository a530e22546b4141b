//! R10: more calls than the license server takes, from two processes, counted where they arrive.

use std::time::{Duration, Instant};

use latchkey::license_servers::sandbox::limiter::{RateLimit, WindowShape};
use latchkey::license_servers::sandbox::options::SandboxOptions;
use tokio::time::sleep;

use crate::history::{History, Outcome};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage};

/// What Cryptlex allows of one address, and within which time.
const CALLS_AT_MOST: usize = 50;
const WINDOW: Duration = Duration::from_secs(5);
/// Within which a purchase passes renewals that wait.
const OVERTAKES_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r10_the_budget_holds_in_every_stretch_and_purchases_overtake() {
    let options = SandboxOptions {
        rate_limit: RateLimit {
            shape: WindowShape::Sliding,
            ..RateLimit::default()
        },
        ..SandboxOptions::default()
    };
    let Some(stage) = Stage::open(Place::Postgres, options).await else {
        return;
    };
    let stage = stage.with("LATCHKEY_BUDGETS", "*=50/5s");
    let size = Size::asked();
    let (subscriptions, quantity) = (size.of(1, 500), size.of(60, 100));
    let _serving = stage.serve_all(2);
    let sender = stage.sender().await;
    let now = stage.now();
    let renewed = (0..subscriptions)
        .map(|number| History::renewed("R10", number, 1, now).of(quantity as u32));
    let mut histories: Vec<History> = renewed.collect();
    // Ten calls a second, twice what it should take.
    let within = Duration::from_millis(200) * (2 * subscriptions * quantity) as u32
        + Duration::from_secs(20);

    for history in &histories {
        sender.deliver(&history.events()[..2], Instant::now()).await;
    }
    let address = stage.doors.next();
    sender.vendor.wait_until_settled(address, within).await;
    for history in &histories {
        sender.deliver(&history.events()[2..], Instant::now()).await;
    }
    let purchase = History::bought("R10-urgent", 0, now);
    let overtaken = buy_among_renewals(&stage, &sender, &purchase).await;
    histories.push(purchase);

    let mut verdict = stage.verdict("R10");
    verdict.figure("calls", 2 * subscriptions * quantity);
    verdict.within("a purchase overtook after", overtaken, OVERTAKES_WITHIN);
    let left = subscriptions * quantity - stage.license_server.effects("renew");
    verdict.figure("renewals that waited then", left);
    verdict.require(left > 0, "nothing was left to overtake");
    let outcomes: Vec<Outcome> = histories.iter().map(History::outcome).collect();
    stage.judge(&mut verdict, &sender, &outcomes, within).await;
    let ledger = stage.license_server.ledger();
    let busiest = ledger.busiest(WINDOW);
    verdict.figure("most calls in any 5 s", busiest);
    verdict.require(busiest <= CALLS_AT_MOST, "more calls than are allowed");
    let refused = ledger.entries().filter(|entry| entry.status == Some(429));
    verdict.require(refused.count() == 0, "a call was refused with 429");
    verdict.tell();
}

/// How long a purchase took that came while renewals waited.
async fn buy_among_renewals(stage: &Stage, sender: &Sender, purchase: &History) -> Duration {
    let effects = |kind| stage.license_server.effects(kind);
    while effects("renew") == 0 {
        sleep(Duration::from_millis(20)).await;
    }
    let before = effects("create");
    let begun = Instant::now();
    sender.deliver(&purchase.events(), begun).await;
    while effects("create") == before && begun.elapsed() < 4 * OVERTAKES_WITHIN {
        sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}
