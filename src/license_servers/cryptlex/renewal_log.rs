//! The vendor's log of what happened to the end and interval of a license; tells whether a lost renewal was made.

use std::cmp::Reverse;

use crate::domain::time::Timestamp;
use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::http::paging::List;
use crate::license_servers::remote::{RenewalEntry, RenewalEntryKind};
use crate::license_servers::reply::Failure;

/// An entry of whatever license, with a time or without.
struct Entry {
    license_id: String,
    id: String,
    kind: RenewalEntryKind,
    at: Option<Timestamp>,
    changes: Vec<Change>,
}

/// What kind of value an entry tells of is not documented: anything but a time is none.
struct Change {
    is_of_end: bool,
    old: Option<Timestamp>,
    new: Option<Timestamp>,
}

impl FromFields for Entry {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            license_id: fields.text("licenseId")?,
            id: fields.shown("id"),
            kind: match fields.text("event")?.as_str() {
                "license.renewed" => RenewalEntryKind::Renewed,
                "license.expiresAt.updated" => RenewalEntryKind::TermSet,
                "license.subscription.updated" => RenewalEntryKind::IntervalSet,
                _ => RenewalEntryKind::Other,
            },
            at: fields.time("createdAt")?,
            changes: fields.objects("changes")?,
        })
    }
}

impl FromFields for Change {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            is_of_end: fields
                .shown("propertyName")
                .eq_ignore_ascii_case("expiresAt"),
            old: fields.time("oldValue").unwrap_or_default(),
            new: fields.time("newValue").unwrap_or_default(),
        })
    }
}

/// The entries of this license, newest first; entries of another license or without a time are left out.
pub fn entries(list: &List, remote_id: &str) -> Result<Vec<RenewalEntry>, Failure> {
    let entries = list.read(|fields| fields.may_be("licenseId", remote_id))?;
    let mut entries: Vec<RenewalEntry> = entries
        .into_iter()
        .filter(|entry: &Entry| entry.license_id == remote_id)
        .filter_map(entry)
        .collect();
    entries.sort_by_key(|entry| Reverse(entry.at));
    Ok(entries)
}

fn entry(entry: Entry) -> Option<RenewalEntry> {
    let end = entry.changes.iter().find(|change| change.is_of_end);
    Some(RenewalEntry {
        id: entry.id,
        at: entry.at?,
        kind: entry.kind,
        old_end: end.and_then(|change| change.old),
        new_end: end.and_then(|change| change.new),
    })
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
        let list = List::of(&[
            log("1", "mine", "license.renewed", "2026-12-01T00:00:00Z"),
            log("2", "other", "license.renewed", "2026-12-02T00:00:00Z"),
            log("3", "mine", "license.something", "2026-12-03T00:00:00Z"),
            json!({"licenseId": "other", "event": ["odd"]}),
        ]);

        let entries = entries(&list, "mine").unwrap();

        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["3", "1"]);
        assert_eq!(entries[0].kind, RenewalEntryKind::Other);
        assert_eq!(entries[1].kind, RenewalEntryKind::Renewed);
        assert_eq!(entries[1].new_end.unwrap().day(), "2027-02-01");
    }
}
