//! R8, with quantity as poison: lines of very many licenses wait for a person or are made in pieces, and nobody notices.

use std::time::{Duration, Instant};

use latchkey::domain::time::Timestamp;

use crate::history::History;
use crate::postbook::percentile;
use crate::processes::vendor::Vendor;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::shop::{Event, order};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

/// More than a line may give without a yes.
const TOO_MANY: [u32; 3] = [20_000, 1_000_000, i32::MAX as u32];
/// As many as a line may give; made in pieces.
const MANY: u32 = 1_000;
const PER_SECOND: usize = 10;
const TAKEN_WITHIN: Duration = Duration::from_millis(100);
const MADE_WITHIN: Duration = Duration::from_secs(180);
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r8_great_quantities_hold_up_nobody_on_sqlite() {
    great_quantities_hold_up_nobody(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r8_great_quantities_hold_up_nobody_on_postgres() {
    great_quantities_hold_up_nobody(Place::Postgres).await;
}

async fn great_quantities_hold_up_nobody(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[])).await else {
        return;
    };
    let seconds = Size::asked().of(10, 120);
    let serving = stage.serve();
    let poisoned = stage.sender().await;
    let address = stage.doors.next();
    let server = &stage.license_server;
    let other = Vendor::create_named("other", &stage.setup, address, server).await;
    let other = Sender::new(&other, &stage.doors);
    let now = stage.now();

    let poison: Vec<Event> = TOO_MANY.map(|quantity| ordered(quantity, now)).into();
    poisoned.deliver(&poison, Instant::now()).await;
    poisoned
        .deliver(&[ordered(MANY, now)], Instant::now())
        .await;
    other
        .begin(&orders(PER_SECOND * seconds, now), PER_SECOND)
        .await
        .expect("it is sent");

    // What was begun is left as it is, and goes on after the restart.
    let stopping = Instant::now();
    serving.terminate();
    assert!(serving.ended().success());
    let stopped = stopping.elapsed();
    let _serving = stage.serve();
    let address = stage.doors.next();
    let is_parked = |event: &serde_json::Value| event["state"] == "parked";
    let settled = poisoned
        .vendor
        .wait_until(address, MADE_WITHIN, is_parked)
        .await;
    let events = poisoned.vendor.events(address).await;
    let parked = events.values().filter(|event| is_parked(event)).count();

    let mut verdict = stage.verdict("R8");
    verdict.figure("orders of too many, parked", parked);
    verdict.require(
        parked == TOO_MANY.len(),
        "not every great quantity is parked",
    );
    verdict.require(settled.open.is_empty(), "not every piece was made in time");
    let made = server.licenses_of_order(&format!("A-{MANY}"));
    verdict.figure("licenses of one order, made in pieces", made);
    verdict.require(made == MANY as usize, "not each license was made once");
    let taken = percentile(other.book.taken(), 99);
    verdict.within_in_full("taken from the other vendor, p99", taken, TAKEN_WITHIN);
    verdict.within("ended after SIGTERM", stopped, STOPPED_WITHIN);
    let failures = other.book.failures();
    verdict.require(failures == 0, "a delivery of the other vendor failed");
    verdict.tell();
}

fn ordered(quantity: u32, now: Timestamp) -> Event {
    let order = order(&format!("A-{quantity}")).line("reverb", quantity);
    order.at(&now.to_string()).completed()
}

fn orders(count: usize, now: Timestamp) -> Schedule {
    let histories = (0..count).map(|number| History::bought("R8", number, now));
    Schedule::of(histories.collect(), Unrest::NONE)
}
