//! Long work, and how far it is.

use actix_web::web::{Data, Json};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::id::JobId;
use crate::domain::job::JobState;
use crate::domain::time::Timestamp;
use crate::store::jobs::{self, Job};
use crate::store::{Scope, StoreError};
use crate::web::api::extract::At;
use crate::web::api::schema::FreeObject;
use crate::web::auth::{Caller, EventsRead};
use crate::web::error::Problem;
use crate::web::state::State;

/// Long work, and how far it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    id: JobId,
    #[schema(example = "replay")]
    kind: &'static str,
    /// `running`, `done` or `failed`.
    #[schema(value_type = JobState, example = "running")]
    state: &'static str,
    /// How much is done.
    done: i64,
    /// How much there is.
    total: i64,
    started_at: Timestamp,
    /// When it ends at this pace; `null` when that cannot be told yet.
    eta: Option<Timestamp>,
    /// What came of it.
    #[schema(value_type = Option<FreeObject>)]
    result: Option<Value>,
}

/// How far a job is.
#[utoipa::path(get, path = "/jobs/{id}", tag = "Events", params(("id" = JobId, Path)), responses((status = 200, body = JobView)))]
pub async fn show(
    caller: Caller<EventsRead>,
    state: Data<State>,
    At(id): At<JobId>,
) -> Result<Json<JobView>, Problem> {
    let tenant = caller.tenant;
    let job = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            jobs::find(db, tenant, id)?.ok_or(StoreError::NotFound)
        })
        .await?;
    Ok(Json(view(job, state.clock.now())?))
}

/// A job as it is shown.
pub(super) fn view(job: Job, now: Timestamp) -> Result<JobView, StoreError> {
    let result = job
        .result
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| StoreError::corrupt("jobs.result", error))?;
    Ok(JobView {
        eta: job.finished_at.or_else(|| end(&job, now)),
        id: job.id,
        kind: job.kind.as_str(),
        state: job.state.as_str(),
        done: job.done,
        total: job.total,
        started_at: job.started_at,
        result,
    })
}

/// When the rest is done, if it takes as long per item as what is done.
fn end(job: &Job, now: Timestamp) -> Option<Timestamp> {
    let spent = i128::from(i64::try_from(now.since(job.started_at).as_micros()).ok()?);
    let rest = spent * i128::from(job.total - job.done);
    let rest = rest.checked_div(i128::from(job.done))?;
    Some(now.plus(SignedDuration::from_micros(i64::try_from(rest).ok()?)))
}
