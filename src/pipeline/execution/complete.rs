//! Writes down how an action ended: the license, the effect, and what a person must be told.

use crate::domain::action::{Action, ActionKind};
use crate::domain::by_hand;
use crate::domain::consent::Answer;
use crate::domain::effect::EffectState;
use crate::domain::give::give;
use crate::domain::id::LicenseId;
use crate::domain::license::Shown;
use crate::domain::plan::Planned;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::in_flight::InFlight;
use crate::pipeline::event::state::{LoadedLicense, ProcessingState};
use crate::pipeline::execution::result::{Ending, ending};
use crate::pipeline::metrics;
use crate::pipeline::protocol::Finish;
use crate::store::consents::{self, Consent};
use crate::store::licenses::LicenseChange;
use crate::store::remembered::RemoteUser;
use crate::store::{Db, StoreError, effects, events, licenses, remembered};

/// Ends the action under way; false when others have taken its effect over meanwhile.
///
/// Then nothing is written: the stored row is newer, and whoever has taken the effect over finds out how it ended.
#[tracing::instrument(name = "complete_action", level = "debug", skip_all)]
pub fn finish(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    finish: Finish,
) -> Result<bool, StoreError> {
    let Some(in_flight) = state.in_flight.take() else {
        return Ok(true);
    };
    let ending = ending(context, &in_flight, finish);
    write(db, context, state, in_flight, ending)
}

/// Remembers the user that was made or found, so that it is not looked up again.
fn remember_user(
    db: &mut Db,
    context: &EventContext,
    state: &ProcessingState,
    planned: &Planned,
    user_id: &str,
) -> Result<(), StoreError> {
    let rule = planned.action.holder();
    let person = rule.and_then(|rule| state.people.holder(rule));
    match person.and_then(|person| person.email.as_deref()) {
        Some(email) => remember_address(db, context, email, user_id),
        None => Ok(()),
    }
}

/// Remembers further users, by their places among the addresses.
fn remember_further_users(
    db: &mut Db,
    context: &EventContext,
    state: &ProcessingState,
    planned: &Planned,
    users: &[(usize, String)],
) -> Result<(), StoreError> {
    let Action::Assign {
        users_from: Some(tag),
        ..
    } = &planned.action
    else {
        return Ok(());
    };
    let addresses = state.people.further_users(tag);
    for (place, user_id) in users {
        if let Some(email) = addresses.get(*place) {
            remember_address(db, context, email, user_id)?;
        }
    }
    Ok(())
}

fn remember_address(
    db: &mut Db,
    context: &EventContext,
    email: &str,
    user_id: &str,
) -> Result<(), StoreError> {
    let opened = &context.opened;
    remembered::put_user(
        db,
        &RemoteUser {
            tenant_id: opened.tenant,
            license_server_id: opened.server.id,
            email_hash: opened.keys.email_term(email).0.to_vec(),
            remote_id: user_id.to_owned(),
        },
    )
}

fn write(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    in_flight: InFlight,
    ending: Ending,
) -> Result<bool, StoreError> {
    let carried_out = carried_out(&in_flight);
    let InFlight {
        planned,
        license_id,
        mut effect,
        ..
    } = in_flight;
    let shown = ending
        .proof
        .license
        .as_ref()
        .map(|license| license.shown(context.now));
    if let Some(loaded) = state.find_license_mut(license_id) {
        let Some(marked) = loaded.busy else {
            return Ok(false);
        };
        record_shown(loaded, context, &carried_out, &ending, shown.clone());
        if ending.is_carried_out {
            record_name(loaded, &carried_out);
            record_wish(loaded, &planned);
        }
        let change = change(loaded, context, &ending)?;
        if !licenses::change_marked(db, context.opened.tenant, license_id, &change, marked)? {
            return Ok(false);
        }
    }
    record_effect(context, &mut effect, ending.effect, shown.as_ref())?;
    state.effects.update(db, effect)?;
    if ending.is_carried_out {
        keep_refusals(db, context, license_id, &planned)?;
    }
    if ending.is_carried_out && planned.action.kind() == ActionKind::Issue {
        wake_followers(db, context, &planned)?;
    }
    if let Some(user_id) = &ending.proof.user_id {
        remember_user(db, context, state, &planned, user_id)?;
    }
    remember_further_users(db, context, state, &planned, &ending.proof.further_users)?;
    if let Some(blocks) = ending.blocks {
        state
            .blocked
            .insert((planned.license.clone(), planned.action.kind()), blocks);
    }
    state.is_stopped |= ending.stops;
    state.remarks.extend(ending.remark);
    Ok(true)
}

