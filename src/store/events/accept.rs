//! The hot path: rows of deliveries that arrived together, a round trip per table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diesel::insert_into;
use diesel::prelude::*;
use jiff::SignedDuration;

use crate::domain::effect::EventState;
use crate::domain::id::{DeliveryId, EventId, StorefrontId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::db::{Db, on_backend};
use crate::store::deliveries::{Delivery, Outcome};
use crate::store::error::StoreError;
use crate::store::event_types::{self, EventTypeSeen};
use crate::store::kept;
use crate::store::payloads::Payload;
use crate::store::schema::{deliveries, events, payloads, storefronts};

/// Rows of one statement: SQLite binds at most 32,766 values.
const ROWS: usize = 1_000;

/// One delivery, its events sealed and ready.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Whose hook.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The delivery's id.
    pub delivery_id: DeliveryId,
    /// When it came.
    pub received_at: Timestamp,
    /// How large it was.
    pub body_bytes: i64,
    /// How it came.
    pub outcome: Outcome,
    /// What it held.
    pub events: Vec<NewEvent>,
    /// Types among them that may never have come to the store before, in the shop's words.
    pub new_types: Vec<String>,
}

impl Arrival {
    /// The same, with types that are recorded beside it.
    pub fn with_new_types(self, types: &[&str]) -> Self {
        Self {
            new_types: types.iter().map(ToString::to_string).collect(),
            ..self
        }
    }
}

/// One event that arrived.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its id; unused when the event is there already.
    pub id: EventId,
    /// The delivery that brought it.
    pub delivery_id: Option<DeliveryId>,
    /// The shop's id, by which it is known again.
    pub source_event_id: Option<String>,
    /// The shop's name of its type.
    pub event_type: String,
    /// False for test orders.
    pub live: bool,
    /// How urgent its calls are.
    pub lane: Lane,
    /// What is worked one at a time with it.
    pub subject: String,
    /// The order it names.
    pub order_id: Option<String>,
    /// The receipt number of that order.
    pub order_reference: Option<String>,
    /// The subscription it names.
    pub subscription_id: Option<String>,
    /// When the thing itself happened.
    pub occurred_at: Timestamp,
    /// Whether it waits until its storefront is resumed.
    pub is_held: bool,
    /// The payload, sealed.
    pub payload_sealed: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct Row<'a> {
    tenant_id: TenantId,
    id: EventId,
    storefront_id: StorefrontId,
    delivery_id: Option<DeliveryId>,
    source_event_id: Option<&'a str>,
    event_type: &'a str,
    live: bool,
    lane: Lane,
    subject: &'a str,
    state: EventState,
    reason_code: Option<ReasonCode>,
    order_id: Option<&'a str>,
    order_reference: Option<&'a str>,
    subscription_id: Option<&'a str>,
    occurred_at: Timestamp,
    received_at: Timestamp,
    attempts: i32,
    claims: i32,
    due_at: Option<Timestamp>,
}

/// Stores what is new; events that are there already stay as they are, and count as stored.
pub fn accept_batch(db: &mut Db, arrivals: &[Arc<Arrival>]) -> Result<(), StoreError> {
    let mut rows: Vec<Row<'_>> = arrivals
        .iter()
        .flat_map(|arrival| arrival.events.iter().map(|event| row(arrival, event)))
        .collect();
    // By key, so that replicas which store the same events wait for one another instead of deadlocking.
    rows.sort_by_key(|row| {
        (
            row.tenant_id,
            row.storefront_id,
            row.source_event_id,
            row.id,
        )
    });
    let mut stored: BTreeSet<EventId> = BTreeSet::new();
    for rows in rows.chunks(ROWS) {
        // Several rows in one insert, and ON CONFLICT.
        let ids: Vec<EventId> = on_backend!(db, connection => insert_into(events::table)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(events::id)
            .get_results(connection))?;
        stored.extend(ids);
    }
    accept_payloads(db, arrivals, &stored)?;
    accept_deliveries(db, arrivals)?;
    note_last_events(db, arrivals)?;
    event_types::see(db, &seen_types(arrivals))
}

