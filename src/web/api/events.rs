//! What the shop sent: lists and details.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::accounts::scope::ApiScope;
use crate::domain::id::{EventId, LicenseId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::store::calls::{self, Call};
use crate::store::deliveries::{self, Delivery};
use crate::store::effects::{self, Effect};
use crate::store::events::{self, Event, EventCursor};
use crate::store::{Db, Scope, StoreError, licenses, payloads};
use crate::vault::Field;
use crate::web::api::event_view::EventView;
use crate::web::api::evidence::{self, CallView, EffectView};
use crate::web::api::extract::At;
use crate::web::api::listing::{Cursor, Listing, Page, PageParameters};
use crate::web::api::schema::FreeObject;
use crate::web::api::timeline::{StepView, timeline};
use crate::web::auth::{Caller, EventsRead};
use crate::web::bodies::{self, Keys};
use crate::web::error::Problem;
use crate::web::filter::EventQuery;
use crate::web::services::Services;
use crate::web::state::State;

/// An event with everything that is known of it.
#[derive(Serialize, ToSchema)]
pub struct EventDetail {
    #[serde(flatten)]
    event: EventView,
    /// What the shop sent, as it spelled it; license keys by their ends unless the token has `licenses:keys`; `null` once
    /// retention has dropped it.
    #[schema(value_type = Option<FreeObject>)]
    payload: Option<Box<RawValue>>,
    /// What was done about it, in order.
    effects: Vec<EffectView>,
    /// Requests to the licensing service and to the shop, the oldest first.
    calls: Vec<CallView>,
    /// Every step, the oldest first.
    timeline: Vec<StepView>,
}

/// What one read of the database brings.
struct Loaded {
    kind: LicenseServerKind,
    event: Event,
    delivery: Option<Delivery>,
    payload: Option<Vec<u8>>,
    effects: Vec<Effect>,
    calls: Vec<Call>,
    remote_ids: BTreeMap<LicenseId, String>,
}

/// Events, the newest first.
#[utoipa::path(get, path = "/events", tag = "Events", params(EventQuery, PageParameters), responses((status = 200, body = Page<EventView>)))]
pub async fn list(
    caller: Caller<EventsRead>,
    state: Data<State>,
    listing: Listing<EventQuery>,
) -> Result<Json<Page<EventView>>, Problem> {
    let (tenant, now) = (caller.tenant, state.clock.now());
    let keys = state.tenant_keys.of(tenant).await?;
    let after = listing.after_time(|received_at, id| EventCursor {
        received_at,
        id: EventId::from_uuid(id),
    })?;
    let (query, fetch) = (listing.filter.clone(), listing.fetch());
    let (rows, services) = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let filter = query.look_up(db, (tenant, &keys), now)?;
            let mut events = events::list(db, tenant, &filter, after, fetch)?;
            for event in &mut events {
                event.open_words(&keys)?;
            }
            Ok::<_, StoreError>((events, Services::look_up(db, tenant)?))
        })
        .await?;
    let cursor = |event: &Event| Cursor::of_time(event.received_at, event.id.as_uuid());
    let view = |event: Event| {
        let kind = services.of(event.storefront_id);
        EventView::of(event, kind)
    };
    Ok(Json(listing.try_page(rows, cursor, view)?))
}

/// One event with payload, effects, calls and timeline.
#[utoipa::path(get, path = "/events/{id}", tag = "Events", params(("id" = EventId, Path)), responses((status = 200, body = EventDetail)))]
pub async fn show(
    caller: Caller<EventsRead>,
    state: Data<State>,
    At(id): At<EventId>,
) -> Result<Json<EventDetail>, Problem> {
    let tenant = caller.tenant;
    let keys = state.tenant_keys.of(tenant).await?;
    let mut loaded = state
        .store
        .read(Scope::Tenant(tenant), move |db| load(db, tenant, id))
        .await?;
    loaded.event.open_words(&keys)?;
    let payload = loaded
        .payload
        .map(|sealed| keys.open(Field::Payload(id).place(), &sealed))
        .transpose()?;
    // Keys are for programs that may see them.
    let shown = match caller.token.may(ApiScope::LicensesKeys) {
        true => Keys::Whole,
        false => Keys::Cut,
    };
    let calls = loaded
        .calls
        .into_iter()
        .map(|call| evidence::call(call, &keys))
        .collect::<Result<Vec<_>, _>>()?;
    let timeline = timeline(
        (&loaded.event, loaded.delivery.as_ref()),
        &loaded.effects,
        &calls,
    );
    let effects = loaded
        .effects
        .into_iter()
        .map(|effect| {
            let remote_id = loaded.remote_ids.get(&effect.license_id).cloned();
            evidence::effect(effect, remote_id)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Json(EventDetail {
        event: EventView::of(loaded.event, loaded.kind)?,
        payload: payload.map(|body| bodies::json(&body, shown)).transpose()?,
        effects,
        calls,
        timeline,
    }))
}

fn load(db: &mut Db, tenant: TenantId, id: EventId) -> Result<Loaded, StoreError> {
    let event = events::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let effects = effects::list_shown_of_event(db, tenant, id)?;
    let ids: Vec<_> = effects.iter().map(|effect| effect.license_id).collect();
    let remote_ids = licenses::list_by_ids(db, tenant, &ids)?
        .into_iter()
        .filter_map(|license| Some((license.id, license.remote_id?)))
        .collect();
    let delivery = match event.delivery_id {
        Some(delivery) => deliveries::find(db, tenant, delivery)?,
        None => None,
    };
    let services = Services::look_up(db, tenant)?;
    Ok(Loaded {
        kind: services.of(event.storefront_id),
        delivery,
        payload: payloads::find(db, tenant, id)?,
        calls: calls::list_of_event(db, tenant, id)?,
        event,
        effects,
        remote_ids,
    })
}
