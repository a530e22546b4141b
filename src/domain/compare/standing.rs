//! Suspended or not: the causes that hold by the record, and the difference to those we acted on.

use std::collections::BTreeSet;

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::{ending, paid, plan_change};
use crate::domain::license::{Cause, License, Root};
use crate::domain::policy::{ChargebackRule, PartialRefund, PauseRule, PaymentReceived, Refund};
use crate::domain::record::{OrderKind, OrderRecord};
use crate::domain::refund::{self, Refunded};
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
    if paid::is_stopped_for_payment(record, policy, attributes, now) {
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

/// Whether the purchase of that slot was refunded, as far as the rules count it.
pub fn is_refunded(draft: &Draft<'_>, root: &Root, slot: &str, attributes: &Attributes) -> bool {
    refunding_order(draft, root, slot, attributes).is_some()
}

/// When the money for that slot went back; `None` while it has not, as far as the rules count it.
pub fn refunded_at(
    draft: &Draft<'_>,
    root: &Root,
    slot: &str,
    attributes: &Attributes,
) -> Option<Timestamp> {
    let order = refunding_order(draft, root, slot, attributes)?;
    Some(order.returned_at().unwrap_or(draft.question.occurred_at))
}

fn refunding_order<'a>(
    draft: &Draft<'a>,
    root: &Root,
    slot: &str,
    attributes: &Attributes,
) -> Option<&'a OrderRecord> {
    let rule = draft.question.rules.policy.partial_refund;
    let only_full = attributes.suspend_only_on_full_refund;
    let mut orders = draft.question.records.orders.iter();
    let found = orders.find(|(id, order)| match order.kind {
        OrderKind::First => {
            let mut lines = order.lines.iter();
            let index = lines
                .position(|line| line.root == *root && line.slot == slot)
                .or_else(|| of_plan_before(draft, order, root, slot));
            index.is_some_and(|index| counts(order, draft.refunded(id, index), rule, only_full))
        }
        // Another system's order: the slots of its licenses are named after the products that they give.
        OrderKind::Unknown => {
            let is_own = match root {
                Root::Order(own) => own == *id,
                Root::Subscription(own) => order.began.contains(own),
                Root::Reference(_) => false,
            };
            is_own && counts(order, refund::of_product(order, slot), rule, only_full)
        }
        OrderKind::Charge { .. } => false,
    });
    found.map(|(_, order)| order)
}

/// The line of the plan that a subscription began with, where a license of another slot took its place and all that was
/// paid for either went back.
fn of_plan_before(
    draft: &Draft<'_>,
    order: &OrderRecord,
    root: &Root,
    slot: &str,
) -> Option<usize> {
    let Root::Subscription(id) = root else {
        return None;
    };
    let is_all_returned = draft.subscription(id)?.is_all_returned();
    let index = order
        .lines
        .iter()
        .position(|line| line.began() == Some(id))?;
    (is_all_returned && plan_change::is_successor(draft, root, slot)).then_some(index)
}

/// Whether so much of a line counts as its refund.
pub fn counts(order: &OrderRecord, line: Refunded, rule: PartialRefund, only_full: bool) -> bool {
    if only_full {
        return line == Refunded::Full;
    }
    match rule {
        PartialRefund::FullLines => line == Refunded::Full,
        PartialRefund::Lines => line >= Refunded::Part,
        PartialRefund::Order => refund::of_order(order) >= Refunded::Part,
        PartialRefund::Ignore => refund::of_order(order) == Refunded::Full,
    }
}

/// Whether the bank took back any money of that purchase.
pub fn is_charged_back(draft: &Draft<'_>, root: &Root) -> bool {
    match root {
        Root::Subscription(id) => draft
            .subscription(id)
            .is_some_and(|record| !record.charged_back_orders.is_empty()),
        Root::Order(id) => draft.order(id).is_some_and(|order| order.is_charged_back),
        Root::Reference(_) => false,
    }
}
