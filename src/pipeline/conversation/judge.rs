//! Compares what a license server shows with what was asked of it.

use jiff::SignedDuration;

use super::{Finish, Proof};
use crate::domain::action::{Issue, Term};
use crate::domain::license::{Seats, Shown};
use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;

/// How far two ends may lie apart and still be the same day's end.
const SAME_END: SignedDuration = SignedDuration::from_hours(24);
/// How far an end that was set may differ from the one shown: servers may cut off fractions.
const SAME_INSTANT: SignedDuration = SignedDuration::from_secs(2);

/// What was asked and what is shown instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    ours: String,
    theirs: String,
}

impl Difference {
    fn new(ours: impl Into<String>, theirs: impl Into<String>) -> Self {
        Self {
            ours: ours.into(),
            theirs: theirs.into(),
        }
    }

    pub(super) fn into_finish(self, proof: Proof) -> Finish {
        Finish::Differs {
            ours: self.ours,
            theirs: self.theirs,
            proof,
        }
    }
}

/// A new license beside what was ordered.
pub(super) fn issued(issue: &Issue, license: &RemoteLicense, now: Timestamp) -> Option<Difference> {
    let shown = &license.shown(now);
    if license.product_id != issue.license_product_id {
        return Some(Difference::new(
            format!("product {}", issue.license_product_id),
            format!("product {}", license.product_id),
        ));
    }
    if let Term::Until { end, .. } = issue.term
        && !is_same_instant(shown.expires_at, Some(end))
    {
        return Some(ends(Some(end), shown));
    }
    if let Some(asked) = issue.seats
        && let Some(difference) = seats(asked, shown)
    {
        return Some(difference);
    }
    suspended(!issue.suspended_for.is_empty(), shown)
}

/// An end that was set beside the one shown.
pub(super) fn end(asked: Option<Timestamp>, shown: &Shown) -> Option<Difference> {
    (!is_same_instant(shown.expires_at, asked)).then(|| ends(asked, shown))
}

/// A renewal that moved nothing, beside the end that it should have brought.
pub(super) fn unmoved(expected: Option<Timestamp>, shown: &Shown) -> Difference {
    match expected {
        Some(_) => ends(expected, shown),
        None => Difference {
            ours: "ends a period later".to_owned(),
            ..ends(None, shown)
        },
    }
}

/// Seats that were set beside those shown.
pub(super) fn seats(asked: Seats, shown: &Shown) -> Option<Difference> {
    let (asked, theirs) = match asked {
        Seats::Activations(asked) => (asked, shown.allowed_activations),
        Seats::FloatingClients(asked) => (asked, shown.allowed_floating_clients),
    };
    (theirs != Some(i64::from(asked))).then(|| {
        Difference::new(
            format!("{asked} seats"),
            theirs.map_or_else(
                || "no number of seats".to_owned(),
                |theirs| format!("{theirs} seats"),
            ),
        )
    })
}

/// The newest version that was set beside the one shown.
pub(super) fn newest_version(asked: &str, shown: &Shown) -> Option<Difference> {
    let theirs = shown.newest_version.as_deref();
    (theirs != Some(asked)).then(|| {
        Difference::new(
            format!("versions up to {asked}"),
            theirs.map_or_else(
                || "any version".to_owned(),
                |theirs| format!("versions up to {theirs}"),
            ),
        )
    })
}

/// A suspension that was asked for, or lifted, beside what is shown.
pub(super) fn suspended(asked: bool, shown: &Shown) -> Option<Difference> {
    let words = |is: bool| if is { "suspended" } else { "not suspended" };
    (shown.is_suspended != asked).then(|| Difference::new(words(asked), words(shown.is_suspended)))
}

/// A revocation that was asked for, or lifted, beside what is shown.
pub(super) fn revoked(asked: bool, shown: &Shown) -> Option<Difference> {
    let words = |is: bool| if is { "revoked" } else { "not revoked" };
    (shown.is_revoked != asked).then(|| Difference::new(words(asked), words(shown.is_revoked)))
}

/// Whether two ends are the same, give or take a day: month ends and times of day differ between servers.
pub(super) fn is_same_day(left: Timestamp, right: Timestamp) -> bool {
    left.since(right).abs() <= SAME_END
}

fn is_same_instant(left: Option<Timestamp>, right: Option<Timestamp>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.since(right).abs() <= SAME_INSTANT,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn ends(asked: Option<Timestamp>, shown: &Shown) -> Difference {
    let words = |end: Option<Timestamp>| {
        end.map_or_else(
            || "never ends".to_owned(),
            |end| format!("ends {}", end.long_day()),
        )
    };
    Difference::new(words(asked), words(shown.expires_at))
}
