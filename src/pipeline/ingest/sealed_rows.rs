//! The rows of events that arrived together, payloads sealed, however they came.

use crate::domain::id::{DeliveryId, EventId, StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::pipeline::clock::id_at;
use crate::store::deliveries::Outcome;
use crate::store::events::{Arrival, NewEvent};
use crate::storefronts::RawEvent;
use crate::vault::{Field, TenantKeys, VaultError};

/// Whose events they are.
#[derive(Clone, Copy)]
pub struct Home<'a> {
    /// Whose store it is.
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// Whether events wait until it is resumed.
    pub is_paused: bool,
    /// The tenant's keys.
    pub keys: &'a TenantKeys,
}

/// The rows of one body.
pub fn arrival(
    home: Home<'_>,
    events: &[RawEvent<'_>],
    (body_bytes, outcome): (usize, Outcome),
    now: Timestamp,
) -> Result<Arrival, VaultError> {
    let delivery = DeliveryId::from_uuid(id_at(now));
    let events = events
        .iter()
        .map(|event| new_event(home, event, delivery, now))
        .collect::<Result<Vec<NewEvent>, VaultError>>()?;
    Ok(Arrival {
        tenant_id: home.tenant,
        storefront_id: home.storefront,
        delivery_id: delivery,
        received_at: now,
        body_bytes: i64::try_from(body_bytes).unwrap_or(i64::MAX),
        outcome,
        events,
    })
}

fn new_event(
    home: Home<'_>,
    event: &RawEvent<'_>,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<NewEvent, VaultError> {
    let id = EventId::from_uuid(id_at(now));
    let payload_sealed = home
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
        is_held: home.is_paused,
        payload_sealed,
    })
}
