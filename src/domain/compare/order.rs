//! A completed order: each line's licenses, once.

use jiff::SignedDuration;

use crate::domain::compare::draft::Draft;
use crate::domain::compare::{due, existence, slots, wanted};
use crate::domain::fact::OrderSnapshot;
use crate::domain::license::Root;
use crate::domain::plan::LineState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::OrderKind;

/// How long after a store was switched over older orders are looked up before anything is made.
const TAKEOVER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Makes what the lines ask for; a line that must wait holds up no other.
pub fn completed(draft: &mut Draft<'_>, order: &OrderSnapshot) {
    let version = order.changed.unwrap_or(draft.question.occurred_at);
    let Some(record) = draft.order(&order.id) else {
        return;
    };
    if let OrderKind::Charge { .. } = record.kind {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::NothingToDo));
        return;
    }
    let mut wanted = wanted::of_order(draft.question.records, &order.id, record);
    for wanted in &mut wanted {
        slots::settle(draft, wanted, &[]);
    }
    if is_before_takeover(draft, order) && !were_looked_up(draft, &wanted) {
        return;
    }
    for wanted in &wanted {
        existence::provide(draft, wanted, version);
        if let Root::Subscription(id) = &wanted.root {
            due::remember(draft, id);
        }
    }
    if wanted.is_empty() {
        let reason = Reason::new(ReasonCode::NoLicensedProduct);
        draft.settle(LineState::Ignored, reason);
    }
}

/// Whether the license server may hold licenses of this order that another system made.
fn is_before_takeover(draft: &Draft<'_>, order: &OrderSnapshot) -> bool {
    let question = draft.question;
    question.rules.takeover_at.is_some_and(|takeover| {
        let ordered_at = order.changed.unwrap_or(question.occurred_at);
        ordered_at < takeover && question.now < takeover.plus(TAKEOVER)
    })
}

fn were_looked_up(draft: &mut Draft<'_>, wanted: &[wanted::Wanted<'_>]) -> bool {
    let mut all = true;
    if existence::is_licensed(draft, wanted) {
        for wanted in wanted {
            let is_here = draft.rows(&wanted.root).next().is_some();
            all &= is_here || draft.has_searched(&wanted.root);
        }
    }
    all
}
