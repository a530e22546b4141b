//! Chooses the next action of an event and puts it on record; nothing is sent before this has committed.

use crate::domain::action::Action;
use crate::domain::effect::EffectState;
use crate::domain::id::LicenseId;
use crate::domain::plan::{LineState, Outcome, Plan, Planned};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Mode;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::next::Next;
use crate::pipeline::event::outcome::{Settlement, of_plan};
use crate::pipeline::event::state::Work;
use crate::pipeline::execution::complete::finish;
use crate::pipeline::execution::start::{OnRecord, begin, mark_again, start, take_permit};
use crate::pipeline::planning::record_plan::{effect, position_in, put_on_record};
use crate::pipeline::planning::{approvals, progress, read_licenses, scheduled_events};
use crate::pipeline::protocol::Step;
use crate::store::effects;
use crate::store::licenses::{self, LicenseChange};
use crate::store::{Db, StoreError};

/// Compares, records what is planned, and begins the next action.
pub fn advance(db: &mut Db, context: &EventContext, work: &mut Work) -> Result<Next, StoreError> {
    let next = go_on(db, context, work)?;
    work.effects.save(db)?;
    Ok(next)
}

fn go_on(db: &mut Db, context: &EventContext, work: &mut Work) -> Result<Next, StoreError> {
    if let Some(ids) = read_licenses::not_begun(work, context.now) {
        return Ok(Next::ReadFirst(ids));
    }
    loop {
        let plan = match work.compare(context.now) {
            Outcome::Needs(needs) => return Ok(Next::LookUp(needs)),
            Outcome::Plan(plan) => plan,
        };
        scheduled_events::note(db, context, &plan.timers)?;
        if context.case.mode == Mode::Shadow {
            let would = all_of(&plan);
            if !would.is_empty() {
                note_renewed_by_others(db, context, work, &would)?;
                return shadow(context, work, &would).map(Next::Finished);
            }
            if plan.state() == LineState::Waiting {
                // Its license would have come of a purchase that was only watched, or comes of another system.
                let waited = "waited for the purchase that this belongs to";
                return Ok(Next::Finished(watched(waited)));
            }
        }
        if approvals::look_up(db, context, work, &plan)? {
            continue;
        }
        if let Some(ids) = read_licenses::unread(work, &plan, context.now) {
            return Ok(Next::ReadFirst(ids));
        }
        put_on_record(db, context, work, &plan)?;
        if context.case.is_waited_for && work.has_proof() && !plan.actions.is_empty() {
            return Ok(Next::Finished(Settlement::in_line(context.now)));
        }
        let Some(planned) = work.next(&plan).cloned() else {
            approvals::keep_for_answer(db, context, work, &plan)?;
            let settlement = settlement(context, work, &plan);
            return progress::leave(db, context, work, (&plan, settlement)).map(Next::Finished);
        };
        if let Some(next) = begin(db, context, work, planned)? {
            return Ok(with_the_rest(work, next));
        }
    }
}

/// Puts the next request of the action under way on record.
pub fn proceed(
    db: &mut Db,
    context: &EventContext,
    work: &mut Work,
    step: Step,
) -> Result<Next, StoreError> {
    match step {
        Step::Finish(end) => match finish(db, context, work, end)? {
            true => advance(db, context, work),
            false => Ok(Next::BeginAnew),
        },
        Step::Send(request) => {
            if !mark_again(db, context, work)? {
                return Ok(Next::BeginAnew);
            }
            let next = take_permit(db, context, work, request)?;
            work.effects.save(db)?;
            Ok(with_the_rest(work, next))
        }
    }
}

/// An event that is left is left by all that failed or needs a word.
fn with_the_rest(work: &Work, next: Next) -> Next {
    match next {
        Next::Finished(settlement) => Next::Finished(work.settlement(settlement)),
        next => next,
    }
}

fn settlement(context: &EventContext, work: &Work, plan: &Plan) -> Settlement {
    let gives_up_at = context
        .case
        .event
        .received_at
        .plus(context.options.wait_limit);
    let has_effects = work
        .effects
        .iter()
        .any(|effect| effect.state == EffectState::Done);
    let mut settlement = of_plan(plan, has_effects, gives_up_at, context.now);
    // What was done before was done when the licenses were last written.
    let last = work.licenses.iter().map(|held| held.updated_at).max();
    if let (Some(reason), Some(last)) = (&mut settlement.reason, last)
        && matches!(reason.code, ReasonCode::AlreadyApplied | ReasonCode::Stale)
    {
        let date = reason.details.entry("date".to_owned());
        date.or_insert_with(|| last.long_day());
    }
    work.settlement(settlement)
}

/// What would be done, what waits for a yes included.
fn all_of(plan: &Plan) -> Vec<Planned> {
    plan.actions.iter().chain(&plan.held).cloned().collect()
}

/// Watch only: what would be done is put on record, and nothing else happens.
fn shadow(
    context: &EventContext,
    work: &mut Work,
    would: &[Planned],
) -> Result<Settlement, StoreError> {
    if work.effects.is_empty() {
        let mut effects = Vec::new();
        for planned in would {
            let position = position_in(&effects);
            let license = planned
                .license_id
                .unwrap_or(LicenseId::from_uuid(uuid::Uuid::nil()));
            effects.push(effect(context, planned, license, position)?);
        }
        work.effects.add(effects);
    }
    let what = would
        .first()
        .map(|planned| planned.summary.clone())
        .unwrap_or_default();
    Ok(watched(&what))
}

/// Whoever serves the store while it is only watched gives the periods of these charges; they are not given again later.
fn note_renewed_by_others(
    db: &mut Db,
    context: &EventContext,
    work: &mut Work,
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
        let mut licenses = work.licenses.iter_mut();
        let held = licenses.find(|held| Some(held.license.id) == planned.license_id);
        if let Some(held) = held {
            held.license.given.renewed_for.insert(charge.clone());
            let change = LicenseChange::of(&held.license, context.now)?;
            let seen = held.updated_at;
            let license = held.license.id;
            if licenses::change_at_rest(db, context.case.tenant, license, &change, seen)? {
                held.updated_at = context.now;
            }
        }
    }
    Ok(())
}

fn watched(what: &str) -> Settlement {
    Settlement::ignored(Reason::new(ReasonCode::ShadowMode).with("what", what))
}

/// Starts an effect whose outcome is not known: what became of it is found out before anything else is sent.
pub fn settle_doubt(
    db: &mut Db,
    context: &EventContext,
    work: &mut Work,
    mut effect: effects::Effect,
) -> Result<Next, StoreError> {
    let held = work
        .licenses
        .iter()
        .find(|held| held.license.id == effect.license_id)
        .cloned();
    let planned = serde_json::from_str(&effect.action);
    let (Some(held), Ok(planned)) = (held, planned) else {
        return Ok(Next::BeginAnew);
    };
    effect.state = EffectState::Sent;
    effect.sent_at = None;
    work.effects.put(db, effect.clone())?;
    let on_record = OnRecord {
        effect,
        planned,
        held,
    };
    let begun = start(db, context, work, on_record)?;
    work.effects.save(db)?;
    match begun {
        Some(Next::Send(request)) => Ok(Next::Send(request)),
        Some(_) => Ok(Next::BeginAnew),
        None => advance(db, context, work),
    }
}
