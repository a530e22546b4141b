//! Compares what a license server shows with what was asked of it, and says how a change ends by it.

use jiff::SignedDuration;

use crate::domain::action::{Issue, LeftOut, PlanChange, Term};
use crate::domain::license::{Seats, Shown};
use crate::domain::time::{Period, Timestamp};
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::protocol::step::{Finish, Proof};

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

/// What is met while a change is set and compared with what the license server shows.
#[derive(Debug, Clone)]
pub(super) struct Verification {
    pub(super) met_change_by_hand: bool,
    is_repeated: bool,
}

impl Verification {
    pub(super) const fn new() -> Self {
        Self {
            met_change_by_hand: false,
            is_repeated: false,
        }
    }

    /// How a change ends that was answered; `None` where the server says "done" and shows otherwise for the first time, so
    /// that it is asked once more.
    pub(super) fn judge(
        &mut self,
        difference: Option<Difference>,
        set: RemoteLicense,
    ) -> Option<Finish> {
        let Some(difference) = difference else {
            return Some(Finish::Done(self.proof(set)));
        };
        if !self.is_repeated {
            self.is_repeated = true;
            return None;
        }
        Some(difference.into_finish(self.proof(set)))
    }

    pub(super) fn proof(&self, license: RemoteLicense) -> Proof {
        Proof {
            is_changed_by_hand: self.met_change_by_hand,
            ..Proof::of(license)
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

/// What was set for another plan beside what is shown; beside a maintenance policy a version may count for nothing.
pub(super) fn plan(asked: &PlanChange, shown: &Shown) -> Option<Difference> {
    let asked_seats = asked.seats.and_then(|asked| seats(asked, shown));
    let set = asked.entitlement_set_id.as_ref();
    let other_set = set.filter(|set| shown.entitlement_set_id.as_ref() != Some(set));
    let newest = asked.newest_version.as_deref();
    asked_seats
        .or_else(|| other_set.map(|_| Difference::new("the plan's features", "others")))
        .or_else(|| {
            newest
                .filter(|_| asked.maintenance_policy_id.is_none())
                .and_then(|newest| newest_version(newest, shown))
        })
        .or_else(|| {
            let mut parts = asked.left_out.iter();
            parts.find_map(|part| left_out(*part, shown))
        })
}

/// What the plan before had given, where it is shown still; a policy is not shown.
fn left_out(part: LeftOut, shown: &Shown) -> Option<Difference> {
    match part {
        LeftOut::Seats(seats) => template_seats(seats, shown),
        LeftOut::EntitlementSet => shown
            .entitlement_set_id
            .as_ref()
            .map(|_| Difference::new("no set of features", "the plan's before")),
        LeftOut::NewestVersion => shown
            .newest_version
            .as_ref()
            .map(|newest| Difference::new("any version", format!("versions up to {newest}"))),
        LeftOut::MaintenancePolicy => None,
    }
}

/// Unlimited is shown as 0 or less.
fn template_seats(asked: Seats, shown: &Shown) -> Option<Difference> {
    let (count, theirs) = match asked {
        Seats::Activations(count) => (count, shown.allowed_activations),
        Seats::FloatingClients(count) => (count, shown.allowed_floating_clients),
    };
    match (count, theirs) {
        (0, None | Some(..=0)) => None,
        _ => seats(asked, shown),
    }
}

/// The user that a license was linked to beside the one shown.
pub(super) fn linked(asked: &String, shown: &Shown) -> Option<Difference> {
    (shown.user_id.as_ref() != Some(asked)).then(|| {
        let theirs = match shown.user_id {
            Some(_) => "linked to somebody else",
            None => "linked to nobody",
        };
        Difference::new("linked to its buyer", theirs)
    })
}

/// A period of renewal that was set beside the one shown.
pub(super) fn interval(asked: Period, shown: &Shown) -> Option<Difference> {
    (shown.interval != Some(asked)).then(|| {
        let theirs = shown.interval.map(|period| period.to_string());
        Difference::new(
            format!("renewals by {asked}"),
            theirs.map_or_else(
                || "no renewals".to_owned(),
                |theirs| format!("renewals by {theirs}"),
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

/// The end of updates that was set beside the one shown.
pub(super) fn updates_end(asked: Timestamp, shown: &Shown) -> Option<Difference> {
    let theirs = shown.maintenance_ends_at;
    (!is_same_instant(theirs, Some(asked))).then(|| {
        let words = |end: Timestamp| format!("updates until {}", end.long_day());
        Difference::new(
            words(asked),
            theirs.map_or_else(|| "no end of updates".to_owned(), words),
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
