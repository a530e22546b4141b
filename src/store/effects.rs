//! Actions on record, with their attempts and evidence.

use diesel::dsl::auto_type;
use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::action::ActionKind;
use crate::domain::effect::EffectState;
use crate::domain::id::{EffectId, EventId, LicenseId, TenantId};
use crate::domain::license::Aspect;
use crate::domain::time::Timestamp;
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::kept::{self, kept};
use crate::store::schema::effects;
use crate::store::tenants::present;

/// The most effects of one event that are shown.
const MOST_SHOWN: i64 = 1_000;

/// One action for one license.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = effects, treat_none_as_default_value = false)]
pub struct Effect {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: EffectId,
    /// The event.
    pub event_id: EventId,
    /// The license.
    pub license_id: LicenseId,
    /// Its place among the effects of its event.
    pub position: i32,
    /// Its kind.
    pub kind: ActionKind,
    /// Where it stands.
    pub state: EffectState,
    /// The side of the license that it changes.
    pub aspect: Aspect,
    /// What, as JSON.
    pub action: String,
    /// The version of the stored form of the action.
    pub action_version: i32,
    /// The same in words, without personal data.
    pub summary: String,
    /// What the license showed before, as JSON.
    pub before: Option<String>,
    /// What it showed after, as JSON.
    pub after: Option<String>,
    /// How often it was sent.
    pub attempts: i32,
    /// The program that made it.
    pub release: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last sent.
    pub sent_at: Option<Timestamp>,
    /// When its end was known.
    pub settled_at: Option<Timestamp>,
    /// When it was read back and found as it should be.
    pub verified_at: Option<Timestamp>,
}

impl Effect {
    /// Whether it was left out before anything was asked about it: a person or newer news did not want it any more.
    pub fn is_crossed_out(&self) -> bool {
        self.state == EffectState::Skipped && self.attempts == 0 && self.after.is_none()
    }
}

/// Puts an effect on record before anything is sent.
pub fn create(db: &mut Db, effect: &Effect) -> Result<(), StoreError> {
    insert_into(effects::table).values(effect).execute(db)?;
    Ok(())
}

/// Writes where an effect stands; what it is never changes.
pub fn write(db: &mut Db, effect: &Effect) -> Result<(), StoreError> {
    let changed = kept::execute(
        db,
        update(effects::table.find((effect.tenant_id, effect.id))).set((
            effects::state.eq(effect.state),
            effects::before.eq(&effect.before),
            effects::after.eq(&effect.after),
            effects::attempts.eq(effect.attempts),
            effects::sent_at.eq(effect.sent_at),
            effects::settled_at.eq(effect.settled_at),
        )),
    )?;
    present(changed)
}

/// Writes what an effect shall do that was put on record earlier and is not on its way.
pub fn plan_anew(db: &mut Db, effect: &Effect) -> Result<(), StoreError> {
    let changed = update(effects::table.find((effect.tenant_id, effect.id)))
        .filter(effects::state.eq(EffectState::Planned))
        .set((
            effects::action.eq(&effect.action),
            effects::action_version.eq(effect.action_version),
            effects::summary.eq(&effect.summary),
        ))
        .execute(db)?;
    present(changed)
}

/// The effect; `None` when it is not there.
pub fn find(db: &mut Db, tenant: TenantId, effect: EffectId) -> Result<Option<Effect>, StoreError> {
    Ok(effects::table.find((tenant, effect)).first(db).optional()?)
}

/// The effects of an event, in their order.
pub fn list_of_event(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
) -> Result<Vec<Effect>, StoreError> {
    Ok(of_event(tenant, event)
        .order((effects::position, effects::id))
        .load(db)?)
}

/// The first effects of an event, in their order, for whoever reads them: a great purchase has very many.
pub fn list_shown_of_event(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
) -> Result<Vec<Effect>, StoreError> {
    Ok(of_event(tenant, event)
        .order((effects::position, effects::id))
        .limit(MOST_SHOWN)
        .load(db)?)
}

/// The effects of an event on some licenses, in their order.
pub fn list_of_event_on(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    licenses: &[LicenseId],
) -> Result<Vec<Effect>, StoreError> {
    Ok(of_event(tenant, event)
        .filter(effects::license_id.eq_any(licenses))
        .order((effects::position, effects::id))
        .load(db)?)
}

/// The place after the last effect of an event.
pub fn next_position(db: &mut Db, tenant: TenantId, event: EventId) -> Result<i32, StoreError> {
    let last: Option<i32> = of_event(tenant, event)
        .select(diesel::dsl::max(effects::position))
        .first(db)?;
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// Those of these events that have effects on record.
pub fn list_begun(
    db: &mut Db,
    tenant: TenantId,
    events: &[EventId],
) -> Result<Vec<EventId>, StoreError> {
    // One array instead of a list of values.
    let begun = on_backend!(db, connection => kept(effects::table
        .filter(effects::tenant_id.eq(tenant))
        .filter(effects::event_id.eq_any(events))
        .select(effects::event_id)
        .distinct())
        .load(connection))?;
    Ok(begun)
}

/// The effects on a license, the oldest first.
pub fn list_of_license(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
) -> Result<Vec<Effect>, StoreError> {
    Ok(of_license(tenant, license).order(effects::id).load(db)?)
}

/// The effects on several licenses, the oldest first.
pub fn list_of_licenses(
    db: &mut Db,
    tenant: TenantId,
    licenses: &[LicenseId],
) -> Result<Vec<Effect>, StoreError> {
    Ok(effects::table
        .filter(effects::tenant_id.eq(tenant))
        .filter(effects::license_id.eq_any(licenses))
        .order(effects::id)
        .load(db)?)
}

/// The effects of these states on a license, the oldest first.
pub fn list_in_state(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    states: &[EffectState],
) -> Result<Vec<Effect>, StoreError> {
    Ok(of_license(tenant, license)
        .filter(effects::state.eq_any(states))
        .order(effects::id)
        .load(db)?)
}

/// How many effects of each kind are in this state, made since a point in time.
pub fn count_by_kind(
    db: &mut Db,
    tenant: TenantId,
    state: EffectState,
    since: Timestamp,
) -> Result<Vec<(ActionKind, i64)>, StoreError> {
    Ok(effects::table
        .filter(effects::tenant_id.eq(tenant))
        .filter(effects::state.eq(state))
        .filter(effects::created_at.ge(since))
        .group_by(effects::kind)
        .select((effects::kind, diesel::dsl::count_star()))
        .load(db)?)
}

/// Notes that every effect on a license that is done shows as it should.
pub fn verify_of_license(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    now: Timestamp,
) -> Result<(), StoreError> {
    kept::execute(
        db,
        update(effects::table)
            .filter(effects::tenant_id.eq(tenant))
            .filter(effects::license_id.eq(license))
            .filter(effects::state.eq(EffectState::Done))
            .filter(effects::verified_at.is_null())
            .set(effects::verified_at.eq(now)),
    )?;
    Ok(())
}

#[auto_type]
fn of_event(tenant: TenantId, event: EventId) -> _ {
    effects::table
        .filter(effects::tenant_id.eq(tenant))
        .filter(effects::event_id.eq(event))
}

#[auto_type]
fn of_license(tenant: TenantId, license: LicenseId) -> _ {
    effects::table
        .filter(effects::tenant_id.eq(tenant))
        .filter(effects::license_id.eq(license))
}
