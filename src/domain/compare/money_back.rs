//! Whether the money for a slot went back, by refund or chargeback, as far as the rules count it.

use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::slots;
use crate::domain::license::Root;
use crate::domain::policy::PartialRefund;
use crate::domain::record::{OrderKind, OrderRecord};
use crate::domain::refund::{self, Refunded};
use crate::domain::time::Timestamp;

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
    (is_all_returned && slots::is_successor(draft, root, slot)).then_some(index)
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
