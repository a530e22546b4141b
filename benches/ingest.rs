//! How many webhooks a second are on disk when they are answered, beside the floor: the same work without Latchkey.
//!
//! The same client and HTTP server for both, in turns, on one database after the other.

#[expect(dead_code, reason = "the pipeline's bench uses the rest")]
#[path = "support/database.rs"]
mod database;
#[expect(dead_code, reason = "the bench of a steady rate uses the rest")]
#[path = "support/figures.rs"]
mod figures;
#[path = "support/floor.rs"]
mod floor;
#[path = "support/load.rs"]
mod load;
#[path = "../tests/support/postgres.rs"]
#[expect(clippy::expect_used, dead_code, reason = "shared with the tests")]
mod postgres;
#[path = "support/template.rs"]
mod template;
#[expect(dead_code, reason = "the pipeline's bench uses the rest")]
#[path = "support/vendor.rs"]
mod vendor;
#[path = "support/verdicts.rs"]
mod verdicts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Result;
use latchkey::app::ProcessRole;

use database::Database;
use figures::Figures;
use load::Load;
use template::Template;
use verdicts::Verdicts;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A changed quantity, 6.4 KB as the shop writes it.
const FIXTURE: &str =
    include_str!("../tests/fixtures/fastspring/subscription.updated.quantity.expanded.json");
const CONNECTIONS: usize = 64;
/// What targets ask for.
const TARGET: f64 = 0.6;

fn main() -> Result<()> {
    let is_full = std::env::args().any(|argument| argument == "--full");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let judged = runtime.block_on(run(is_full));
    runtime.shutdown_background();
    judged
}

async fn run(is_full: bool) -> Result<()> {
    let plan = match is_full {
        true => (5, Duration::from_secs(20)),
        false => (3, Duration::from_secs(3)),
    };
    let (ours, floors) = (Database::wanted(None).await?, Database::wanted(None).await?);
    let mut verdicts = Verdicts::default();
    for (ours, floors) in ours.iter().zip(&floors) {
        compare((ours, floors), plan, &mut verdicts).await?;
    }
    verdicts.judge()
}

/// Latchkey and the floor in turns: so many rounds, each so long.
async fn compare(
    (ours, floors): (&Database, &Database),
    (rounds, length): (usize, Duration),
    verdicts: &mut Verdicts,
) -> Result<()> {
    let name = ours.describe()?;
    let shop = vendor::open(&ours.url(), ProcessRole::Web).await?;
    let floor = floor::serve(&floors.url())?;
    let template = Arc::new(Template::new(
        FIXTURE,
        &[
            "EVWBMVMEBMGJHKATQP4PGZG4Q6HO5W",
            "KDa-1RGZpNHrEufTOELF6g",
            "gjsvCH88JjenBWN7XcFZuQ",
        ],
    )?);
    let next = Arc::new(AtomicU64::new(0));
    let run = |address: SocketAddr, path: &str, length: Duration| {
        load::send(Load {
            address,
            path: path.to_owned(),
            template: Arc::clone(&template),
            next: Arc::clone(&next),
            end: u64::MAX,
            length,
            connections: CONNECTIONS,
            pace: None,
        })
    };
    let warm_up = Duration::from_millis(500);
    run(floor, "/", warm_up).await?;
    run(shop.latchkey.address, &shop.path, warm_up).await?;
    let (mut floor_runs, mut our_runs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        floor_runs.push(run(floor, "/", length).await?);
        our_runs.push(run(shop.latchkey.address, &shop.path, length).await?);
    }
    let bytes = template.body(0).len();
    say(format!(
        "{name}, {bytes} bytes, {CONNECTIONS} connections, median of {rounds} rounds of {length:?} each"
    ));
    let (floor, ours) = (median(floor_runs), median(our_runs));
    say(format!("  floor    {floor}"));
    say(format!("  Latchkey {ours}"));
    let ratio = ours.per_second() / floor.per_second();
    let figures = format!("{ratio:.2} x the floor (target {TARGET:.2})");
    verdicts.tell("P2 durable ingest", &name, &figures, ratio >= TARGET);
    shop.latchkey.stop().await;
    Ok(())
}

/// The run in the middle by speed.
fn median(mut runs: Vec<Figures>) -> Figures {
    runs.sort_by(|left, right| left.per_second().total_cmp(&right.per_second()));
    runs.swap_remove(runs.len() / 2)
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn say(line: String) {
    println!("{line}");
}
