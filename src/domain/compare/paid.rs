//! Until when a subscription is paid for, as far as the rules care.

use crate::domain::attribute::Attributes;
use crate::domain::fact::BillingInterval;
use crate::domain::license::BesideEnd;
use crate::domain::policy::{Deactivation, Overdue, Renewal};
use crate::domain::record::{ChargeRecord, PaidThrough, SubscriptionRecord};
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;

/// The paid-through date; `None` while the shop has named none.
///
/// An edit at the shop moves it where the end follows the shop's dates, and always within a trial.
/// A latest period whose money went back does not count.
pub fn through(record: &SubscriptionRecord, rules: &Rules) -> Option<PaidThrough> {
    let newest = newest(record, rules)?;
    Some(before_returns(record, newest, |charge| charge.is_returned))
}

/// The same for one product of the subscription: of a renewal's order its line alone may have gone back.
pub fn through_for(
    record: &SubscriptionRecord,
    rules: &Rules,
    product_path: &str,
) -> Option<PaidThrough> {
    let newest = newest(record, rules)?;
    let is_returned = |charge: &ChargeRecord| charge.is_returned_for(product_path);
    Some(before_returns(record, newest, is_returned))
}

/// The date that the shop names now, also where the rules give no time for an edit: what is made now has its own term from
/// here, and a charge that merely confirms that date adds none.
pub fn named(record: &SubscriptionRecord, rules: &Rules, product_path: &str) -> Option<Timestamp> {
    let is_newer = record.moved.version() > record.paid.version();
    let edit = record.moved.get().copied().filter(|_| is_newer);
    let newest = edit.or_else(|| newest(record, rules))?;
    let is_returned = |charge: &ChargeRecord| charge.is_returned_for(product_path);
    Some(before_returns(record, newest, is_returned).next)
}

fn newest(record: &SubscriptionRecord, rules: &Rules) -> Option<PaidThrough> {
    let paid = record.paid.get().copied();
    let moved = record.moved.get().copied().filter(|moved| {
        let follows_dates = match rules.renewal() {
            Renewal::Renew => false,
            Renewal::PaidThrough | Renewal::RenewThenDate => true,
        };
        follows_dates || moved.is_trial && paid.is_none_or(|paid| paid.is_trial)
    });
    match (paid, moved) {
        (Some(_), Some(moved)) if record.moved.version() > record.paid.version() => Some(moved),
        (Some(paid), _) => Some(paid),
        (None, moved) => moved,
    }
}

/// Where the paid-through date falls back to, one period for each whose payments all went back in full.
fn before_returns(
    record: &SubscriptionRecord,
    newest: PaidThrough,
    is_returned: impl Fn(&ChargeRecord) -> bool,
) -> PaidThrough {
    let mut paid = newest;
    while is_unpaid(record, paid.next, &is_returned)
        && let Some(earlier) = before(record, paid, &is_returned)
    {
        paid = earlier;
    }
    paid
}

/// Whether all that was charged for the period until then went back. The purchase paid for the first one; what goes back
/// of that ends licenses as refunds do, and moves no date.
fn is_unpaid(
    record: &SubscriptionRecord,
    next: Timestamp,
    is_returned: impl Fn(&ChargeRecord) -> bool,
) -> bool {
    if first_period(record) == Some(next) {
        return false;
    }
    let mut charges = record
        .charges
        .values()
        .filter(|charge| charge.through == Some(next))
        .peekable();
    charges.peek().is_some() && charges.all(is_returned)
}

/// The end of what the purchase paid for: as it said, else by the calendar while it was not heard.
fn first_period(record: &SubscriptionRecord) -> Option<Timestamp> {
    let by_calendar = || match record.interval.get()? {
        BillingInterval::Every(period) => Some(record.begin.get()?.plus_period(*period)),
        BillingInterval::AdHoc => None,
    };
    let named = record.first.map(|first| first.next);
    named.or_else(by_calendar)
}

