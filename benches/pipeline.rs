//! How many events a second go all the way: posted, stored, worked, and answered by a license server that answers at once.
//!
//! The budget is off: what remains is Latchkey itself, with client, database and license server on the same machine.

#[path = "support/causes.rs"]
mod causes;
#[path = "support/database.rs"]
mod database;
#[expect(dead_code, reason = "the bench of a steady rate uses the rest")]
#[path = "support/figures.rs"]
mod figures;
#[path = "support/load.rs"]
mod load;
#[path = "../tests/support/postgres.rs"]
#[expect(clippy::expect_used, dead_code, reason = "shared with the tests")]
mod postgres;
#[path = "support/template.rs"]
mod template;
#[path = "support/vendor.rs"]
mod vendor;
#[path = "support/verdicts.rs"]
mod verdicts;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser as _;
use latchkey::app::ProcessRole;
use latchkey::domain::effect::EventState;
use latchkey::domain::time::Timestamp;
use latchkey::store::{Scope, StoreError, events};

use database::Database;
use load::Load;
use template::Template;
use vendor::Shop;
use verdicts::Verdicts;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ORDER: &str =
    include_str!("../tests/fixtures/fastspring/order.completed.subscription.expanded.json");
const CHARGE: &str = include_str!(
    "../tests/fixtures/fastspring/subscription.charge.completed.renewal.expanded.json"
);
/// The ids of one purchase, in its order and in its renewals; orders and events have more of their own.
const PURCHASE: [&str; 3] = [
    "RHgZB7ut6OBNLRH0Dl7pXg",
    "NWA261103-1001-10101",
    "GFYAEwiZ5o65IQKcYlJTyA",
];
const BUYER: &str = "anna.lindqvist";
const CONNECTIONS: usize = 16;
/// Events before anything is measured.
const WARM_UP: u64 = 200;
/// Events that come one at a time.
const ALONE: u64 = 100;
/// What targets ask for, of 95 events in a hundred.
const DELAY_MS: f64 = 250.0;
/// What targets ask for.
const TARGET: f64 = 500.0;
const PATIENCE: Duration = Duration::from_secs(300);

/// Without arguments short, and on both databases.
#[derive(clap::Parser)]
struct Arguments {
    /// Ten times as many events.
    #[arg(long)]
    full: bool,
    /// So many events of each kind.
    #[arg(long)]
    events: Option<u64>,
    /// `sqlite` or `postgres` alone.
    #[arg(long)]
    database: Option<String>,
    /// Events that stand still are not counted beside.
    #[arg(long)]
    without_counts: bool,
    /// Cargo says it to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let judged = runtime.block_on(run(&arguments));
    runtime.shutdown_background();
    judged
}

async fn run(arguments: &Arguments) -> Result<()> {
    let usual = if arguments.full { 10_000 } else { 1_000 };
    let events = arguments.events.unwrap_or(usual);
    let mut verdicts = Verdicts::default();
    for database in Database::wanted(arguments.database.as_deref()).await? {
        let shop = vendor::open(&database.url(), ProcessRole::All).await?;
        if arguments.without_counts {
            causes::stop_counting(&database)?;
        }
        work(&database, shop, events, &mut verdicts).await?;
    }
    verdicts.judge()
}

/// Purchases of new customers, purchases of a known one, and the first customers' renewals.
async fn work(database: &Database, shop: Shop, events: u64, verdicts: &mut Verdicts) -> Result<()> {
    let name = database.describe()?;
    say(format!("{name}, {events} events of each kind"));
    let warm_up = events..events + WARM_UP;
    measure(&shop, order(&[BUYER])?, (warm_up.start, warm_up.end)).await?;
    database.analyze()?;
    let mut slowest = f64::MAX;
    for (kind, template, first) in [
        ("purchase, new customer", order(&[BUYER])?, 0),
        ("purchase, known customer", order(&[])?, warm_up.end),
        ("renewal", charge()?, 0),
    ] {
        let (per_second, calls) = measure(&shop, template, (first, first + events)).await?;
        say(format!(
            "  {kind:<25} {per_second:>7.0} events/s   {calls:.2} calls per event"
        ));
        slowest = slowest.min(per_second);
    }
    let figures = format!("{slowest:.0} events/s (target {TARGET:.0})");
    verdicts.tell("P4 whole pipeline", &name, &figures, slowest >= TARGET);
    let first = warm_up.end + events;
    let delays = delays(&shop, first..first + ALONE).await?;
    tell_delay(&name, delays, verdicts);
    shop.latchkey.stop().await;
    Ok(())
}

