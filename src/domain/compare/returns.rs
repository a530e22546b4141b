//! Money that went back: refunds line by line, refunded renewals, chargebacks.

use crate::domain::compare::draft::Draft;
use crate::domain::compare::{ending, features, money_back, slots, term};
use crate::domain::fact::{Chargeback, Return};
use crate::domain::license::{Cause, License, Root};
use crate::domain::plan::LineState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::{OrderKind, OrderRecord};
use crate::domain::refund::{self, Refunded};
use crate::domain::shop_id::{OrderId, SubscriptionId};

/// A return: what was refunded in full ends as the rules say, price adjustments are only noted.
pub fn returned(draft: &mut Draft<'_>, returned: &Return) {
    let Some((id, order)) = order_of(draft, returned.order_id.as_ref()) else {
        return;
    };
    match &order.kind {
        OrderKind::Unknown => of_other_system(draft, id, order, Cause::Refund),
        OrderKind::First => {
            for index in 0..order.lines.len() {
                returned_line(draft, id, order, index);
            }
            ask_which(draft, order);
        }
        OrderKind::Charge { subscriptions } => {
            let is_back = |own: &&SubscriptionId| draft.is_returned(own, id);
            let back: Vec<_> = subscriptions.iter().filter(is_back).collect();
            if back.is_empty() {
                draft.notice("that a part of a renewal was refunded");
            }
            for subscription in back {
                take_back(draft, subscription);
            }
        }
    }
}

/// A chargeback: it names the order only, so all of its licenses are meant.
pub fn charged_back(draft: &mut Draft<'_>, chargeback: &Chargeback) {
    let Some((id, order)) = order_of(draft, chargeback.order_id.as_ref()) else {
        return;
    };
    let roots: Vec<Root> = match &order.kind {
        OrderKind::Unknown => return of_other_system(draft, id, order, Cause::Chargeback),
        OrderKind::First => order.lines.iter().map(|line| line.root.clone()).collect(),
        OrderKind::Charge { subscriptions } => {
            let subscriptions = subscriptions.iter().cloned();
            subscriptions.map(Root::Subscription).collect()
        }
    };
    let licenses: Vec<_> = draft
        .question
        .licenses
        .iter()
        .filter(|license| roots.contains(&license.identity.root))
        .filter(|license| license.deleted_at.is_none() && license.remote_id.is_some())
        .collect();
    for license in &licenses {
        end_for(draft, license, Cause::Chargeback);
    }
    if licenses.is_empty() {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
    }
}

fn returned_line(draft: &mut Draft<'_>, id: &OrderId, order: &OrderRecord, index: usize) {
    let Some(line) = order.lines.get(index) else {
        return;
    };
    if features::is_option(draft, line) {
        let mark = draft.mark();
        features::follow_line(draft, order, line, draft.question.occurred_at);
        let reason = Reason::new(ReasonCode::NothingToDo);
        draft.line_since(mark, &line.slot, &line.product_path, reason);
        return;
    }
    let licenses: Vec<_> = draft
        .live(&line.root)
        .into_iter()
        .filter(|license| license.identity.slot == line.slot)
        .collect();
    let successors = match line.began() {
        Some(_) => slots::successors(draft, &line.root),
        None => Vec::new(),
    };
    if licenses.is_empty() && successors.is_empty() {
        let reason = Reason::new(ReasonCode::NothingToDo).with("order", id);
        draft.line(&line.slot, &line.product_path, LineState::Ignored, reason);
    }
    for license in licenses {
        end_for(draft, license, Cause::Refund);
    }
    let refunded = draft.refunded(id, index);
    for license in successors {
        let attributes = draft.attributes_of(license);
        let identity = &license.identity;
        if money_back::is_refunded(draft, &identity.root, &identity.slot, &attributes) {
            end_for(draft, license, Cause::Refund);
        } else {
            ask(
                draft,
                license,
                (order, refunded),
                ReasonCode::RefundBeforeChange,
            );
        }
    }
}

/// Asks which license ends where the money for one of several went back.
fn ask_which(draft: &mut Draft<'_>, order: &OrderRecord) {
    for unclear in refund::unclear(order) {
        let lines = unclear
            .lines
            .iter()
            .filter_map(|index| order.lines.get(*index));
        for line in lines {
            for license in draft.live(&line.root) {
                if license.identity.slot == line.slot {
                    let refunded = (order, unclear.refunded);
                    ask(draft, license, refunded, ReasonCode::WhichLicense);
                }
            }
        }
    }
}

