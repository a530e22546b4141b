//! R13: the database is away for a while, its connections are all in use, or its disk is full.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use tokio::time::sleep;

use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::traffic::{HELD, Traffic};

/// Within which a process finds back by itself.
const BACK_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_a_database_that_is_away_is_waited_for_and_never_believed() {
    let Some(stage) = Stage::open(Place::OwnPostgres, unlimited(&[])).await else {
        return;
    };
    let database = stage.own_server.as_ref().expect("it has its own");
    let long = Duration::from_secs(Size::asked().of(6, 60) as u64);
    let run = Traffic::begin(&stage, 10 + long.as_secs()).await;
    let mut verdict = stage.verdict("R13");

    sleep(Duration::from_secs(1)).await;
    // Until it answers again it takes a second more.
    for away in [Duration::from_secs(2), long] {
        database.kill();
        let gone = Instant::now();
        sleep(away).await;
        let believed = run.sender.book.acknowledged_between(gone, Instant::now());
        verdict.require(
            believed == 0,
            format!("{believed} acknowledged without a database"),
        );
        let failures = run.sender.book.failures();
        if away < HELD {
            database.restart();
            verdict.figure(
                "away for, s",
                format!("{:.1}", gone.elapsed().as_secs_f64()),
            );
            verdict.require(failures == 0, "a short outage was not waited out");
        } else {
            verdict.require(failures > 0, "nobody was told to come again");
            database.restart();
            verdict.figure("and for, s", format!("{:.1}", gone.elapsed().as_secs_f64()));
        }
        let back = Instant::now();
        sleep(Duration::from_secs(3)).await;
        let first = run.sender.book.first_after(back);
        verdict.within(
            "answering again after",
            first.unwrap_or(Duration::MAX),
            BACK_WITHIN,
        );
    }
    run.end(&stage, verdict).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_a_pool_that_is_used_up_is_waited_for_and_never_believed() {
    let Some(stage) = Stage::open(Place::OwnPostgres, unlimited(&[])).await else {
        return;
    };
    let stage = stage.with("LATCHKEY_DATABASE_POOL", "3");
    let run = Traffic::begin(&stage, 12).await;
    let mut verdict = stage.verdict("R13");

    sleep(Duration::from_secs(1)).await;
    let url = stage.own_server.as_ref().expect("it has its own").url();
    let mut connection = PgConnection::establish(&url).expect("the server answers");
    let lock = "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE";
    connection.batch_execute(lock).expect("it is given");
    let locked = Instant::now();
    sleep(Duration::from_millis(6_500)).await;
    let believed = run.sender.book.acknowledged_between(locked, Instant::now());
    verdict.require(
        believed == 0,
        format!("{believed} acknowledged past the lock"),
    );
    connection.batch_execute("ROLLBACK").expect("it is ours");
    let back = Instant::now();
    verdict.figure(
        "every connection in use for, s",
        format!("{:.1}", locked.elapsed().as_secs_f64()),
    );
    sleep(Duration::from_secs(3)).await;
    let first = run.sender.book.first_after(back);
    verdict.within(
        "answering again after",
        first.unwrap_or(Duration::MAX),
        BACK_WITHIN,
    );
    run.end(&stage, verdict).await;
}
