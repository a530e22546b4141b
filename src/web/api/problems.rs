//! Causes that need a person.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{ProblemId, StorefrontId};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::store::problems::{self, Problem as Cause};
use crate::store::{Scope, StoreError};
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::auth::{Caller, EventsRead};
use crate::web::error::Problem;
use crate::web::state::State;

/// Reasons to wait that a person can, or must, do something about.
pub const WAITING_FOR_A_PERSON: [ReasonCode; 5] = [
    ReasonCode::LicenseServerUnauthorized,
    ReasonCode::LicenseServerMissingScope,
    ReasonCode::LicenseServerUnreachable,
    ReasonCode::ShopApiUnauthorized,
    ReasonCode::AwaitingConsent,
];

/// Events that stand in one place for one reason.
#[derive(Serialize, ToSchema)]
#[schema(as = Cause)]
pub struct CauseView {
    /// The same for the same cause, for as long as it lasts and when it comes back.
    id: ProblemId,
    /// The reason's code.
    #[schema(example = "product_not_mapped")]
    code: &'static str,
    /// What happened.
    text: String,
    /// What to do about it.
    fix: String,
    /// How many events there are.
    count: i64,
    /// When the first of them came.
    first_at: Timestamp,
    /// When the latest of them came.
    last_at: Timestamp,
    /// The filter that lists them, and runs them again.
    filter: CauseFilter,
}

/// What `GET /events` and `POST /events/replay` take.
#[derive(Serialize, ToSchema)]
pub struct CauseFilter {
    storefront_id: StorefrontId,
    state: &'static str,
    reason_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_subject: Option<String>,
}

/// Causes that need a person, the latest first.
#[utoipa::path(tag = "Events", params(PageParameters), responses((status = 200, body = Page<CauseView>)))]
#[get("/problems")]
pub async fn list(
    caller: Caller<EventsRead>,
    state: Data<State>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<CauseView>>, Problem> {
    let tenant = caller.tenant;
    let causes = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            problems::list(db, tenant, &WAITING_FOR_A_PERSON)
        })
        .await?;
    let numbered = causes.into_iter().enumerate().collect();
    let cursor = |(number, _): &(usize, Cause)| Cursor::of_text(format!("{number:09}"));
    let page = listing.try_page_of_all(numbered, cursor, |(_, cause)| view(cause))?;
    Ok(Json(page))
}

fn view(cause: Cause) -> Result<CauseView, StoreError> {
    let mut reason = Reason::new(cause.reason_code);
    if let Some(details) = &cause.reason_details {
        reason.details = serde_json::from_str(details)
            .map_err(|error| StoreError::corrupt("events.reason_details", error))?;
    }
    Ok(CauseView {
        id: cause.id,
        code: reason.code.as_str(),
        text: reason.text(),
        fix: reason.fix(),
        count: cause.count,
        first_at: cause.first_at,
        last_at: cause.last_at,
        filter: CauseFilter {
            storefront_id: cause.storefront_id,
            state: cause.state.as_str(),
            reason_code: reason.code.as_str(),
            reason_subject: cause.reason_subject,
        },
    })
}
