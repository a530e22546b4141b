//! An event as lists show it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::effect::EventState;
use crate::domain::id::{EventId, StorefrontId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::news::News;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::events::Event;
use crate::web::api::reason::ReasonView;

/// An event: what the shop sent, or a date of our own.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    id: EventId,
    storefront_id: StorefrontId,
    /// The shop's id; `null` for a date of our own.
    source_event_id: Option<String>,
    /// As the shop spells it.
    r#type: String,
    /// False for test orders.
    live: bool,
    /// `received`, `working`, `waiting`, `retrying`, `done`, `ignored`, `parked` or `discarded`.
    #[schema(value_type = EventState, example = "done")]
    state: &'static str,
    /// Why it is there; `null` when it is simply done or in line.
    reason: Option<ReasonView>,
    /// `purchases`, `renewals`, `failed`, `ended` or `refunds`; `null` for other news, and until it was worked.
    #[schema(value_type = Option<News>, example = "purchases")]
    kind: Option<&'static str>,
    /// One sentence about it, without personal data.
    headline: Option<String>,
    order_id: Option<String>,
    /// The receipt number of that order.
    order_reference: Option<String>,
    subscription_id: Option<String>,
    /// When the thing itself happened.
    occurred_at: Timestamp,
    received_at: Timestamp,
    /// When it came to rest.
    settled_at: Option<Timestamp>,
    /// Failed tries so far.
    attempts: i32,
    /// When it is worked next; `null` = not by itself.
    next_attempt_at: Option<Timestamp>,
}

impl EventView {
    /// The event of a store that speaks to that license server.
    pub fn of(event: Event, kind: LicenseServerKind) -> Result<Self, StoreError> {
        let reason = event.reason()?;
        Ok(Self {
            id: event.id,
            storefront_id: event.storefront_id,
            source_event_id: event.source_event_id,
            r#type: event.event_type,
            live: event.live,
            state: event.state.as_str(),
            reason: reason.as_ref().map(|reason| ReasonView::of(reason, kind)),
            kind: event.news.map(News::as_str),
            headline: event.headline,
            order_id: event.order_id,
            order_reference: event.order_reference,
            subscription_id: event.subscription_id,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            settled_at: event.settled_at,
            attempts: event.attempts,
            next_attempt_at: event.due_at,
        })
    }
}
