//! How long each page takes where 100,000 messages wait for a person.
//!
//! Half of them came today, the others within four weeks before, as ten problems. The first view of each page is told
//! apart: what is remembered for a while is looked up by it.

#[path = "support/database.rs"]
mod database;
#[expect(dead_code, reason = "the other benches use the rest")]
#[path = "support/figures.rs"]
mod figures;
#[path = "support/load.rs"]
mod load;
#[path = "support/person.rs"]
mod person;
#[path = "../tests/support/postgres.rs"]
#[expect(clippy::expect_used, dead_code, reason = "shared with the tests")]
mod postgres;
#[path = "support/standing.rs"]
mod standing;
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

use anyhow::{Context as _, Result};
use clap::Parser as _;
use latchkey::app::ProcessRole;

use database::Database;
use load::Load;
use person::Person;
use template::Template;
use vendor::Shop;
use verdicts::Verdicts;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ORDER: &str =
    include_str!("../tests/fixtures/fastspring/order.completed.subscription.expanded.json");
const IDS: [&str; 4] = [
    "RHgZB7ut6OBNLRH0Dl7pXg",
    "NWA261103-1001-10101",
    "GFYAEwiZ5o65IQKcYlJTyA",
    "EVWB2KL2D3PI4P22YPKNF2DXUHOZGK",
];
/// Orders that are carried out before, so that there is a buyer and a license to look at.
const SOLD: u64 = 20;
/// Looks at each page after the first.
const LOOKS: usize = 9;
/// What targets ask for.
const TARGET: Duration = Duration::from_millis(100);
/// Pages that are the same for every company; what is linked from one of them follows by itself.
const PAGES: [&str; 20] = [
    "/",
    "/overview/live",
    "/activity",
    "/activity/live",
    "/activity?state=parked",
    "/activity?state=done",
    "/activity?kind=purchases",
    "/activity?q=parked-70000",
    "/activity?q=anna.lindqvist@example.com",
    "/activity?state=parked&reason=product_not_mapped&about=studio-5",
    "/to-fix",
    "/customers",
    "/licenses",
    "/products",
    "/setup",
    "/setup/tokens",
    "/setup/who-did-what",
    "/setup/stores/new",
    "/setup/accounts/new",
    "/find?q=nobody",
];
/// Lists, and how the address of one thing on them begins.
const LINKED: [(&str, &str); 7] = [
    ("/activity?state=parked", "/activity/evt_"),
    ("/activity?state=done", "/activity/evt_"),
    ("/customers", "/customers/"),
    ("/licenses", "/licenses/"),
    ("/products", "/products/"),
    ("/setup", "/setup/stores/"),
    ("/setup", "/setup/accounts/"),
];

/// Without arguments on both databases.
#[derive(clap::Parser)]
struct Arguments {
    /// So many messages that wait for a person.
    #[arg(long, default_value_t = 100_000)]
    parked: u64,
    /// `sqlite` or `postgres` alone.
    #[arg(long)]
    database: Option<String>,
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
    let mut verdicts = Verdicts::default();
    for database in Database::wanted(arguments.database.as_deref()).await? {
        look(&database, arguments.parked, &mut verdicts).await?;
    }
    verdicts.judge()
}

async fn look(database: &Database, parked: u64, verdicts: &mut Verdicts) -> Result<()> {
    let name = database.describe()?;
    let shop = vendor::open(&database.url(), ProcessRole::All).await?;
    sell(&shop).await?;
    standing::fill(database, &shop, parked).await?;
    database.analyze()?;
    let person = Person::sign_in(shop.latchkey.address).await?;
    say(format!("{name}, {parked} messages wait for a person"));
    let mut slowest = (Duration::ZERO, String::new());
    for path in paths(&person).await? {
        let (_, first) = person.look(&path).await?;
        let mut looks = Vec::new();
        for _ in 0..LOOKS {
            looks.push(person.look(&path).await?.1);
        }
        looks.sort_unstable();
        let median = looks.get(LOOKS / 2).copied().unwrap_or_default();
        let most = looks.last().copied().unwrap_or_default();
        say(format!(
            "  first {:>6.1} ms   median {:>6.1} ms   slowest {:>6.1} ms   {path}",
            ms(first),
            ms(median),
            ms(most)
        ));
        slowest = slowest.max((first.max(most), path));
    }
    let (time, path) = slowest;
    let figures = format!(
        "the slowest took {:.0} ms (target {:.0} ms), {path}",
        ms(time),
        ms(TARGET)
    );
    verdicts.tell("pages", &name, &figures, time <= TARGET);
    shop.latchkey.stop().await;
    Ok(())
}

async fn sell(shop: &Shop) -> Result<()> {
    let sent = load::send(Load {
        address: shop.latchkey.address,
        path: shop.path.clone(),
        template: Arc::new(Template::new(ORDER, &IDS)?),
        next: Arc::new(AtomicU64::new(0)),
        end: SOLD,
        length: Duration::from_secs(60),
        connections: 1,
        pace: None,
    });
    sent.await?;
    standing::wait_until_worked(shop).await
}

/// The addresses of all pages, without one that is there twice.
async fn paths(person: &Person) -> Result<Vec<String>> {
    let mut paths: Vec<String> = PAGES.map(str::to_owned).into();
    for (list, begin) in LINKED {
        let (text, _) = person.look(list).await?;
        let link =
            person::link(&text, begin).with_context(|| format!("{list} has no link to {begin}"))?;
        match begin {
            "/licenses/" => paths.push(format!("{link}/machines")),
            "/setup/stores/" => paths.push(format!("{link}/shop")),
            "/activity/evt_" => paths.push(format!("{link}/live/head")),
            _ => {}
        }
        paths.push(link);
    }
    Ok(paths)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn say(line: String) {
    println!("{line}");
}
