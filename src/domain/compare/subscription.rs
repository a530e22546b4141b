//! News of a subscription: each kind speaks of its own aspects of the licenses.

use crate::domain::compare::draft::Draft;
use crate::domain::compare::subscription_licenses::{
    SubscriptionLicenses, has_order, rows, stop_each,
};
use crate::domain::compare::{
    due, ending, existence, features, paid, plan_change, revival, seats, slots, standing, term,
};
use crate::domain::fact::{DueDate, ShopState, SubscriptionNews, SubscriptionSnapshot};
use crate::domain::license::{Cause, License, Root};
use crate::domain::plan::LineState;
use crate::domain::policy::{Overdue, PauseRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::Timestamp;

/// One subscription's news.
pub fn news(draft: &mut Draft<'_>, news: SubscriptionNews, snapshot: &SubscriptionSnapshot) {
    let version = snapshot.changed.unwrap_or(draft.question.occurred_at);
    match news {
        SubscriptionNews::Activated => activated(draft, &snapshot.id, version),
        SubscriptionNews::Updated if snapshot.state == Some(ShopState::Deactivated) => {
            ended(draft, &snapshot.id, version);
        }
        SubscriptionNews::Updated => updated(draft, &snapshot.id, version),
        SubscriptionNews::Canceled => {
            draft.notice("that a subscription will end; it is paid for until then");
        }
        SubscriptionNews::Uncanceled => uncanceled(draft, &snapshot.id, version),
        SubscriptionNews::Paused => paused(draft, &snapshot.id, version),
        SubscriptionNews::Resumed => resumed(draft, &snapshot.id, version),
        SubscriptionNews::Overdue => overdue(draft, &snapshot.id, version),
        SubscriptionNews::Ended => ended(draft, &snapshot.id, version),
    }
}

fn activated(draft: &mut Draft<'_>, id: &SubscriptionId, version: Timestamp) {
    let root = Root::Subscription(id.clone());
    let is_known = draft.rows(&root).next().is_some();
    if is_known || has_order(draft, id) {
        // The order came first and did not know the dates yet.
        for license in draft.live(&root) {
            let Some(record) = draft.subscription(id) else {
                continue;
            };
            let is_fresh = license.given.term_version.is_none();
            let rules = draft.question.rules;
            let is_in_trial = paid::through(record, rules).is_some_and(|paid| paid.is_trial);
            if !license.is_adopted && (is_fresh || is_in_trial) {
                let attributes = draft.attributes_of(license);
                term::renew(draft, license, &attributes, record, version);
            }
        }
        due::remember(draft, id);
        if draft.plan.actions.is_empty() {
            draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
        }
        return;
    }
    let wanted = slots::wanted(draft, id);
    if !wanted.is_empty() && !existence::is_licensed(draft, &wanted) {
        let reason = Reason::new(ReasonCode::NoLicensedProduct);
        draft.settle(LineState::Ignored, reason);
        return;
    }
    let at = draft.question.now.plus_minutes(due::ORDER_PATIENCE_MINUTES);
    draft.timer(DueDate::OrderMissing(id.clone()), at);
    draft.notice("that a subscription began; its order makes the license");
}

/// Only what had ended before has anything to get back.
fn uncanceled(draft: &mut Draft<'_>, id: &SubscriptionId, version: Timestamp) {
    if draft.subscription(id).is_some_and(revival::runs_again) {
        updated(draft, id, version);
    } else {
        draft.notice("that a subscription goes on after all");
    }
}

/// Brings licenses in line with what the subscription is now.
pub fn updated(draft: &mut Draft<'_>, id: &SubscriptionId, version: Timestamp) {
    let root = Root::Subscription(id.clone());
    let had_ended = |row: &License| row.given.taken_for == Some(Cause::Ended);
    let is_returning = revival::may_return(draft, &root) && draft.rows(&root).any(had_ended);
    if !is_returning && draft.rows(&root).all(|row| row.deleted_at.is_some()) {
        rows(draft, id);
        return;
    }
    let is_stale = draft.subscription(id).is_some_and(|record| {
        let newest = record.quantity.version().max(record.product_path.version());
        newest > Some(version)
    });
    let wanted = slots::wanted(draft, id);
    let mut is_main_licensed = false;
    for (index, wanted) in wanted.iter().enumerate() {
        let mark = draft.mark();
        let before = draft.plan.lines.len();
        let Some(attributes) = existence::provide(draft, wanted, version) else {
            continue;
        };
        is_main_licensed |= index == 0;
        seats::count_units(draft, wanted, &attributes, version);
        for license in draft.live(&root) {
            if license.identity.slot == wanted.slot {
                seats::follow(draft, license, &attributes, wanted.quantity, version);
                features::follow(draft, license, &attributes, version);
                if let Some(record) = draft.subscription(id) {
                    term::follow(draft, license, &attributes, record, version);
                }
                revival::give_back(draft, license, &attributes, id, version);
                plan_change::follow(draft, license, wanted, &attributes, version);
            }
        }
        let is_parked = draft
            .plan
            .lines
            .last()
            .is_some_and(|line| line.state == LineState::Parked);
        if !is_parked {
            draft.plan.lines.truncate(before);
            let code = if is_stale {
                ReasonCode::Stale
            } else {
                ReasonCode::NothingToDo
            };
            draft.line_since(mark, &wanted.slot, &wanted.product_path, Reason::new(code));
        }
    }
    if is_main_licensed {
        plan_change::replace(draft, id, &wanted, version);
    }
}

fn paused(draft: &mut Draft<'_>, id: &SubscriptionId, version: Timestamp) {
    if draft.question.rules.policy.pause == PauseRule::Ignore {
        draft.notice("that a subscription pauses");
        return;
    }
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    let from = draft
        .subscription(id)
        .and_then(|record| record.paused_from());
    let now = draft.question.now;
    match from {
        Some(from) if from > now => {
            draft.timer(DueDate::PauseBegins(id.clone()), from);
            let reason = Reason::new(ReasonCode::NotDueYet).with("date", from.long_day());
            draft.settle(LineState::Ignored, reason);
        }
        Some(_) => stop_each(
            draft,
            &licenses,
            Cause::Pause,
            version,
            ReasonCode::NothingToDo,
        ),
        None => draft.settle(LineState::Ignored, Reason::new(ReasonCode::Stale)),
    }
}

fn resumed(draft: &mut Draft<'_>, id: &SubscriptionId, version: Timestamp) {
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    for license in licenses {
        let mark = draft.mark();
        let attributes = draft.attributes_of(license);
        standing::lift(draft, license, &attributes, &[Cause::Pause], version);
        let reason = Reason::new(ReasonCode::NothingToDo);
        draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
    }
}

/// Access when a payment is overdue, as the rules have it.
pub fn overdue(draft: &mut Draft<'_>, id: &SubscriptionId, version: Timestamp) {
    match draft.question.rules.policy.overdue {
        Overdue::Ignore => draft.notice("that payment is overdue"),
        Overdue::SuspendAfterGrace => {
            if let SubscriptionLicenses::Live(_) = rows(draft, id) {
                due::start_grace(draft, id);
            }
        }
        Overdue::Suspend => {
            let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
                return;
            };
            let is_overdue = draft
                .subscription(id)
                .is_some_and(|record| record.is_overdue());
            let code = if is_overdue {
                ReasonCode::NothingToDo
            } else {
                ReasonCode::Stale
            };
            stop_each(draft, &licenses, Cause::Overdue, version, code);
        }
    }
}

/// What the end of a subscription takes away.
pub fn ended(draft: &mut Draft<'_>, id: &SubscriptionId, version: Timestamp) {
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    let rule = draft.question.rules.policy.deactivation;
    let Some(at) = draft.subscription(id).and_then(|record| record.ended()) else {
        // It runs again since.
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::Stale));
        return;
    };
    let ending = (Cause::Ended, ending::of_rule(rule, at));
    for license in licenses {
        let mark = draft.mark();
        let attributes = draft.attributes_of(license);
        if ending::follows_subscription(draft, &license.identity.slot, &attributes) {
            ending::end(draft, license, &attributes, ending, version);
        }
        let reason = Reason::new(ReasonCode::NothingToDo);
        draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
    }
}
