//! What can be changed about a license in one request: not its type, its key, its subscription, nor whether it is on.

use serde_json::{Value, json};

use crate::domain::action::Metadata;
use crate::domain::time::{Period, Timestamp};
use crate::license_servers::http::operation::{Method, Operation};
use crate::license_servers::licensespring::dialect::DIALECT;
use crate::license_servers::licensespring::order::NO_SEATS;
use crate::license_servers::licensespring::value::{length, metadata_object, said};

/// What shall change about a license; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LicensePatch {
    /// The day until which it is valid.
    pub validity: Option<Validity>,
    /// Machines that may be activated.
    pub max_activations: Option<u32>,
    /// People who may use it.
    pub max_license_users: Option<u32>,
    /// How many may use it at once, where it is floating.
    pub floating_users: Option<u32>,
    /// How long it runs on after its end; 0 = not at all.
    pub grace_hours: Option<u32>,
    /// Its maintenance.
    pub maintenance: Option<Maintenance>,
    /// How often it may be used up.
    pub max_consumptions: Option<u32>,
    /// All of its notes, other people's lines too.
    pub note: Option<String>,
    /// All of its metadata rows.
    pub metadata: Option<Vec<Metadata>>,
}

/// The end of a license, and what it is the end of: the server wants both together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The day.
    pub until: Timestamp,
    /// Whether it ends a trial; the first charge makes a trial a full license by saying that it is none.
    pub is_trial: bool,
}

/// How long a license is maintained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maintenance {
    /// Not at all.
    Off,
    /// So long.
    For(Period),
    /// Until this day.
    Until(Timestamp),
}

/// The request that makes the changes, all or none.
pub fn operation(license_id: &str, patch: &LicensePatch) -> Operation {
    let counts = [
        patch.max_activations,
        patch.max_license_users,
        patch.floating_users,
    ];
    let no_seats = counts.contains(&Some(0)).then(|| NO_SEATS.to_owned());
    let is_empty = *patch == LicensePatch::default();
    let nothing = is_empty.then(|| "nothing shall change".to_owned());
    Operation::new(&DIALECT, Method::Patch, &["licenses", license_id])
        .json(body(patch))
        .refuse(nothing)
        .refuse(no_seats)
        .refuse(patch.maintenance.and_then(unsayable))
}

fn body(patch: &LicensePatch) -> Value {
    let (duration, end) = match patch.maintenance {
        Some(Maintenance::For(period)) => (length(period), None),
        Some(Maintenance::Until(end)) => (None, Some(end.day())),
        Some(Maintenance::Off) | None => (None, None),
    };
    let is_maintained = patch
        .maintenance
        .map(|maintenance| maintenance != Maintenance::Off);
    said(json!({
        "validity_period": patch.validity.map(|validity| validity.until.day()),
        "is_trial": patch.validity.map(|validity| validity.is_trial),
        "max_activations": patch.max_activations,
        "max_license_users": patch.max_license_users,
        "floating_users": patch.floating_users,
        "allow_grace_period": patch.grace_hours.map(|hours| hours > 0),
        "grace_period": patch.grace_hours.filter(|hours| *hours > 0),
        "enable_maintenance_period": is_maintained,
        "maintenance_duration": duration,
        "maintenance_period": end,
        "max_consumptions": patch.max_consumptions,
        "note": patch.note,
        "metadata": patch.metadata.as_deref().map(metadata_object),
    }))
}

fn unsayable(maintenance: Maintenance) -> Option<String> {
    match maintenance {
        Maintenance::For(period) if length(period).is_none() => Some(format!(
            "this license server has no words for {}",
            period.in_words()
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        format!("{text}T12:30:00Z").parse().unwrap()
    }

    #[track_caller]
    fn assert_sent(patch: &LicensePatch, body: Value) {
        let operation = operation("17", patch);

        assert_eq!(operation.method, Method::Patch);
        assert_eq!(operation.target, "/api/v1/licenses/17/");
        assert_eq!(operation.body, Some(body), "{patch:?}");
        assert_eq!(operation.refusal, None, "{patch:?}");
    }

    #[test]
    fn each_change_is_said_with_what_belongs_to_it() {
        let validity = |is_trial| LicensePatch {
            validity: Some(Validity {
                until: day("2027-01-31"),
                is_trial,
            }),
            ..LicensePatch::default()
        };
        let maintenance = |maintenance| LicensePatch {
            maintenance: Some(maintenance),
            ..LicensePatch::default()
        };
        let grace = |hours| LicensePatch {
            grace_hours: Some(hours),
            ..LicensePatch::default()
        };
        for (patch, body) in [
            (
                validity(true),
                json!({"validity_period": "2027-01-31", "is_trial": true}),
            ),
            (
                validity(false),
                json!({"validity_period": "2027-01-31", "is_trial": false}),
            ),
            (
                grace(48),
                json!({"allow_grace_period": true, "grace_period": 48}),
            ),
            (grace(0), json!({"allow_grace_period": false})),
            (
                maintenance(Maintenance::Off),
                json!({"enable_maintenance_period": false}),
            ),
            (
                maintenance(Maintenance::For("P1Y".parse().unwrap())),
                json!({"enable_maintenance_period": true, "maintenance_duration": "1y"}),
            ),
            (
                maintenance(Maintenance::Until(day("2028-01-31"))),
                json!({"enable_maintenance_period": true, "maintenance_period": "2028-01-31"}),
            ),
        ] {
            assert_sent(&patch, body);
        }
    }

    #[test]
    fn several_changes_are_one_request() {
        let row = Metadata {
            key: "a".to_owned(),
            value: "1".to_owned(),
            is_visible: true,
        };
        let patch = LicensePatch {
            max_activations: Some(3),
            max_license_users: Some(4),
            floating_users: Some(5),
            max_consumptions: Some(0),
            note: Some(String::new()),
            metadata: Some(vec![row]),
            ..LicensePatch::default()
        };

        assert_sent(
            &patch,
            json!({"max_activations": 3, "max_license_users": 4, "floating_users": 5,
                "max_consumptions": 0, "note": "", "metadata": {"a": "1"}}),
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let seats = LicensePatch {
            max_license_users: Some(0),
            ..LicensePatch::default()
        };
        let odd = LicensePatch {
            maintenance: Some(Maintenance::For("P1M10D".parse().unwrap())),
            ..LicensePatch::default()
        };
        for patch in [seats, odd, LicensePatch::default()] {
            assert!(operation("17", &patch).refusal.is_some(), "{patch:?}");
        }
        let note = LicensePatch {
            note: Some("x".to_owned()),
            ..LicensePatch::default()
        };
        assert!(operation("../17", &note).refusal.is_some());
    }
}
