//! R3: each event comes five times, 64 deliveries at once, to two processes.

use std::time::Duration;

use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

/// Deliveries of each event besides the first.
const AGAIN: u32 = 4;
const AT_ONCE: usize = 64;
const WORKED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r3_five_deliveries_of_each_event_have_one_set_of_effects() {
    let Some(stage) = Stage::open(Place::Postgres, unlimited(&[])).await else {
        return;
    };
    let events = Size::asked().of(100, 10_000);
    let _serving = stage.serve_all(2);
    let sender = stage.sender().await;
    let unrest = Unrest {
        duplicates: 100 * AGAIN,
        ..Unrest::NONE
    };
    let sends = events * (1 + AGAIN as usize);
    let schedule = Schedule::mixed_sends("R3", sends, stage.now(), unrest);

    sender.send_at_once(&schedule, AT_ONCE).await;

    let mut verdict = stage.verdict("R3");
    verdict.figure("deliveries", schedule.len());
    verdict.figure("at once", AT_ONCE);
    // So many at once are more than are worked meanwhile.
    let within = WORKED_WITHIN.max(Duration::from_millis(100) * events as u32);
    let outcomes = schedule.outcomes();
    stage.judge(&mut verdict, &sender, &outcomes, within).await;
    verdict.tell();
}
