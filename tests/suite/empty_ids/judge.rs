//! What the license server's ledger must never show.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_sandbox::ledger::Entry;

use crate::world::World;

/// Metadata that names a purchase.
pub const NAMES: [&str; 3] = [
    "fastspring_subscription_id",
    "fastspring_order_id",
    "fastspring_order_reference",
];

/// What each license names, those that are gone too.
pub fn named_by_licenses(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let (there, gone) = (
        world.license_server.licenses(),
        world.license_server.deleted(),
    );
    let all = there.into_iter().chain(gone);
    all.map(|license| {
        let rows = license.metadata.iter();
        let named = rows.filter(|(key, value)| NAMES.contains(&key.as_str()) && !value.is_empty());
        let named = named.map(|(_, value)| value.clone());
        (license.id.clone(), named.collect())
    })
    .collect()
}

/// What must never be: a list without a filter, or a change to a license that names no purchase in hand.
pub fn violations(
    entries: &[&Entry],
    names: &BTreeMap<String, BTreeSet<String>>,
    in_hand: &BTreeSet<String>,
) -> Vec<String> {
    let mut violations = Vec::new();
    for entry in entries {
        if entry.is_unfiltered {
            violations.push(format!("{} {} without a filter", entry.method, entry.path));
        }
        let Some(license) = entry.license_id.as_ref().filter(|_| entry.method != "GET") else {
            continue;
        };
        let is_in_hand = names
            .get(license)
            .is_some_and(|names| !names.is_disjoint(in_hand));
        if !is_in_hand {
            violations.push(format!("{} on {license}: {names:?}", entry.kind));
        }
    }
    violations
}

#[test]
fn the_judge_sees_what_must_never_be() {
    let entry = |method: &str, kind: &'static str, license: Option<&str>, is_unfiltered| Entry {
        number: 1,
        arrived_at: Timestamp::UNIX_EPOCH,
        began: None,
        ended: None,
        source_address: String::new(),
        method: method.to_owned(),
        path: "/v3/licenses".to_owned(),
        kind,
        license_id: license.map(str::to_owned),
        is_unfiltered,
        status: Some(200),
        took_effect: method != "GET",
        faults: Vec::new(),
    };
    let names = |name: &str| BTreeSet::from([name.to_owned()]);
    let licenses = BTreeMap::from([
        ("ours".to_owned(), names("S")),
        ("theirs".to_owned(), names("T")),
        ("nobodys".to_owned(), BTreeSet::new()),
    ]);
    for (entry, expected) in [
        (entry("GET", "list", None, false), 0),
        (entry("GET", "list", None, true), 1),
        (entry("GET", "read", Some("theirs"), false), 0),
        (entry("POST", "renew", Some("ours"), false), 0),
        (entry("POST", "renew", Some("theirs"), false), 1),
        (entry("PATCH", "patch", Some("nobodys"), false), 1),
        (entry("DELETE", "delete", Some("unheard of"), false), 1),
        (entry("POST", "user-create", None, false), 0),
    ] {
        let found = violations(&[&entry], &licenses, &names("S"));

        assert_eq!(found.len(), expected, "{entry:?}: {found:?}");
    }
    let renewal = entry("POST", "renew", Some("ours"), false);
    assert_eq!(
        violations(&[&renewal], &licenses, &BTreeSet::new()).len(),
        1
    );
}
