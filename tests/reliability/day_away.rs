//! R11: the license server is away for a day, in each way to be away in turn, while the shop goes on selling.
//!
//! The day is one of a clock that moves when told to, in a process of the test's own: by the second for the first half
//! minute of each way and after the return, by the half hour else. What the real program does between two such
//! moments is nothing but probes, each of which finds the same. Calls give up after a sixtieth of their usual time, and
//! a server that hangs does so for twice as long. `way_back.rs` has the real program and real seconds.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use latchkey::domain::time::Timestamp;
use serde_json::Value;

use crate::evidence::Evidence;
use crate::oracle;
use crate::postbook::{Answer, Attempt, Postbook};
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::verdict::Verdict;
use crate::world::{Backend, Vendor, World, WorldOptions};

/// The ways to be away. Between any two the server turns calls away, which closes the breaker: each has to open it anew.
const WAYS: [&str; 8] = [
    "status=503",
    "hang=500ms",
    "status=429,retry-after=60",
    "cut=before",
    "cut=after",
    "slow-bytes",
    "status=500,when=after",
    "hang=500ms,when=after",
];
const TURNED_AWAY: &str = "status=429,retry-after=60,plain";
/// Of the 15 s that a call is given, so much.
const CALLS_WITHIN: Duration = Duration::from_millis(250);
/// As documented: `5s,30s,2m,10m,30m,2h,6h,12h,24h,24h,24h,24h`.
const WAITS_SECONDS: [u64; 12] = [
    5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400, 86_400, 86_400,
];
const SECOND: SignedDuration = SignedDuration::from_secs(1);
const LONG: SignedDuration = SignedDuration::from_mins(30);
/// How long each of the ways lasts.
const STRETCH: SignedDuration = SignedDuration::from_hours(3);
/// Within which the breaker opens; afterwards nothing but probes may come.
const OPENS_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// Within which a probe is turned away like all calls, which proves that somebody is there.
const PROBED_WITHIN: SignedDuration = SignedDuration::from_secs(12);
const RETURNS_WITHIN: SignedDuration = SignedDuration::from_secs(15);
const WINDOW: Duration = Duration::from_secs(5);
const CALLS_AT_MOST: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r11_a_day_without_the_license_server_loses_and_doubles_nothing_on_sqlite() {
    a_day_without_the_license_server_loses_and_doubles_nothing(Backend::Sqlite, "SQLite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r11_a_day_without_the_license_server_loses_and_doubles_nothing_on_postgres() {
    a_day_without_the_license_server_loses_and_doubles_nothing(Backend::Postgres, "PostgreSQL")
        .await;
}

async fn a_day_without_the_license_server_loses_and_doubles_nothing(backend: Backend, place: &str) {
    let options = WorldOptions {
        calls_within: CALLS_WITHIN,
        waits: &WAITS_SECONDS,
        ..WorldOptions::with_budget()
    };
    let Some(world) = World::with(backend, options).await else {
        return;
    };
    let mut day = Day::new(&world, Size::asked().of(250, 10_000)).await;
    let mut verdict = Verdict::on("R11", place);

    // A fifth is sold before.
    while day.next < day.schedule.len() / 5 {
        day.sell(1).await;
        world.work_after(SECOND).await;
    }
    let gone = world.clock.now();
    for way in WAYS {
        let calls = day.stretch(way).await;
        let is_limit = way.starts_with("status=429");
        verdict.require(
            calls == 0 || is_limit,
            format!("{calls} calls past the breaker: {way}"),
        );
        world.license_server.faults(&[TURNED_AWAY]);
        world.work_for(PROBED_WITHIN, SECOND).await;
    }
    world.license_server.faults(&[]);
    let back = world.clock.now();
    verdict.figure("away for", format!("{:#}", back.since(gone)));
    day.sell(usize::MAX).await;
    let effects = day.effects();
    while day.effects() == effects && world.clock.now().since(back) < 4 * RETURNS_WITHIN {
        world.work_after(SECOND).await;
    }
    within(
        &mut verdict,
        "working again after",
        &world,
        back,
        RETURNS_WITHIN,
    );
    let call_within_budget = SignedDuration::from_secs(day.schedule.len() as i64 / 2 + 300);
    while !day.is_settled().await && world.clock.now().since(back) < call_within_budget {
        world.work_for(SignedDuration::from_secs(10), SECOND).await;
    }
    within(
        &mut verdict,
        "all worked after",
        &world,
        back,
        call_within_budget,
    );
    day.judge(verdict).await;
}

fn within(
    verdict: &mut Verdict,
    name: &str,
    world: &World,
    since: Timestamp,
    limit: SignedDuration,
) {
    let taken = world.clock.now().since(since).unsigned_abs();
    verdict.within(name, taken, limit.unsigned_abs());
}

/// A shop that sells on, whatever becomes of the license server.
struct Day<'a> {
    world: &'a World,
    vendor: Vendor,
    schedule: Schedule,
    next: usize,
    book: Postbook,
}

