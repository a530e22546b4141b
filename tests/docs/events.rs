//! Event types of the shop: what is documented, and what the code understands.

use std::collections::BTreeSet;
use std::fs;

use latchkey::domain::fact::Fact;
use latchkey::domain::kind::StorefrontKind;
use latchkey::storefronts;

use crate::page::in_repository;

/// What the documented rows and the code do not have in common, in sentences.
pub fn differences(rows: &[Vec<String>]) -> Vec<String> {
    let documented: BTreeSet<String> = rows
        .iter()
        .filter_map(|row| row.first())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    let unknown = documented
        .iter()
        .filter(|name| !is_known(name))
        .map(|name| format!("{name} is documented, and the code does not know it"));
    let missing = known().difference(&documented).cloned().collect::<Vec<_>>();
    let missing = missing
        .into_iter()
        .map(|name| format!("{name} is not in docs/events.md"));
    unknown.chain(missing).collect()
}

/// An event of a known type that says nothing is refused, or is some fact; only the others are unknown.
fn is_known(event_type: &str) -> bool {
    let payload = format!(r#"{{"id":"E","type":"{event_type}","data":{{}}}}"#);
    let kind = storefronts::of(StorefrontKind::Fastspring);
    match kind.translate(event_type, payload.as_bytes()) {
        Ok(translation) => translation.fact != Fact::Unknown,
        Err(_) => true,
    }
}

/// The names in the code that translates them.
fn known() -> BTreeSet<String> {
    let source =
        fs::read_to_string(in_repository("src/storefronts/fastspring/translate/mod.rs")).unwrap();
    let quoted = source.split('"').skip(1).step_by(2);
    quoted
        .filter(|text| {
            text.contains('.')
                && text
                    .chars()
                    .all(|letter| letter == '.' || letter.is_ascii_alphabetic())
        })
        .map(str::to_owned)
        .collect()
}
