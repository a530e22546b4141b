//! What one event costs in memory: believing and sealing it, and understanding it.

#[path = "support/template.rs"]
mod template;

use divan::Bencher;
use latchkey::domain::compare::{Question, compare};
use latchkey::domain::consent::Consents;
use latchkey::domain::fold::fold;
use latchkey::domain::id::EventId;
use latchkey::domain::kind::StorefrontKind;
use latchkey::domain::plan::{Known, Outcome};
use latchkey::domain::record::Records;
use latchkey::domain::rules::Rules;
use latchkey::domain::time::Timestamp;
use latchkey::storefronts::{self, Envelope, Storefront};
use latchkey::vault::{Field, TenantKeys};
use uuid::Uuid;

use template::{SECRET, Template, sign};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ORDER: &str =
    include_str!("../tests/fixtures/fastspring/order.completed.subscription.expanded.json");

fn main() {
    divan::main();
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
