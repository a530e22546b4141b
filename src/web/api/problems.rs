//! Causes that need a person: what messages wait for, and what the check of the products found before any message did.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::effect::EventState;
use crate::domain::id::{ProblemId, StorefrontId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::store::problems::ProblemCause as Cause;
use crate::store::{Scope, StoreError};
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::auth::{Caller, EventsRead};
use crate::web::error::Problem;
use crate::web::findings::ProductFinding;
use crate::web::services::Services;
use crate::web::state::State;
use crate::web::to_fix;

/// Reasons to wait that a person can, or must, do something about.
pub const WAITING_FOR_A_PERSON: [ReasonCode; 5] = [
    ReasonCode::LicenseServerUnauthorized,
    ReasonCode::LicenseServerMissingScope,
    ReasonCode::LicenseServerUnreachable,
    ReasonCode::ShopApiUnauthorized,
    ReasonCode::AwaitingConsent,
];

/// Events that stand in one place for one reason, or something wrong with a product.
#[derive(Serialize, ToSchema)]
#[schema(as = Cause)]
pub struct CauseView {
    /// The same for the same cause, for as long as it lasts and when it comes back.
    id: ProblemId,
    /// The reason's code, or that of a finding of the products' check.
    #[schema(example = "product_not_mapped")]
    code: String,
    /// What happened.
    text: String,
    /// What to do about it.
    fix: String,
    /// How many events there are; 0 for what the products' check found and no event has met.
    count: i64,
    /// When the first of them came; for a finding, when the check found it.
    first_at: Timestamp,
    /// When the latest of them came; for a finding, when the check found it.
    last_at: Timestamp,
    /// The filter that lists them, and runs them again; `null` for a finding.
    filter: Option<CauseFilter>,
    /// The product that a finding is about; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<ConcernedProduct>,
}

/// A product of a store.
#[derive(Serialize, ToSchema)]
pub struct ConcernedProduct {
    storefront_id: StorefrontId,
    product_path: String,
}

/// What `GET /events` and `POST /events/replay` take.
#[derive(Serialize, ToSchema)]
pub struct CauseFilter {
    storefront_id: StorefrontId,
    #[schema(value_type = EventState)]
    state: &'static str,
    reason_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_subject: Option<String>,
}

/// Causes that need a person, the latest first; then what the check of the products found.
#[utoipa::path(get, path = "/problems", tag = "Events", params(PageParameters), responses((status = 200, body = Page<CauseView>)))]
pub async fn list(
    caller: Caller<EventsRead>,
    state: Data<State>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<CauseView>>, Problem> {
    let tenant = caller.tenant;
    let keys = state.tenant_keys.of(tenant).await?;
    let (mut to_fix, services) = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let to_fix = to_fix::list_with(db, tenant, &WAITING_FOR_A_PERSON)?;
            Ok::<_, StoreError>((to_fix, Services::look_up(db, tenant)?))
        })
        .await?;
    for cause in &mut to_fix.causes {
        cause.latest.open_words(&keys)?;
    }
    let found = to_fix.findings.into_iter();
    let mut views = to_fix
        .causes
        .into_iter()
        .map(|cause| {
            let kind = services.of(cause.storefront_id);
            view(cause, kind)
        })
        .collect::<Result<Vec<_>, _>>()?;
    views.extend(found.map(|found| view_of_finding(tenant, found)));
    let numbered = views.into_iter().enumerate().collect();
    let cursor = |(number, _): &(usize, CauseView)| Cursor::of_text(format!("{number:09}"));
    let page = listing.page_of_all(numbered, cursor, |(_, view)| view);
    Ok(Json(page))
}

fn view(cause: Cause, kind: LicenseServerKind) -> Result<CauseView, StoreError> {
    let mut reason = Reason::new(cause.reason_code);
    if let Some(details) = &cause.latest.reason_details {
        reason.details = serde_json::from_str(details)
            .map_err(|error| StoreError::corrupt("events.reason_details", error))?;
    }
    Ok(CauseView {
        id: cause.id,
        code: reason.code.as_str().to_owned(),
        text: reason.text(kind),
        fix: reason.fix(kind),
        count: cause.count,
        first_at: cause.first_at,
        last_at: cause.latest.received_at,
        filter: Some(CauseFilter {
            storefront_id: cause.storefront_id,
            state: cause.state.as_str(),
            reason_code: reason.code.as_str(),
            reason_subject: cause.reason_subject,
        }),
        product: None,
    })
}

fn view_of_finding(tenant: TenantId, found: ProductFinding) -> CauseView {
    CauseView {
        id: found.id(tenant),
        code: found.finding.code,
        text: found.finding.text,
        fix: found.finding.fix,
        count: 0,
        first_at: found.checked_at,
        last_at: found.checked_at,
        // No event is concerned, so that nothing may be run again by it.
        filter: None,
        product: Some(ConcernedProduct {
            storefront_id: found.store,
            product_path: found.path,
        }),
    }
}
