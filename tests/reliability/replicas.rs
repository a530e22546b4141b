//! R17: two processes, few subjects and many events: never two calls for one license at once.

use std::time::Duration;

use crate::history::History;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const SUBJECTS: usize = 10;
/// So that a renewal is always under way.
const SLOW: &str = "latency=400ms,on=renew+get";
const WORKED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r17_no_two_calls_for_a_license_overlap() {
    let Some(stage) = Stage::open(Place::Postgres, unlimited(&[SLOW])).await else {
        return;
    };
    // Each has two events more: 100 and 1,000 in all.
    let renewals = Size::asked().of(8, 98);
    let _serving = stage.serve_all(2);
    let sender = stage.sender().await;
    let now = stage.now();
    let histories =
        (0..SUBJECTS).map(|number| History::renewed("R17", number, renewals as u32, now));
    let schedule = Schedule::of(histories.collect(), Unrest::USUAL);
    let mut verdict = stage.verdict("R17");
    verdict.figure("events", SUBJECTS * (2 + renewals));

    let load = sender.begin(&schedule, 40);
    load.await.expect("the shop does not panic");

    let outcomes = schedule.outcomes();
    stage
        .judge(&mut verdict, &sender, &outcomes, WORKED_WITHIN)
        .await;
    verdict.tell();
}
