//! Chooses what to work on: due subjects, tenants in turn, each leased to one process.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::domain::effect::EventState;
use crate::domain::id::{EventId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::store::columns::{Id, Moment, ProcessId};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::events::Event;
use crate::store::leases;
use crate::store::schema::{events, leases as lease_rows};
use crate::store::tenant_turns;

/// What a process asks for.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks.
    pub owner: ProcessId,
    /// Now.
    pub now: Timestamp,
    /// Until when the subjects are leased.
    pub until: Timestamp,
    /// The lanes that have permits left.
    pub lanes: Vec<Lane>,
    /// How many subjects at most.
    pub limit: usize,
}

/// A subject that is now leased, with its due events in order of their happening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The subject.
    pub subject: String,
    /// Its due events; each counts one claim more.
    pub events: Vec<Event>,
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = Id)]
    tenant_id: TenantId,
    #[diesel(sql_type = Text)]
    subject: String,
}

/// Leases due subjects: lanes in their order, tenants in turn within a lane, the longest due first within a tenant.
pub fn claim_across_tenants(db: &mut Db, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
    if claim.lanes.is_empty() || claim.limit == 0 {
        return Ok(Vec::new());
    }
    let mut chosen = BTreeSet::new();
    for head in due_heads(db, claim)? {
        if chosen.len() < claim.limit {
            chosen.insert((head.tenant_id, head.subject));
        }
    }
    let leased = leases::take(db, claim.owner, &chosen, claim.now, claim.until)?;
    if leased.is_empty() {
        return Ok(Vec::new());
    }
    let tenants: BTreeSet<TenantId> = leased.iter().map(|(tenant, _)| *tenant).collect();
    tenant_turns::take(db, &tenants, claim.now)?;
    let mut subjects: BTreeMap<(TenantId, String), Vec<Event>> = BTreeMap::new();
    for event in due_events(db, claim, &leased)? {
        subjects
            .entry((event.tenant_id, event.subject.clone()))
            .or_default()
            .push(event);
    }
    Ok(subjects
        .into_iter()
        .map(|((tenant_id, subject), events)| Claimed {
            tenant_id,
            subject,
            events,
        })
        .collect())
}

/// The first due subjects of each tenant that nobody works on; a subject may come several times.
fn due_heads(db: &mut Db, claim: &Claim) -> Result<Vec<Head>, StoreError> {
    let numbers: Vec<String> = claim
        .lanes
        .iter()
        .map(|lane| format!("({})", lane.as_i16()))
        .collect();
    let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
    // Numbers of an enum of ours need no binding. SQLite has no LATERAL; its one file holds few tenants.
    let query = match db {
        Db::Postgres(_) => HEADS_ON_POSTGRES,
        Db::Sqlite(_) => HEADS_ON_SQLITE,
    }
    .replace("{lanes}", &numbers.join(", "));
    Ok(sql_query(query)
        .bind::<Moment, _>(claim.now)
        .bind::<BigInt, _>(limit.saturating_mul(4))
        .load(db)?)
}

/// One short index scan per tenant and lane, however long the line behind it.
const HEADS_ON_POSTGRES: &str = "\
    SELECT head.tenant_id, head.subject FROM tenants \
    LEFT JOIN tenant_turns ON tenant_turns.tenant_id = tenants.id \
    CROSS JOIN (VALUES {lanes}) AS lanes (lane) \
    CROSS JOIN LATERAL (\
        SELECT events.tenant_id, events.subject, events.due_at, \
            row_number() OVER (ORDER BY events.due_at) AS place \
        FROM events WHERE events.tenant_id = tenants.id AND events.lane = lanes.lane AND events.due_at <= $1 \
        AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.tenant_id = events.tenant_id \
            AND leases.subject = events.subject AND leases.until > $1) \
        ORDER BY events.due_at LIMIT $2) AS head \
    WHERE tenants.suspended_at IS NULL \
    ORDER BY lanes.lane, head.place, tenant_turns.served_at NULLS FIRST, head.due_at LIMIT $2";

const HEADS_ON_SQLITE: &str = "\
    SELECT tenant_id, subject FROM (\
        SELECT events.tenant_id, events.subject, events.lane, events.due_at, tenant_turns.served_at, \
            row_number() OVER (PARTITION BY events.tenant_id, events.lane ORDER BY events.due_at) AS place \
        FROM events JOIN tenants ON tenants.id = events.tenant_id AND tenants.suspended_at IS NULL \
        LEFT JOIN tenant_turns ON tenant_turns.tenant_id = events.tenant_id \
        WHERE events.lane IN (VALUES {lanes}) AND events.due_at <= $1 \
        AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.tenant_id = events.tenant_id \
            AND leases.subject = events.subject AND leases.until > $1)) \
    ORDER BY lane, place, served_at NULLS FIRST, due_at LIMIT $2";

fn due_events(
    db: &mut Db,
    claim: &Claim,
    leased: &BTreeSet<(TenantId, String)>,
) -> Result<Vec<Event>, StoreError> {
    let mut due: Vec<Event> = events::table
        .inner_join(
            lease_rows::table.on(lease_rows::tenant_id
                .eq(events::tenant_id)
                .and(lease_rows::subject.eq(events::subject))),
        )
        .filter(lease_rows::owner.eq(claim.owner))
        .filter(lease_rows::until.eq(claim.until))
        .filter(events::due_at.le(claim.now))
        .order((events::occurred_at, events::received_at, events::id))
        .select(events::all_columns)
        .load(db)?;
    // Another lease of this process may end at the very same microsecond.
    due.retain(|event| leased.contains(&(event.tenant_id, event.subject.clone())));
    let tenants: BTreeSet<TenantId> = due.iter().map(|event| event.tenant_id).collect();
    let ids: Vec<EventId> = due.iter().map(|event| event.id).collect();
    diesel::update(events::table)
        .filter(events::tenant_id.eq_any(tenants))
        .filter(events::id.eq_any(ids))
        .set((
            events::claims.eq(events::claims + 1),
            events::state.eq(EventState::Working),
        ))
        .execute(db)?;
    for event in &mut due {
        event.claims += 1;
        event.state = EventState::Working;
    }
    Ok(due)
}
