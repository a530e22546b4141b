//! The rows of events that arrived together, payloads sealed, however they came.

use crate::domain::id::{DeliveryId, EventId, StorefrontId, TenantId};
use crate::domain::kind::StorefrontKind;
use crate::domain::time::Timestamp;
use crate::pipeline::clock::id_at;
use crate::store::deliveries::Outcome;
use crate::store::events::{Arrival, NewEvent};
use crate::storefronts::RawEvent;
use crate::vault::{Field, TenantKeys, VaultError};

/// Where events come from, and the keys that seal them.
#[derive(Clone, Copy)]
pub struct EventSource<'a> {
    /// Whose store it is.
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// The kind of shop.
    pub kind: StorefrontKind,
    /// Whether events wait until it is resumed.
    pub is_paused: bool,
    pub keys: &'a TenantKeys,
}

/// The rows of one body.
#[tracing::instrument(level = "debug", skip_all)]
pub fn seal_delivery(
    source: EventSource<'_>,
    events: &[RawEvent<'_>],
    body_bytes: usize,
    outcome: Outcome,
    now: Timestamp,
) -> Result<Arrival, VaultError> {
    let delivery = DeliveryId::from_uuid(id_at(now));
    let events = events
        .iter()
        .map(|event| seal_event(source, event, delivery, now))
        .collect::<Result<Vec<NewEvent>, VaultError>>()?;
    Ok(Arrival {
        tenant_id: source.tenant,
        storefront_id: source.storefront,
        delivery_id: delivery,
        received_at: now,
        body_bytes: i64::try_from(body_bytes).unwrap_or(i64::MAX),
        outcome,
        events,
        new_types: Vec::new(),
    })
}

fn seal_event(
    source: EventSource<'_>,
    event: &RawEvent<'_>,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<NewEvent, VaultError> {
    let id = EventId::from_uuid(id_at(now));
    let payload_sealed = source
        .keys
        .seal_compressed(Field::Payload(id).place(), event.payload.as_bytes())?;
    Ok(NewEvent {
        id,
        delivery_id: Some(delivery),
        source_event_id: Some(event.source_id.to_string()),
        event_type: event.event_type.to_string(),
        live: event.live,
        lane: event.lane,
        subject: event.subject.clone().unwrap_or_else(|| id.to_string()),
        order_id: event.order_id.clone(),
        order_reference: event.order_reference.clone(),
        subscription_id: event.subscription_id.clone(),
        occurred_at: event.occurred_at.or(event.created).unwrap_or(now),
        is_held: source.is_paused,
        payload_sealed,
    })
}
