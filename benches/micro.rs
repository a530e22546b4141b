//! What one event costs in memory: believing and sealing it, and understanding it; and what it costs to choose it from
//! a long line.

#![expect(clippy::expect_used, reason = "a bench ends by panicking")]

#[path = "../tests/support/postgres.rs"]
#[expect(clippy::expect_used, dead_code, reason = "shared with the tests")]
mod postgres;
#[path = "../tests/store/samples.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod samples;
#[path = "support/template.rs"]
mod template;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use divan::Bencher;
use jiff::SignedDuration;
use strum::VariantArray as _;

use latchkey::config::DatabaseUrl;
use latchkey::domain::compare::{Question, compare};
use latchkey::domain::consent::Consents;
use latchkey::domain::fold::fold;
use latchkey::domain::id::EventId;
use latchkey::domain::id::TenantId;
use latchkey::domain::kind::StorefrontKind;
use latchkey::domain::lane::Lane;
use latchkey::domain::plan::{Known, Outcome};
use latchkey::domain::portion::Portion;
use latchkey::domain::record::Records;
use latchkey::domain::rules::Rules;
use latchkey::domain::time::Timestamp;
use latchkey::store::events::{self, Claim};
use latchkey::store::{Db, PlatformUse, ProcessId, Scope, Store, StoreError, leases};
use latchkey::storefronts::{self, Envelope, Storefront};
use latchkey::vault::{Field, TenantKeys};
use tokio::runtime::Runtime;
use uuid::Uuid;

use postgres::TestDatabase;
use template::{SECRET, Template, sign};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ORDER: &str =
    include_str!("../tests/fixtures/fastspring/order.completed.subscription.expanded.json");

/// Events that are due, each of a subject of its own.
const LINE: u128 = 10_000;
/// Events in one transaction while the line is made.
const AT_ONCE: usize = 500;

fn main() {
    divan::main();
}

#[divan::bench]
fn claim_on_sqlite(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("latchkey.db"));
    let store = Store::open(&url, 2).expect("it opens");
    runtime.block_on(store.migrate()).expect("it is migrated");
    runtime.block_on(make_line(&store));
    claim(bencher, &runtime, &store);
}

/// Measures nothing where there is no PostgreSQL.
#[divan::bench]
fn claim_on_postgres(bencher: Bencher<'_, '_>) {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };
    let runtime = runtime();
    let store = Store::open_as(&database.database_url(), 2, postgres::ROLE).expect("it opens");
    runtime.block_on(make_line(&store));
    // As it counts its rows by itself within a minute; plans made before know no sizes.
    let counted = PgConnection::establish(&database.url());
    let counted = counted.map(|mut connection| connection.batch_execute("ANALYZE"));
    counted.expect("it answers").expect("it counts");
    claim(bencher, &runtime, &store);
}

/// One place is claimed, in the transaction that gives the one before it back, as a worker does.
fn claim(bencher: Bencher<'_, '_>, runtime: &Runtime, store: &Store) {
    let owner = ProcessId::from_uuid(Uuid::from_u128(1));
    let mut held: Option<(TenantId, String)> = None;
    let mut now = samples::at(60);
    bencher.bench_local(|| {
        now = now.plus(SignedDuration::from_millis(1));
        let (finished, claim) = (held.take(), claim_one(owner, now));
        let claimed = runtime.block_on(write(store, move |db| {
            if let Some((tenant, subject)) = &finished {
                leases::release(db, *tenant, &[subject], owner)?;
            }
            events::claim_across_tenants(db, &claim)
        }));
        let claimed = claimed.first().expect("the line is long");
        held = Some((claimed.tenant_id, claimed.subject.clone()));
    });
}

fn claim_one(owner: ProcessId, now: Timestamp) -> Claim {
    Claim {
        owner,
        now,
        until: now.plus(SignedDuration::from_secs(20)),
        lanes: Lane::VARIANTS.to_vec(),
        limit: 1,
    }
}

async fn make_line(store: &Store) {
    samples::tenant(store, 1).await;
    let events: Vec<_> = (1..=LINE)
        .map(|number| samples::event(number, &format!("subject-{number}")))
        .collect();
    for events in events.chunks(AT_ONCE) {
        let arrival = [samples::arrival(1, samples::at(0), events.to_vec())];
        write(store, move |db| events::accept_batch(db, &arrival)).await;
    }
}

/// Writes as the platform; the bench ends where that fails.
async fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Db) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let written = store
        .write(Scope::Platform(PlatformUse::Operator), work)
        .await;
    written.expect("the database answers")
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

#[divan::bench]
fn verify(bencher: Bencher<'_, '_>) {
    let body = body();
    let signature = sign(&body).unwrap_or_default();
    bencher.bench(|| is_signed(&body, &signature));
}

#[divan::bench]
fn verify_split_seal(bencher: Bencher<'_, '_>) {
    let body = body();
    let signature = sign(&body).unwrap_or_default();
    let keys = TenantKeys::generate();
    let place = Field::Payload(EventId::from_uuid(Uuid::nil()));
    bencher.bench(|| {
        let is_signed = is_signed(&body, &signature);
        let sealed: Vec<_> = split(&body)
            .events
            .iter()
            .map(|event| keys.seal_compressed(place.place(), event.payload.as_bytes()))
            .collect();
        (is_signed, sealed)
    });
}

#[divan::bench]
fn translate(bencher: Bencher<'_, '_>) {
    let body = body();
    let envelope = split(&body);
    bencher.bench(|| {
        let event = envelope.events.first()?;
        kind()
            .translate(&event.event_type, event.payload.as_bytes())
            .ok()
    });
}

#[divan::bench]
fn translate_fold_compare(bencher: Bencher<'_, '_>) {
    let body = body();
    let envelope = split(&body);
    bencher.bench(|| plan(&envelope));
}

/// From the event's text to what is to be done about it.
fn plan(envelope: &Envelope<'_>) -> Option<Outcome> {
    let event = envelope.events.first()?;
    let translation = kind()
        .translate(&event.event_type, event.payload.as_bytes())
        .ok()?;
    let now = Timestamp::from_microsecond(1_793_700_000_000_000);
    let records = fold(Records::default(), &translation.fact, now);
    let mut rules = Rules::default();
    rules.see(&translation.products);
    Some(compare(&Question {
        fact: &translation.fact,
        occurred_at: now,
        records: &records,
        rules: &rules,
        licenses: &[],
        known: &Known::default(),
        now,
        is_live: true,
        consents: &Consents::default(),
        portion: &Portion::default(),
    }))
}

fn body() -> Vec<u8> {
    Template::new(ORDER, &[]).map_or_else(|_| Vec::new(), |template| template.body(0))
}

fn kind() -> &'static dyn Storefront {
    storefronts::of(StorefrontKind::Fastspring)
}

fn split(body: &[u8]) -> Envelope<'_> {
    kind().split(body).unwrap_or_default()
}

fn is_signed(body: &[u8], signature: &str) -> bool {
    let headers = |_: &str| vec![signature.as_bytes()];
    kind().verify(&headers, body, &[SECRET.as_bytes()]).is_ok()
}