/// Each type once and in order, so that replicas which record the same ones wait for one another.
fn seen_types(arrivals: &[Arc<Arrival>]) -> Vec<EventTypeSeen> {
    let seen: BTreeMap<(TenantId, StorefrontId, &str), Timestamp> = arrivals
        .iter()
        .flat_map(|arrival| arrival.new_types.iter().map(move |name| (arrival, name)))
        .map(|(arrival, name)| {
            let store = (arrival.tenant_id, arrival.storefront_id, name.as_str());
            (store, arrival.received_at)
        })
        .collect();
    seen.into_iter()
        .map(
            |((tenant_id, storefront_id, name), first_seen_at)| EventTypeSeen {
                tenant_id,
                storefront_id,
                event_type: name.to_owned(),
                first_seen_at,
            },
        )
        .collect()
}

fn accept_payloads(
    db: &mut Db,
    arrivals: &[Arc<Arrival>],
    stored: &BTreeSet<EventId>,
) -> Result<(), StoreError> {
    let rows: Vec<Payload<'_>> = arrivals
        .iter()
        .flat_map(|arrival| arrival.events.iter().map(move |event| (arrival, event)))
        .filter(|(_, event)| stored.contains(&event.id))
        .map(|(arrival, event)| Payload {
            tenant_id: arrival.tenant_id,
            event_id: event.id,
            received_at: arrival.received_at,
            sealed: &event.payload_sealed,
        })
        .collect();
    for rows in rows.chunks(ROWS) {
        // Several rows in one insert.
        on_backend!(db, connection => insert_into(payloads::table)
            .values(rows)
            .execute(connection))?;
    }
    Ok(())
}

fn accept_deliveries(db: &mut Db, arrivals: &[Arc<Arrival>]) -> Result<(), StoreError> {
    let rows: Vec<Delivery> = arrivals.iter().map(|arrival| delivery(arrival)).collect();
    for rows in rows.chunks(ROWS) {
        // Several rows in one insert, and ON CONFLICT: a commit whose answer was lost is run again.
        on_backend!(db, connection => insert_into(deliveries::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(connection))?;
    }
    Ok(())
}

/// To the minute, so that a busy storefront's row is not written with every batch; what we fetched is no call.
fn note_last_events(db: &mut Db, arrivals: &[Arc<Arrival>]) -> Result<(), StoreError> {
    let latest: BTreeMap<(TenantId, StorefrontId), Timestamp> = arrivals
        .iter()
        .filter(|arrival| arrival.outcome == Outcome::Accepted)
        .map(|arrival| {
            (
                (arrival.tenant_id, arrival.storefront_id),
                arrival.received_at,
            )
        })
        .collect();
    let Some(now) = latest.values().max().copied() else {
        return Ok(());
    };
    let minute_ago = now.plus(SignedDuration::from_mins(-1));
    let (tenants, ids): (Vec<TenantId>, Vec<StorefrontId>) = latest.keys().copied().unzip();
    kept::execute(
        db,
        diesel::update(storefronts::table)
            .filter(storefronts::tenant_id.eq_any(tenants))
            .filter(storefronts::id.eq_any(ids))
            .filter(
                storefronts::last_event_at
                    .is_null()
                    .or(storefronts::last_event_at.lt(minute_ago)),
            )
            .set(storefronts::last_event_at.eq(now)),
    )?;
    Ok(())
}

fn row<'a>(arrival: &Arrival, event: &'a NewEvent) -> Row<'a> {
    let (state, reason_code, due_at) = if event.is_held {
        (
            EventState::Waiting,
            Some(ReasonCode::StorefrontPaused),
            None,
        )
    } else {
        (EventState::Received, None, Some(arrival.received_at))
    };
    Row {
        tenant_id: arrival.tenant_id,
        id: event.id,
        storefront_id: arrival.storefront_id,
        delivery_id: event.delivery_id,
        source_event_id: event.source_event_id.as_deref(),
        event_type: &event.event_type,
        live: event.live,
        lane: event.lane,
        subject: &event.subject,
        state,
        reason_code,
        order_id: event.order_id.as_deref(),
        order_reference: event.order_reference.as_deref(),
        subscription_id: event.subscription_id.as_deref(),
        occurred_at: event.occurred_at,
        received_at: arrival.received_at,
        attempts: 0,
        claims: 0,
        due_at,
    }
}

fn delivery(arrival: &Arrival) -> Delivery {
    Delivery {
        tenant_id: arrival.tenant_id,
        id: arrival.delivery_id,
        storefront_id: arrival.storefront_id,
        received_at: arrival.received_at,
        body_bytes: arrival.body_bytes,
        events: i32::try_from(arrival.events.len()).unwrap_or(i32::MAX),
        outcome: arrival.outcome,
        cause: None,
    }
}
