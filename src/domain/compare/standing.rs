//! Suspended or not: the causes that hold by the record, and the difference to those we acted on.

use std::collections::BTreeSet;

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::money_back::{is_charged_back, is_refunded};
use crate::domain::compare::{ending, paid};
use crate::domain::license::{Cause, License, Root};
use crate::domain::policy::{ChargebackRule, PauseRule, PaymentReceived, Refund};
use crate::domain::time::Timestamp;

/// The causes for which a license of that slot is suspended now, by record and rules.
pub fn causes(
    draft: &Draft<'_>,
    root: &Root,
    slot: &str,
    attributes: &Attributes,
) -> BTreeSet<Cause> {
    let policy = &draft.question.rules.policy;
    let now = draft.question.now;
    let mut causes = BTreeSet::new();
    if policy.refund == Refund::Suspend && is_refunded(draft, root, slot, attributes) {
        causes.insert(Cause::Refund);
    }
    if policy.chargeback == ChargebackRule::Suspend && is_charged_back(draft, root) {
        causes.insert(Cause::Chargeback);
    }
    let Root::Subscription(id) = root else {
        return causes;
    };
    let Some(record) = draft.subscription(id) else {
        return causes;
    };
    if !ending::follows_subscription(draft, slot, attributes) {
        return causes;
    }
    if paid::is_stopped_for_payment(record, draft.question.rules, attributes, now) {
        causes.insert(Cause::Overdue);
    }
    if policy.pause == PauseRule::Suspend && record.is_paused(now) {
        causes.insert(Cause::Pause);
    }
    if record.ended().is_some() && ending::suspends(policy.deactivation) {
        causes.insert(Cause::Ended);
    }
    causes
}

/// Suspends for a cause that holds and that we have not acted on yet.
pub fn stop(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    cause: Cause,
    version: Timestamp,
) {
    let identity = &license.identity;
    let holds = causes(draft, &identity.root, &identity.slot, attributes).contains(&cause);
    if holds && !license.given.causes.contains(&cause) {
        draft.act(license, Action::Suspend { cause }, version);
    }
}

/// Lifts our own suspensions for these causes where they no longer hold.
pub fn lift(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    liftable: &[Cause],
    version: Timestamp,
) {
    let identity = &license.identity;
    let holding = causes(draft, &identity.root, &identity.slot, attributes);
    let causes: Vec<_> = liftable
        .iter()
        .copied()
        .filter(|cause| license.given.causes.contains(cause) && !holding.contains(cause))
        .collect();
    if !causes.is_empty() {
        draft.act(license, Action::Reinstate { causes }, version);
    }
}

/// What a payment lifts, if the rules let it lift anything.
pub fn lift_for_payment(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    version: Timestamp,
) {
    match draft.question.rules.policy.payment_received {
        PaymentReceived::Reinstate => {
            let liftable = [Cause::Overdue, Cause::Pause];
            lift(draft, license, attributes, &liftable, version);
        }
        PaymentReceived::Ignore => {}
    }
}
