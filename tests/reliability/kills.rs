//! R1: the program is killed at any instant under load.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use latchkey::domain::time::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::verdict::Verdict;

/// Some kills come while the first request is read, others when most of the work is done.
const LIVES: std::ops::Range<u64> = 30..1_300;
/// What targets grant to a process that has taken over.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// What they grant to what was in work: the lease of the dead, and a lost answer's rest.
const WORKED_WITHIN: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r1_kills_lose_nothing_and_double_nothing_on_sqlite() {
    kills_lose_nothing_and_double_nothing(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r1_kills_lose_nothing_and_double_nothing_on_postgres() {
    kills_lose_nothing_and_double_nothing(Place::Postgres).await;
}

async fn kills_lose_nothing_and_double_nothing(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&["latency=25ms"])).await else {
        return;
    };
    let size = Size::asked();
    let (kills, per_second) = (size.of(10, 1_000), size.of(20, 200));
    let mut serving = stage.serve();
    let sender = stage.sender().await;
    // From one kill to the next, the start included, it takes less than two seconds, and less than one as released.
    let sends = kills * per_second * size.of(2, 1);
    let schedule = Schedule::mixed_sends("R1", sends, stage.now(), Unrest::USUAL);
    let mut random = StdRng::seed_from_u64(1);
    let mut killed = Vec::new();

    let load = sender.begin(&schedule, per_second);
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.random_range(LIVES))).await;
        killed.push((Instant::now(), stage.now()));
        serving.kill();
        serving = stage.serve();
    }
    let is_under_load = !load.is_finished();
    load.await.expect("the shop does not panic");

    let mut verdict = stage.verdict("R1");
    verdict.figure("kills", kills);
    verdict.figure("events a second", per_second);
    verdict.require(is_under_load, "the load was over before the last kill");
    tell_returns(&stage, &mut verdict, &sender, &killed);
    let worked_within = size.with_backlog(WORKED_WITHIN);
    stage
        .judge(&mut verdict, &sender, &schedule.outcomes(), worked_within)
        .await;
    verdict.tell();
}

/// How long it took after the slowest kill until an event was taken, and until work went on.
fn tell_returns(
    stage: &Stage,
    verdict: &mut Verdict,
    sender: &Sender,
    killed: &[(Instant, Timestamp)],
) {
    let returns = killed
        .iter()
        .filter_map(|(at, _)| sender.book.first_after(*at));
    let slowest = returns.max().unwrap_or(Duration::MAX);
    verdict.within("answering again after", slowest, BACK_WITHIN);
    let ledger = stage.license_server.ledger();
    let worked = killed.iter().filter_map(|(_, at)| {
        let made = ledger.entries().filter(|entry| entry.took_effect);
        let mut since = made.map(|entry| entry.arrived_at.duration_since(at.as_jiff()));
        since.find(SignedDuration::is_positive)
    });
    let slowest = worked.max().and_then(|worked| worked.try_into().ok());
    verdict.within(
        "working again after",
        slowest.unwrap_or(Duration::MAX),
        BACK_WITHIN,
    );
}
