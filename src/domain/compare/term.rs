//! The end of a license: renewals by the shop's next date against what was given.

use jiff::SignedDuration;

use crate::domain::action::Action;
use crate::domain::attribute::{Attributes, Covers};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::{ending, paid};
use crate::domain::fact::BillingInterval;
use crate::domain::license::{BesideEnd, License};
use crate::domain::policy::{Deactivation, Policy, Renewal};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::{PaidThrough, SubscriptionRecord};
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;

/// Less than this apart, two dates are the same period's end.
const SAME_DATE: SignedDuration = SignedDuration::from_hours(24);

/// Gives the periods that were paid for and not given yet; otherwise says why there is nothing to give.
pub fn renew(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    record: &SubscriptionRecord,
    version: Timestamp,
) -> Reason {
    if draft.is_marked_as_test() {
        return Reason::new(ReasonCode::NothingToDo);
    }
    if attributes.covers == Covers::Maintenance {
        return maintain(draft, license, record, version);
    }
    let rules = draft.question.rules;
    if !ending::follows_subscription(draft, &license.identity.slot, attributes) {
        return Reason::new(ReasonCode::NothingToRenew);
    }
    if paid::is_over(record, rules) {
        return Reason::new(ReasonCode::NothingToDo);
    }
    // Without periods there is nothing that a charge could add; only a date that the shop names gives time.
    if record.interval.get() == Some(&BillingInterval::AdHoc) && rules.abilities.has_periods {
        return renew_each_charge(draft, license, record, version);
    }
    let Some(paid) = paid::through_for(record, rules, &license.product_path) else {
        return Reason::new(ReasonCode::NothingToDo);
    };
    match beginning(license, rules) {
        Beginning::Never => return Reason::new(ReasonCode::NothingToRenew),
        Beginning::Later => return Reason::new(ReasonCode::NothingToDo),
        Beginning::Begun => {}
    }
    if let Some(action) = next_step(license, attributes, record, paid, rules) {
        draft.act(license, action, version);
    }
    Reason::new(ReasonCode::AlreadyApplied)
}

/// What is missing between what was given and what was paid for; one step, the next follows its answer.
fn next_step(
    license: &License,
    attributes: &Attributes,
    record: &SubscriptionRecord,
    paid: PaidThrough,
    rules: &Rules,
) -> Option<Action> {
    let target = paid::end(record, paid, rules, attributes);
    let beside = paid::beside(record, paid, rules, attributes);
    let given = &license.given;
    let set = |end: Timestamp| Action::SetTerm {
        end: Some(end),
        through: Some(paid.next),
        beside,
    };
    let is_other_trial = is_other_trial(license, beside);
    if paid.is_trial {
        return (given.end != Some(target) || is_other_trial).then(|| set(target));
    }
    let is_as_issued = given.term_version.is_none() && !license.is_adopted;
    let was_named = given.renewed_through != given.end;
    if rules.renewal() == Renewal::PaidThrough
        && is_as_issued
        && !was_named
        && given.renewed_through != Some(paid.next)
    {
        // Issued before the shop had named a date, so its own end stands for none.
        return Some(set(target));
    }
    if is_due(license, paid.next) {
        // Only a charge adds a period; a purchase that is longer than its license is merely lengthened.
        let adds = rules.renewal() != Renewal::PaidThrough
            && record.charged_at.is_some()
            && (record.ended().is_none() || rules.policy.deactivation != Deactivation::Expire);
        return Some(if adds {
            Action::Renew {
                through: Some(paid.next),
                charge: None,
            }
        } else {
            set(target_from(given.end, target, record, &rules.policy))
        });
    }
    if is_short(license, paid, target, rules) {
        return Some(set(target));
    }
    // The first charge ends a trial, also where the date stays.
    is_other_trial.then(|| set(target_from(given.end, target, record, &rules.policy)))
}

/// Whether it is a trial and should be a full license, or the other way round; what was found and never set may be either.
fn is_other_trial(license: &License, beside: BesideEnd) -> bool {
    let given = license.given.beside.is_trial;
    let may_be_known = given.is_some() || !license.is_adopted;
    beside.is_trial.is_some() && given != beside.is_trial && may_be_known
}

/// A charge never shortens, save that nothing outlives a subscription whose end is the license's.
fn target_from(
    given: Option<Timestamp>,
    target: Timestamp,
    record: &SubscriptionRecord,
    policy: &Policy,
) -> Timestamp {
    let is_cut_off = record.ended().is_some() && policy.deactivation == Deactivation::Expire;
    match given {
        Some(given) if !is_cut_off => given.max(target),
        Some(_) | None => target,
    }
}

/// Whether what was given for that date ends before it should. Where renewals add periods, each paid day counts; where
/// the end follows the shop's dates and has time to spare, a day more or less is none.
fn is_short(license: &License, paid: PaidThrough, target: Timestamp, rules: &Rules) -> bool {
    let given = &license.given;
    let is_given = given
        .renewed_through
        .is_some_and(|through| through.since(paid.next).abs() < SAME_DATE);
    let least = match rules.renewal() {
        Renewal::Renew => paid.next.min(target),
        Renewal::PaidThrough | Renewal::RenewThenDate => target.plus(-SAME_DATE),
    };
    is_given && given.end.is_some_and(|end| end < least)
}

