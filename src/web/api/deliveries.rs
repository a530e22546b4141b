//! POSTs to webhook URLs, the refused ones with the likely cause.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{DeliveryId, StorefrontId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::deliveries::{self, Delivery, Outcome};
use crate::store::{Scope, StoreError};
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::auth::{Caller, EventsRead};
use crate::web::error::Problem;
use crate::web::services::Services;
use crate::web::state::State;

/// One POST to a webhook URL. Of refused ones samples are kept.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    id: DeliveryId,
    storefront_id: StorefrontId,
    received_at: Timestamp,
    body_bytes: i64,
    /// How many events it held.
    events: i32,
    /// `accepted`, `refused`, or `fetched`: its events never came and were fetched from the shop.
    #[schema(value_type = Outcome, example = "accepted")]
    outcome: &'static str,
    /// Why it was refused; requests for keys in receipts are among them.
    #[schema(example = "signature_mismatch")]
    cause: Option<String>,
    /// The likely cause in plain words.
    likely: Option<String>,
    /// The way out in plain words.
    fix: Option<String>,
}

/// POSTs to webhook URLs, the newest first.
#[utoipa::path(get, path = "/deliveries", tag = "Events", params(PageParameters), responses((status = 200, body = Page<DeliveryView>)))]
pub async fn list(
    caller: Caller<EventsRead>,
    state: Data<State>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    let tenant = caller.tenant;
    let before = listing.after_time(|time, _id| time)?;
    let fetch = listing.fetch();
    let (rows, services) = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let rows = deliveries::list(db, tenant, before, fetch)?;
            Ok::<_, StoreError>((rows, Services::look_up(db, tenant)?))
        })
        .await?;
    let cursor = |row: &Delivery| Cursor::of_time(row.received_at, row.id.as_uuid());
    Ok(Json(listing.page(rows, cursor, |row| {
        let kind = services.of(row.storefront_id);
        view(row, kind)
    })))
}

fn view(row: Delivery, kind: LicenseServerKind) -> DeliveryView {
    let refusal = row.cause.as_deref().and_then(Refusal::parse);
    DeliveryView {
        id: row.id,
        storefront_id: row.storefront_id,
        received_at: row.received_at,
        body_bytes: row.body_bytes,
        events: row.events,
        outcome: row.outcome.as_str(),
        likely: refusal.map(|refusal| refusal.text(kind)),
        fix: refusal.map(|refusal| refusal.fix(kind)),
        cause: row.cause,
    }
}
