//! R7: the license server says that it did what it did not do.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::evidence::is_of;
use crate::history::{History, Outcome};
use crate::oracle::{compare_licenses, root};
use crate::size::Size;
use crate::verdict::Verdict;
use crate::world::{Backend, LicenseServer, World, usual_options};

/// By when every lie must be found, if nobody does anything.
const FOUND_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// Between two events of one customer.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);
const STEP: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r7_every_lie_is_found_and_mended_or_shown_on_sqlite() {
    every_lie_is_found_and_mended_or_shown(Backend::Sqlite, "SQLite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r7_every_lie_is_found_and_mended_or_shown_on_postgres() {
    every_lie_is_found_and_mended_or_shown(Backend::Postgres, "PostgreSQL").await;
}

/// Time moves when it is told to: a quarter of an hour costs nothing.
async fn every_lie_is_found_and_mended_or_shown(backend: Backend, place: &str) {
    let Some(world) = World::with(backend, usual_options()).await else {
        return;
    };
    let customers = Size::asked().of(40, 10_000);
    let vendor = world.vendor().await;
    let begin = world.clock.now();
    // Given, suspended, renewed, lifted: each may be a lie; and given, with nothing else that would show it.
    let histories = (0..customers).map(|number| match number % 2 {
        0 => History::healed("R7", number, begin),
        _ => History::bought("R7", number, begin),
    });
    let histories: Vec<History> = histories.collect();
    let chance = if customers < 1_000 { 10 } else { 1 };

    world.license_server.faults(&[
        &format!("lie={chance}%,method=POST"),
        &format!("lie={chance}%,method=PATCH"),
    ]);
    for place in 0..histories[0].len() {
        for history in &histories {
            if let Some(event) = history.events().get(place) {
                vendor.post(event).await;
            }
        }
        world.work_after(A_MOMENT).await;
    }
    world.license_server.faults(&[]);
    let lies = world.license_server.ledger();
    let lies = lies
        .entries()
        .filter(|entry| !entry.faults.is_empty())
        .count();
    let since = world.clock.now();
    while world.clock.now().since(since) < FOUND_WITHIN {
        world.clock.advance(STEP);
        world.sweep().await;
        world.work().await;
    }

    let mut verdict = Verdict::on("R7", place);
    verdict.figure("customers", customers);
    verdict.figure("lies", lies);
    verdict.require(lies > 0, "nothing was a lie");
    let outcomes: Vec<Outcome> = histories.iter().map(History::outcome).collect();
    let mut found = compare_licenses(&outcomes, &world.license_server.licenses());
    let all = found.len();
    let parked = vendor.list("/events?state=parked").await;
    let is_shown = |root: &str| parked.iter().any(|event| is_of(event, root));
    found.retain(|difference| !difference.root().is_some_and(is_shown));
    verdict.figure("shown to a person", all - found.len());
    verdict.differences(&found);
    let excess = excess(&world.license_server);
    verdict.require(excess.is_empty(), format!("done too often: {excess:?}"));
    verdict.tell();
}

/// What was done more often for a purchase than its history asks for, lies and their mending taken together.
///
/// A lie does nothing, so what mends it takes its place; what mends it twice is one too many.
fn excess(license_server: &LicenseServer) -> Vec<(String, &'static str, usize)> {
    let licenses = [license_server.licenses(), license_server.deleted()].concat();
    let named = licenses.iter().map(|one| (one.id.as_str(), root(one)));
    let roots: BTreeMap<&str, &str> = named.collect();
    let mut counts: BTreeMap<(&str, &'static str), usize> = BTreeMap::new();
    let ledger = license_server.ledger();
    for entry in ledger.entries().filter(|entry| entry.took_effect) {
        if let Some(license) = &entry.license_id {
            let root = roots.get(license.as_str()).copied().unwrap_or(license);
            *counts.entry((root, entry.kind)).or_default() += 1;
        }
    }
    let counts = counts.into_iter();
    let counts = counts.filter(|((_, kind), count)| *count > asked_for(kind));
    counts
        .map(|((root, kind), count)| (root.to_owned(), kind, count))
        .collect()
}

/// How often a history asks for this kind of call, where it asks for most.
fn asked_for(kind: &str) -> usize {
    match kind {
        "create" | "renew" => 1,
        // Suspended and lifted.
        "patch" => 2,
        _ => 0,
    }
}