/// From each POST to the first call that came of it, when nothing else is going on.
async fn delays(shop: &Shop, numbers: Range<u64>) -> Result<Vec<Duration>> {
    let mut delays = Vec::new();
    for number in numbers {
        let calls_before = shop.sandbox.ledger().entries().count();
        let begun = shop.clock.now();
        measure(shop, order(&[BUYER])?, (number, number + 1)).await?;
        let ledger = shop.sandbox.ledger();
        let called = ledger.entries().nth(calls_before);
        let called = called.context("no call came of an event")?.arrived_at;
        delays.push(Duration::try_from(called.duration_since(begun.as_jiff())).unwrap_or_default());
    }
    Ok(delays)
}

fn tell_delay(name: &str, mut delays: Vec<Duration>, verdicts: &mut Verdicts) {
    delays.sort_unstable();
    let ms = |percent: usize| {
        let place = delays.len() * percent / 100;
        delays
            .get(place)
            .map_or(0.0, |delay| delay.as_secs_f64() * 1_000.0)
    };
    let (median, late) = (ms(50), ms(95));
    let figures = format!("p50 {median:.1} ms, p95 {late:.1} ms (target {DELAY_MS:.0} ms)");
    verdicts.tell("P3 webhook to first call", name, &figures, late <= DELAY_MS);
}

fn order(more: &[&str]) -> Result<Template> {
    let own = ["EVWB2KL2D3PI4P22YPKNF2DXUHOZGK"];
    Template::new(ORDER, &[&PURCHASE[..], &own, more].concat())
}

fn charge() -> Result<Template> {
    let own = [
        "EVWBVZ7NPZ6IV2YTNNQEKLVCBIRIQS",
        "KdNQZTRrQot3TQYw2t6BmA",
        "NWA261203-1002-10102B",
        BUYER,
    ];
    Template::new(CHARGE, &[&PURCHASE[..], &own].concat())
}

/// Events a second from the first POST to the last one done, and calls per event.
async fn measure(shop: &Shop, template: Template, (first, end): (u64, u64)) -> Result<(f64, f64)> {
    let events = end - first;
    let calls_before = shop.sandbox.ledger().entries().count();
    let since = shop.latchkey.state.clock.now();
    let begun = Instant::now();
    let load = Load {
        address: shop.latchkey.address,
        path: shop.path.clone(),
        template: Arc::new(template),
        next: Arc::new(AtomicU64::new(first)),
        end,
        length: PATIENCE,
        connections: CONNECTIONS,
        pace: None,
    };
    let stored = load::send(load).await?;
    wait_until_done(shop, since, i64::try_from(events)?).await?;
    let per_second = events as f64 / begun.elapsed().as_secs_f64();
    if events > 1 {
        say(format!("  stored meanwhile at       {stored}"));
    }
    let calls = shop.sandbox.ledger().entries().count() - calls_before;
    Ok((per_second, calls as f64 / events as f64))
}

async fn wait_until_done(shop: &Shop, since: Timestamp, events: i64) -> Result<()> {
    let begun = Instant::now();
    loop {
        let states = count_by_state(shop, since).await?;
        let count = |wanted: EventState| {
            let mut found = states.iter().filter(|(state, _)| *state == wanted);
            found.next().map_or(0, |(_, count)| *count)
        };
        if count(EventState::Done) >= events {
            return Ok(());
        }
        ensure!(
            count(EventState::Parked) == 0 && begun.elapsed() < PATIENCE,
            "not everything was done: {states:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn count_by_state(
    shop: &Shop,
    since: Timestamp,
) -> Result<Vec<(EventState, i64)>, StoreError> {
    let tenant = shop.tenant;
    let store = &shop.latchkey.state.store;
    store
        .read(Scope::Tenant(tenant), move |db| {
            events::count_by_state(db, tenant, since)
        })
        .await
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn say(line: String) {
    println!("{line}");
}
