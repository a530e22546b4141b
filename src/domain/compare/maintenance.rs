//! How long updates are included: from the purchase on, or no longer than the subscription.

use crate::domain::action::Action;
use crate::domain::attribute::{Attributes, Covers};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::paid;
use crate::domain::license::{License, Root};
use crate::domain::time::Timestamp;

/// Sets the first end of updates, counted from the purchase; what has an end already keeps it.
pub fn begin(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    version: Timestamp,
) {
    if attributes.covers == Covers::Maintenance {
        begin_subscribed(draft, license, version);
        return;
    }
    let is_limited = license
        .given
        .maintenance_end
        .is_some_and(|end| !is_endless(end));
    if let Some(period) = attributes.maintenance_duration
        && !is_limited
    {
        let end = Some(version.plus_period(period));
        draft.act(license, until(end), version);
    }
}

/// Where the subscription pays for updates, they are included for its first period; a policy may include more.
fn begin_subscribed(draft: &mut Draft<'_>, license: &License, version: Timestamp) {
    let Root::Subscription(id) = &license.identity.root else {
        return;
    };
    let rules = draft.question.rules;
    let record = draft.subscription(id);
    let paid = record.and_then(|record| paid::through_for(record, rules, &license.product_path));
    let shown = license.shown.as_ref();
    let included = shown.and_then(|shown| shown.maintenance_ends_at);
    if let Some(paid) = paid
        && license.given.maintenance_end.is_none()
        && included < Some(paid.next)
    {
        draft.act(license, until(Some(paid.next)), version);
    }
}

/// Ends the limit that the plan before set on updates, where the new plan sets none.
pub fn leave_out(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    version: Timestamp,
) {
    let given = &license.given;
    let is_set = attributes.maintenance_duration.is_some()
        || attributes.maintenance_policy_id.is_some()
        || attributes.covers == Covers::Maintenance;
    let was_set = given.maintenance_end.is_some() || given.maintenance_policy_id.is_some();
    let shown = license.shown.as_ref();
    let end = shown.and_then(|shown| shown.maintenance_ends_at);
    if !is_set && was_set && end.is_some_and(|end| !is_endless(end)) {
        draft.act(license, until(Some(endless())), version);
    }
}

/// An end of updates that never comes: a license server takes an end back for no other but a later one.
fn endless() -> Timestamp {
    Timestamp::from_microsecond(ENDLESS_MICROSECONDS)
}

/// Whether an end of updates stands for none.
pub fn is_endless(end: Timestamp) -> bool {
    end >= endless()
}

/// The first of January 9999: the last year that calendars with four digits have.
const ENDLESS_MICROSECONDS: i64 = 253_370_764_800_000_000;

/// Stops updates at `at`, for a license that goes on without its subscription.
///
/// The version itself can only be frozen where it is known and no end of updates rules; else updates end then.
pub fn freeze(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    (at, version): (Timestamp, Timestamp),
) {
    let given = &license.given;
    let shown = license.shown.as_ref();
    let end = given
        .maintenance_end
        .or_else(|| shown.and_then(|shown| shown.maintenance_ends_at));
    let newest = shown.and_then(|shown| shown.newest_version.as_ref());
    let is_frozen = given.newest_version.is_some() || newest.is_some();
    let has_end = end.is_some() || attributes.maintenance_policy_id.is_some();
    if end.is_some_and(|end| end <= at) || (is_frozen && !has_end) {
        return;
    }
    let action = match &attributes.max_allowed_release_version {
        Some(newest) if !has_end => Action::SetMaintenance {
            end: None,
            through: None,
            newest_version: Some(newest.clone()),
        },
        Some(_) | None => until(Some(at)),
    };
    draft.act(license, action, version);
}

const fn until(end: Option<Timestamp>) -> Action {
    Action::SetMaintenance {
        end,
        through: None,
        newest_version: None,
    }
}