impl<'a> Day<'a> {
    async fn new(world: &'a World, sends: usize) -> Self {
        let begin = world.clock.now();
        let policy = serde_json::json!({
            "preset": "cryptlex", "deactivation": "suspend", "unmapped_product": "park",
        });
        Self {
            world,
            vendor: world
                .vendor_with(serde_json::json!({ "policy": policy }))
                .await,
            schedule: Schedule::mixed_sends("R11", sends, begin, Unrest::USUAL),
            next: 0,
            book: Postbook::default(),
        }
    }

    /// The next so many events come, as far as there are any.
    async fn sell(&mut self, count: usize) {
        let until = self.next.saturating_add(count).min(self.schedule.len());
        for place in self.next..until {
            let event = self.schedule.event(place);
            let ids = vec![event.id.clone()];
            self.book.sending(&ids);
            let due = Instant::now();
            self.vendor.post(&event).await;
            let attempt = Attempt {
                due,
                ended: Instant::now(),
                answer: Answer::Acknowledged,
            };
            self.book.answered(attempt, ids);
        }
        self.next = until;
    }

    /// Two hours of one way to be away; how many calls came once the breaker had to be open.
    async fn stretch(&mut self, way: &str) -> usize {
        let world = self.world;
        let begun = world.clock.now();
        world.license_server.faults(&[way]);
        while world.clock.now().since(begun) < OPENS_WITHIN {
            self.sell(1).await;
            world.work_after(SECOND).await;
        }
        let share = self.schedule.len() / 120;
        while world.clock.now().since(begun) < STRETCH {
            self.sell(share).await;
            world.work_after(LONG).await;
        }
        let ledger = world.license_server.ledger();
        let late = ledger.entries().filter(|entry| {
            entry.kind != "me" && Timestamp::new(entry.arrived_at).since(begun) > OPENS_WITHIN
        });
        late.count()
    }

    fn effects(&self) -> usize {
        let ledger = self.world.license_server.ledger();
        ledger.entries().filter(|entry| entry.took_effect).count()
    }

    async fn is_settled(&self) -> bool {
        let events = self.vendor.events().await;
        let is_settled = |event: &Value| event["state"] == "done" || event["state"] == "ignored";
        events.iter().all(is_settled)
    }

    async fn judge(self, mut verdict: Verdict) {
        let ledger = self.world.license_server.ledger();
        let struck = ledger.entries().filter(|entry| !entry.faults.is_empty());
        verdict.figure("calls that failed", struck.count());
        let busiest = ledger.busiest(WINDOW);
        verdict.figure("most calls in any 5 s", busiest);
        verdict.require(busiest <= CALLS_AT_MOST, "more calls than are allowed");
        let listed = self.vendor.events().await;
        let mut events = Vec::new();
        for event in &listed {
            let path = format!("/events/{}", event["id"].as_str().unwrap_or_default());
            events.push(self.vendor.get(&path).await.expect(200).json());
        }
        let attempts = events.iter().filter_map(|event| event["attempts"].as_i64());
        verdict.figure(
            "most failed attempts of one event",
            attempts.max().unwrap_or(0),
        );
        let licenses = self.world.license_server.licenses();
        let evidence = Evidence {
            events,
            licenses,
            ledger,
        };
        verdict.figure("events acknowledged", self.book.acknowledged().len());
        let outcomes = self.schedule.outcomes();
        verdict.differences(&oracle::compare_given_up(
            &outcomes,
            &self.book,
            &evidence,
            CALLS_WITHIN,
        ));
        verdict.tell();
    }
}
