//! Puts planned actions on record: the rows of new licenses with their keys, and an effect for each action.

use crate::domain::action::{Action, ActionKind};
use crate::domain::effect::EffectState;
use crate::domain::id::{EffectId, LicenseId};
use crate::domain::license::{Given, Identity, License};
use crate::domain::plan::{Plan, Planned};
use crate::domain::reason::{Reason, ReasonCode};
use crate::pipeline::advance::Desk;
use crate::pipeline::clock::id_at;
use crate::pipeline::license_row::{Origin, license_row};
use crate::pipeline::settle::Settlement;
use crate::pipeline::work::{Held, Work};
use crate::store::{Db, StoreError, effects, licenses};
use crate::vault::KeyMask;

/// The form of stored actions; a worker leaves forms that it does not know to a newer one.
pub const ACTION_VERSION: i32 = 2;
/// The release that makes effects.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Rows for licenses that are to be issued, and for every planned action that has none yet.
pub fn put_on_record(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    plan: &Plan,
) -> Result<(), StoreError> {
    let mut new = Vec::new();
    for planned in &plan.actions {
        let id = EffectId::from_uuid(id_at(desk.now));
        if work.held(&planned.license).is_none() && matches!(planned.action, Action::Issue(_)) {
            create_for(db, desk, work, (planned, id))?;
        }
        let Some(held) = work.held(&planned.license) else {
            continue;
        };
        let license = held.license.id;
        match open_effect(work, license, planned.action.kind()).cloned() {
            None => {
                let position = work.effects.next_position() + position_in(&new);
                new.push(effects::Effect {
                    id,
                    ..effect(desk, planned, license, position)?
                });
            }
            Some(open) => plan_anew(db, work, (open, planned))?,
        }
    }
    work.effects.add(new);
    Ok(())
}

/// The row of a license that an effect is to make; without one the action is blocked.
fn create_for(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    (planned, effect): (&Planned, EffectId),
) -> Result<(), StoreError> {
    let new = NewLicense {
        identity: &planned.license,
        product_path: &planned.product_path,
        origin: Origin {
            order_id: planned.order_id.clone(),
            reference: work.reference_of(planned),
            subscription_id: planned.subscription_id.clone(),
            customer_id: work.customer_id,
        },
        maker: Some(effect),
    };
    if !create_license(db, desk, work, new)? {
        work.blocked.insert(
            (planned.license.clone(), ActionKind::Issue),
            Settlement::parked(Reason::new(ReasonCode::DuplicateConnection)),
        );
    }
    Ok(())
}

/// What was planned earlier and is not on its way may be planned otherwise by now: it was never sent, or certainly
/// refused.
fn plan_anew(
    db: &mut Db,
    work: &mut Work,
    (open, planned): (effects::Effect, &Planned),
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
    work.effects.plan_anew(db, anew)
}

/// The effect of this kind on a license that has not come to its end.
pub fn open_effect(work: &Work, license: LicenseId, kind: ActionKind) -> Option<&effects::Effect> {
    work.effects.iter().find(|effect| {
        effect.license_id == license
            && effect.kind == kind
            && matches!(effect.state, EffectState::Planned | EffectState::Sent)
    })
}

/// An effect as it is first put on record.
pub fn effect(
    desk: &Desk<'_>,
    planned: &Planned,
    license: LicenseId,
    position: i32,
) -> Result<effects::Effect, StoreError> {
    Ok(effects::Effect {
        tenant_id: desk.case.tenant,
        id: EffectId::from_uuid(id_at(desk.now)),
        event_id: desk.case.event.id,
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
        created_at: desk.now,
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

/// A license that has no row yet.
pub struct NewLicense<'a> {
    /// What makes it itself.
    pub identity: &'a Identity,
    /// The product path it was bought as.
    pub product_path: &'a str,
    /// Where it comes from.
    pub origin: Origin,
    /// The effect that is to make it, which marks it busy from the first.
    pub maker: Option<EffectId>,
}

/// Key and identity are on disk before anything is sent; a key that another storefront has derived is never shared:
/// then it is `false`, and there is no row.
pub fn create_license(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    new: NewLicense<'_>,
) -> Result<bool, StoreError> {
    let case = desk.case;
    let mask = case
        .rules
        .mappings
        .get(new.product_path)
        .and_then(|mapping| mapping.key_mask.as_deref())
        .and_then(|mask| mask.parse::<KeyMask>().ok())
        .unwrap_or_default();
    let id = LicenseId::from_uuid(id_at(desk.now));
    let key = case.keys.license_key(new.identity, &mask);
    let license = License {
        id,
        identity: new.identity.clone(),
        product_path: new.product_path.to_owned(),
        remote_id: None,
        given: Given::default(),
        shown: None,
        is_adopted: false,
        deleted_at: None,
    };
    let busy = new.maker.map(|effect| (effect, desk.now));
    let row = licenses::Row {
        busy_effect_id: new.maker,
        busy_since: new.maker.map(|_| desk.now),
        ..license_row(&case.home(), &license, &key, new.origin, desk.now)?
    };
    let key_sealed = row.key_sealed.clone();
    let is_created = licenses::create(db, &[row])?.contains(&id);
    if is_created {
        work.licenses.push(Held {
            license,
            updated_at: desk.now,
            busy,
            key_sealed,
        });
    }
    Ok(is_created)
}
