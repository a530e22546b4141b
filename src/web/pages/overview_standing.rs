//! Which sentence the overview begins with: the worst that holds.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::domain::act::Act;
use crate::domain::action::ActionKind;
use crate::domain::effect::{EffectState, EventState};
use crate::domain::id::TenantId;
use crate::domain::reason::ReasonCode;
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::store::audit::AuditFilter;
use crate::store::cause_counts::CauseCount;
use crate::store::events::EventFilter;
use crate::store::license_servers::LicenseServer;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError, audit, effects, events};
use crate::web::actor_names::ActorNames;
use crate::web::pages::overview_headline::{CompanyStanding, Messages};
use crate::web::to_fix::ToFix;

/// More messages in line than this are a backlog worth a sentence.
const BACKLOG: u64 = 40;
/// Calls that Cryptlex answers in a minute when all goes well, at two per message.
const MESSAGES_PER_MINUTE: u64 = 300;
/// Silence shorter than this is nobody's worry.
const SILENCE_HOURS: u64 = 6;

/// Changes of a store among which the one that put it on hold is looked for.
const CHANGES: i64 = 50;

/// What the sentence depends on.
pub struct Situation<'a> {
    /// The stores.
    pub stores: &'a [Storefront],
    /// The accounts.
    pub accounts: &'a [LicenseServer],
    /// What needs a person.
    pub to_fix: &'a ToFix,
    /// What stands still, counted.
    pub still: &'a [CauseCount],
    /// Today's messages.
    pub today: Messages,
    /// When the last message came; `None` when none ever did.
    pub last_at: Option<Timestamp>,
    /// Messages of a usual day of this weekday until this hour.
    pub usual: Option<u64>,
    /// The time of the request.
    pub now: Timestamp,
}

/// How things are.
pub fn standing(
    db: &mut Db,
    tenant: TenantId,
    situation: &Situation<'_>,
) -> Result<CompanyStanding, StoreError> {
    if let Some(standing) = on_hold(db, tenant, situation)? {
        return Ok(standing);
    }
    if let Some(standing) = token_refused(situation) {
        return Ok(standing);
    }
    if situation.to_fix.count() > 0 {
        return Ok(needs_you(situation));
    }
    if let Some(standing) = away(situation) {
        return Ok(standing);
    }
    if let Some(standing) = catching_up(db, tenant, situation.now)? {
        return Ok(standing);
    }
    if let Some(standing) = watch_only(db, tenant, situation)? {
        return Ok(standing);
    }
    Ok(quiet(situation))
}

fn on_hold(
    db: &mut Db,
    tenant: TenantId,
    situation: &Situation<'_>,
) -> Result<Option<CompanyStanding>, StoreError> {
    let Some(first) = situation.stores.first() else {
        return Ok(None);
    };
    if situation
        .stores
        .iter()
        .any(|store| store.mode != Mode::Paused)
    {
        return Ok(None);
    }
    let (since, by) = put_on_hold(db, tenant, first)?;
    Ok(Some(CompanyStanding::OnHold {
        since,
        by,
        messages: situation.waiting(ReasonCode::StorefrontPaused),
        store_url: format!("/setup/stores/{}", first.id),
    }))
}

/// When a store was put on hold, and by whom as far as that is known.
fn put_on_hold(
    db: &mut Db,
    tenant: TenantId,
    store: &Storefront,
) -> Result<(Timestamp, String), StoreError> {
    let changes = AuditFilter {
        action: Some(Act::StorefrontChange.as_str().to_owned()),
        target: Some(store.id.to_string()),
        ..AuditFilter::default()
    };
    let acts = audit::list(db, tenant, &changes, None, CHANGES)?;
    let hold = acts.iter().find(|act| {
        let details: Option<Value> = serde_json::from_str(&act.details).ok();
        let mode = details
            .as_ref()
            .and_then(|details| details.pointer("/mode/to"));
        mode.and_then(Value::as_str) == Some(Mode::Paused.as_str())
    });
    let Some(act) = hold else {
        return Ok((store.rules_changed_at, String::new()));
    };
    let names = ActorNames::look_up(db, tenant)?;
    Ok((act.at, names.of(act).unwrap_or_default().to_owned()))
}