/// Sets the end where the period just given falls short of the shop's date; adds no period.
pub fn lengthen(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    record: &SubscriptionRecord,
    version: Timestamp,
) {
    let rules = draft.question.rules;
    let is_concerned = !draft.is_marked_as_test()
        && attributes.covers == Covers::License
        && !paid::is_over(record, rules)
        && ending::follows_subscription(draft, &license.identity.slot, attributes)
        && beginning(license, rules) == Beginning::Begun;
    let Some(paid) =
        paid::through_for(record, rules, &license.product_path).filter(|_| is_concerned)
    else {
        return;
    };
    let target = paid::end(record, paid, rules, attributes);
    if is_short(license, paid, target, rules) {
        let action = Action::SetTerm {
            end: Some(target),
            through: Some(paid.next),
            beside: paid::beside(record, paid, rules, attributes),
        };
        draft.act(license, action, version);
    }
}

/// Whether the shop's date lies a day or more beyond what was given.
fn is_due(license: &License, next: Timestamp) -> bool {
    match license.given.renewed_through {
        Some(through) => next.since(through) >= SAME_DATE,
        None => end_of(license).is_some_and(|end| next.since(end) > SAME_DATE),
    }
}

/// Follows a date that an edit at the shop moved, where the rules follow dates, or within a trial.
pub fn follow(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    record: &SubscriptionRecord,
    version: Timestamp,
) {
    let rules = draft.question.rules;
    let Some(paid) = paid::through_for(record, rules, &license.product_path) else {
        return;
    };
    let by_date = match rules.renewal() {
        Renewal::Renew => paid.is_trial,
        Renewal::PaidThrough | Renewal::RenewThenDate => true,
    };
    let is_concerned = by_date
        && !draft.is_marked_as_test()
        && !paid::is_over(record, rules)
        && ending::follows_subscription(draft, &license.identity.slot, attributes)
        && beginning(license, rules) == Beginning::Begun;
    if is_concerned && license.given.renewed_through != Some(paid.next) {
        let action = Action::SetTerm {
            end: Some(paid::end(record, paid, rules, attributes)),
            through: Some(paid.next),
            beside: paid::beside(record, paid, rules, attributes),
        };
        draft.act(license, action, version);
    }
}

/// Moves the end back by a period whose money went back.
pub fn take_back(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    record: &SubscriptionRecord,
    version: Timestamp,
) {
    let rules = draft.question.rules;
    let Some(paid) = paid::through_for(record, rules, &license.product_path) else {
        return;
    };
    let gave_more = license
        .given
        .renewed_through
        .is_some_and(|through| through.since(paid.next) >= SAME_DATE);
    if gave_more
        && beginning(license, rules) == Beginning::Begun
        && ending::follows_subscription(draft, &license.identity.slot, attributes)
    {
        let action = Action::SetTerm {
            end: Some(paid::end(record, paid, rules, attributes)),
            through: Some(paid.next),
            beside: paid::beside(record, paid, rules, attributes),
        };
        draft.act(license, action, version);
    }
}

/// Where the shop sets no dates, each charge gives one period, once.
fn renew_each_charge(
    draft: &mut Draft<'_>,
    license: &License,
    record: &SubscriptionRecord,
    version: Timestamp,
) -> Reason {
    if beginning(license, draft.question.rules) == Beginning::Never {
        return Reason::new(ReasonCode::NothingToRenew);
    }
    for (order, charge) in &record.charges {
        if !charge.is_returned_for(&license.product_path)
            && !license.given.renewed_for.contains(order)
        {
            let action = Action::Renew {
                through: None,
                charge: Some(order.clone()),
            };
            draft.act(license, action, version);
        }
    }
    Reason::new(ReasonCode::AlreadyApplied)
}

/// Where the subscription pays for updates, a charge moves their end only.
fn maintain(
    draft: &mut Draft<'_>,
    license: &License,
    record: &SubscriptionRecord,
    version: Timestamp,
) -> Reason {
    let rules = draft.question.rules;
    if let Some(paid) = paid::through_for(record, rules, &license.product_path)
        && license.given.renewed_through < Some(paid.next)
    {
        let action = Action::SetMaintenance {
            end: Some(paid.next),
            through: Some(paid.next),
            newest_version: None,
        };
        draft.act(license, action, version);
    }
    Reason::new(ReasonCode::AlreadyApplied)
}

/// Whether a license's term has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// It has an end.
    Begun,
    /// It begins when the license is first activated.
    Later,
    /// It never ends.
    Never,
}

fn beginning(license: &License, rules: &Rules) -> Beginning {
    // Without periods an end begins with the first date that the shop names, whatever a template gave until then.
    let is_named_later = !rules.abilities.has_periods
        && !license.is_adopted
        && license.given.end.is_none()
        && license.given.term_version.is_none();
    match &license.shown {
        _ if is_named_later => Beginning::Begun,
        Some(shown) if shown.is_perpetual => Beginning::Never,
        Some(shown) if shown.expires_at.is_none() => Beginning::Later,
        Some(_) => Beginning::Begun,
        None if license.given.end.is_some() => Beginning::Begun,
        None => Beginning::Later,
    }
}

fn end_of(license: &License) -> Option<Timestamp> {
    let shown = license.shown.as_ref().and_then(|shown| shown.expires_at);
    shown.or(license.given.end)
}
