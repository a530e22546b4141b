//! Keys that a shop asked for: made before the order is known, and looked at when none came.

use jiff::SignedDuration;

use crate::domain::action::Action;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::existence;
use crate::domain::compare::wanted::Wanted;
use crate::domain::fact::{DueDate, KeysRequested};
use crate::domain::id::KeyRequestId;
use crate::domain::license::{Cause, License, Root};
use crate::domain::plan::LineState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::LineRole;

/// How long an order may take after its keys were asked for.
const ORDER_PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Makes the licenses whose keys are in a receipt, and looks later whether the order came.
pub fn requested(draft: &mut Draft<'_>, requested: &KeysRequested) {
    let question = draft.question;
    let Some(request) = question.records.key_requests.get(&requested.id) else {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
        return;
    };
    let wanted = Wanted {
        root: request.root.clone(),
        slot: request.slot.clone(),
        product_path: request.product_path.clone(),
        quantity: requested.quantity.max(1),
        role: match &request.root {
            Root::Subscription(id) => LineRole::Subscription(id.clone()),
            Root::Order(_) | Root::Reference(_) => LineRole::OneTime,
        },
        attributes: None,
        order_id: request.order_id.as_ref(),
    };
    existence::provide(draft, &wanted, question.occurred_at);
    if request.order_id.is_none() {
        let at = question.occurred_at.plus(ORDER_PATIENCE);
        draft.timer(DueDate::KeysWithoutOrder(requested.id), at);
    }
}

/// Suspends keys that were handed out and never paid for; a person is always asked first.
pub fn without_order(draft: &mut Draft<'_>, id: KeyRequestId) {
    let question = draft.question;
    let open = question
        .records
        .key_requests
        .get(&id)
        .filter(|request| request.is_answered && request.order_id.is_none())
        .filter(|request| !is_known(draft, &request.root));
    let licenses: Vec<&License> = open
        .map(|request| {
            let licenses = draft.live(&request.root);
            let of_line = |license: &&License| license.identity.slot == request.slot;
            licenses.into_iter().filter(of_line).collect()
        })
        .unwrap_or_default();
    if licenses.is_empty() {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
        return;
    }
    let (mark, cause) = (draft.mark(), Cause::NoOrder);
    for license in &licenses {
        if !license.given.causes.contains(&cause) {
            draft.act(license, Action::Suspend { cause }, question.occurred_at);
        }
    }
    if let Some(first) = licenses.first() {
        let reason = Reason::new(ReasonCode::NothingToDo);
        draft.line_since(mark, &first.identity.slot, &first.product_path, reason);
    }
}

/// Whether the shop spoke of that subscription: it began, so it was paid for or is a trial.
fn is_known(draft: &Draft<'_>, root: &Root) -> bool {
    match root {
        Root::Subscription(id) => draft.subscription(id).is_some(),
        Root::Order(_) => true,
        Root::Reference(_) => false,
    }
}
