//! What comes of every kept webhook body: accepted, and a table says how it ends.
//!
//! The license server's catalog is open here and every product path is mapped, so that the table is about the events.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::world::{Backend, World, WorldOptions, outcome};

/// Bodies of real and documented deliveries, kept beside the repository.
const SHARED: &str = "../shared/fixtures/fastspring";
/// What comes of them. No snapshot, since nobody compares it where the folder is absent.
const EXPECTED: &str = include_str!("shared.txt");
/// Our own.
const OWN: &str = "tests/fixtures/fastspring";

#[tokio::test]
async fn every_own_body_ends_as_the_table_says_on_sqlite() {
    insta::assert_snapshot!("own", table(OWN, Backend::Sqlite).await.unwrap());
}

#[tokio::test]
async fn every_own_body_ends_as_the_table_says_on_postgres() {
    if let Some(table) = table(OWN, Backend::Postgres).await {
        insta::assert_snapshot!("own", table);
    }
}

#[tokio::test]
async fn every_shared_body_ends_as_the_table_says_on_sqlite() {
    if files(SHARED).is_empty() {
        eprintln!("{SHARED} is absent: skipped");
        return;
    }
    let table = table(SHARED, Backend::Sqlite).await.unwrap();
    let (is, should_be): (Vec<_>, Vec<_>) = (table.lines().collect(), EXPECTED.lines().collect());
    assert_eq!(is, should_be);
}

/// One line per event: file, type, outcome, and what was done. `None` where there is no PostgreSQL.
async fn table(folder: &str, backend: Backend) -> Option<String> {
    let mut lines = Vec::new();
    for path in files(folder) {
        let world = World::with(backend, WorldOptions::with_open_catalog()).await?;
        lines.extend(lines_of(&world, &path).await);
    }
    Some(lines.join("\n"))
}

async fn lines_of(world: &World, path: &Path) -> Vec<String> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let body = std::fs::read(path).unwrap();
    let vendor = world.vendor().await;
    for product in products(&String::from_utf8_lossy(&body)) {
        vendor.map(&product, &json!({ "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY })).await;
    }

    let answer = vendor.deliver(body).await.expect(200);
    world.work().await;

    let mut lines = Vec::new();
    for id in answer.text.lines() {
        let event = vendor.event_with_id(id).await;
        let kind = event["type"].as_str().unwrap();
        let effects = event["effects"].as_array().cloned().unwrap_or_default();
        let effects: Vec<String> = effects.iter().map(effect).collect();
        let line = format!(
            "{name} | {kind} | {} | {}",
            outcome(&event),
            effects.join(", ")
        );
        lines.push(line.trim_end().to_owned());
    }
    lines
}

fn effect(effect: &Value) -> String {
    let state = effect["state"].as_str().unwrap();
    let kind = effect["kind"].as_str().unwrap();
    if state == "done" {
        kind.to_owned()
    } else {
        format!("{kind} {state}")
    }
}

/// Every product path that a body names. Read as text, since some bodies hold numbers that few can read.
fn products(body: &str) -> BTreeSet<String> {
    let after = body.split("\"product\"").skip(1);
    let values = after.filter_map(|text| text.trim_start().strip_prefix(':'));
    let texts = values.filter_map(|text| text.trim_start().strip_prefix('"'));
    texts
        .filter_map(|text| text.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// The bodies in a folder, by name; none where it is absent.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}
