//! Chooses the next action of an event and puts it on record; nothing is sent before this has committed.

use crate::domain::action::Action;
use crate::domain::effect::EffectState;
use crate::domain::id::LicenseId;
use crate::domain::plan::{LineState, Outcome, Plan, Planned};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Mode;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::next::Next;
use crate::pipeline::event::outcome::{EventOutcome, from_plan};
use crate::pipeline::event::state::ProcessingState;
use crate::pipeline::execution::complete::finish;
use crate::pipeline::execution::start::{
    RecordedAction, begin_action, mark_and_start, renew_mark, take_permit,
};
use crate::pipeline::planning::record_plan::{new_effect, position_in, record_plan};
use crate::pipeline::planning::{approvals, progress, read_licenses, scheduled_events};
use crate::pipeline::protocol::Step;
use crate::store::effects;
use crate::store::licenses::{self, LicenseChange};
use crate::store::{Db, StoreError};

/// Plans the event, records the plan, and begins the next action.
#[tracing::instrument(level = "debug", skip_all)]
pub fn plan_next_action(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
) -> Result<Next, StoreError> {
    let next = choose_next(db, context, state)?;
    state.effects.save(db)?;
    Ok(next)
}

fn choose_next(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
) -> Result<Next, StoreError> {
    if let Some(ids) = read_licenses::unstarted(state, context.now) {
        return Ok(Next::ReadLicenses(ids));
    }
    loop {
        let plan = match state.compare(context.now) {
            Outcome::Needs(needs) => return Ok(Next::LookUp(needs)),
            Outcome::Plan(plan) => plan,
        };
        scheduled_events::schedule_all(db, context, &plan.timers)?;
        if context.opened.mode == Mode::Shadow {
            let would = all_of(&plan);
            if !would.is_empty() {
                record_foreign_renewals(db, context, state, &would)?;
                return record_shadow(context, state, &would).map(Next::Finished);
            }
            if plan.state() == LineState::Waiting {
                // Its license would have come of a purchase that was only watched, or comes of another system.
                let waited = "waited for the purchase that this belongs to";
                return Ok(Next::Finished(shadow_outcome(waited)));
            }
        }
        if approvals::load_approvals(db, context, state, &plan)? {
            continue;
        }
        if let Some(ids) = read_licenses::outdated(state, &plan, context.now) {
            return Ok(Next::ReadLicenses(ids));
        }
        record_plan(db, context, state, &plan)?;
        if context.opened.is_waited_for && state.has_proof() && !plan.actions.is_empty() {
            return Ok(Next::Finished(EventOutcome::requeued(context.now)));
        }
        let Some(planned) = state.next(&plan).cloned() else {
            approvals::record_pending(db, context, state, &plan)?;
            let outcome = plan_outcome(context, state, &plan);
            return progress::record_progress(db, context, state, &plan, outcome)
                .map(Next::Finished);
        };
        if let Some(next) = begin_action(db, context, state, planned)? {
            return Ok(with_failures(state, next));
        }
    }
}

/// Continues the action in flight with the next request, or completes it.
pub fn continue_action(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    step: Step,
) -> Result<Next, StoreError> {
    match step {
        Step::Finish(end) => match finish(db, context, state, end)? {
            true => plan_next_action(db, context, state),
            false => Ok(Next::Restart),
        },
        Step::Send(request) => {
            if !renew_mark(db, context, state)? {
                return Ok(Next::Restart);
            }
            let next = take_permit(db, context, state, request)?;
            state.effects.save(db)?;
            Ok(with_failures(state, next))
        }
    }
}

/// The outcome of an event includes all that failed or needs a remark.
fn with_failures(state: &ProcessingState, next: Next) -> Next {
    match next {
        Next::Finished(outcome) => Next::Finished(state.combine_outcomes(outcome)),
        next => next,
    }
}

fn plan_outcome(context: &EventContext, state: &ProcessingState, plan: &Plan) -> EventOutcome {
    let gives_up_at = context
        .opened
        .event
        .received_at
        .plus(context.options.wait_limit);
    let has_effects = state
        .effects
        .iter()
        .any(|effect| effect.state == EffectState::Done);
    let mut outcome = from_plan(plan, has_effects, gives_up_at, context.now);
    // What was done before was done when the licenses were last written.
    let last = state.licenses.iter().map(|loaded| loaded.updated_at).max();
    if let (Some(reason), Some(last)) = (&mut outcome.reason, last)
        && matches!(reason.code, ReasonCode::AlreadyApplied | ReasonCode::Stale)
    {
        let date = reason.details.entry("date".to_owned());
        date.or_insert_with(|| last.long_day());
    }
    state.combine_outcomes(outcome)
}

/// What would be done, what waits for a yes included.
fn all_of(plan: &Plan) -> Vec<Planned> {
    plan.actions.iter().chain(&plan.held).cloned().collect()
}

/// Watch only: what would be done is recorded, and nothing else happens.
fn record_shadow(
    context: &EventContext,
    state: &mut ProcessingState,
    would: &[Planned],
) -> Result<EventOutcome, StoreError> {
    if state.effects.is_empty() {
        let mut effects = Vec::new();
        for planned in would {
            let position = position_in(&effects);
            let license = planned
                .license_id
                .unwrap_or(LicenseId::from_uuid(uuid::Uuid::nil()));
            effects.push(new_effect(context, planned, license, position)?);
        }
        state.effects.add(effects);
    }
    let what = would
        .first()
        .map(|planned| planned.summary.clone())
        .unwrap_or_default();
    Ok(shadow_outcome(&what))
}

/// Whoever serves the store while it is only watched gives the periods of these charges; they are not given again
/// later.
fn record_foreign_renewals(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    would: &[Planned],
) -> Result<(), StoreError> {
    for planned in would {
        let Action::Renew {
            charge: Some(charge),
            ..
        } = &planned.action
        else {
            continue;
        };
        let mut licenses = state.licenses.iter_mut();
        let loaded = licenses.find(|loaded| Some(loaded.license.id) == planned.license_id);
        if let Some(loaded) = loaded {
            loaded.license.given.renewed_for.insert(charge.clone());
            let change = LicenseChange::of(&loaded.license, context.now)?;
            let seen = loaded.updated_at;
            let license = loaded.license.id;
            if licenses::change_at_rest(db, context.opened.tenant, license, &change, seen)? {
                loaded.updated_at = context.now;
            }
        }
    }
    Ok(())
}

fn shadow_outcome(what: &str) -> EventOutcome {
    EventOutcome::ignored(Reason::new(ReasonCode::ShadowMode).with("what", what))
}

/// Resumes an effect whose answer is doubtful: whether it was applied is found out before anything else is asked.
pub fn resume_effect(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    mut effect: effects::Effect,
) -> Result<Next, StoreError> {
    let loaded = state
        .licenses
        .iter()
        .find(|loaded| loaded.license.id == effect.license_id)
        .cloned();
    let planned = serde_json::from_str(&effect.action);
    let (Some(loaded), Ok(planned)) = (loaded, planned) else {
        return Ok(Next::Restart);
    };
    effect.state = EffectState::Sent;
    effect.sent_at = None;
    state.effects.update(db, effect.clone())?;
    let on_record = RecordedAction {
        effect,
        planned,
        loaded,
    };
    let begun = mark_and_start(db, context, state, on_record)?;
    state.effects.save(db)?;
    match begun {
        Some(Next::Send(request)) => Ok(Next::Send(request)),
        Some(_) => Ok(Next::Restart),
        None => plan_next_action(db, context, state),
    }
}
