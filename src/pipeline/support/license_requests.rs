//! What a person asks for one license, recorded as an internal event and processed like any other.

use serde_json::json;
use uuid::Uuid;

use crate::domain::act::Act;
use crate::domain::effect::EventState;
use crate::domain::fact::Fact;
use crate::domain::id::{EventId, LicenseId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::domain::wish::{Wish, WishKind, Wished};
use crate::pipeline::queue::internal_event;
use crate::store::audit::Author;
use crate::store::events::{self, Event};
use crate::store::licenses::{self, Row};
use crate::store::{Db, Scope, Store, StoreError};
use crate::storefronts::headline::headline;

/// What became of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOutcome {
    /// It is queued, now or before: a form that is sent twice asks once.
    Queued,
    /// The license has changed since the person saw it; nothing was asked.
    Stale,
}

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct LicenseRequest {
    pub kind: WishKind,
    /// How the license stood when they looked at it.
    pub standing: String,
    /// Why, in their words.
    pub reason: Option<String>,
}

/// Records a request about a license; not found when it is another tenant's.
pub async fn submit(
    store: &Store,
    author: Author,
    license: LicenseId,
    request: LicenseRequest,
) -> Result<RequestOutcome, StoreError> {
    store
        .write(Scope::Tenant(author.tenant), move |db| {
            enqueue(db, &author, license, &request)
        })
        .await
}

fn enqueue(
    db: &mut Db,
    author: &Author,
    id: LicenseId,
    request: &LicenseRequest,
) -> Result<RequestOutcome, StoreError> {
    let (kind, standing) = (request.kind, request.standing.as_str());
    let row = licenses::find(db, author.tenant, id)?.ok_or(StoreError::NotFound)?;
    let license = row.license()?;
    let event_id = event_id(author.tenant, id, kind, standing);
    if events::find(db, author.tenant, event_id)?.is_some() {
        return Ok(RequestOutcome::Queued);
    }
    let wish = kind
        .of(&license, author.now)
        .filter(|_| kind.standing(&license) == standing);
    let Some(wish) = wish else {
        return Ok(RequestOutcome::Stale);
    };
    let details = details(event_id, &wish, request.reason.as_deref());
    let wished = Wished {
        license: id,
        root: license.identity.root,
        product_path: license.product_path,
        wish,
        reason: request.reason.clone(),
    };
    let event = event(event_id, &row, kind, &wished, author.now);
    if !internal_event::create(db, &author.keys, &event, &wished)? {
        return Ok(RequestOutcome::Queued);
    }
    let act = match kind {
        WishKind::MoreDays => Act::LicenseMoreDays,
        WishKind::Lift => Act::LicenseLift,
    };
    author.record(db, act, id, &details)?;
    Ok(RequestOutcome::Queued)
}

fn details(event: EventId, wish: &Wish, reason: Option<&str>) -> serde_json::Value {
    match wish {
        Wish::MoreDays { until } => {
            json!({ "event_id": event, "until": until, "reason": reason })
        }
        Wish::Lift { causes } => json!({ "event_id": event, "causes": causes, "reason": reason }),
    }
}

/// The same request about the same state of a license has the same id.
fn event_id(tenant: TenantId, license: LicenseId, kind: WishKind, standing: &str) -> EventId {
    let name = format!("{}/{license}/{standing}", kind.event_type());
    EventId::from_uuid(Uuid::new_v5(&tenant.as_uuid(), name.as_bytes()))
}

fn event(id: EventId, license: &Row, kind: WishKind, wished: &Wished, now: Timestamp) -> Event {
    Event {
        tenant_id: license.tenant_id,
        id,
        storefront_id: license.storefront_id,
        delivery_id: None,
        source_event_id: None,
        event_type: kind.event_type().to_owned(),
        live: license.live,
        lane: Lane::Change,
        subject: license.root.clone(),
        state: EventState::Received,
        reason_code: None,
        reason_subject: None,
        reason_details: None,
        order_id: license.order_id.as_ref().map(ToString::to_string),
        order_reference: license.reference.clone(),
        subscription_id: license.subscription_id.as_ref().map(ToString::to_string),
        customer_id: license.customer_id,
        news: None,
        headline: Some(headline(&Fact::Wished(Box::new(wished.clone())))),
        occurred_at: now,
        received_at: now,
        settled_at: None,
        attempts: 0,
        claims: 0,
        due_at: Some(now),
        progress: None,
        words_sealed: None,
    }
}
