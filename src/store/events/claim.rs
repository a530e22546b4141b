//! Chooses what to work on: due subjects, tenants in turn, each leased to one process.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Text};
use jiff::SignedDuration;

use crate::domain::effect::EventState;
use crate::domain::id::{EventId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::store::columns::{Id, Moment, ProcessId};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::events::Event;
use crate::store::kept::{self, kept};
use crate::store::schema::{events, leases as lease_rows, tenant_turns, tenants};
use crate::store::tenants::present;
use crate::store::{leases, tenant_turns as turns};

/// Claims without an end from which on an event is suspected of killing the workers: further ones count only when it is
/// [begun alone](begin_alone).
pub const SUSPECTED: i32 = 6;

/// When an event that only a newer version can read is due again.
pub const TO_NEWER: SignedDuration = SignedDuration::from_mins(1);

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
    /// Its due events; each counts one claim more, unless it is suspected.
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
    let (mut chosen, mut tenants) = (BTreeSet::new(), Vec::new());
    for head in due_heads(db, claim)? {
        if chosen.len() < claim.limit {
            tenants.push(head.tenant_id);
            chosen.insert((head.tenant_id, head.subject));
        }
    }
    let leased = leases::take(db, claim.owner, &chosen, claim.now, claim.until)?;
    if leased.is_empty() {
        return Ok(Vec::new());
    }
    tenants.retain(|tenant| leased.iter().any(|(served, _)| served == tenant));
    turns::take(db, &tenants, claim.now)?;
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
    let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
    let limit = limit.saturating_mul(4);
    match db {
        Db::Postgres(connection) => due_heads_at_once(connection, claim, limit),
        // SQLite has no LATERAL; its one file holds few tenants, and a query costs it no round trip.
        Db::Sqlite(connection) => due_heads_one_by_one(connection, claim, limit),
    }
}

fn due_heads_at_once(
    connection: &mut PgConnection,
    claim: &Claim,
    limit: i64,
) -> Result<Vec<Head>, StoreError> {
    // Numbers of an enum of ours need no binding.
    let numbers: Vec<String> = claim
        .lanes
        .iter()
        .map(|lane| format!("({})", lane.as_i16()))
        .collect();
    let query = HEADS_ON_POSTGRES.replace("{lanes}", &numbers.join(", "));
    let heads = sql_query(query)
        .bind::<Moment, _>(claim.now)
        .bind::<BigInt, _>(limit);
    Ok(kept(heads).load(connection)?)
}

fn due_heads_one_by_one(
    connection: &mut SqliteConnection,
    claim: &Claim,
    limit: i64,
) -> Result<Vec<Head>, StoreError> {
    let tenants: Vec<TenantId> = tenants::table
        .left_join(tenant_turns::table.on(tenant_turns::tenant_id.eq(tenants::id)))
        .filter(tenants::suspended_at.is_null())
        .order(tenant_turns::served_at)
        .select(tenants::id)
        .load(connection)?;
    let mut lanes = claim.lanes.clone();
    lanes.sort_by_key(|lane| lane.as_i16());
    let mut heads = Vec::new();
    for lane in lanes {
        let mut lines = Vec::new();
        for tenant in &tenants {
            let line = sql_query(HEADS_ON_SQLITE)
                .bind::<Id, _>(*tenant)
                .bind::<Integer, _>(i32::from(lane.as_i16()))
                .bind::<Moment, _>(claim.now)
                .bind::<BigInt, _>(limit);
            let line: Vec<Head> = kept(line).load(connection)?;
            lines.push(line.into_iter());
        }
        // The first of each tenant, then the second of each.
        loop {
            let turn: Vec<Head> = lines.iter_mut().filter_map(Iterator::next).collect();
            if turn.is_empty() {
                break;
            }
            heads.extend(turn);
        }
    }
    Ok(heads)
}

