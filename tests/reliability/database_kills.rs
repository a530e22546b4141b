//! R2: PostgreSQL is killed, all of its processes at once, under load.

use std::time::{Duration, Instant};

use crate::postbook::Answer;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::traffic::ANSWERED_WITHIN;

/// Between two kills.
const APART: Duration = Duration::from_millis(1_200);
/// How long it stays away.
const AWAY: Duration = Duration::from_millis(700);
const WORKED_WITHIN: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r2_kills_of_the_database_lose_nothing_and_double_nothing() {
    let Some(stage) = Stage::open(Place::OwnPostgres, unlimited(&["latency=25ms"])).await else {
        return;
    };
    let size = Size::asked();
    let (kills, per_second) = (size.of(5, 200), size.of(20, 200));
    let database = stage.own_server.as_ref().expect("it has its own");
    let _serving = stage.serve();
    let sender = stage.sender().await;
    let sends = kills * 5 * per_second / 2;
    let schedule = Schedule::mixed_sends("R2", sends, stage.now(), Unrest::USUAL);
    let mut verdict = stage.verdict("R2");
    verdict.figure("kills", kills);

    let load = sender.begin(&schedule, per_second);
    let mut slowest = Duration::ZERO;
    for _ in 0..kills {
        tokio::time::sleep(APART).await;
        database.kill();
        let gone = Instant::now();
        tokio::time::sleep(AWAY).await;
        let believed = sender.book.acknowledged_between(gone, Instant::now());
        verdict.require(
            believed == 0,
            format!("{believed} acknowledged without a database"),
        );
        database.restart();
        slowest = slowest.max(gone.elapsed());
    }
    load.await.expect("the shop does not panic");

    verdict.figure("longest away, s", format!("{:.2}", slowest.as_secs_f64()));
    let answers = sender.book.answers();
    verdict.figure("answers", format!("{answers:?}"));
    verdict.require(
        answers.keys().all(is_expected),
        "answered with something else",
    );
    verdict.within_in_full("slowest answer", sender.book.slowest(), ANSWERED_WITHIN);
    let worked_within = size.with_backlog(WORKED_WITHIN);
    stage
        .judge(&mut verdict, &sender, &schedule.outcomes(), worked_within)
        .await;
    verdict.tell();
}

/// Taken, told to come again, or not answered; nothing else may come of a database that is away.
fn is_expected(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Acknowledged | Answer::Refused(503) | Answer::None
    )
}