/// Asks a person whether a license ends for a refund, as the rules end licenses, where so much of one counts as its own.
fn ask(
    draft: &mut Draft<'_>,
    license: &License,
    (order, refunded): (&OrderRecord, Refunded),
    code: ReasonCode,
) {
    let policy = &draft.question.rules.policy;
    let attributes = draft.attributes_of(license);
    let only_full = attributes.suspend_only_on_full_refund;
    let at = order.returned_at().unwrap_or(draft.question.occurred_at);
    let ending = ending::of_refund(policy.refund, at)
        .filter(|_| money_back::counts(order, refunded, policy.partial_refund, only_full));
    let mark = draft.mark();
    if let Some(ending) = ending {
        let version = draft.question.occurred_at;
        let ending = (Cause::Refund, ending);
        ending::end(draft, license, &attributes, ending, version);
        for planned in draft.plan.actions.iter_mut().skip(mark) {
            planned.ask = Some(code);
        }
    }
    let reason = Reason::new(ReasonCode::NothingToDo);
    draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
}

/// An order that was never seen here: its licenses, and those of what it began, are looked up once at the license
/// server. There are none where another system serves what it began; an order of which nothing is known is waited for.
fn of_other_system(draft: &mut Draft<'_>, id: &OrderId, order: &OrderRecord, cause: Cause) {
    let mut licenses = Vec::new();
    let began = order.began.iter().cloned().map(Root::Subscription);
    for root in began.chain([Root::Order(id.clone())]) {
        if draft.rows(&root).next().is_none() && !draft.has_searched(&root) {
            return;
        }
        licenses.extend(draft.live(&root));
    }
    for license in &licenses {
        end_for(draft, license, cause);
    }
    match (licenses.is_empty(), order.began.is_empty()) {
        (false, _) => {}
        (true, true) => waiting(draft),
        (true, false) => {
            let reason = Reason::new(ReasonCode::NothingToDo);
            draft.settle(LineState::Ignored, reason);
        }
    }
}

/// Ends a license for that cause, if record and rules say so.
fn end_for(draft: &mut Draft<'_>, license: &License, cause: Cause) {
    let mark = draft.mark();
    let version = draft.question.occurred_at;
    let identity = &license.identity;
    let attributes = draft.attributes_of(license);
    let endings = ending::of_slot(draft, &identity.root, &identity.slot, &attributes);
    for ending in endings.into_iter().filter(|(why, _)| *why == cause) {
        ending::end(draft, license, &attributes, ending, version);
    }
    let reason = Reason::new(ReasonCode::NothingToDo);
    draft.line_since(mark, &identity.slot, &license.product_path, reason);
}

fn take_back(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let version = draft.question.occurred_at;
    let licenses = draft.live(&Root::Subscription(id.clone()));
    let Some(record) = draft.subscription(id).filter(|_| !licenses.is_empty()) else {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
        return;
    };
    for license in licenses {
        let mark = draft.mark();
        let attributes = draft.attributes_of(license);
        let identity = &license.identity;
        if slots::is_successor(draft, &identity.root, &identity.slot)
            && money_back::is_refunded(draft, &identity.root, &identity.slot, &attributes)
        {
            end_for(draft, license, Cause::Refund);
            continue;
        }
        term::take_back(draft, license, &attributes, record, version);
        let reason = Reason::new(ReasonCode::NothingToDo);
        draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
    }
}

fn order_of<'a, 'b>(
    draft: &mut Draft<'a>,
    id: Option<&'b OrderId>,
) -> Option<(&'b OrderId, &'a OrderRecord)> {
    let Some(id) = id else {
        let reason = Reason::new(ReasonCode::UnsafeWithoutReference);
        draft.settle(LineState::Parked, reason);
        return None;
    };
    let order = draft.order(id);
    if order.is_none() {
        waiting(draft);
    }
    Some((id, order?))
}

fn waiting(draft: &mut Draft<'_>) {
    draft.settle(LineState::Waiting, Reason::new(ReasonCode::WaitingForOrder));
}