/// One short index scan per tenant and lane, however long the line behind it.
///
/// Without `ROWS` the window would read on to the last event that is due at the same moment: after an outage, all.
const HEADS_ON_POSTGRES: &str = "\
    SELECT head.tenant_id, head.subject FROM tenants \
    LEFT JOIN tenant_turns ON tenant_turns.tenant_id = tenants.id \
    CROSS JOIN (VALUES {lanes}) AS lanes (lane) \
    CROSS JOIN LATERAL (\
        SELECT events.tenant_id, events.subject, events.due_at, \
            row_number() OVER (ORDER BY events.due_at ROWS UNBOUNDED PRECEDING) AS place \
        FROM events WHERE events.tenant_id = tenants.id AND events.lane = lanes.lane AND events.due_at <= $1 \
        AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.tenant_id = events.tenant_id \
            AND leases.subject = events.subject AND leases.until > $1) \
        ORDER BY events.due_at LIMIT $2) AS head \
    WHERE tenants.suspended_at IS NULL \
    ORDER BY lanes.lane, head.place, tenant_turns.served_at NULLS FIRST, head.due_at LIMIT $2";

const HEADS_ON_SQLITE: &str = "\
    SELECT events.tenant_id, events.subject FROM events \
    WHERE events.tenant_id = $1 AND events.lane = $2 AND events.due_at <= $3 \
    AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.tenant_id = events.tenant_id \
        AND leases.subject = events.subject AND leases.until > $3) \
    ORDER BY events.due_at LIMIT $4";

fn due_events(
    db: &mut Db,
    claim: &Claim,
    leased: &BTreeSet<(TenantId, String)>,
) -> Result<Vec<Event>, StoreError> {
    let due = events::table
        .inner_join(
            lease_rows::table.on(lease_rows::tenant_id
                .eq(events::tenant_id)
                .and(lease_rows::subject.eq(events::subject))),
        )
        .filter(lease_rows::owner.eq(claim.owner))
        .filter(lease_rows::until.eq(claim.until))
        .filter(events::due_at.le(claim.now))
        .order((events::occurred_at, events::received_at, events::id));
    let all = due.select(events::all_columns).load(db);
    let mut due: Vec<Event> = match all.map_err(StoreError::from) {
        Err(StoreError::Unknown(_)) => {
            let ids = due.select((events::tenant_id, events::id)).load(db)?;
            known(db, ids, claim.now)?
        }
        due => due?,
    };
    // Another lease of this process may end at the very same microsecond.
    due.retain(|event| leased.contains(&(event.tenant_id, event.subject.clone())));
    let tenants: BTreeSet<TenantId> = due.iter().map(|event| event.tenant_id).collect();
    let ids: Vec<EventId> = due.iter().map(|event| event.id).collect();
    kept::execute(
        db,
        diesel::update(events::table)
            .filter(events::tenant_id.eq_any(tenants))
            .filter(events::id.eq_any(ids))
            .set((
                events::claims.eq(case_when(events::claims.lt(SUSPECTED), events::claims + 1)
                    .otherwise(events::claims)),
                events::state.eq(EventState::Working),
            )),
    )?;
    for event in &mut due {
        event.claims += i32::from(event.claims < SUSPECTED);
        event.state = EventState::Working;
    }
    Ok(due)
}

/// Those of these events that this version can read. The others stay as they are, and are due again later: a newer version
/// wrote them, and works them.
fn known(
    db: &mut Db,
    ids: Vec<(TenantId, EventId)>,
    now: Timestamp,
) -> Result<Vec<Event>, StoreError> {
    let mut known = Vec::new();
    for (tenant, id) in ids {
        match super::find(db, tenant, id) {
            Err(StoreError::Unknown(error)) => {
                let error = &*error as &dyn std::error::Error;
                tracing::warn!(event.id = %id, error, "an event is left to a newer version");
                super::set_due(db, tenant, id, Some(now.plus(TO_NEWER)))?;
            }
            event => known.extend(event?),
        }
    }
    Ok(known)
}

/// Counts that a suspected event is begun, and nothing else is in work beside it.
pub fn begin_alone(db: &mut Db, tenant: TenantId, event: EventId) -> Result<(), StoreError> {
    let changed = diesel::update(events::table.find((tenant, event)))
        .set(events::claims.eq(events::claims + 1))
        .execute(db)?;
    present(changed)
}
