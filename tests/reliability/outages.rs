//! R13: the database is away for a while, or its connections are all in use.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use tokio::time::sleep;

use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::traffic::{HELD, Traffic};

/// So long that those who come first are told to come again.
const LOCKED_FOR: Duration = Duration::from_millis(6_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_a_database_that_is_away_is_waited_for_and_never_believed() {
    let Some(stage) = Stage::open(Place::OwnPostgres, unlimited(&[])).await else {
        return;
    };
    let database = stage.own_server.as_ref().expect("it has its own");
    let long = Duration::from_secs(Size::asked().of(6, 60) as u64);
    let mut traffic = Traffic::begin(&stage, 10 + long.as_secs()).await;

    // Until it answers again it takes a second more.
    for away in [Duration::from_secs(2), long] {
        database.kill();
        let gone = Instant::now();
        sleep(away).await;
        traffic.nothing_kept_since(gone);
        let failures = traffic.sender.book.failures();
        let (is_right, otherwise) = match away < HELD {
            true => (failures == 0, "a short outage was not waited out"),
            false => (failures > 0, "nobody was told to come again"),
        };
        traffic.verdict.require(is_right, otherwise);
        database.restart();
        traffic.back_after("away", gone).await;
        if away < HELD {
            let was_held = traffic.was_held_since(gone, away);
            traffic
                .verdict
                .require(was_held, "nobody was held while it was away");
        }
    }
    traffic.end(&stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_a_pool_that_is_used_up_is_waited_for_and_never_believed() {
    let Some(stage) = Stage::open(Place::OwnPostgres, unlimited(&[])).await else {
        return;
    };
    let stage = stage.with("LATCHKEY_DATABASE_POOL", "3");
    let mut traffic = Traffic::begin(&stage, 12).await;

    let url = stage.own_server.as_ref().expect("it has its own").url();
    let mut connection = PgConnection::establish(&url).expect("the server answers");
    let lock = "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE";
    connection.batch_execute(lock).expect("it is given");
    let locked = Instant::now();
    sleep(LOCKED_FOR).await;
    traffic.nothing_kept_since(locked);
    connection.batch_execute("ROLLBACK").expect("it is ours");
    traffic.back_after("every connection in use", locked).await;
    let was_refused = traffic.sender.book.failures() > 0;
    let was_noticed = was_refused || traffic.was_held_since(locked, HELD);
    traffic
        .verdict
        .require(was_noticed, "nobody noticed that no connection was left");
    traffic.end(&stage).await;
}