/// The action that was carried out: where the license was found, the one that the earlier try had planned.
fn carried_out(in_flight: &InFlight) -> Planned {
    let is_issue = in_flight.planned.action.kind() == ActionKind::Issue;
    let first = match (is_issue, in_flight.conversation.found_id()) {
        (true, Some(_)) => serde_json::from_str(&in_flight.effect.action).ok(),
        _ => None,
    };
    first.unwrap_or_else(|| in_flight.planned.clone())
}

/// The license's row as it is left, its mark included.
fn change(
    loaded: &LoadedLicense,
    context: &EventContext,
    ending: &Ending,
) -> Result<LicenseChange, StoreError> {
    let is_by_hand = !by_hand::changed(&loaded.license).is_empty();
    let is_changed = is_by_hand || ending.proof.is_changed_by_hand || ending.is_gone;
    Ok(LicenseChange {
        // It is read back once more.
        verified_at: Some(None),
        changed_by_hand_at: is_changed.then_some(Some(context.now)),
        busy_effect_id: Some(loaded.busy.map(|(effect, _)| effect)),
        busy_since: Some(loaded.busy.map(|(_, since)| since)),
        ..LicenseChange::of(&loaded.license, context.now)?
    })
}

/// Records which purchase the license names at the license server.
fn record_name(loaded: &mut LoadedLicense, carried_out: &Planned) {
    if let Action::Issue(_) | Action::Annotate { .. } = carried_out.action {
        loaded.license.given.named = Some(carried_out.license.root.clone());
    }
}

/// Records days that a person asked for as given by hand.
fn record_wish(loaded: &mut LoadedLicense, planned: &Planned) {
    if let (true, Action::SetTerm { end, .. }) = (planned.is_wish, &planned.action) {
        loaded.license.given.promised_until = *end;
    }
}

/// Records a no to each question whose yes would take back what a person asked for.
fn keep_refusals(
    db: &mut Db,
    context: &EventContext,
    license_id: LicenseId,
    planned: &Planned,
) -> Result<(), StoreError> {
    for question in &planned.refuses {
        let no = Consent {
            tenant_id: context.opened.tenant,
            license_id,
            question: question.clone(),
            answer: Answer::Dropped,
            event_id: context.opened.event.id,
            answered_at: context.now,
        };
        consents::put(db, &no)?;
    }
    Ok(())
}

/// Wakes the events that came before this license could be made.
fn wake_followers(
    db: &mut Db,
    context: &EventContext,
    planned: &Planned,
) -> Result<(), StoreError> {
    let (tenant, storefront) = (context.opened.tenant, context.opened.storefront);
    let names = [planned.license.root.as_str().to_owned()];
    events::wake_waiting_for(db, tenant, storefront, &names, context.now).map(drop)
}

fn record_effect(
    context: &EventContext,
    effect: &mut effects::Effect,
    state: EffectState,
    shown: Option<&Shown>,
) -> Result<(), StoreError> {
    effect.state = state;
    // No response is outstanding any more, whether or not the action was applied.
    if !matches!(state, EffectState::Sent) {
        effect.sent_at = None;
    }
    if matches!(
        state,
        EffectState::Done | EffectState::Skipped | EffectState::Failed
    ) {
        effect.settled_at = Some(context.now);
        metrics::count_effect(effect.kind, state);
    }
    effect.after = shown
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| StoreError::corrupt("effects.after", error))?;
    Ok(())
}

/// Records on the license what was given and shown; it stays busy while an answer is open.
fn record_shown(
    loaded: &mut LoadedLicense,
    context: &EventContext,
    planned: &Planned,
    ending: &Ending,
    shown: Option<Shown>,
) {
    if let Some(license) = &ending.proof.license {
        loaded.license.remote_id = Some(license.id.clone());
    }
    if ending.is_carried_out {
        give(
            &mut loaded.license.given,
            &planned.action,
            planned.version,
            shown.as_ref().filter(|_| !ending.is_kept_by_hand),
        );
    }
    if let (
        true,
        Action::Annotate {
            plan: Some(plan), ..
        },
    ) = (ending.is_carried_out, &planned.action)
    {
        loaded.license.product_path.clone_from(&plan.product_path);
    }
    if let Some(end) = ending.proof.our_end {
        loaded.license.given.end = Some(end);
    }
    if let Some(shown) = shown {
        loaded.license.hear(shown);
    }
    let is_deleted = ending.is_carried_out && planned.action.kind() == ActionKind::Delete;
    if is_deleted || ending.is_gone {
        loaded.license.deleted_at = Some(context.now);
    }
    loaded.busy = match ending.effect {
        EffectState::Sent => loaded.busy.map(|(effect, _)| (effect, context.now)),
        _ => None,
    };
    loaded.updated_at = context.now;
}
