//! R8: deliveries of 25 events, one of which cannot be worked.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use latchkey::domain::time::Timestamp;
use serde_json::json;

use crate::difference::Difference;
use crate::history::{History, Outcome};
use crate::shop::{Event, order};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

/// Events in a delivery that can be worked.
const GOOD: usize = 24;
const AT_ONCE: usize = 4;
const WORKED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r8_one_poison_event_harms_no_other_on_sqlite() {
    one_poison_event_harms_no_other(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r8_one_poison_event_harms_no_other_on_postgres() {
    one_poison_event_harms_no_other(Place::Postgres).await;
}

async fn one_poison_event_harms_no_other(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[])).await else {
        return;
    };
    let batches = Size::asked().of(4, 1_000);
    let _serving = stage.serve();
    let sender = stage.sender().await;
    let now = stage.now();
    let histories = (0..batches * GOOD).map(|number| History::bought("R8", number, now));
    let histories: Vec<History> = histories.collect();
    let deliveries = histories.chunks(GOOD).enumerate().map(|(batch, good)| {
        let mut events: Vec<Event> = good.iter().flat_map(History::events).collect();
        events.insert(batch % (GOOD + 1), poison(batch, now));
        let sender = sender.clone();
        async move { sender.deliver(&events, Instant::now()).await }
    });

    stream::iter(deliveries)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;

    let mut verdict = stage.verdict("R8");
    verdict.figure("deliveries of 25", batches);
    let address = stage.doors.next();
    let within = WORKED_WITHIN.max(Duration::from_secs(2) * batches as u32);
    sender
        .vendor
        .wait_until(address, within, |event| event["state"] == "parked")
        .await;
    let events = sender.vendor.events(address).await;
    let retried = events.values().filter(|event| event["attempts"] != 0);
    verdict.figure("retried", retried.count());
    let outcomes: Vec<Outcome> = histories.iter().map(History::outcome).collect();
    let mut found = stage.differences(&sender, &outcomes).await;
    let all = found.len();
    found.retain(|difference| !is_poison(difference));
    verdict.figure("parked", all - found.len());
    verdict.require(
        all - found.len() == batches,
        "not every poison event is parked",
    );
    verdict.require(
        events.values().all(|event| event["attempts"] == 0),
        "an event was retried",
    );
    verdict.differences(&found);
    verdict.tell();
}

/// Each third is of another kind: of an unknown product, without readable lines, without any content.
fn poison(batch: usize, now: Timestamp) -> Event {
    let event = order(&format!("POISON-{batch}")).line("nobody-knows-it", 1);
    let event = event.at(&now.to_string()).completed();
    match batch % 3 {
        0 => event,
        1 => event.with("items", json!("no list")),
        _ => event.with(
            "items",
            json!([{ "product": { "of": ["no", "kind"] }, "quantity": "some" }]),
        ),
    }
}

fn is_poison(difference: &Difference) -> bool {
    let Difference::NotSettled { event, state } = difference else {
        return false;
    };
    event.contains("POISON-") && state.starts_with("parked ")
}
