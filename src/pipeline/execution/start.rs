//! Starts an action: marks its license busy, settles what an earlier try left open, and takes a permit.

use crate::domain::action::{Action, ActionKind};
use crate::domain::consent::Answer;
use crate::domain::effect::EffectState;
use crate::domain::lane::Lane;
use crate::domain::plan::Planned;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::pipeline::calls::budget::{self, Permit, PermitDecision, Requester};
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::in_flight::InFlight;
use crate::pipeline::event::next::Next;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::event::people;
use crate::pipeline::event::state::{ACTION_VERSION, LoadedLicense, ProcessingState};
use crate::pipeline::execution::complete::finish;
use crate::pipeline::protocol::{Conversation, Holder, KnownPeople, Request, Step, Unsettled};
use crate::store::licenses::{self, LicenseChange};
use crate::store::{Db, StoreError, effects, remembered};
use crate::vault::TermHash;

/// This long after its mark, an effect's caller can no longer be calling: 2 s to begin, 15 s for the response, 1 s to spare.
const ABANDONED_SECONDS: i64 = 18;

/// Marks the license busy with the action's effect, takes a permit, and says what to send first; `None` where the action
/// needed no call.
#[tracing::instrument(level = "debug", skip_all)]
pub fn begin_action(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    planned: Planned,
) -> Result<Option<Next>, StoreError> {
    if let Some(hold) = context.opened.server.hold {
        return Ok(Some(Next::Finished(hold.outcome())));
    }
    let Some(loaded) = state.find_license(&planned.license).cloned() else {
        return Ok(Some(Next::Restart));
    };
    let (effect, planned) = match other_effect(db, context, state, &loaded)? {
        OtherEffect::None => match state.open_effect(loaded.license.id, planned.action.kind()) {
            Some(effect) => (effect.clone(), planned),
            None => return Ok(Some(Next::Restart)),
        },
        OtherEffect::Abandoned(effect, planned) => (*effect, *planned),
        OtherEffect::InFlight => return Ok(Some(Next::Finished(busy(context.now)))),
    };
    let on_record = RecordedAction {
        effect,
        planned,
        loaded,
    };
    mark_and_start(db, context, state, on_record)
}

/// An action that is on record as an effect, and its license.
pub(in crate::pipeline) struct RecordedAction {
    pub(in crate::pipeline) effect: effects::Effect,
    pub(in crate::pipeline) planned: Planned,
    pub(in crate::pipeline) loaded: LoadedLicense,
}

/// Marks the license of an effect, and starts the conversation about it.
pub(in crate::pipeline) fn mark_and_start(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    on_record: RecordedAction,
) -> Result<Option<Next>, StoreError> {
    let license_id = on_record.loaded.license.id;
    let action = &on_record.planned.action;
    if action.holder().is_some() || matches!(action, Action::Assign { .. }) {
        people::load_buyer(db, context, state)?;
    }
    let mut conversation = conversation(db, context, state, &on_record)?;
    let step = conversation.start();
    let RecordedAction {
        effect,
        planned,
        loaded,
    } = on_record;
    let mark = Some((effect.id, context.now));
    // A new license was marked as its row was written.
    if loaded.busy != mark
        && !licenses::mark_busy(
            db,
            context.opened.tenant,
            license_id,
            effect.id,
            (loaded.updated_at, context.now),
        )?
    {
        return Ok(Some(Next::Restart));
    }
    if let Some(loaded) = state.find_license_mut(license_id) {
        loaded.busy = mark;
    }
    state.in_flight = Some(InFlight::new(planned, license_id, effect, conversation));
    match step {
        Step::Finish(end) => Ok(match finish(db, context, state, end)? {
            true => None,
            false => Some(Next::Restart),
        }),
        Step::Send(request) => take_permit(db, context, state, request).map(Some),
    }
}

/// Marks the license anew once an answer has come; false when others have taken the effect over meanwhile.
///
/// Then the stored row is newer, and whoever has taken the effect over finds out how it ended.
pub fn renew_mark(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
) -> Result<bool, StoreError> {
    let Some((id, effect)) = state
        .in_flight
        .as_ref()
        .map(|in_flight| (in_flight.license_id, in_flight.effect.id))
    else {
        return Ok(true);
    };
    let Some(loaded) = state.find_license_mut(id) else {
        return Ok(true);
    };
    let Some((_, since)) = loaded.busy.replace((effect, context.now)) else {
        return Ok(true);
    };
    let change = LicenseChange {
        busy_since: Some(Some(context.now)),
        ..LicenseChange::default()
    };
    licenses::change_marked(db, context.opened.tenant, id, &change, (effect, since))
}

enum OtherEffect {
    None,
    Abandoned(Box<effects::Effect>, Box<Planned>),
    InFlight,
}

/// Whether another event's effect may still have a call under way for this license, or was left without a response.
fn other_effect(
    db: &mut Db,
    context: &EventContext,
    state: &ProcessingState,
    loaded: &LoadedLicense,
) -> Result<OtherEffect, StoreError> {
    let Some((effect_id, since)) = loaded.busy else {
        return Ok(OtherEffect::None);
    };
    if state.effects.iter().any(|effect| effect.id == effect_id) {
        return Ok(OtherEffect::None);
    }
    let Some(effect) = effects::find(db, context.opened.tenant, effect_id)? else {
        return Ok(OtherEffect::None);
    };
    if effect.state != EffectState::Sent {
        licenses::clear_busy(db, context.opened.tenant, loaded.license.id, effect_id)?;
        return Ok(OtherEffect::None);
    }
    if effect.sent_at.is_some() && context.now.since(since).as_secs() < ABANDONED_SECONDS {
        return Ok(OtherEffect::InFlight);
    }
    match serde_json::from_str(&effect.action) {
        Ok(planned) if effect.action_version <= ACTION_VERSION => {
            Ok(OtherEffect::Abandoned(Box::new(effect), Box::new(planned)))
        }
        _ => Ok(OtherEffect::InFlight),
    }
}

