//! Records planned actions: the rows of new licenses with their keys, and an effect for each action.

use crate::domain::action::{Action, ActionKind};
use crate::domain::effect::EffectState;
use crate::domain::id::{EffectId, LicenseId};
use crate::domain::plan::{Plan, Planned};
use crate::domain::reason::{Reason, ReasonCode};
use crate::pipeline::clock::id_at;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::license_row::LicenseOrigin;
use crate::pipeline::event::new_license::{NewLicense, create_license};
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::event::state::{ACTION_VERSION, ProcessingState};
use crate::store::{Db, StoreError, effects};

/// The release that makes effects.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Rows for licenses that are to be issued, and for every planned action that has none yet.
#[tracing::instrument(level = "debug", skip_all)]
pub fn record_plan(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    plan: &Plan,
) -> Result<(), StoreError> {
    let mut new = Vec::new();
    for planned in &plan.actions {
        let id = EffectId::from_uuid(id_at(context.now));
        if state.find_license(&planned.license).is_none()
            && matches!(planned.action, Action::Issue(_))
        {
            create_license_for(db, context, state, planned, id)?;
        }
        let Some(loaded) = state.find_license(&planned.license) else {
            continue;
        };
        let license = loaded.license.id;
        match state.open_effect(license, planned.action.kind()).cloned() {
            None => {
                let position = state.effects.next_position() + position_in(&new);
                new.push(effects::Effect {
                    id,
                    ..new_effect(context, planned, license, position)?
                });
            }
            Some(open) => replan(db, state, open, planned)?,
        }
    }
    state.effects.add(new);
    Ok(())
}

/// The row of a license that an effect is to make; without one the action is blocked.
fn create_license_for(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    planned: &Planned,
    effect: EffectId,
) -> Result<(), StoreError> {
    let new = NewLicense {
        identity: &planned.license,
        product_path: &planned.product_path,
        origin: LicenseOrigin {
            order_id: planned.order_id.clone(),
            reference: state.reference_of(planned),
            subscription_id: planned.subscription_id.clone(),
            customer_id: state.customer_id,
        },
        maker: Some(effect),
    };
    if !create_license(db, context, state, new)? {
        state.blocked.insert(
            (planned.license.clone(), ActionKind::Issue),
            EventOutcome::parked(Reason::new(ReasonCode::DuplicateConnection)),
        );
    }
    Ok(())
}

/// What was planned earlier and is not on its way may be planned otherwise by now: it was never sent, or certainly
/// refused.
fn replan(
    db: &mut Db,
    state: &mut ProcessingState,
    open: effects::Effect,
    planned: &Planned,
) -> Result<(), StoreError> {
    let action = action(planned)?;
    if open.state != EffectState::Planned || action == open.action {
        return Ok(());
    }
    let anew = effects::Effect {
        action,
        action_version: ACTION_VERSION,
        summary: planned.summary.clone(),
        ..open
    };
    state.effects.replan(db, anew)
}

/// An effect as it is first recorded.
pub fn new_effect(
    context: &EventContext,
    planned: &Planned,
    license: LicenseId,
    position: i32,
) -> Result<effects::Effect, StoreError> {
    Ok(effects::Effect {
        tenant_id: context.opened.tenant,
        id: EffectId::from_uuid(id_at(context.now)),
        event_id: context.opened.event.id,
        license_id: license,
        position,
        kind: planned.action.kind(),
        state: EffectState::Planned,
        aspect: planned.action.kind().aspect(),
        action: action(planned)?,
        action_version: ACTION_VERSION,
        summary: planned.summary.clone(),
        before: None,
        after: None,
        attempts: 0,
        release: RELEASE.to_owned(),
        created_at: context.now,
        sent_at: None,
        settled_at: None,
        verified_at: None,
    })
}

/// The place of the next effect among those that are new.
pub fn position_in(new: &[effects::Effect]) -> i32 {
    i32::try_from(new.len()).unwrap_or(i32::MAX)
}

/// As it is stored.
fn action(planned: &Planned) -> Result<String, StoreError> {
    serde_json::to_string(planned).map_err(|error| StoreError::corrupt("effects.action", error))
}