fn token_refused(situation: &Situation<'_>) -> Option<CompanyStanding> {
    let mut causes = situation.to_fix.causes.iter();
    let problem =
        causes.find(|problem| problem.reason_code == ReasonCode::LicenseServerUnauthorized)?;
    let account = problem.reason_subject.clone().unwrap_or_default();
    let mut accounts = situation.accounts.iter();
    let server = accounts.find(|server| server.id.to_string() == account);
    let held_since = server.and_then(|server| server.held_since);
    Some(CompanyStanding::TokenRefused {
        service: server.map(|server| server.kind).unwrap_or_default(),
        since: held_since.unwrap_or(problem.first_at),
        again: held_since.and(server.and_then(|server| server.next_probe_at)),
        changes: situation.waiting(ReasonCode::LicenseServerUnauthorized),
        account_url: format!("/setup/accounts/{account}"),
    })
}

fn needs_you(situation: &Situation<'_>) -> CompanyStanding {
    CompanyStanding::NeedsYou {
        problems: situation.to_fix.count(),
        buyers: number(situation.still.iter().map(|cause| cause.purchases).sum()),
        today: situation.today,
    }
}

fn away(situation: &Situation<'_>) -> Option<CompanyStanding> {
    let mut accounts = situation.accounts.iter();
    let (service, since) = accounts.find_map(|server| Some((server.kind, server.broken_since?)))?;
    let code = ReasonCode::LicenseServerUnreachable;
    Some(CompanyStanding::Away {
        service,
        since,
        changes: situation.waiting(code) + situation.count(EventState::Retrying, code),
    })
}

impl Situation<'_> {
    fn waiting(&self, code: ReasonCode) -> u64 {
        self.count(EventState::Waiting, code)
    }

    fn count(&self, state: EventState, code: ReasonCode) -> u64 {
        let alike = self.still.iter().filter(|cause| cause.is(state, code));
        number(alike.map(|cause| cause.count).sum())
    }
}

fn catching_up(
    db: &mut Db,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Option<CompanyStanding>, StoreError> {
    let in_line = EventFilter {
        states: vec![EventState::Received],
        received_before: Some(now.plus(SignedDuration::from_secs(-10))),
        ..EventFilter::default()
    };
    let changes = number(events::count(db, tenant, &in_line)?);
    Ok((changes > BACKLOG).then(|| CompanyStanding::CatchingUp {
        changes,
        minutes: changes.div_ceil(MESSAGES_PER_MINUTE),
    }))
}

fn watch_only(
    db: &mut Db,
    tenant: TenantId,
    situation: &Situation<'_>,
) -> Result<Option<CompanyStanding>, StoreError> {
    let is_watching = !situation.stores.is_empty()
        && situation
            .stores
            .iter()
            .all(|store| store.mode == Mode::Shadow);
    if !is_watching {
        return Ok(None);
    }
    let week = situation.now.plus_hours(-7 * 24);
    let planned = effects::count_by_kind(db, tenant, EffectState::Planned, week)?;
    let count = |kinds: &[ActionKind]| {
        let counts = planned.iter().filter(|(kind, _)| kinds.contains(kind));
        number(counts.map(|(_, count)| count).sum())
    };
    Ok(Some(CompanyStanding::WatchOnly {
        made: count(&[ActionKind::Issue]),
        ended: count(&[ActionKind::Suspend, ActionKind::Revoke, ActionKind::Delete]),
    }))
}

/// Empty, silent for too long, or all well.
fn quiet(situation: &Situation<'_>) -> CompanyStanding {
    let store_url = situation
        .stores
        .first()
        .map(|store| format!("/setup/stores/{}", store.id));
    let Some(last_at) = situation.last_at else {
        return CompanyStanding::Empty { store_url };
    };
    let hours = u64::try_from(situation.now.since(last_at).as_hours()).unwrap_or(0);
    let minutes_of_day = minutes_of_day(situation.now);
    let usual_minutes = situation
        .usual
        .and_then(|messages| minutes_of_day.checked_div(messages));
    match (usual_minutes, store_url) {
        (Some(usual_minutes), Some(store_url))
            if hours >= SILENCE_HOURS && hours * 60 > usual_minutes * 10 =>
        {
            CompanyStanding::Silence {
                hours,
                usual_minutes: usual_minutes.max(1),
                weekday: situation.now.as_jiff().strftime("%A").to_string(),
                store_url,
            }
        }
        _ => CompanyStanding::Well {
            today: situation.today,
        },
    }
}

fn minutes_of_day(now: Timestamp) -> u64 {
    let time = now.as_jiff().to_zoned(TimeZone::UTC);
    let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
    u64::try_from(minutes).unwrap_or(0)
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
