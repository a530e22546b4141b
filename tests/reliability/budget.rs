//! R10: more calls than the license server takes, from two processes, counted where they arrive, while somebody asks the
//! API without end.
//!
//! The licenses are made without a budget. Then all of them are renewed at once under one, and purchases come that must
//! not stand behind renewals. What is left when enough was seen is carried out without it again, so that the oracle has
//! an end to look at: a hundred thousand calls take three hours at the pace of the license server.

use std::time::{Duration, Instant};

use latchkey_sandbox::ledger::Ledger;
use latchkey_sandbox::limiter::{RateLimit, WindowShape};
use tokio::time::sleep;

use crate::history::{History, Outcome};
use crate::questions::Questions;
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::verdict::Verdict;

/// What Cryptlex allows of one address, and within which time.
const CALLS_AT_MOST: usize = 50;
const WINDOW: Duration = Duration::from_secs(5);
/// Within which a purchase passes renewals that wait.
const OVERTAKES_WITHIN: Duration = Duration::from_secs(5);
/// Between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// At the pace of a machine, once nothing holds calls back.
const WORKED_WITHIN: Duration = Duration::from_secs(900);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r10_the_budget_holds_in_every_stretch_and_purchases_overtake() {
    let Some(stage) = Stage::open(Place::Postgres, unlimited(&[])).await else {
        return;
    };
    let size = Size::asked();
    let (subscriptions, quantity) = (size.of(2, 1_000), 100);
    let renewals = subscriptions * quantity;
    let now = stage.now();
    let renewed = (0..subscriptions)
        .map(|number| History::renewed("R10", number, 1, now).of(quantity as u32));
    let mut histories: Vec<History> = renewed.collect();
    let mut verdict = stage.verdict("R10");
    verdict.figure("renewals", renewals);

    let serving = stage.serve_all(2);
    let sender = stage.sender().await;
    for history in &histories {
        sender.deliver(&history.events()[..2], Instant::now()).await;
    }
    let vendor = &sender.vendor;
    vendor
        .wait_until_settled(stage.doors.next(), WORKED_WITHIN)
        .await;
    drop(serving);

    let stage = stage.with("LATCHKEY_BUDGETS", "*=50/5s");
    let stage = stage.with("LATCHKEY_API_LIMIT", "off");
    stage.license_server.sandbox.set_rate_limit(RateLimit {
        shape: WindowShape::Sliding,
        ..RateLimit::default()
    });
    let serving = stage.serve_all(2);
    let begun = stage.now();
    for history in &histories {
        sender.deliver(&history.events()[2..], Instant::now()).await;
    }
    let purchases = (0..size.of(2, 60)).map(|number| History::bought("R10-urgent", number, now));
    let purchases: Vec<History> = purchases.collect();
    let questions = Questions::begin(vendor, &stage.doors).await;
    let slowest = buy_among_renewals(&stage, &sender, &purchases).await;
    questions.tell(&mut verdict);
    drop(serving);
    verdict.within("a purchase overtook after", slowest, OVERTAKES_WITHIN);
    tell_budget(
        &stage.license_server.ledger().since(begun.as_jiff()),
        &mut verdict,
    );
    let left = renewals - stage.license_server.effects("renew");
    verdict.figure("renewals that wait still", left);
    verdict.require(left > 0, "nothing was left to overtake");

    let stage = stage.with("LATCHKEY_BUDGETS", "off");
    let sandbox = &stage.license_server.sandbox;
    sandbox.set_rate_limit(RateLimit::off());
    let _serving = stage.serve_all(2);
    histories.extend(purchases);
    let outcomes: Vec<Outcome> = histories.iter().map(History::outcome).collect();
    stage
        .judge(&mut verdict, &sender, &outcomes, WORKED_WITHIN)
        .await;
    verdict.tell();
}

/// How long the slowest of these purchases took, made one by one while renewals wait.
async fn buy_among_renewals(stage: &Stage, sender: &Sender, purchases: &[History]) -> Duration {
    let effects = |kind| stage.license_server.effects(kind);
    let apart = Duration::from_secs(Size::asked().of(2, 60) as u64);
    while effects("renew") == 0 {
        sleep(LOOK_EVERY).await;
    }
    let mut slowest = Duration::ZERO;
    for purchase in purchases {
        let before = effects("create");
        let begun = Instant::now();
        sender.deliver(&purchase.events(), begun).await;
        while effects("create") == before && begun.elapsed() < 4 * OVERTAKES_WITHIN {
            sleep(LOOK_EVERY).await;
        }
        slowest = slowest.max(begun.elapsed());
        sleep(apart.saturating_sub(begun.elapsed())).await;
    }
    slowest
}

/// Says how many calls there were, and requires that no window saw more than are allowed.
pub fn tell_budget(calls: &Ledger, verdict: &mut Verdict) {
    verdict.figure("calls under the budget", calls.entries().count());
    let busiest = calls.busiest(WINDOW);
    verdict.figure("most of them in any 5 s", busiest);
    verdict.require(busiest <= CALLS_AT_MOST, "more calls than are allowed");
    let refused = calls.entries().filter(|entry| entry.status == Some(429));
    verdict.require(refused.count() == 0, "a call was refused with 429");
}
