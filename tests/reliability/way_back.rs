//! R11: how soon a license server is known to be down, and how soon and gently work goes on when it is back.
//!
//! The real program and real seconds, two processes under load; `day_away.rs` has the whole day.

use std::time::{Duration, Instant};

use latchkey::domain::time::Timestamp;
use latchkey_sandbox::limiter::{RateLimit, WindowShape};
use latchkey_sandbox::options::SandboxOptions;
use tokio::time::sleep;

use crate::oracle;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage};
use crate::verdict::Verdict;

/// The ways to be away, the first of them in the short size too.
const WAYS: [&str; 6] = [
    "status=503",
    "hang=30s",
    "status=429,retry-after=10",
    "cut=before",
    "cut=after",
    "slow-bytes=1s",
];
const OPENS_WITHIN: Duration = Duration::from_secs(30);
const RETURNS_WITHIN: Duration = Duration::from_secs(15);
const WORKED_WITHIN: Duration = Duration::from_secs(60);
/// What a call is given.
const CALLS_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const WINDOW: Duration = Duration::from_secs(5);
const CALLS_AT_MOST: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r11_a_license_server_that_returns_is_soon_and_gently_back_in_work() {
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
    // In the short size it is away from the first call on: after a success, ten seconds must pass without another.
    let [before, away, after] = [(0, 20), (3, 120), (0, 120)]
        .map(|(short, full)| Duration::from_secs(size.of(short, full) as u64));
    // How many ways, and how long opening and returning may take in each.
    let (ways, spare) = match size {
        Size::Short => (1, 12),
        Size::Middle | Size::Full => (WAYS.len(), 45),
    };
    let per_second = size.of(5, 2);
    let _serving = stage.serve_all(2);
    let sender = stage.sender().await;
    let seconds = ways * ((before + away + after).as_secs() as usize + spare);
    let schedule = Schedule::mixed_sends("R11", seconds * per_second, stage.now(), Unrest::USUAL);
    let mut verdict = stage.verdict("R11");

    let load = sender.begin(&schedule, per_second);
    for way in &WAYS[..ways] {
        sleep(before).await;
        let fault = way.parse().expect("a fault");
        stage.license_server.sandbox.set_faults(vec![fault]);
        let gone = Instant::now();
        if !way.starts_with("status=429") {
            let opened = breaker_opens(&stage, &sender).await;
            verdict.within(&format!("{way}: known after"), opened, OPENS_WITHIN);
        }
        sleep(away.saturating_sub(gone.elapsed())).await;
        stage.license_server.sandbox.set_faults(Vec::new());
        let returned = work_goes_on(&stage, stage.now()).await;
        verdict.within(
            &format!("{way}: working again after"),
            returned,
            RETURNS_WITHIN,
        );
        sleep(after).await;
    }
    load.await.expect("the shop does not panic");

    stage.wait(&mut verdict, &sender, WORKED_WITHIN).await;
    let evidence = stage.evidence(&sender).await;
    verdict.differences(&oracle::compare_given_up(
        &schedule.outcomes(),
        &sender.book,
        &evidence,
        CALLS_WITHIN,
    ));
    tell_budget(&stage, &mut verdict);
    verdict.tell();
}

/// How long it takes until events wait for the license server rather than being tried.
async fn breaker_opens(stage: &Stage, sender: &Sender) -> Duration {
    let begun = Instant::now();
    while begun.elapsed() < 2 * OPENS_WITHIN {
        let path = "/events?state=waiting&limit=200";
        let waiting = sender.vendor.get(stage.doors.next(), path).await;
        let mut waiting = waiting["items"].as_array().into_iter().flatten();
        if waiting.any(|event| event["reason"]["code"] == "license_server_unreachable") {
            return begun.elapsed();
        }
        sleep(LOOK_EVERY).await;
    }
    Duration::MAX
}

/// How long it takes from then until something is done at the license server.
async fn work_goes_on(stage: &Stage, back: Timestamp) -> Duration {
    let begun = Instant::now();
    while begun.elapsed() < 4 * RETURNS_WITHIN {
        let ledger = stage.license_server.ledger();
        let mut done = ledger.entries().filter(|entry| entry.took_effect);
        if done.any(|entry| entry.arrived_at > back.as_jiff() && entry.faults.is_empty()) {
            return begun.elapsed();
        }
        sleep(LOOK_EVERY).await;
    }
    Duration::MAX
}

fn tell_budget(stage: &Stage, verdict: &mut Verdict) {
    let ledger = stage.license_server.ledger();
    let busiest = ledger.busiest(WINDOW);
    verdict.figure("most calls in any 5 s", busiest);
    verdict.require(busiest <= CALLS_AT_MOST, "more calls than are allowed");
    let refused = ledger
        .entries()
        .filter(|entry| entry.status == Some(429) && entry.faults.is_empty());
    verdict.require(refused.count() == 0, "a call was one too many");
}