/// The date one period before: as the shop had named it, else by the calendar; `None` where neither is known.
fn before(
    record: &SubscriptionRecord,
    paid: PaidThrough,
    is_returned: impl Fn(&ChargeRecord) -> bool,
) -> Option<PaidThrough> {
    let first = record.first.filter(|first| first.next < paid.next);
    let named = record
        .charges
        .values()
        .filter_map(|charge| charge.through)
        .chain(first.map(|first| first.next))
        .chain(record.moved.get().map(|moved| moved.next))
        .filter(|through| *through < paid.next);
    let next = match record.interval.get() {
        Some(BillingInterval::Every(period)) => {
            // Months are clamped at their ends, so counting back alone may miss the day.
            let mut named = named.filter(|date| date.plus_period(*period) == paid.next);
            named.next().unwrap_or(paid.next.minus_period(*period))
        }
        Some(BillingInterval::AdHoc) | None => named.max()?,
    };
    // What is left when no payment is left is the trial that it began with, which nobody paid for.
    let is_trial =
        first.is_some_and(|first| first.is_trial) && record.charges.values().all(is_returned);
    // The calendar has a beginning, before which there is no period.
    (next < paid.next).then_some(PaidThrough { next, is_trial })
}

/// The end that a paid-through date stands for; never after the end of a subscription that takes it along.
pub fn end(
    record: &SubscriptionRecord,
    paid: PaidThrough,
    rules: &Rules,
    attributes: &Attributes,
) -> Timestamp {
    let end = match (paid.is_trial, rules.renewal()) {
        // The charge comes in the course of that day.
        (false, Renewal::Renew) => paid.next.end_of_day(),
        _ if rules.abilities.has_grace => paid.next,
        (true, _) | (false, Renewal::PaidThrough | Renewal::RenewThenDate) => {
            let hours = extra_hours(paid, rules, attributes);
            paid.next.plus_hours(hours.into())
        }
    };
    let end = match cut_off(record, rules) {
        Some(ended) => end.min(ended),
        None => end,
    };
    rules.abilities.end(end)
}

/// What goes beside that end, at license servers that have it by themselves. What ends with its subscription has no grace.
pub fn beside(
    record: &SubscriptionRecord,
    paid: PaidThrough,
    rules: &Rules,
    attributes: &Attributes,
) -> BesideEnd {
    let abilities = rules.abilities;
    let hours = match cut_off(record, rules) {
        Some(_) => 0,
        None => extra_hours(paid, rules, attributes),
    };
    BesideEnd {
        is_trial: abilities.has_trials.then_some(paid.is_trial),
        grace_hours: abilities.has_grace.then_some(hours),
    }
}

/// When a subscription ended whose licenses end with it.
fn cut_off(record: &SubscriptionRecord, rules: &Rules) -> Option<Timestamp> {
    let ended = record.ended();
    ended.filter(|_| rules.policy.deactivation == Deactivation::Expire)
}

/// The extra time after that date. A license server's own grace is for what was paid for, never for a trial.
fn extra_hours(paid: PaidThrough, rules: &Rules, attributes: &Attributes) -> u32 {
    match (paid.is_trial, rules.abilities.has_grace) {
        (false, _) => rules.grace_hours(attributes.grace_hours),
        (true, false) => rules.policy.trial_grace_hours,
        (true, true) => 0,
    }
}

/// When the extra time after a missed payment is over; `None` while no paid-through date is known.
pub fn grace_over(
    record: &SubscriptionRecord,
    rules: &Rules,
    attributes: &Attributes,
) -> Option<Timestamp> {
    let paid = through(record, rules)?;
    let hours = extra_hours(paid, rules, attributes);
    Some(paid.next.plus_hours(hours.into()))
}

/// Whether a missed payment suspends now.
pub fn is_stopped_for_payment(
    record: &SubscriptionRecord,
    rules: &Rules,
    attributes: &Attributes,
    now: Timestamp,
) -> bool {
    match rules.policy.overdue {
        Overdue::Ignore => false,
        Overdue::Suspend => record.is_overdue(),
        Overdue::SuspendAfterGrace => {
            record.has_missed_payment()
                && grace_over(record, rules, attributes).is_some_and(|over| over <= now)
        }
    }
}

/// Whether a subscription that ended takes its licenses' further periods with it.
pub fn is_over(record: &SubscriptionRecord, rules: &Rules) -> bool {
    record.ended().is_some()
        && match rules.policy.deactivation {
            Deactivation::Delete | Deactivation::KeepVersion => true,
            Deactivation::DeleteLater
            | Deactivation::Revoke
            | Deactivation::Suspend
            | Deactivation::Expire => false,
        }
}
