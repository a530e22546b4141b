//! A person's yes or no to what would take access away.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::consent::Answer;
use crate::domain::id::{EventId, LicenseId, ProblemId};
use crate::pipeline::planning::approvals::{answer_event, answer_problem};
use crate::store::audit::Author;
use crate::web::api::event_view::EventView;
use crate::web::api::extract::{At, Body};
use crate::web::api::run_again::accepted;
use crate::web::auth::{Caller, EventsWrite};
use crate::web::error::Problem;
use crate::web::state::State;

/// What was answered.
#[derive(Serialize, ToSchema)]
pub struct Answered {
    /// How many events asked; all of them are in line again.
    count: usize,
}

/// What a yes is about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// For `which_license`: the license that ends, one of those that the event asks about. The others stay.
    #[serde(default)]
    license_id: Option<LicenseId>,
}

/// Says yes to what an event asks: what was shown and is still wanted is done.
#[utoipa::path(post, path = "/events/{id}/approve", tag = "Events", params(("id" = EventId, Path)), request_body = Option<Approval>, responses((status = 202, body = EventView)))]
pub async fn approve_event(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    At(id): At<EventId>,
    Body(Approval { license_id }): Body<Approval>,
) -> Result<HttpResponse, Problem> {
    let author = caller.author(&state).await?;
    of_event(&state, author, id, Answer::Approved, license_id).await
}

/// Says no to what an event asks: the license stays as it is until the shop says something new.
#[utoipa::path(post, path = "/events/{id}/drop", tag = "Events", params(("id" = EventId, Path)), responses((status = 202, body = EventView)))]
pub async fn drop_event(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    At(id): At<EventId>,
) -> Result<HttpResponse, Problem> {
    let author = caller.author(&state).await?;
    of_event(&state, author, id, Answer::Dropped, None).await
}

/// Says yes to what every event of a problem asks: `awaiting_consent`, `brake`, `changed_by_hand`.
#[utoipa::path(post, path = "/problems/{id}/approve", tag = "Events", params(("id" = ProblemId, Path)), responses((status = 202, body = Answered)))]
pub async fn approve_problem(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    At(id): At<ProblemId>,
) -> Result<HttpResponse, Problem> {
    of_problem(&state, caller.author(&state).await?, id, Answer::Approved).await
}

/// Says no to what every event of a problem asks.
#[utoipa::path(post, path = "/problems/{id}/drop", tag = "Events", params(("id" = ProblemId, Path)), responses((status = 202, body = Answered)))]
pub async fn drop_problem(
    caller: Caller<EventsWrite>,
    state: Data<State>,
    At(id): At<ProblemId>,
) -> Result<HttpResponse, Problem> {
    of_problem(&state, caller.author(&state).await?, id, Answer::Dropped).await
}

async fn of_event(
    state: &State,
    author: Author,
    id: EventId,
    answer: Answer,
    ends: Option<LicenseId>,
) -> Result<HttpResponse, Problem> {
    let tenant = author.tenant;
    answer_event(&state.store, author, id, answer, ends).await?;
    state.wake.notify_one();
    accepted(state, tenant, id).await
}

async fn of_problem(
    state: &State,
    author: Author,
    id: ProblemId,
    answer: Answer,
) -> Result<HttpResponse, Problem> {
    let count = answer_problem(&state.store, author, id, answer).await?;
    state.wake.notify_one();
    Ok(HttpResponse::Accepted().json(Answered { count }))
}
