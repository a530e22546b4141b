//! What is known of one message and what belongs to it, read for its page.

use zeroize::Zeroizing;

use crate::domain::effect::EventState;
use crate::domain::id::{EventId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::reason::ReasonCode;
use crate::store::events::{Event, EventFilter};
use crate::store::license_servers::LicenseServer;
use crate::store::storefronts::Storefront;
use crate::store::{
    Db, StoreError, calls, deliveries, effects, events, license_servers, licenses, payloads,
    storefronts,
};
use crate::vault::{Field, TenantKeys, VaultError};
use crate::web::bodies;
use crate::web::names::Names;
use crate::web::pages::event_keys::{self, LeftKey};
use crate::web::pages::event_story::Story;
use crate::web::pages::failure::PageError;
use crate::web::partials::CopyableId;
use crate::web::query::Query;
use crate::web::visitor::Visitor;

/// Other messages about the same purchase that are shown.
const RELATED: i64 = 20;

/// A message with everything that its page tells.
pub struct FoundEvent {
    /// What happened to it.
    pub story: Story,
    /// The store that it came to; `None` when that was removed.
    pub store: Option<Storefront>,
    /// The account whose refused token it waits for.
    pub refusing: Option<LicenseServer>,
    /// The license, order and subscription it is about.
    pub subjects: Vec<EventSubject>,
    /// Other messages about the same purchase, the oldest first; itself among them.
    pub related: Vec<Event>,
    /// What FastSpring sent, whole; `None` after the retention time.
    pub payload: Option<Zeroizing<Vec<u8>>>,
    /// Keys of the shop's own generator that were not adopted.
    pub left_keys: Vec<LeftKey>,
    /// What people and products are called.
    pub names: Names,
}

/// Something the message is about.
#[derive(Debug, Clone)]
pub struct EventSubject {
    /// `Order`, `Subscription`, `License`.
    pub label: &'static str,
    /// Its id or number.
    pub id: CopyableId,
    /// Its page or list.
    pub href: String,
}

impl FoundEvent {
    /// The kind of license server that its store speaks to.
    pub fn service(&self) -> LicenseServerKind {
        self.names.service(self.story.event.storefront_id)
    }

    /// Whether its message or its calls hold license keys.
    pub fn holds_keys(&self, keys: &TenantKeys) -> Result<bool, VaultError> {
        let payload = self.payload.as_ref();
        if payload.is_some_and(|payload| bodies::holds_keys(payload)) {
            return Ok(true);
        }
        for call in &self.story.calls {
            for (field, sealed) in [
                (Field::CallRequest(call.id), &call.request_sealed),
                (Field::CallResponse(call.id), &call.response_sealed),
            ] {
                if let Some(sealed) = sealed
                    && bodies::holds_keys(&keys.open(field.place(), sealed)?)
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The id of a message in an address.
pub fn event_id(text: &str) -> Result<EventId, PageError> {
    text.parse().map_err(|_no_id| PageError::not_found())
}

/// The message of that id; not found when it is another company's.
pub async fn find(visitor: &Visitor, id: &str) -> Result<FoundEvent, PageError> {
    let (id, tenant, keys) = (event_id(id)?, visitor.tenant, visitor.keys().await?);
    let found = visitor
        .read(move |db| read(db, (tenant, &keys), id))
        .await?;
    found.ok_or_else(PageError::not_found)
}

fn read(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    id: EventId,
) -> Result<Option<FoundEvent>, StoreError> {
    let Some(mut event) = events::find(db, tenant, id)? else {
        return Ok(None);
    };
    event.open_words(keys)?;
    let delivery = match event.delivery_id {
        Some(delivery) => deliveries::find(db, tenant, delivery)?,
        None => None,
    };
    let effects = effects::list_shown_of_event(db, tenant, id)?;
    let related = list_related(db, tenant, &event)?;
    let people = related
        .iter()
        .chain([&event])
        .filter_map(|event| event.customer_id);
    let names = Names::look_up(db, (tenant, keys), people)?;
    let license_ids: Vec<_> = effects.iter().map(|effect| effect.license_id).collect();
    let licenses = licenses::list_by_ids(db, tenant, &license_ids)?;
    let payload = payloads::find(db, tenant, id)?
        .map(|sealed| keys.open(Field::Payload(id).place(), &sealed))
        .transpose()
        .map_err(|error| StoreError::corrupt("payloads.sealed", error))?;
    let store = storefronts::find(db, tenant, event.storefront_id)?;
    let refusing = refusing(db, tenant, &event)?;
    let left_keys = match (&store, &payload) {
        (Some(store), Some(payload)) => {
            event_keys::list(db, (tenant, keys), (&event, store), payload, &names)?
        }
        _ => Vec::new(),
    };
    Ok(Some(FoundEvent {
        store,
        refusing,
        left_keys,
        subjects: subjects(&event, &licenses),
        story: Story {
            service: names.service(event.storefront_id).name(),
            calls: calls::list_of_event(db, tenant, id)?,
            event,
            delivery,
            effects,
        },
        related,
        payload,
        names,
    }))
}

/// The account whose refused token an event waits for; `None` when it waits for nothing like that.
fn refusing(
    db: &mut Db,
    tenant: TenantId,
    event: &Event,
) -> Result<Option<LicenseServer>, StoreError> {
    let is_waiting = event.state == EventState::Waiting
        && event.reason_code == Some(ReasonCode::LicenseServerUnauthorized);
    let account = event.reason_subject.as_ref().filter(|_| is_waiting);
    match account.and_then(|id| id.parse().ok()) {
        Some(id) => license_servers::find(db, tenant, id),
        None => Ok(None),
    }
}

/// Messages about the same subscription, else the same order, the oldest first.
fn list_related(db: &mut Db, tenant: TenantId, event: &Event) -> Result<Vec<Event>, StoreError> {
    let filter = match (&event.subscription_id, &event.order_id) {
        (Some(subscription), _) => EventFilter {
            subscription_id: Some(subscription.clone()),
            ..EventFilter::default()
        },
        (None, Some(order)) => EventFilter {
            order: Some(order.clone()),
            ..EventFilter::default()
        },
        (None, None) => return Ok(Vec::new()),
    };
    let mut related = events::list(db, tenant, &filter, None, RELATED)?;
    related.reverse();
    // Alone it is related to nothing.
    if related.len() == 1 {
        related.clear();
    }
    Ok(related)
}

fn subjects(event: &Event, licenses: &[licenses::Row]) -> Vec<EventSubject> {
    let mut subjects: Vec<EventSubject> = licenses
        .iter()
        .take(3)
        .map(|license| EventSubject {
            label: "License",
            id: CopyableId::new(
                license
                    .remote_id
                    .clone()
                    .unwrap_or_else(|| license.id.to_string()),
            ),
            href: format!("/licenses/{}", license.id),
        })
        .collect();
    let order = event.order_reference.as_ref().or(event.order_id.as_ref());
    subjects.extend(order.map(|order| EventSubject {
        label: "Order",
        id: CopyableId::new(order),
        href: Query::default().with("order", order).at("/activity"),
    }));
    subjects.extend(event.subscription_id.as_ref().map(|subscription| {
        EventSubject {
            label: "Subscription",
            id: CopyableId::new(subscription),
            href: Query::default()
                .with("subscription", subscription)
                .at("/activity"),
        }
    }));
    subjects
}
