//! R4: a person resends orders, under new ids, before, while and after the first is worked.

use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::time::sleep;

use crate::history::{History, Outcome};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const QUANTITY: u32 = 2;
const WORKED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r4_resent_orders_give_no_new_licenses_on_sqlite() {
    resent_orders_give_no_new_licenses(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r4_resent_orders_give_no_new_licenses_on_postgres() {
    resent_orders_give_no_new_licenses(Place::Postgres).await;
}

async fn resent_orders_give_no_new_licenses(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&["latency=50ms"])).await else {
        return;
    };
    let orders = Size::asked().of(30, 1_000);
    // A file has one process.
    let _serving = stage.serve_all(if place == Place::Sqlite { 1 } else { 2 });
    let sender = stage.sender().await;
    let now = stage.now();
    let histories = (0..orders).map(|number| History::bought("R4", number, now).of(QUANTITY));
    let histories: Vec<History> = histories.collect();

    let early = (0..).zip(&histories).map(|(place, history)| {
        let sender = sender.clone();
        async move { send_and_resend(&sender, history, Duration::from_millis(20 * place)).await }
    });
    join_all(early).await;
    let address = stage.doors.next();
    sender.vendor.settled_events(address).await;
    join_all(histories.iter().map(|one| resend(&sender, one, "after"))).await;

    let mut verdict = stage.verdict("R4");
    verdict.figure("orders", orders);
    verdict.figure("resends of each", 3);
    let outcomes: Vec<Outcome> = histories.iter().map(History::outcome).collect();
    stage
        .judge(&mut verdict, &sender, &outcomes, WORKED_WITHIN)
        .await;
    verdict.tell();
}

/// The resend comes just before, and once more while the first license is being made.
async fn send_and_resend(sender: &Sender, history: &History, after: Duration) {
    sleep(after).await;
    resend(sender, history, "before").await;
    sender.deliver(&history.events(), Instant::now()).await;
    sleep(Duration::from_millis(30)).await;
    resend(sender, history, "while").await;
}

async fn resend(sender: &Sender, history: &History, when: &str) {
    let event = history.events().remove(0);
    let event = event.resent_as(&format!("{}-{when}", event.id));
    sender.deliver(&[event], Instant::now()).await;
}
