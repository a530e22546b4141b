//! The vendor's log of what happened to the end and interval of a license; tells whether a lost renewal was made.

use std::cmp::Reverse;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::time::Timestamp;
use crate::license_servers::cryptlex::lenient;
use crate::license_servers::remote::{RenewalEntry, RenewalEntryKind};

/// One entry of the log.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogAnswer {
    id: String,
    license_id: String,
    event: String,
    #[serde(default, deserialize_with = "lenient::time")]
    created_at: Option<Timestamp>,
    changes: Option<Vec<ChangeAnswer>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeAnswer {
    property_name: Option<String>,
    old_value: Option<Value>,
    new_value: Option<Value>,
}

/// The entries of this license, newest first; entries of another license or without a time are left out.
pub fn entries(answers: Vec<LogAnswer>, remote_id: &str) -> Vec<RenewalEntry> {
    let mut entries: Vec<RenewalEntry> = answers
        .into_iter()
        .filter(|answer| answer.license_id == remote_id)
        .filter_map(entry)
        .collect();
    entries.sort_by_key(|entry| Reverse(entry.at));
    entries
}

fn entry(answer: LogAnswer) -> Option<RenewalEntry> {
    let kind = match answer.event.as_str() {
        "license.renewed" => RenewalEntryKind::Renewed,
        "license.expiresAt.updated" => RenewalEntryKind::TermSet,
        "license.subscription.updated" => RenewalEntryKind::IntervalSet,
        _ => RenewalEntryKind::Other,
    };
    let changes = answer.changes.unwrap_or_default();
    let end = changes.iter().find(|change| {
        let name = change.property_name.as_deref().unwrap_or_default();
        name.eq_ignore_ascii_case("expiresAt")
    });
    Some(RenewalEntry {
        id: answer.id,
        at: answer.created_at?,
        kind,
        old_end: end.and_then(|change| time_of(change.old_value.as_ref())),
        new_end: end.and_then(|change| time_of(change.new_value.as_ref())),
    })
}

/// What kind of value it is, is not documented: anything but a time is none.
fn time_of(value: Option<&Value>) -> Option<Timestamp> {
    lenient::parse_time(value?.as_str()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_entries_of_the_license_are_kept_newest_first() {
        let log = |id: &str, license: &str, event: &str, at: &str| {
            json!({"id": id, "licenseId": license, "event": event, "createdAt": at, "changes": [
                {"propertyName": "ExpiresAt", "oldValue": "2027-01-01T00:00:00Z", "newValue": "2027-02-01T00:00:00Z"}
            ]})
        };
        let answers = json!([
            log("1", "mine", "license.renewed", "2026-12-01T00:00:00Z"),
            log("2", "other", "license.renewed", "2026-12-02T00:00:00Z"),
            log("3", "mine", "license.something", "2026-12-03T00:00:00Z"),
        ]);

        let entries = entries(serde_json::from_value(answers).unwrap(), "mine");

        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["3", "1"]);
        assert_eq!(entries[0].kind, RenewalEntryKind::Other);
        assert_eq!(entries[1].kind, RenewalEntryKind::Renewed);
        assert_eq!(entries[1].new_end.unwrap().day(), "2027-02-01");
    }
}
