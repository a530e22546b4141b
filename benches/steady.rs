//! What a running server is like: how soon it is ready, what it weighs, how it answers at a steady rate, and how much
//! room an event takes.
//!
//! It is the program itself in a process of its own, so that its memory is its own.

#[path = "support/database.rs"]
mod database;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/load.rs"]
mod load;
#[path = "../tests/support/postgres.rs"]
#[expect(clippy::expect_used, dead_code, reason = "shared with the tests")]
mod postgres;
#[path = "support/process.rs"]
mod process;
#[path = "support/room.rs"]
mod room;
#[path = "support/template.rs"]
mod template;
#[expect(dead_code, reason = "the pipeline's bench uses the rest")]
#[path = "support/vendor.rs"]
mod vendor;
#[path = "support/verdicts.rs"]
mod verdicts;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser as _;
use latchkey::app::ProcessRole;

use database::Database;
use figures::Figures;
use load::Load;
use process::Process;
use template::Template;
use verdicts::Verdicts;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A changed quantity, 6.4 KB as the shop writes it.
const FIXTURE: &str =
    include_str!("../tests/fixtures/fastspring/subscription.updated.quantity.expanded.json");
const IDS: [&str; 3] = [
    "EVWBMVMEBMGJHKATQP4PGZG4Q6HO5W",
    "KDa-1RGZpNHrEufTOELF6g",
    "gjsvCH88JjenBWN7XcFZuQ",
];
const CONNECTIONS: usize = 64;
const MEGABYTE: u64 = 1_000_000;

/// Without arguments short, and on both databases.
#[derive(clap::Parser)]
struct Arguments {
    /// Ten minutes.
    #[arg(long)]
    full: bool,
    /// So many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Events a second.
    #[arg(long, default_value_t = 3_000.0)]
    rate: f64,
    /// `sqlite` or `postgres` alone.
    #[arg(long)]
    database: Option<String>,
    /// So many events are there before the first one comes; PostgreSQL only.
    #[arg(long, default_value_t = 0)]
    grown: u64,
    /// A transaction that sees all rows as they are is left open meanwhile; PostgreSQL only.
    #[arg(long)]
    idle_transaction: bool,
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
    let only = match arguments.grown {
        0 => arguments.database.as_deref(),
        _ => Some("postgres"),
    };
    let mut verdicts = Verdicts::default();
    for database in Database::wanted(only).await? {
        measure(&database, arguments, &mut verdicts).await?;
    }
    verdicts.judge()
}

async fn measure(
    database: &Database,
    arguments: &Arguments,
    verdicts: &mut Verdicts,
) -> Result<()> {
    let name = database.describe()?;
    let shop = vendor::open(&database.url(), ProcessRole::Web).await?;
    shop.latchkey.stop().await;
    room::fill(database, arguments.grown)?;
    database.analyze()?;
    let idle = match arguments.idle_transaction {
        true => room::leave_open(database)?,
        false => None,
    };
    let server = Process::start(&database.url()).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle_bytes = server.resident_bytes()?;
    let empty = room::bytes(database)?;
    let usual = if arguments.full { 600 } else { 10 };
    let length = Duration::from_secs(arguments.seconds.unwrap_or(usual));
    let template = Arc::new(Template::new(FIXTURE, &IDS)?);
    let body_bytes = template.body(0).len();
    let figures = load::send(Load {
        address: server.address,
        path: shop.path.clone(),
        template,
        next: Arc::new(AtomicU64::new(0)),
        end: u64::MAX,
        length,
        connections: CONNECTIONS,
        pace: Some(arguments.rate),
    })
    .await?;
    let stored = room::count(database)? - arguments.grown;
    ensure!(
        stored == figures.count() as u64,
        "{} were acknowledged, {stored} are stored",
        figures.count()
    );
    let per_event = (room::bytes(database)? - empty) as f64 / stored as f64;
    say(format!(
        "{name}, {} events there before, {body_bytes} bytes each, {} events/s for {length:?}",
        arguments.grown, arguments.rate
    ));
    tell_speed(&name, &figures, arguments.rate, verdicts);
    tell_weight(&name, &server, idle_bytes, verdicts)?;
    let share = per_event / body_bytes as f64;
    let room = format!(
        "{per_event:.0} bytes an event with its indexes, {share:.2} x the body (target 0.30)"
    );
    verdicts.tell("P8 room", &name, &room, share <= 0.3);
    if let Some(idle) = idle {
        let dead = room::dead_rows(database)?;
        say(format!("  {dead} dead rows beside an idle transaction"));
        drop(idle);
    }
    Ok(())
}

fn tell_speed(name: &str, figures: &Figures, rate: f64, verdicts: &mut Verdicts) {
    let ms = |permille| figures.permille(permille).as_secs_f64() * 1_000.0;
    let is_met = figures.per_second() >= 0.99 * rate
        && ms(500) <= 5.0
        && ms(990) <= 50.0
        && ms(999) <= 250.0;
    let figures = format!("{figures} (target {rate:.0}/s, 5, 50, 250 ms), 0 lost");
    verdicts.tell("P1 steady ingest", name, &figures, is_met);
}

fn tell_weight(
    name: &str,
    server: &Process,
    idle_bytes: u64,
    verdicts: &mut Verdicts,
) -> Result<()> {
    let peak = server.peak_bytes()? / MEGABYTE;
    let (idle, ready) = (idle_bytes / MEGABYTE, server.ready_after.as_millis());
    let binary = process::program_bytes()? / MEGABYTE;
    let figures = format!(
        "{idle} MB idle, {peak} MB under load, ready after {ready} ms, program {binary} MB \
         (target 60, 200, 300, 40)"
    );
    let is_met = idle <= 60 && peak <= 200 && ready <= 300 && binary <= 40;
    verdicts.tell("P7 weight", name, &figures, is_met);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn say(line: String) {
    println!("{line}");
}
