//! What a person asked for a license: done as asked, and held against what would take it back at once.

use crate::domain::action::Action;
use crate::domain::compare::consent;
use crate::domain::compare::draft::Draft;
use crate::domain::license::{BesideEnd, Cause, License};
use crate::domain::plan::LineState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::wish::{Wish, Wished};

/// Does what was asked; a license that is gone meanwhile is left alone.
pub fn wished(draft: &mut Draft<'_>, wished: &Wished) {
    let licenses = draft.live(&wished.root);
    let mut found = licenses.into_iter();
    let Some(license) = found.find(|license| license.id == wished.license) else {
        draft.settle(LineState::Ignored, Reason::new(ReasonCode::Stale));
        return;
    };
    let mark = draft.mark();
    let (action, told) = match &wished.wish {
        Wish::MoreDays { until } => {
            let shown = license.shown.as_ref();
            let is_endless = shown.is_some_and(|shown| shown.is_perpetual);
            let until = draft.question.rules.abilities.end(*until);
            let is_given = license.given.end.is_some_and(|end| end >= until);
            let action = Action::SetTerm {
                end: Some(until),
                through: None,
                beside: BesideEnd::default(),
            };
            (
                (!is_endless && !is_given).then_some(action),
                vec![Cause::Overdue],
            )
        }
        Wish::Lift { causes } => {
            let held = causes.iter().copied();
            let held: Vec<Cause> = held
                .filter(|cause| license.given.causes.contains(cause))
                .collect();
            let causes = held.clone();
            (
                (!held.is_empty()).then_some(Action::Reinstate { causes }),
                held,
            )
        }
    };
    if let Some(action) = action {
        act(draft, license, action, &told);
    }
    let reason = Reason::new(ReasonCode::AlreadyApplied);
    draft.line_since(mark, &license.identity.slot, &license.product_path, reason);
}

/// The suspensions that the person has seen, or that they give time against, are answered with no.
fn act(draft: &mut Draft<'_>, license: &License, action: Action, against: &[Cause]) {
    let refuses = against
        .iter()
        .map(|cause| consent::suspension(draft, license, *cause))
        .collect();
    draft.act(license, action, draft.question.occurred_at);
    if let Some(planned) = draft.plan.actions.last_mut() {
        planned.is_wish = true;
        planned.refuses = refuses;
    }
}
