//! R9, with looking ahead as the flood: one vendor asks what great bodies would lead to, and another notices nothing.

use std::time::{Duration, Instant};

use futures::future::join_all;

use crate::history::History;
use crate::postbook::percentile;
use crate::processes::vendor::{Vendor, client};
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::shop::{Event, body, order};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

/// Bodies that are asked about at once.
const AT_ONCE: usize = 30;
/// Orders in each: as many as fit into a body.
const ORDERS: usize = 420;
const PER_SECOND: usize = 20;
const TAKEN_WITHIN: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r9_another_tenant_does_not_notice_looks_ahead_on_sqlite() {
    another_tenant_does_not_notice_looks_ahead(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r9_another_tenant_does_not_notice_looks_ahead_on_postgres() {
    another_tenant_does_not_notice_looks_ahead(Place::Postgres).await;
}

async fn another_tenant_does_not_notice_looks_ahead(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[])).await else {
        return;
    };
    let seconds = Size::asked().of(5, 60);
    let _serving = stage.serve();
    let curious = stage.sender().await;
    let address = stage.doors.next();
    let server = &stage.license_server;
    let other = Vendor::create_named("other", &stage.setup, address, server).await;
    let other = Sender::new(&other, &stage.doors);
    let now = stage.now();
    let ordered = (0..ORDERS).map(|number| {
        let order = order(&format!("A-{number}")).line("reverb", 100);
        order.completed()
    });
    let body = body(&ordered.collect::<Vec<Event>>());

    let until = Instant::now() + Duration::from_secs(seconds as u64);
    let looks = join_all((0..AT_ONCE).map(|_| look_ahead(&curious.vendor, address, &body, until)));
    let histories = (0..PER_SECOND * seconds).map(|number| History::bought("R9", number, now));
    let schedule = Schedule::of(histories.collect(), Unrest::NONE);
    let (looks, sent) = tokio::join!(looks, other.begin(&schedule, PER_SECOND));
    sent.expect("the shop does not panic");
    let statuses: Vec<u16> = looks.concat();
    let told = statuses.iter().filter(|status| **status == 200).count();

    let mut verdict = stage.verdict("R9");
    verdict.figure("bodies of 420 orders told", told);
    verdict.figure("told to come again", statuses.len() - told);
    verdict.require(told > 0, "nobody was told anything");
    let others = statuses
        .iter()
        .filter(|status| ![200, 429, 503].contains(*status));
    verdict.require(others.count() == 0, "a look ahead failed");
    let taken = percentile(other.book.taken(), 99);
    verdict.within_in_full("taken from the other vendor, p99", taken, TAKEN_WITHIN);
    let failures = other.book.failures();
    verdict.require(failures == 0, "a delivery of the other vendor failed");
    verdict.tell();
}

/// Asks again and again until then; says how each was answered.
async fn look_ahead(
    vendor: &Vendor,
    address: std::net::SocketAddr,
    body: &[u8],
    until: Instant,
) -> Vec<u16> {
    let http = client();
    let mut statuses = Vec::new();
    while Instant::now() < until {
        let answer = vendor.plan(&http, address, body.to_vec()).await;
        statuses.push(answer.map_or(0, |answer| answer.status().as_u16()));
    }
    statuses
}
