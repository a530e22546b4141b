//! Until when a subscription is paid for, as far as the rules care.

use crate::domain::attribute::Attributes;
use crate::domain::fact::BillingInterval;
use crate::domain::policy::{Deactivation, Overdue, Policy, Renewal};
use crate::domain::record::{PaidThrough, SubscriptionRecord};
use crate::domain::time::Timestamp;

/// The paid-through date; `None` while the shop has named none.
///
/// An edit at the shop moves it where the end follows the shop's dates, and always within a trial.
/// A latest period whose money went back does not count.
pub fn through(record: &SubscriptionRecord, policy: &Policy) -> Option<PaidThrough> {
    let paid = record.paid.get().copied();
    let moved = record.moved.get().copied().filter(|moved| {
        let follows_dates = match policy.renewal {
            Renewal::Renew => false,
            Renewal::PaidThrough | Renewal::RenewThenDate => true,
        };
        follows_dates || moved.is_trial && paid.is_none_or(|paid| paid.is_trial)
    });
    let newest = match (paid, moved) {
        (Some(_), Some(moved)) if record.moved.version() > record.paid.version() => moved,
        (Some(paid), _) => paid,
        (None, moved) => moved?,
    };
    Some(PaidThrough {
        next: before_return(record, newest.next).unwrap_or(newest.next),
        ..newest
    })
}

/// What a new license begins with; the periods that were charged for before it could be made are given after that.
///
/// So a license ends alike whether its order came before or after the charges.
pub fn at_issue(record: &SubscriptionRecord, policy: &Policy) -> Option<PaidThrough> {
    let paid = through(record, policy)?;
    let by_periods = match policy.renewal {
        Renewal::Renew | Renewal::RenewThenDate => record.charged_at.is_some(),
        Renewal::PaidThrough => false,
    };
    let first = record.first.or_else(|| match record.interval.get()? {
        BillingInterval::Every(period) => Some(PaidThrough {
            next: record.begin.get()?.plus_period(*period),
            is_trial: false,
        }),
        BillingInterval::AdHoc => None,
    });
    Some(match first {
        Some(first) if by_periods && first.next < paid.next => first,
        _ => paid,
    })
}

/// Where the paid-through date falls back to when the charge that brought it was refunded in full.
fn before_return(record: &SubscriptionRecord, next: Timestamp) -> Option<Timestamp> {
    let mut charges = record
        .charges
        .values()
        .filter(|charge| charge.through == Some(next))
        .peekable();
    charges.peek()?;
    if !charges.all(|charge| charge.is_returned) {
        return None;
    }
    let earlier = record
        .charges
        .values()
        .filter_map(|charge| charge.through)
        .chain(record.first.map(|first| first.next))
        .filter(|through| *through < next)
        .max();
    earlier.or_else(|| match record.interval.get() {
        Some(BillingInterval::Every(period)) => Some(next.minus_period(*period)),
        Some(BillingInterval::AdHoc) | None => None,
    })
}

/// The end that a paid-through date stands for; never after the end of a subscription that takes it along.
pub fn end(
    record: &SubscriptionRecord,
    paid: PaidThrough,
    policy: &Policy,
    attributes: &Attributes,
) -> Timestamp {
    let hours = match (paid.is_trial, policy.renewal) {
        (true, _) => policy.trial_grace_hours,
        (false, Renewal::Renew) => 0,
        (false, Renewal::PaidThrough | Renewal::RenewThenDate) => {
            policy.grace_hours(attributes.grace_hours)
        }
    };
    let end = paid.next.plus_hours(hours.into());
    match (policy.deactivation, record.ended()) {
        (Deactivation::Expire, Some(ended)) => end.min(ended),
        _ => end,
    }
}

/// When the extra time after a missed payment is over; `None` while no paid-through date is known.
pub fn grace_over(
    record: &SubscriptionRecord,
    policy: &Policy,
    attributes: &Attributes,
) -> Option<Timestamp> {
    let paid = through(record, policy)?;
    let hours = if paid.is_trial {
        policy.trial_grace_hours
    } else {
        policy.grace_hours(attributes.grace_hours)
    };
    Some(paid.next.plus_hours(hours.into()))
}

/// Whether a missed payment suspends now.
pub fn is_stopped_for_payment(
    record: &SubscriptionRecord,
    policy: &Policy,
    attributes: &Attributes,
    now: Timestamp,
) -> bool {
    match policy.overdue {
        Overdue::Ignore => false,
        Overdue::Suspend => record.is_overdue(),
        Overdue::SuspendAfterGrace => {
            record.has_missed_payment()
                && grace_over(record, policy, attributes).is_some_and(|over| over <= now)
        }
    }
}

/// Whether a subscription that ended takes its licenses' further periods with it.
pub fn is_over(record: &SubscriptionRecord, policy: &Policy) -> bool {
    record.ended().is_some()
        && match policy.deactivation {
            Deactivation::Delete | Deactivation::KeepVersion => true,
            Deactivation::DeleteLater
            | Deactivation::Revoke
            | Deactivation::Suspend
            | Deactivation::Expire => false,
        }
}
