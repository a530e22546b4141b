//! The licenses of a subscription, and what becomes of news that finds none.

use crate::domain::compare::draft::Draft;
use crate::domain::compare::{existence, slots, standing};
use crate::domain::license::{Cause, License, Root};
use crate::domain::plan::LineState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::Timestamp;

/// The licenses of a subscription.
pub enum SubscriptionLicenses<'a> {
    /// There are some to act on.
    Live(Vec<&'a License>),
    /// There are none; the plan says why, or asks.
    None,
}

/// The licenses of a subscription; where there are none, settles what becomes of the event.
pub fn rows<'a>(draft: &mut Draft<'a>, id: &SubscriptionId) -> SubscriptionLicenses<'a> {
    let root = Root::Subscription(id.clone());
    let live = draft.live(&root);
    if !live.is_empty() {
        return SubscriptionLicenses::Live(live);
    }
    if is_never_licensed(draft, id) {
        let reason = Reason::new(ReasonCode::NoLicensedProduct);
        draft.settle(LineState::Ignored, reason);
        return SubscriptionLicenses::None;
    }
    let mut all = draft.rows(&root).peekable();
    if all.peek().is_none() {
        if draft.has_searched(&root) {
            settle_absent(draft, id);
        }
    } else if all.any(|row| row.deleted_at.is_none()) {
        // On record, but not made yet: making it will take this into account.
        draft.settle(LineState::Waiting, Reason::new(ReasonCode::WaitingForOrder));
    } else if draft.rows(&root).all(|row| row.given.taken_for.is_some()) {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
    } else {
        let reason = Reason::new(ReasonCode::LicenseNotFound).with("purchase", "subscription");
        draft.settle(LineState::Parked, reason);
    }
    SubscriptionLicenses::None
}

/// Whether nothing that it asks for, or at least nothing that it is known to be for, gives a license.
fn is_never_licensed(draft: &Draft<'_>, id: &SubscriptionId) -> bool {
    let wanted = slots::wanted(draft, id);
    if !wanted.is_empty() {
        return !existence::is_licensed(draft, &wanted);
    }
    let named = draft
        .subscription(id)
        .and_then(|record| record.named_path.get());
    named.is_some_and(|path| !existence::may_be_licensed(draft, path, None))
}

/// No license and none found: the order is still to come, or has decided that there shall be none.
fn settle_absent(draft: &mut Draft<'_>, id: &SubscriptionId) {
    let record = draft.subscription(id);
    let has_ended = record.is_some_and(|record| record.ended().is_some());
    if has_ended && has_order(draft, id) {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
    } else {
        draft.settle(LineState::Waiting, Reason::new(ReasonCode::WaitingForOrder));
    }
}

/// Whether the order that began it is here.
pub fn has_order(draft: &Draft<'_>, id: &SubscriptionId) -> bool {
    let mut lines = draft
        .question
        .records
        .orders
        .values()
        .flat_map(|order| &order.lines);
    lines.any(|line| line.began() == Some(id))
}

/// Suspends each license for a cause that holds.
pub fn stop_each(
    draft: &mut Draft<'_>,
    licenses: &[&License],
    cause: Cause,
    version: Timestamp,
    otherwise: ReasonCode,
) {
    for license in licenses {
        let mark = draft.mark();
        let attributes = draft.attributes_of(license);
        standing::stop(draft, license, &attributes, cause, version);
        let reason = Reason::new(otherwise);
        draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
    }
}
