//! R9: one tenant sends, reads pages and asks the API as fast as it can, and ten others notice nothing.

use std::time::Duration;

use futures::future::join_all;
use latchkey::domain::time::Timestamp;

use crate::asking::Asking;
use crate::history::History;
use crate::postbook::percentile;
use crate::processes::vendor::Vendor;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const OTHERS: usize = 10;
const TAKEN_WITHIN: Duration = Duration::from_millis(100);
const DONE_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r9_ten_tenants_do_not_notice_the_flood_of_one_on_sqlite() {
    ten_tenants_do_not_notice_the_flood_of_one(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r9_ten_tenants_do_not_notice_the_flood_of_one_on_postgres() {
    ten_tenants_do_not_notice_the_flood_of_one(Place::Postgres).await;
}

async fn ten_tenants_do_not_notice_the_flood_of_one(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[])).await else {
        return;
    };
    let size = Size::asked();
    let (per_second, seconds) = (size.of(100, 1_000), size.of(6, 300));
    let _serving = stage.serve();
    let flooding = stage.sender().await;
    let now = stage.now();
    let flood = orders("flood", per_second * seconds, now);
    let mut others = Vec::new();
    for number in 0..OTHERS {
        let name = format!("vendor-{number}");
        let address = stage.doors.next();
        let server = &stage.license_server;
        let vendor = Vendor::create_named(&name, &stage.setup, address, server).await;
        others.push((Sender::new(&vendor, &stage.doors), name));
    }

    let flooded = flooding.begin(&flood, per_second);
    let asking = Asking::begin(&flooding, size.of(4, 100)).await;
    // One in five seconds, as one each at the same time would be one stroke.
    let quiet = others.iter().map(|(sender, name)| {
        let schedule = orders(name, seconds.div_ceil(5), now);
        async move { send_slowly(sender, &schedule).await }
    });
    let worked: Vec<Duration> = join_all(quiet).await.concat();
    let asked = asking.end().await;
    flooded.await.expect("the shop does not panic");

    let mut verdict = stage.verdict("R9");
    verdict.figure("events a second of one tenant", per_second);
    verdict.figure("pages and answers", asked.served);
    verdict.figure("turned away", asked.turned_away);
    verdict.require(asked.served > 0, "the flood asked for nothing");
    let broken = format!("{} were not answered well", asked.broken);
    verdict.require(asked.broken == 0, broken);
    let taken: Vec<Duration> = others
        .iter()
        .flat_map(|(sender, _)| sender.book.taken())
        .collect();
    let is_measured = !taken.is_empty() && !worked.is_empty();
    verdict.require(is_measured, "nothing was measured");
    let taken = percentile(taken, 99);
    verdict.within_in_full("taken from the others, p99", taken, TAKEN_WITHIN);
    let worked = percentile(worked, 95);
    verdict.within("done for the others, p95", worked, DONE_WITHIN);
    let failures: usize = others
        .iter()
        .map(|(sender, _)| sender.book.failures())
        .sum();
    verdict.require(failures == 0, "another tenant's delivery failed");
    verdict.tell();
}

fn orders(prefix: &str, count: usize, now: Timestamp) -> Schedule {
    let histories = (0..count).map(|number| History::bought(prefix, number, now));
    Schedule::of(histories.collect(), Unrest::NONE)
}

/// Sends one in five seconds, and says how long each took from its arrival to its end.
async fn send_slowly(sender: &Sender, schedule: &Schedule) -> Vec<Duration> {
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    for place in 0..schedule.len() {
        ticks.tick().await;
        let event = [schedule.event(place)];
        sender.deliver(&event, std::time::Instant::now()).await;
    }
    let address = sender.doors.next();
    let events = sender.vendor.settled_events(address).await;
    events
        .values()
        .map(|event| {
            let time = |name: &str| -> Timestamp {
                let text = event[name].as_str().unwrap_or_default();
                text.parse().expect("the API writes times")
            };
            let taken = time("settled_at").since(time("received_at"));
            taken.try_into().unwrap_or_default()
        })
        .collect()
}
