//! Long work that a person or program begins: reconciliation, following the shop's dates, taking over.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::id::{JobId, StorefrontId, TenantId};
use crate::domain::job::JobKind;
use crate::pipeline::jobs::{self as work, Request};
use crate::store::jobs::{self, Job};
use crate::store::{Scope, StoreError, storefronts};
use crate::web::api::extract::Body;
use crate::web::api::jobs::{JobView, view};
use crate::web::api::listing::{Cursor, Listing, Page, PageParameters};
use crate::web::auth::{Caller, EventsRead, EventsWrite};
use crate::web::error::Problem;
use crate::web::filter::LicenseQuery;
use crate::web::state::State;

/// What is compared with what the licensing account holds.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// The filters of the list of licenses; absent or empty = all.
    filter: Option<LicenseQuery>,
}

/// Which store's licenses get their ends from the shop's dates.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntervalMigration {
    storefront_id: StorefrontId,
    /// Counts and lists only.
    #[serde(default)]
    dry_run: bool,
}

/// Which store's purchases are looked up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Takeover {
    storefront_id: StorefrontId,
}

/// Which take-overs; every one that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TakeoverQuery {
    /// Of this store.
    pub storefront_id: Option<StorefrontId>,
}

/// Compares licenses with what the licensing account holds, and repairs what it promised and did not do.
#[utoipa::path(post, path = "/reconciliations", tag = "Licenses", request_body = Reconciliation, responses((status = 202, body = JobView)))]
pub async fn reconcile(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    Body(body): Body<Reconciliation>,
) -> Result<HttpResponse, Problem> {
    let author = caller.author(&state).await?;
    let (tenant, keys) = (author.tenant, std::sync::Arc::clone(&author.keys));
    let filter = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let filter = body.filter.unwrap_or_default();
            filter.look_up(db, (tenant, &keys))
        })
        .await?;
    begin(&state, author, Request::Reconciliation { filter }).await
}

/// Sets the ends of a store's subscription licenses to the shop's dates where that lengthens them, and lists the others.
#[utoipa::path(post, path = "/interval-migrations", tag = "Licenses", request_body = IntervalMigration, responses((status = 202, body = JobView)))]
pub async fn follow_dates(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    Body(body): Body<IntervalMigration>,
) -> Result<HttpResponse, Problem> {
    check_store(&state, caller.tenant, body.storefront_id).await?;
    let request = Request::IntervalMigration {
        storefront_id: body.storefront_id,
        dry_run: body.dry_run,
    };
    let author = caller.author(&state).await?;
    begin(&state, author, request).await
}

/// Looks up what another system made for a store's purchases, adopts it, and says what differs; changes nothing there.
#[utoipa::path(post, path = "/takeovers", tag = "Licenses", request_body = Takeover, responses((status = 202, body = JobView)))]
pub async fn take_over(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    Body(body): Body<Takeover>,
) -> Result<HttpResponse, Problem> {
    check_store(&state, caller.tenant, body.storefront_id).await?;
    let request = Request::Takeover {
        storefront_id: body.storefront_id,
    };
    let author = caller.author(&state).await?;
    begin(&state, author, request).await
}

/// Take-overs with what they found, the latest first.
#[utoipa::path(get, path = "/takeovers", tag = "Licenses", params(TakeoverQuery, PageParameters), responses((status = 200, body = Page<JobView>)))]
pub async fn takeovers(
    caller: Caller<EventsRead>,
    state: Data<State>,
    listing: Listing<TakeoverQuery>,
) -> Result<Json<Page<JobView>>, Problem> {
    let (tenant, now) = (caller.tenant, state.clock.now());
    let after = listing.after_time(|at, id| (at, JobId::from_uuid(id)))?;
    let (store, fetch) = (listing.filter.storefront_id, listing.fetch());
    let rows = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            jobs::list_of_kind(db, tenant, JobKind::Takeover, after, fetch)
        })
        .await?;
    let is_wanted = |job: &Job| store.is_none_or(|store| work::is_of_store(job, store));
    let rows: Vec<Job> = rows.into_iter().filter(is_wanted).collect();
    let cursor = |job: &Job| Cursor::of_time(job.started_at, job.id.as_uuid());
    Ok(Json(listing.try_page(rows, cursor, |job| view(job, now))?))
}

async fn begin(
    state: &State,
    author: crate::store::audit::Author,
    request: Request,
) -> Result<HttpResponse, Problem> {
    let id = JobId::from_uuid(state.clock.id());
    let job = work::enqueue(&state.store, author, id, request).await?;
    Ok(HttpResponse::Accepted().json(view(job, state.clock.now())?))
}

async fn check_store(state: &State, tenant: TenantId, id: StorefrontId) -> Result<(), Problem> {
    let found = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            Ok::<_, StoreError>(storefronts::find(db, tenant, id)?.is_some())
        })
        .await?;
    if found {
        return Ok(());
    }
    let sentence = "there is no such store; take the id of one that is listed";
    Err(Problem::invalid("storefront_id", sentence))
}
