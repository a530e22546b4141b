//! What an ending took away is given back when the subscription runs again, or asks for the same thing again.

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::{ending, term};
use crate::domain::license::{Cause, License, Root};
use crate::domain::record::SubscriptionRecord;
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::Timestamp;

/// Whether a subscription that had ended runs again.
pub fn runs_again(record: &SubscriptionRecord) -> bool {
    !record.endings.is_empty() && record.ended().is_none()
}

/// Whether an ended subscription's licenses may be made anew: it runs again, and its end had taken them.
pub fn may_return(draft: &Draft<'_>, root: &Root) -> bool {
    match root {
        Root::Subscription(id) => draft.subscription(id).is_some_and(runs_again),
        Root::Order(_) | Root::Reference(_) => false,
    }
}

/// Lifts what the end of the subscription or a replacement did to a license that is wanted.
pub fn give_back(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    id: &SubscriptionId,
    version: Timestamp,
) {
    let Some(record) = draft.subscription(id) else {
        return;
    };
    if record.ended().is_some() {
        return;
    }
    let causes: Vec<_> = [Cause::Ended, Cause::Replaced]
        .into_iter()
        .filter(|cause| license.given.causes.contains(cause))
        .collect();
    if !causes.is_empty() {
        draft.act(license, Action::Reinstate { causes }, version);
    }
    let identity = &license.identity;
    let is_ended = !ending::of_slot(draft, &identity.root, &identity.slot, attributes).is_empty();
    if !is_ended && !license.is_adopted {
        term::lengthen(draft, license, attributes, record, version);
    }
}
