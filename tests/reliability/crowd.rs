//! S7: a crowd that looks at pages and asks the API costs no memory, then or later.

use std::time::Duration;

use tokio::time::sleep;

use crate::asking::Asking;
use crate::history::History;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const AT_ONCE: usize = 200;
const MOST_MEGABYTES: usize = 200;
/// What a crowd may add to what there was before.
const MOST_MORE_MEGABYTES: usize = 140;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn s7_a_crowd_costs_no_memory_on_sqlite() {
    a_crowd_costs_no_memory(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn s7_a_crowd_costs_no_memory_on_postgres() {
    a_crowd_costs_no_memory(Place::Postgres).await;
}

async fn a_crowd_costs_no_memory(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[])).await else {
        return;
    };
    let size = Size::asked();
    let serving = stage.serve();
    let shop = stage.sender().await;
    let bought = 0..size.of(100, 2_000);
    let bought = bought.map(|number| History::bought("crowd", number, stage.now()));
    let bought = Schedule::of(bought.collect(), Unrest::NONE);
    let sent = shop.begin(&bought, 50).await;
    sent.expect("the shop does not panic");
    shop.vendor.settled_events(serving.address).await;
    let (_, before) = serving.memory();

    let asking = Asking::begin(&shop, AT_ONCE).await;
    sleep(Duration::from_secs(size.of(8, 60) as u64)).await;
    let asked = asking.end().await;
    let (most, after) = serving.memory();

    let mut verdict = stage.verdict("S7");
    verdict.figure("at once", AT_ONCE);
    verdict.figure("answered", asked.served);
    verdict.figure("turned away", asked.turned_away);
    verdict.require(asked.served >= AT_ONCE, "too few were answered to judge");
    let broken = format!("{} were not answered well", asked.broken);
    verdict.require(asked.broken == 0, broken);
    verdict.figure("megabytes before", before);
    verdict.figure("at most", most);
    verdict.figure("after", after);
    // A debug build begins with twice the memory of one that ships.
    let limit = match size {
        Size::Full | Size::Middle => MOST_MEGABYTES,
        Size::Short => before + MOST_MORE_MEGABYTES,
    };
    verdict.require(most <= limit, "too much memory");
    verdict.tell();
}
