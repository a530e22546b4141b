//! Chooses the next action of an event and puts it on record; nothing is sent before this has committed.

use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::action::{Action, ActionKind};
use crate::domain::effect::EffectState;
use crate::domain::id::{EffectId, LicenseId};
use crate::domain::lane::Lane;
use crate::domain::license::{Given, License, LicenseState};
use crate::domain::plan::{Need, Outcome, Plan, Planned};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::pipeline::Options;
use crate::pipeline::carry_out::finish;
use crate::pipeline::case::Case;
use crate::pipeline::clock::id_at;
use crate::pipeline::conversation::{Ask, Conversation, Holder, Turn, Unsettled};
use crate::pipeline::permits::{self, Asked, Permit};
use crate::pipeline::settle::{Settlement, of_plan};
use crate::pipeline::timers;
use crate::pipeline::work::{Current, Held, Work};
use crate::store::{Db, StoreError, effects, licenses, remembered};
use crate::vault::{Field, KeyMask};

/// The form of stored actions; a worker leaves forms that it does not know to a newer one.
pub const ACTION_VERSION: i32 = 1;
/// The release that makes effects.
const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// After this long without an answer, an effect's caller can no longer be calling.
const ABANDONED_SECONDS: i64 = 16;

/// What a transaction decided.
pub enum Step {
    /// Send this; all is on record.
    Ask(Ask),
    /// Nothing more to do now.
    Settle(Settlement),
    /// Answer these questions first.
    Needs(Vec<Need>),
    /// Another worker was faster: begin again from what is stored.
    Reload,
}

/// The surroundings of a transaction on one event.
pub struct Desk<'a> {
    /// The event.
    pub case: &'a Case,
    /// The operator's settings.
    pub options: &'a Options,
    /// 0.0 … 1.0, spreads retries.
    pub jitter: f64,
    /// The time.
    pub now: Timestamp,
}

/// Compares, records what is planned, and begins the next action.
pub fn advance(db: &mut Db, desk: &Desk<'_>, work: &mut Work) -> Result<Step, StoreError> {
    loop {
        let plan = match work.compare(desk.now) {
            Outcome::Needs(needs) => return Ok(Step::Needs(needs)),
            Outcome::Plan(plan) => plan,
        };
        timers::note(db, desk, &plan.timers)?;
        if desk.case.mode == Mode::Shadow && !plan.actions.is_empty() {
            return shadow(db, desk, work, &plan).map(Step::Settle);
        }
        record(db, desk, work, &plan)?;
        let Some(planned) = work.next(&plan).cloned() else {
            return Ok(Step::Settle(settlement(desk, work, &plan)));
        };
        match begin(db, desk, work, planned)? {
            Begun::Ask(ask) => return Ok(Step::Ask(ask)),
            Begun::Finished => {}
            Begun::Later(settlement) => return Ok(Step::Settle(work.settlement(settlement))),
            Begun::Moved => return Ok(Step::Reload),
        }
    }
}

/// Puts the next question of the action under way on record.
pub fn proceed(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    turn: Turn,
) -> Result<Step, StoreError> {
    match turn {
        Turn::Finish(end) => {
            finish(db, desk, work, end)?;
            advance(db, desk, work)
        }
        Turn::Ask(ask) => match permit(db, desk, work, &ask)? {
            Ok(()) => Ok(Step::Ask(ask)),
            Err(settlement) => Ok(Step::Settle(work.settlement(settlement))),
        },
    }
}

enum Begun {
    Ask(Ask),
    Finished,
    Later(Settlement),
    Moved,
}

fn settlement(desk: &Desk<'_>, work: &Work, plan: &Plan) -> Settlement {
    let gives_up_at = desk.case.event.received_at.plus(desk.options.wait_limit);
    let has_effects = work
        .effects
        .iter()
        .any(|effect| effect.state == EffectState::Done);
    work.settlement(of_plan(plan, has_effects, gives_up_at, desk.now))
}

