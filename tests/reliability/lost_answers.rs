//! R6: the license server does what it is asked and then breaks the connection, one time in five.

use std::time::Duration;

use crate::history::History;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

/// Of a hundred creations and renewals, so many are not answered.
const CUT: &str = "cut=after,on=create+renew,rate=20%";
const WORKED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r6_lost_answers_double_nothing_and_lose_nothing_on_sqlite() {
    lost_answers_double_nothing_and_lose_nothing(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r6_lost_answers_double_nothing_and_lose_nothing_on_postgres() {
    lost_answers_double_nothing_and_lose_nothing(Place::Postgres).await;
}

async fn lost_answers_double_nothing_and_lose_nothing(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[CUT])).await else {
        return;
    };
    let size = Size::asked();
    // Each is created once and renewed once.
    let (customers, per_second) = (size.of(50, 5_000), size.of(20, 100));
    let _serving = stage.serve();
    let sender = stage.sender().await;
    let now = stage.now();
    let histories = (0..customers).map(|number| History::renewed("R6", number, 1, now));
    let schedule = Schedule::of(histories.collect(), Unrest::NONE);

    let load = sender.begin(&schedule, per_second);
    load.await.expect("the shop does not panic");

    let mut verdict = stage.verdict("R6");
    verdict.figure("creations and renewals", 2 * customers);
    stage
        .judge(&mut verdict, &sender, &schedule.outcomes(), WORKED_WITHIN)
        .await;
    let ledger = stage.license_server.ledger();
    let lost = ledger.entries().filter(|entry| !entry.faults.is_empty());
    let lost = lost.count();
    verdict.figure("answers lost", lost);
    verdict.require(lost * 10 > customers, "hardly any answer was lost");
    verdict.tell();
}
