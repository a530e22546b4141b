//! Events: what arrived, and dates of our own.

mod accept;
mod claim;
mod filter;
mod list;
mod settle;
mod ways;
mod words;

use diesel::insert_into;
use diesel::prelude::*;

pub use accept::{Arrival, NewEvent, accept_batch};
pub use claim::{Claim, Claimed, SUSPECTED, TO_NEWER, begin_alone, claim_across_tenants};
pub use filter::{About, EventFilter, EventSearch};
pub use list::{EventCursor, count, count_by_state, list, list_ids};
pub use settle::{
    Links, Settlement, discard, forgive_reason, link, replay, set_due, set_progress, settle,
    settle_and_link, unclaim, unpark, unpark_of, wake_reason, wake_storefront, wake_subject,
    wake_waiting_for,
};

use crate::domain::effect::EventState;
use crate::domain::id::{CustomerId, DeliveryId, EventId, StorefrontId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::news::News;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::events;

/// An event without its payload.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub struct Event {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: EventId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The POST that brought it.
    pub delivery_id: Option<DeliveryId>,
    /// The shop's id; `None` for a date of our own.
    pub source_event_id: Option<String>,
    /// The shop's name of its type.
    pub event_type: String,
    /// False for test orders.
    pub live: bool,
    /// How urgent its calls are.
    pub lane: Lane,
    /// What is worked one at a time with it.
    pub subject: String,
    /// Where it stands.
    pub state: EventState,
    /// Why it stands there.
    pub reason_code: Option<ReasonCode>,
    /// What the reason is about, so that alike ones are one problem.
    pub reason_subject: Option<String>,
    /// What fills the reason's text, as JSON.
    pub reason_details: Option<String>,
    /// The order it names.
    pub order_id: Option<String>,
    /// The receipt number of that order.
    pub order_reference: Option<String>,
    /// The subscription it names.
    pub subscription_id: Option<String>,
    /// The person it concerns.
    pub customer_id: Option<CustomerId>,
    /// One sentence without personal data.
    pub headline: Option<String>,
    /// When the thing itself happened.
    pub occurred_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
    /// When it came to rest.
    pub settled_at: Option<Timestamp>,
    /// Failed tries so far.
    pub attempts: i32,
    /// How often it was taken up since it last settled.
    pub claims: i32,
    /// When it is to be worked; `None` = not at all.
    pub due_at: Option<Timestamp>,
    /// How far it is, as JSON; `None` while one go is enough for it.
    pub progress: Option<String>,
    /// What a license server said, sealed; the reason lacks it until [`Event::open_words`].
    pub words_sealed: Option<Vec<u8>>,
    /// What kind of news it is; `None` until it was worked, and for what is not counted.
    pub news: Option<News>,
}

/// The event; `None` when it is not there.
pub fn find(db: &mut Db, tenant: TenantId, event: EventId) -> Result<Option<Event>, StoreError> {
    Ok(events::table.find((tenant, event)).first(db).optional()?)
}

/// The event that the shop calls so; `None` when it has not come.
pub fn find_by_source(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    source_event_id: &str,
) -> Result<Option<Event>, StoreError> {
    Ok(events::table
        .filter(events::tenant_id.eq(tenant))
        .filter(events::storefront_id.eq(storefront))
        .filter(events::source_event_id.eq(source_event_id))
        .first(db)
        .optional()?)
}

/// Stores one event, such as a date of our own; false when it is there already.
pub fn create(db: &mut Db, event: &Event) -> Result<bool, StoreError> {
    Ok(or_ignore(insert_into(events::table).values(event)).execute(db)? == 1)
}

impl Event {
    /// Why it stands where it does.
    pub fn reason(&self) -> Result<Option<Reason>, StoreError> {
        let Some(code) = self.reason_code else {
            return Ok(None);
        };
        let mut reason = Reason::new(code);
        if let Some(details) = &self.reason_details {
            reason.details = serde_json::from_str(details)
                .map_err(|error| StoreError::corrupt("events.reason_details", error))?;
        }
        Ok(Some(reason))
    }
}
