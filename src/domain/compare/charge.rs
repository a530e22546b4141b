//! Money for a running subscription: the next period, and the end of a suspension for payment.

use crate::domain::compare::draft::Draft;
use crate::domain::compare::subscription_licenses::{SubscriptionLicenses, rows};
use crate::domain::compare::{due, revival, standing, subscription, term};
use crate::domain::fact::Charge;
use crate::domain::license::{License, Root};
use crate::domain::plan::LineState;
use crate::domain::policy::Overdue;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::SubscriptionRecord;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;

/// A successful charge; one that does not name its subscription is never acted on.
pub fn charged(draft: &mut Draft<'_>, charge: &Charge) {
    let Some(id) = &charge.subscription_id else {
        let reason = Reason::new(ReasonCode::UnsafeWithoutReference);
        draft.settle(LineState::Parked, reason);
        return;
    };
    let Some(snapshot) = &charge.subscription else {
        bare(draft);
        return;
    };
    let charged_at = charge.charged_at.unwrap_or(draft.question.occurred_at);
    let version = snapshot.changed.unwrap_or(charged_at);
    one(draft, id, charge.order_id.as_ref(), version);
}

/// A charge that carries no date and that nobody could ask the shop about, however well its subscription is known.
pub fn bare(draft: &mut Draft<'_>) {
    draft.settle(LineState::Parked, Reason::new(ReasonCode::ExpansionOff));
}

/// One subscription's licenses after a charge. What its end took away comes first, where it was paid for after all.
pub fn one(
    draft: &mut Draft<'_>,
    id: &SubscriptionId,
    order: Option<&OrderId>,
    version: Timestamp,
) {
    if draft.subscription(id).is_some_and(revival::runs_again) {
        let (mark, lines) = (draft.mark(), draft.plan.lines.len());
        subscription::updated(draft, id, version);
        if draft.mark() > mark {
            return;
        }
        draft.plan.lines.truncate(lines);
    }
    let SubscriptionLicenses::Live(licenses) = rows(draft, id) else {
        return;
    };
    let Some(record) = draft.subscription(id) else {
        return;
    };
    for license in licenses {
        let mark = draft.mark();
        let attributes = draft.attributes_of(license);
        let mut reason = term::renew(draft, license, &attributes, record, version);
        if reason.code == ReasonCode::AlreadyApplied {
            reason = why_nothing(license, record, order);
        }
        standing::lift_for_payment(draft, license, &attributes, version);
        let slot = &license.identity.slot;
        draft.line_since(mark, slot, &license.product_path, reason);
    }
    due::remember(draft, id);
}

/// Why a charge gives no further time: it moved no date, it was carried out before, or newer news was.
fn why_nothing(license: &License, record: &SubscriptionRecord, order: Option<&OrderId>) -> Reason {
    let through = order
        .and_then(|order| record.charges.get(order))
        .and_then(|charge| charge.through);
    let Some(through) = through else {
        return Reason::new(ReasonCode::AlreadyApplied);
    };
    if license
        .given
        .renewed_through
        .is_some_and(|given| through < given)
    {
        return Reason::new(ReasonCode::Stale);
    }
    let is_first_period = record.first.is_some_and(|first| through <= first.next);
    let is_shared = record
        .charges
        .iter()
        .any(|(other, charge)| Some(other) != order && charge.through == Some(through));
    if is_first_period || is_shared {
        Reason::new(ReasonCode::ProrationNoRenewal)
    } else {
        Reason::new(ReasonCode::AlreadyApplied)
    }
}

/// A failed charge starts the clock of the extra time, where the rules have one; else nothing hangs on it.
pub fn failed(draft: &mut Draft<'_>, charge: &Charge) {
    let rule = draft.question.rules.policy.overdue;
    match (&charge.subscription_id, rule) {
        (Some(id), Overdue::SuspendAfterGrace)
            if !draft.live(&Root::Subscription(id.clone())).is_empty() =>
        {
            due::start_grace(draft, id);
        }
        _ => draft.notice("that a charge failed"),
    }
}