/// Rows for licenses that are to be issued, and for every planned action that has none yet.
fn record(db: &mut Db, desk: &Desk<'_>, work: &mut Work, plan: &Plan) -> Result<(), StoreError> {
    for planned in &plan.actions {
        if work.held(&planned.license).is_none() && matches!(planned.action, Action::Issue(_)) {
            create_license(db, desk, work, planned)?;
        }
    }
    let mut new = Vec::new();
    for planned in &plan.actions {
        let Some(held) = work.held(&planned.license) else {
            continue;
        };
        let license = held.license.id;
        if open_effect(work, license, planned.action.kind()).is_none() {
            let position = work.effects.len() + new.len();
            new.push(effect(desk, planned, license, position)?);
        }
    }
    effects::create(db, &new)?;
    work.effects.extend(new);
    Ok(())
}

fn open_effect(work: &Work, license: LicenseId, kind: ActionKind) -> Option<&effects::Effect> {
    work.effects.iter().find(|effect| {
        effect.license_id == license
            && effect.kind == kind
            && matches!(effect.state, EffectState::Planned | EffectState::Sent)
    })
}

fn effect(
    desk: &Desk<'_>,
    planned: &Planned,
    license: LicenseId,
    position: usize,
) -> Result<effects::Effect, StoreError> {
    Ok(effects::Effect {
        tenant_id: desk.case.tenant,
        id: EffectId::from_uuid(id_at(desk.now)),
        event_id: desk.case.event.id,
        license_id: license,
        position: i32::try_from(position).unwrap_or(i32::MAX),
        kind: planned.action.kind(),
        state: EffectState::Planned,
        aspect: planned.action.kind().aspect().as_str().to_owned(),
        action: serde_json::to_string(planned)
            .map_err(|error| StoreError::corrupt("effects.action", error))?,
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

/// Key and identity are on disk before anything is sent; a key that another storefront has derived is never shared.
fn create_license(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    planned: &Planned,
) -> Result<(), StoreError> {
    let case = desk.case;
    let mask = case
        .rules
        .mappings
        .get(&planned.product_path)
        .and_then(|mapping| mapping.key_mask.as_deref())
        .and_then(|mask| mask.parse::<KeyMask>().ok())
        .unwrap_or_default();
    let id = LicenseId::from_uuid(id_at(desk.now));
    let key = case.keys.license_key(&planned.license, &mask);
    let license = License {
        id,
        identity: planned.license.clone(),
        product_path: planned.product_path.clone(),
        remote_id: None,
        given: Given::default(),
        shown: None,
        is_adopted: false,
        deleted_at: None,
    };
    let created = licenses::create(db, &[license_row(desk, work, planned, &license, &key)?])?;
    if created.contains(&id) {
        work.licenses.push(Held {
            license,
            updated_at: desk.now,
            busy: None,
        });
    } else {
        work.blocked.insert(
            (planned.license.clone(), ActionKind::Issue),
            Settlement::parked(Reason::new(ReasonCode::DuplicateConnection)),
        );
    }
    Ok(())
}

fn license_row(
    desk: &Desk<'_>,
    work: &Work,
    planned: &Planned,
    license: &License,
    key: &SecretString,
) -> Result<licenses::Row, StoreError> {
    let case = desk.case;
    let key = key.expose_secret();
    let given = serde_json::to_string(&license.given)
        .map_err(|error| StoreError::corrupt("licenses.given", error))?;
    let mut row = licenses::Row {
        tenant_id: case.tenant,
        id: license.id,
        storefront_id: case.storefront,
        license_server_id: case.server.id,
        root_kind: String::new(),
        root: String::new(),
        slot: String::new(),
        unit: 0,
        generation: 0,
        product_path: license.product_path.clone(),
        order_id: planned.order_id.clone(),
        reference: work.reference_of(planned),
        subscription_id: planned.subscription_id.clone(),
        customer_id: work.customer_id,
        key_hash: Some(case.keys.license_key_term(key).0.to_vec()),
        key_sealed: Some(
            case.keys
                .seal(Field::LicenseKey(license.id).place(), key.as_bytes()),
        ),
        remote_id: None,
        given,
        shown: None,
        is_adopted: false,
        deleted_at: None,
        busy_effect_id: None,
        busy_since: None,
        verified_at: None,
        changed_by_hand_at: None,
        state: LicenseState::Pending,
        expires_at: None,
        live: case.event.live,
        created_at: desk.now,
        updated_at: desk.now,
    };
    row.set_identity(&license.identity);
    Ok(row)
}

/// Marks the license busy with the action's effect, takes a permit, and says what to ask first.
fn begin(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    planned: Planned,
) -> Result<Begun, StoreError> {
    if let Some(hold) = desk.case.server.hold {
        return Ok(Begun::Later(hold.settlement()));
    }
    let Some(held) = work.held(&planned.license).cloned() else {
        return Ok(Begun::Moved);
    };
    let (effect, planned) = match foreign_effect(db, desk, work, &held)? {
        Foreign::None => match open_effect(work, held.license.id, planned.action.kind()) {
            Some(effect) => (effect.clone(), planned),
            None => return Ok(Begun::Moved),
        },
        Foreign::Abandoned(effect, planned) => (*effect, *planned),
        Foreign::InFlight => return Ok(Begun::Later(busy(desk.now))),
    };
    take_up(db, desk, work, (effect, planned, &held))
}

/// Takes up an effect whose answer is doubtful: what became of it is found out before anything else is asked.
pub fn settle_doubt(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    mut effect: effects::Effect,
) -> Result<Step, StoreError> {
    let held = work
        .licenses
        .iter()
        .find(|held| held.license.id == effect.license_id)
        .cloned();
    let planned = serde_json::from_str(&effect.action);
    let (Some(held), Ok(planned)) = (held, planned) else {
        return Ok(Step::Reload);
    };
    effect.state = EffectState::Sent;
    effect.sent_at = None;
    effects::write(db, &effect)?;
    work.put_effect(effect.clone());
    match take_up(db, desk, work, (effect, planned, &held))? {
        Begun::Ask(ask) => Ok(Step::Ask(ask)),
        Begun::Finished => advance(db, desk, work),
        Begun::Later(_) | Begun::Moved => Ok(Step::Reload),
    }
}

fn take_up(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    (effect, planned, held): (effects::Effect, Planned, &Held),
) -> Result<Begun, StoreError> {
    let license_id = held.license.id;
    let mut conversation = conversation(db, desk, work, (&effect, &planned, held))?;
    let turn = conversation.begin();
    if !licenses::mark_busy(
        db,
        desk.case.tenant,
        license_id,
        effect.id,
        (held.updated_at, desk.now),
    )? {
        return Ok(Begun::Moved);
    }
    if let Some(held) = work.held_mut(license_id) {
        held.busy = Some((effect.id, desk.now));
    }
    work.current = Some(Current {
        planned,
        license_id,
        effect,
        conversation,
        permit: Permit::Free,
    });
    match turn {
        Turn::Finish(end) => {
            finish(db, desk, work, end)?;
            Ok(Begun::Finished)
        }
        Turn::Ask(ask) => Ok(match permit(db, desk, work, &ask)? {
            Ok(()) => Begun::Ask(ask),
            Err(settlement) => Begun::Later(settlement),
        }),
    }
}

enum Foreign {
    None,
    Abandoned(Box<effects::Effect>, Box<Planned>),
    InFlight,
}

/// Whether another event's effect may still be calling for this license, or was left without an answer.
fn foreign_effect(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &Work,
    held: &Held,
) -> Result<Foreign, StoreError> {
    let Some((effect_id, since)) = held.busy else {
        return Ok(Foreign::None);
    };
    if work.effects.iter().any(|effect| effect.id == effect_id) {
        return Ok(Foreign::None);
    }
    let Some(effect) = effects::find(db, desk.case.tenant, effect_id)? else {
        return Ok(Foreign::None);
    };
    if effect.state != EffectState::Sent {
        licenses::clear_busy(db, desk.case.tenant, held.license.id, effect_id)?;
        return Ok(Foreign::None);
    }
    if effect.sent_at.is_some() && desk.now.since(since).as_secs() < ABANDONED_SECONDS {
        return Ok(Foreign::InFlight);
    }
    match serde_json::from_str(&effect.action) {
        Ok(planned) if effect.action_version <= ACTION_VERSION => {
            Ok(Foreign::Abandoned(Box::new(effect), Box::new(planned)))
        }
        _ => Ok(Foreign::InFlight),
    }
}

fn conversation(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &Work,
    (effect, planned, held): (&effects::Effect, &Planned, &Held),
) -> Result<Conversation, StoreError> {
    let unsettled = (effect.state == EffectState::Sent).then_some(Unsettled {
        planned_at: effect.created_at,
        sent_at: effect.sent_at,
    });
    let before = match (&unsettled, &effect.before) {
        (Some(_), Some(before)) => serde_json::from_str(before)
            .map_err(|error| StoreError::corrupt("effects.before", error))?,
        _ => held.license.shown.clone(),
    };
    let conversation = Conversation::new(
        planned.action.clone(),
        held.license.given.clone(),
        before,
        unsettled,
        desk.now,
    );
    let Action::Issue(issue) = &planned.action else {
        return Ok(conversation);
    };
    let holder = match work
        .people
        .holder(issue.holder)
        .and_then(|person| person.email.as_deref())
    {
        None => Holder::Nobody,
        Some(email) => {
            let hash = desk.case.keys.email_term(email);
            remembered::find_user(db, desk.case.tenant, desk.case.server.id, &hash.0)?
                .map_or(Holder::Unknown, Holder::Remembered)
        }
    };
    Ok(conversation.with_holder(holder))
}

/// A new license goes before changes, whatever event it came by.
fn lane_of(lane: Lane, work: &Work) -> Lane {
    let is_issue = work
        .current
        .as_ref()
        .is_some_and(|current| current.planned.action.kind() == ActionKind::Issue);
    match lane {
        Lane::Fulfillment => Lane::Fulfillment,
        _ if is_issue => Lane::Purchase,
        Lane::Purchase | Lane::Quiet => Lane::Change,
        lane => lane,
    }
}

/// Watch only: what would be done is put on record, and nothing else happens.
fn shadow(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    plan: &Plan,
) -> Result<Settlement, StoreError> {
    if work.effects.is_empty() {
        let mut effects = Vec::new();
        for (position, planned) in plan.actions.iter().enumerate() {
            let license = planned
                .license_id
                .unwrap_or(LicenseId::from_uuid(uuid::Uuid::nil()));
            effects.push(effect(desk, planned, license, position)?);
        }
        effects::create(db, &effects)?;
        work.effects.extend(effects);
    }
    let would = plan
        .actions
        .first()
        .map(|planned| planned.summary.clone())
        .unwrap_or_default();
    Ok(Settlement::ignored(
        Reason::new(ReasonCode::ShadowMode).with("what", would),
    ))
}

/// Takes a permit for the next call; without one the event waits for its turn.
fn permit(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    ask: &Ask,
) -> Result<Result<(), Settlement>, StoreError> {
    let origin = desk.case.server.client.origin();
    let lane = lane_of(desk.case.lane, work);
    match permits::acquire(db, &desk.options.budgets, origin, lane, desk.now)? {
        Asked::Granted(permit) => {
            note_sent(db, desk, work, ask, permit)?;
            Ok(Ok(()))
        }
        Asked::Exhausted { until } => {
            release_license(db, desk, work)?;
            Ok(Err(Settlement::out_of_budget(until, desk.now)))
        }
    }
}

/// From here on the effect may have been applied, unless the question changes nothing.
fn note_sent(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    ask: &Ask,
    permit: Permit,
) -> Result<(), StoreError> {
    let Some(current) = &mut work.current else {
        return Ok(());
    };
    current.permit = permit;
    if !ask.is_changing() {
        return Ok(());
    }
    let shown = current.conversation.before();
    current.effect.before = shown
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| StoreError::corrupt("effects.before", error))?;
    current.effect.state = EffectState::Sent;
    current.effect.sent_at = Some(desk.now);
    current.effect.attempts += 1;
    effects::write(db, &current.effect)?;
    work.keep_effect();
    Ok(())
}

/// Lets others call for the license again, unless an answer is still open.
fn release_license(db: &mut Db, desk: &Desk<'_>, work: &mut Work) -> Result<(), StoreError> {
    let Some(current) = work.current.take() else {
        return Ok(());
    };
    if current.effect.state == EffectState::Sent {
        return Ok(());
    }
    licenses::clear_busy(db, desk.case.tenant, current.license_id, current.effect.id)
}

fn busy(now: Timestamp) -> Settlement {
    Settlement::waiting(
        Reason::new(ReasonCode::RateBudget).with("n", 2),
        Some(now.plus(jiff::SignedDuration::from_secs(2))),
    )
}
