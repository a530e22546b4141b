//! Endings that wait for a person's yes.

use crate::domain::action::Action;
use crate::domain::compare::draft::Draft;
use crate::domain::plan::{LineState, Planned};
use crate::domain::policy::Endings;
use crate::domain::reason::{Reason, ReasonCode};

/// Holds back whatever takes access away, where the vendor wants to be asked and has not said yes.
pub fn hold(draft: &mut Draft<'_>) {
    let question = draft.question;
    if question.rules.policy.endings == Endings::Auto || question.is_approved {
        return;
    }
    let actions = std::mem::take(&mut draft.plan.actions);
    let (held, kept) = actions
        .into_iter()
        .partition(|planned| takes_away(draft, planned));
    draft.plan.actions = kept;
    draft.plan.held = held;
    let held: Vec<_> = draft
        .plan
        .held
        .iter()
        .map(|planned| planned.license.slot.clone())
        .collect();
    for line in &mut draft.plan.lines {
        if line.slot.as_ref().is_some_and(|slot| held.contains(slot)) {
            line.state = LineState::Parked;
            line.reason = Some(Reason::new(ReasonCode::AwaitingConsent));
        }
    }
}

fn takes_away(draft: &Draft<'_>, planned: &Planned) -> bool {
    match &planned.action {
        Action::Suspend { .. }
        | Action::Revoke { .. }
        | Action::Delete { .. }
        | Action::ReleaseMachines => true,
        Action::SetTerm { end: Some(end), .. } => {
            let license = draft
                .question
                .licenses
                .iter()
                .find(|license| Some(license.id) == planned.license_id);
            license.is_some_and(|license| license.given.end.is_none_or(|given| *end < given))
        }
        Action::Issue(_)
        | Action::Renew { .. }
        | Action::SetTerm { end: None, .. }
        | Action::Reinstate { .. }
        | Action::SetSeats { .. }
        | Action::SetEntitlements { .. }
        | Action::SetMaintenance { .. }
        | Action::Assign
        | Action::Annotate { .. } => false,
    }
}