fn conversation(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    on_record: &RecordedAction,
) -> Result<Conversation, StoreError> {
    let RecordedAction {
        effect,
        planned,
        loaded,
    } = on_record;
    let unsettled = (effect.state == EffectState::Sent).then_some(Unsettled {
        planned_at: effect.created_at,
        sent_at: effect.sent_at,
    });
    let before = match (&unsettled, &effect.before) {
        (Some(_), Some(before)) => serde_json::from_str(before)
            .map_err(|error| StoreError::corrupt("effects.before", error))?,
        _ => loaded.license.shown.clone(),
    };
    let conversation = Conversation::new(
        planned.action.clone(),
        loaded.license.given.clone(),
        before,
        unsettled,
        context.now,
    )
    .approved(state.consents.answer(planned) == Some(Answer::Approved));
    if let Action::Assign { users_from, .. } = &planned.action {
        let known = further_people(db, context, state, users_from.as_deref())?;
        return Ok(conversation.with_people(known));
    }
    let Some(rule) = planned.action.holder() else {
        return Ok(conversation);
    };
    let holder = match state
        .people
        .holder(rule)
        .and_then(|person| person.email.as_deref())
    {
        None => Holder::Nobody,
        Some(email) => {
            let hash = context.opened.keys.email_term(email);
            user_of(db, context, state, hash)?.map_or(Holder::Unknown, Holder::Remembered)
        }
    };
    Ok(conversation.with_holder(holder))
}

/// The user who is remembered for an address.
fn user_of(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    email: TermHash,
) -> Result<Option<String>, StoreError> {
    match state.user_lookup.take() {
        Some(known) if known.email == email => Ok(known.user_id),
        _ => remembered::find_user(
            db,
            context.opened.tenant,
            context.opened.server.id,
            &email.0,
        ),
    }
}

/// The people beyond the holder, and who of them is remembered.
fn further_people(
    db: &mut Db,
    context: &EventContext,
    state: &ProcessingState,
    tag: Option<&str>,
) -> Result<KnownPeople, StoreError> {
    let addresses = tag.map_or_else(Vec::new, |tag| state.people.further_users(tag));
    let mut users = Vec::new();
    for address in addresses {
        let hash = context.opened.keys.email_term(&address);
        let (tenant, server) = (context.opened.tenant, context.opened.server.id);
        users.push(remembered::find_user(db, tenant, server, &hash.0)?);
    }
    Ok(KnownPeople {
        has_manager: state.people.manager().is_some(),
        users,
    })
}

/// The lane of the next call: a new license goes before changes, whatever event it came by; other calls of a purchase do not.
fn lane_of(lane: Lane, state: &ProcessingState) -> Lane {
    let is_issue = state
        .in_flight
        .as_ref()
        .is_some_and(|in_flight| in_flight.planned.action.kind() == ActionKind::Issue);
    match lane {
        Lane::Fulfillment => Lane::Fulfillment,
        _ if is_issue => Lane::Purchase,
        Lane::Purchase | Lane::Quiet => Lane::Change,
        lane => lane,
    }
}

/// Takes a permit for this request; without one the event waits until one is free.
pub fn take_permit(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    request: Request,
) -> Result<Next, StoreError> {
    let origin = context.opened.server.account.origin();
    let requester = Requester {
        tenant: context.opened.tenant,
        lane: lane_of(context.opened.lane, state),
        actor: None,
    };
    match budget::acquire(db, &context.options.budgets, requester, origin, context.now)? {
        PermitDecision::Granted(permit) => {
            write_ahead(db, context, state, &request, permit)?;
            Ok(Next::Send(request))
        }
        PermitDecision::Refused(refusal) => {
            release_license(db, context, state)?;
            Ok(Next::Finished(EventOutcome::rate_limited(
                refusal,
                context.now,
            )))
        }
    }
}

/// Puts on record what must be before the request leaves.
fn write_ahead(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    request: &Request,
    permit: Permit,
) -> Result<(), StoreError> {
    let Some(in_flight) = &mut state.in_flight else {
        return Ok(());
    };
    in_flight.permit = Some(permit);
    match in_flight.write_ahead(request, context.now)? {
        Some(effect) => state.effects.update(db, effect),
        None => Ok(()),
    }
}

/// Clears the license's mark, so that others may call for it, unless the effect may have been applied.
fn release_license(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
) -> Result<(), StoreError> {
    let Some(in_flight) = state.in_flight.take() else {
        return Ok(());
    };
    if in_flight.effect.state == EffectState::Sent {
        return Ok(());
    }
    licenses::clear_busy(
        db,
        context.opened.tenant,
        in_flight.license_id,
        in_flight.effect.id,
    )
}

fn busy(now: Timestamp) -> EventOutcome {
    EventOutcome::waiting(
        Reason::new(ReasonCode::RateBudget).with("n", 2),
        Some(now.plus(jiff::SignedDuration::from_secs(2))),
    )
}
