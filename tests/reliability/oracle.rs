//! Compares what was acknowledged, what is stored and what was made, event by event and license by license.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use latchkey::domain::time::Timestamp;
use latchkey_sandbox::snapshot::LicenseSnapshot;
use serde_json::Value;

use crate::difference::Difference;
use crate::evidence::Evidence;
use crate::history::Outcome;
use crate::postbook::Postbook;

/// The shop's dates are midnights, the license server's have a time of day.
const HOURS_OFF: i64 = 48;

/// Every difference between what was promised and what is there; none is what all scenarios want.
pub fn compare(outcomes: &[Outcome], book: &Postbook, evidence: &Evidence) -> Vec<Difference> {
    let mut found = compare_events(book, &evidence.events);
    found.extend(compare_licenses(outcomes, &evidence.licenses));
    found.extend(compare_effects(evidence));
    let overlaps = evidence.ledger.overlaps().into_iter();
    found.extend(overlaps.map(|calls| Difference::Overlap { calls }));
    let unfiltered = evidence.ledger.unfiltered();
    found.extend(unfiltered.map(|call| Difference::Unfiltered { call: call.number }));
    found.sort();
    found
}

/// The same, where the license server holds on to calls that their caller gives up after so long.
///
/// Its ledger has them under way until it is done with them; for the caller they ended when it went away.
pub fn compare_given_up(
    outcomes: &[Outcome],
    book: &Postbook,
    evidence: &Evidence,
    given_up_after: Duration,
) -> Vec<Difference> {
    let began = |number: u64| {
        let mut entries = evidence.ledger.entries();
        let entry = entries.find(|entry| entry.number == number);
        entry.filter(|entry| !entry.faults.is_empty())?.began
    };
    let is_over = |calls: (u64, u64)| {
        let later = evidence.ledger.entries().find(|one| one.number == calls.1);
        let later = later.and_then(|later| later.began);
        // A tenth is for the way there, during which the caller waits already.
        began(calls.0).is_some_and(|began| later >= Some(began + given_up_after * 9 / 10))
    };
    let mut found = compare(outcomes, book, evidence);
    found.retain(|one| !matches!(one, Difference::Overlap { calls } if is_over(*calls)));
    found
}

fn compare_events(book: &Postbook, events: &[Value]) -> Vec<Difference> {
    let mut found = Vec::new();
    let (sent, mut open) = (book.sent(), book.acknowledged());
    let mut seen = BTreeSet::new();
    for event in events {
        // Dates of our own have no id of the shop.
        let Some(id) = event["source_event_id"].as_str() else {
            continue;
        };
        let event_id = id.to_owned();
        open.remove(id);
        if !seen.insert(id) {
            let event = event_id.clone();
            found.push(Difference::StoredTwice { event });
        }
        if !sent.contains(id) {
            let event = event_id.clone();
            found.push(Difference::NeverSent { event });
        }
        if event["state"] != "done" && event["state"] != "ignored" {
            let state = format!(
                "{} {}",
                text(&event["state"]),
                text(&event["reason"]["code"])
            );
            let event = event_id;
            found.push(Difference::NotSettled { event, state });
        }
    }
    found.extend(open.into_iter().map(|event| Difference::Lost { event }));
    found
}

/// What the licenses that are there differ in from those that were paid.
pub fn compare_licenses(outcomes: &[Outcome], licenses: &[LicenseSnapshot]) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut by_root: BTreeMap<&str, Vec<&LicenseSnapshot>> = BTreeMap::new();
    for license in licenses {
        by_root.entry(root(license)).or_default().push(license);
    }
    for outcome in outcomes {
        let there = by_root.remove(outcome.root.as_str()).unwrap_or_default();
        found.extend(compare_count(outcome, there.len()));
        for license in there {
            found.extend(compare_license(outcome, license));
        }
    }
    for license in by_root.into_values().flatten() {
        let license = license.id.clone();
        found.push(Difference::Foreign { license });
    }
    found
}

fn compare_count(outcome: &Outcome, there: usize) -> Option<Difference> {
    let (root, paid) = (outcome.root.clone(), outcome.licenses);
    let may_be_absent = !outcome.is_usable && there == 0;
    if there > paid {
        return Some(Difference::Surplus { root, there, paid });
    }
    (there < paid && !may_be_absent).then_some(Difference::Missing { root, there, paid })
}

fn compare_license(outcome: &Outcome, license: &LicenseSnapshot) -> Option<Difference> {
    let root = outcome.root.clone();
    let is_usable = !license.is_suspended && !license.is_revoked;
    if is_usable != outcome.is_usable {
        return Some(Difference::WrongStanding { root, is_usable });
    }
    let shown = license.expires_at.map(Timestamp::new);
    // How long a license runs that nobody may use is nobody's concern.
    let is_right = !outcome.is_usable || is_near(shown, outcome.end);
    (!is_right).then(|| Difference::WrongEnd {
        root,
        shown: spell(shown),
        paid: spell(outcome.end),
    })
}

/// What adds something must have been made exactly as often as it is on record as done.
fn compare_effects(evidence: &Evidence) -> Vec<Difference> {
    let mut counts: BTreeMap<(String, &str), (usize, usize)> = BTreeMap::new();
    for entry in evidence.ledger.entries().filter(|entry| entry.took_effect) {
        let kind = match entry.kind {
            "create" => "issue",
            "renew" => "renew",
            _ => continue,
        };
        let license = entry.license_id.clone().unwrap_or_default();
        counts.entry((license, kind)).or_default().0 += 1;
    }
    let effects = evidence.events.iter();
    let effects = effects.flat_map(|event| event["effects"].as_array().into_iter().flatten());
    for effect in effects.filter(|effect| effect["state"] == "done") {
        let kind = text(&effect["kind"]);
        if kind == "issue" || kind == "renew" {
            let license = text(&effect["remote_license_id"]).to_owned();
            counts.entry((license, kind)).or_default().1 += 1;
        }
    }
    let counts = counts.into_iter();
    counts
        .filter(|(_, (made, recorded))| made != recorded)
        .map(
            |((license, kind), (made, recorded))| Difference::MadeOtherwise {
                license,
                kind: kind.to_owned(),
                made,
                recorded,
            },
        )
        .collect()
}

/// The subscription that a license names, or else its order; empty when it names neither.
pub fn root(license: &LicenseSnapshot) -> &str {
    let names = ["fastspring_subscription_id", "fastspring_order_id"];
    let mut named = names.iter().filter_map(|name| license.metadata.get(*name));
    named.find(|id| !id.is_empty()).map_or("", String::as_str)
}

fn is_near(shown: Option<Timestamp>, paid: Option<Timestamp>) -> bool {
    match (shown, paid) {
        (Some(shown), Some(paid)) => shown.since(paid).as_hours().abs() <= HOURS_OFF,
        (shown, paid) => shown == paid,
    }
}

fn spell(end: Option<Timestamp>) -> String {
    end.map_or_else(|| "no time".to_owned(), |end| end.to_string())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
