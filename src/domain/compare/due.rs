//! Dates of our own: set when something must be looked at later, and what is done when they come.

use crate::domain::action::Action;
use crate::domain::compare::dates::{self, Step};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::subscription_licenses::{
    SubscriptionLicenses, has_order, rows, stop_each,
};
use crate::domain::compare::{ending, existence, keys, paid, slots};
use crate::domain::fact::DueDate;
use crate::domain::license::{Cause, Root};
use crate::domain::plan::LineState;
use crate::domain::policy::{Deactivation, Overdue, PauseRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::shop_id::SubscriptionId;

/// How long the order of a new subscription may take.
pub const ORDER_PATIENCE_MINUTES: i64 = 15;

/// A date has come; one that finds things changed meanwhile does nothing.
pub fn came(draft: &mut Draft<'_>, due: &DueDate) {
    match due {
        DueDate::OrderMissing(id) => order_missing(draft, id),
        DueDate::GraceOver(id) => start_grace(draft, id),
        DueDate::PauseBegins(id) => pause_begins(draft, id),
        DueDate::DeletionDue(id) => deletion_due(draft, id),
        DueDate::DatesFollowed(id) => follow_dates(draft, id),
        DueDate::KeysWithoutOrder(id) => keys::without_order(draft, *id),
    }
}

/// Suspends when the extra time after a missed payment is over, or looks again when it will be.
pub fn start_grace(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    let question = draft.question;
    let Some(record) = draft.subscription(id) else {
        return;
    };
    let mut pending = None;
    for license in &licenses {
        let attributes = draft.attributes_of(license);
        let over = paid::grace_over(record, draft.question.rules, &attributes);
        pending = pending.max(over.filter(|over| *over > question.now));
    }
    let is_missed = record.has_missed_payment();
    match pending {
        Some(at) if is_missed => {
            draft.timer(DueDate::GraceOver(id.clone()), at);
            let reason = Reason::new(ReasonCode::NotDueYet).with("date", at.long_day());
            draft.settle(LineState::Ignored, reason);
        }
        _ => {
            let version = question.occurred_at;
            let code = if is_missed {
                ReasonCode::NothingToDo
            } else {
                ReasonCode::Stale
            };
            stop_each(draft, &licenses, Cause::Overdue, version, code);
        }
    }
}

/// Looks again at what was announced before its date could be known or its licenses were made.
pub fn remember(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let Some(record) = draft.subscription(id) else {
        return;
    };
    let policy = &draft.question.rules.policy;
    if let Some(from) = record.paused_from()
        && from > draft.question.now
        && policy.pause == PauseRule::Suspend
    {
        draft.timer(DueDate::PauseBegins(id.clone()), from);
    }
    if policy.overdue != Overdue::SuspendAfterGrace || !record.has_missed_payment() {
        return;
    }
    for license in draft.live(&Root::Subscription(id.clone())) {
        let attributes = draft.attributes_of(license);
        let over = paid::grace_over(record, draft.question.rules, &attributes);
        if let Some(over) = over.filter(|_| !license.given.causes.contains(&Cause::Overdue)) {
            draft.timer(DueDate::GraceOver(id.clone()), over);
        }
    }
}

fn order_missing(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let root = Root::Subscription(id.clone());
    let is_served = draft.rows(&root).next().is_some() || has_order(draft, id);
    let wanted = slots::wanted(draft, id);
    if is_served || wanted.is_empty() {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
        return;
    }
    if existence::is_licensed(draft, &wanted) && !draft.has_searched(&root) {
        return;
    }
    let version = draft.question.occurred_at;
    for wanted in &wanted {
        existence::provide(draft, wanted, version);
    }
    remember(draft, id);
}

fn pause_begins(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    let version = draft.question.occurred_at;
    let code = ReasonCode::NothingToDo;
    stop_each(draft, &licenses, Cause::Pause, version, code);
}

/// Sets ends to the shop's date where that lengthens them; no end is moved back.
fn follow_dates(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    let question = draft.question;
    let Some(record) = draft.subscription(id) else {
        return;
    };
    for license in licenses {
        let mark = draft.mark();
        if let Step::Lengthen(_) = dates::step(license, record, question.rules)
            && let Some((end, paid)) = dates::target(license, record, question.rules)
        {
            let attributes = draft.attributes_of(license);
            let action = Action::SetTerm {
                end: Some(end),
                through: Some(paid.next),
                beside: paid::beside(record, paid, question.rules, &attributes),
            };
            draft.act(license, action, question.occurred_at);
        }
        let reason = Reason::new(ReasonCode::NothingToDo);
        draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
    }
}

fn deletion_due(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    let question = draft.question;
    let is_due = question.rules.policy.deactivation == Deactivation::DeleteLater
        && draft
            .subscription(id)
            .and_then(|record| record.ended())
            .is_some_and(|ended| ended.plus(ending::DELETION_DELAY) <= question.now);
    for license in licenses {
        let mark = draft.mark();
        let ended = [Cause::Ended, Cause::Replaced];
        let cause = ended
            .into_iter()
            .find(|cause| license.given.causes.contains(cause));
        if let Some(cause) = cause.filter(|_| is_due) {
            draft.act(license, Action::Delete { cause }, question.occurred_at);
        }
        let reason = Reason::new(ReasonCode::NothingToDo);
        draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
    }
}
