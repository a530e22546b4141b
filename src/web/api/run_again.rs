//! Events put back in line or set aside by a program.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{EventId, JobId, TenantId};
use crate::domain::search_text::SearchText;
use crate::pipeline::support::link::link as link_license;
use crate::pipeline::support::replay;
use crate::store::{Scope, StoreError, events};
use crate::web::api::event_view::EventView;
use crate::web::api::extract::{At, Body};
use crate::web::auth::{Caller, EventsWrite};
use crate::web::error::Problem;
use crate::web::filter::EventQuery;
use crate::web::services::Services;
use crate::web::state::State;

/// Which events to run again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The filters of the list of events, at least one of them.
    filter: EventQuery,
    /// Counts only.
    #[serde(default)]
    dry_run: bool,
}

/// The license that an event is about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Its id at the licensing service, or its key.
    remote_license_id: SearchText,
}

/// What is being run again.
#[derive(Serialize, ToSchema)]
pub struct Replaying {
    /// The job; `null` for a dry run.
    job_id: Option<JobId>,
    /// How many events.
    count: usize,
}

/// Runs an event again; effects that are done stay done.
#[utoipa::path(post, path = "/events/{id}/replay", tag = "Events", params(("id" = EventId, Path)), responses((status = 202, body = EventView)))]
pub async fn replay(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    At(id): At<EventId>,
) -> Result<HttpResponse, Problem> {
    let author = caller.author(&state).await?;
    replay::replay(&state.store, author, id).await?;
    state.wake.notify_one();
    accepted(&state, caller.tenant, id).await
}

/// Sets an event aside; it can still be run again.
#[utoipa::path(post, path = "/events/{id}/discard", tag = "Events", params(("id" = EventId, Path)), responses((status = 202, body = EventView)))]
pub async fn discard(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    At(id): At<EventId>,
) -> Result<HttpResponse, Problem> {
    let author = caller.author(&state).await?;
    replay::discard(&state.store, author, id).await?;
    accepted(&state, caller.tenant, id).await
}

/// Runs every event of a filter again.
#[utoipa::path(post, path = "/events/replay", tag = "Events", request_body = Replay, responses((status = 202, body = Replaying)))]
pub async fn replay_many(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    Body(body): Body<Replay>,
) -> Result<HttpResponse, Problem> {
    if body.filter.is_empty() {
        return Err(Problem::invalid(
            "filter",
            "lets every event through; say which are meant, such as {\"state\": \"parked\"}",
        ));
    }
    let author = caller.author(&state).await?;
    let (tenant, now, keys) = (author.tenant, author.now, Arc::clone(&author.keys));
    let chosen = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let filter = body.filter.look_up(db, (tenant, &keys), now)?;
            replay::choose(db, tenant, &filter)
        })
        .await?;
    let count = chosen.len();
    let job = (!body.dry_run).then(|| JobId::from_uuid(state.clock.id()));
    if let Some(job) = job {
        replay::replay_many(&state.store, author, job, chosen).await?;
        state.wake.notify_one();
    }
    Ok(HttpResponse::Accepted().json(Replaying { job_id: job, count }))
}

/// Names the license that an event is about, and runs the event again.
#[utoipa::path(post, path = "/events/{id}/link", tag = "Events", params(("id" = EventId, Path)), request_body = Link, responses((status = 202, body = EventView)))]
pub async fn link(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    At(id): At<EventId>,
    Body(body): Body<Link>,
) -> Result<HttpResponse, Problem> {
    let vendor = caller.vendor(&state).await?;
    let caller = state.caller(&vendor);
    link_license(
        caller,
        vendor.author(),
        id,
        body.remote_license_id.as_str().trim(),
    )
    .await?;
    state.wake.notify_one();
    accepted(&state, caller.tenant, id).await
}

/// The event as it stands after it was put back in line or set aside.
pub(super) async fn accepted(
    state: &State,
    tenant: TenantId,
    id: EventId,
) -> Result<HttpResponse, Problem> {
    let (event, kind) = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let event = events::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
            let kind = Services::look_up(db, tenant)?.of(event.storefront_id);
            Ok::<_, StoreError>((event, kind))
        })
        .await?;
    Ok(HttpResponse::Accepted().json(EventView::of(event, kind)?))
}
