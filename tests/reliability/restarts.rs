//! R12: one process after the other is restarted under load, behind something that asks whether they are ready.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;

use crate::processes::program::Serving;
use crate::processes::vendor::client;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

/// Between two questions whether a process is ready.
const PROBED_EVERY: Duration = Duration::from_millis(100);
const ANSWERED_WITHIN: Duration = Duration::from_millis(250);
const WORKED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r12_rolling_restarts_fail_no_delivery() {
    let Some(stage) = Stage::open(Place::Postgres, unlimited(&["latency=25ms"])).await else {
        return;
    };
    let size = Size::asked();
    let (restarts, per_second) = (size.of(3, 50), size.of(20, 200));
    let mut serving = stage.serve_all(2);
    let sender = stage.sender().await;
    let sends = restarts * 2 * per_second;
    let schedule = Schedule::mixed_sends("R12", sends, stage.now(), Unrest::USUAL);

    let load = sender.begin(&schedule, per_second);
    for _ in 0..restarts {
        let old = serving.remove(0);
        restart(&stage, old, &mut serving).await;
    }
    load.await.expect("the shop does not panic");

    let mut verdict = stage.verdict("R12");
    verdict.figure("restarts", restarts);
    let failures = sender.book.failures();
    verdict.figure("failed deliveries", failures);
    let answers = format!("{:?}", sender.book.answers());
    verdict.require(failures == 0, answers);
    let slowest = sender.book.percentile(99);
    verdict.within_in_full("p99", slowest, ANSWERED_WITHIN);
    let outcomes = schedule.outcomes();
    stage
        .judge(&mut verdict, &sender, &outcomes, WORKED_WITHIN)
        .await;
    verdict.tell();
}

/// Ends one process as its host would, and starts another in its place.
async fn restart(stage: &Stage, old: Serving, serving: &mut Vec<Serving>) {
    old.terminate();
    while is_ready(old.address).await {
        sleep(PROBED_EVERY).await;
    }
    let others: Vec<SocketAddr> = serving.iter().map(|one| one.address).collect();
    stage.doors.set(&others);
    let ended = tokio::task::spawn_blocking(move || old.ended()).await;
    assert_eq!(ended.expect("it ends").code(), Some(0));
    let new = stage.setup.serve();
    while !is_ready(new.address).await {
        sleep(PROBED_EVERY).await;
    }
    serving.push(new);
    let all: Vec<SocketAddr> = serving.iter().map(|one| one.address).collect();
    stage.doors.set(&all);
}

async fn is_ready(address: SocketAddr) -> bool {
    let asked = client().get(format!("http://{address}/readyz")).send();
    asked.await.is_ok_and(|answer| answer.status() == 200)
}
