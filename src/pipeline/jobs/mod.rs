//! Long work: begun by a person, done in steps in the bulk lane, and continued after a restart.
//!
//! Each step records how far the job is, so that a step that is lost is merely done again. One job of a
//! tenant runs at a time.

mod follow_dates;
mod reconcile;
mod take_over;

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::act::Act;
use crate::domain::id::{JobId, StorefrontId, TenantId};
use crate::domain::job::{JobKind, JobState};
use crate::pipeline::Pipeline;
use crate::pipeline::error::ProcessingError;
use crate::store::audit::Author;
use crate::store::jobs::{self, Job};
use crate::store::licenses::LicenseFilter;
use crate::store::{PlatformUse, Scope, Store, StoreError};

pub use take_over::{Listed, TakeoverProgress};

/// How long a step may take before another process claims the job.
const STEP: SignedDuration = SignedDuration::from_mins(2);
/// How long work may take that the process which began it ends itself; after that it counts as interrupted.
pub const HELD: SignedDuration = SignedDuration::from_mins(15);
/// The most single findings that a result lists.
pub const LISTED: usize = 200;

/// What long work is asked to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// Compare licenses with what the license server holds, and repair what it said but did not do.
    Reconciliation { filter: LicenseFilter },
    /// Bring the ends of a store's subscription licenses to the shop's dates, where that lengthens them.
    IntervalMigration {
        storefront_id: StorefrontId,
        /// Counts and lists only.
        dry_run: bool,
    },
    /// Find what another system made for a store's purchases, adopt it, and say what differs.
    Takeover { storefront_id: StorefrontId },
}

impl Request {
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::Reconciliation { .. } => JobKind::Reconciliation,
            Self::IntervalMigration { .. } => JobKind::IntervalMigration,
            Self::Takeover { .. } => JobKind::Takeover,
        }
    }
}

/// What a step did to its job.
pub enum JobStep {
    /// So many of it are done now, of so many.
    Continue {
        /// How far it is, as JSON.
        progress: String,
        /// How much is done.
        done: i64,
        /// How much there is, as far as is known now.
        total: i64,
    },
    /// No permit is granted for the license server, or it does not answer.
    Deferred,
    /// There is nothing left to do.
    Done(serde_json::Value),
    /// It cannot go on.
    Failed(&'static str),
}

/// Puts long work on record; it begins by itself.
pub async fn enqueue(
    store: &Store,
    author: Author,
    id: JobId,
    request: Request,
) -> Result<Job, StoreError> {
    let text = to_json(&request)?;
    let mut job = Job::begun(author.tenant, id, request.kind(), author.now);
    job.request = Some(text);
    let row = job.clone();
    store
        .write(Scope::Tenant(author.tenant), move |db| {
            jobs::create(db, &row)?;
            author.record(
                db,
                Act::JobBegin,
                row.id,
                &json!({ "kind": row.kind.as_str() }),
            )
        })
        .await?;
    Ok(job)
}

impl Pipeline {
    /// Runs one step of the job that waits longest; says how many steps it was.
    pub async fn run_job_step(&self) -> Result<usize, ProcessingError> {
        let (owner, now) = (self.owner(), self.clock.now());
        let claimed = self
            .store
            .write(Scope::Platform(PlatformUse::Upkeep), move |db| {
                jobs::end_abandoned_across_tenants(db, &interrupted(), now)?;
                jobs::claim_across_tenants(db, owner, (now, now.plus(STEP)))
            })
            .await?;
        let Some(mut job) = claimed else {
            return Ok(0);
        };
        let step = self.run_step(&job).await?;
        let is_moving = !matches!(step, JobStep::Deferred);
        apply_step(&mut job, step, self.clock.now());
        self.store
            .write(Scope::Tenant(job.tenant_id), move |db| {
                jobs::save(db, &job, owner)
            })
            .await?;
        Ok(usize::from(is_moving))
    }

    async fn run_step(&self, job: &Job) -> Result<JobStep, ProcessingError> {
        let request = job.request.as_deref().unwrap_or_default();
        let Ok(request) = serde_json::from_str(request) else {
            return Ok(JobStep::Failed("it was asked for by another version"));
        };
        match request {
            Request::Reconciliation { filter } => self.reconcile_step(job, &filter).await,
            Request::IntervalMigration {
                storefront_id,
                dry_run,
            } => self.follow_dates_step(job, storefront_id, dry_run).await,
            Request::Takeover { storefront_id } => self.take_over_step(job, storefront_id).await,
        }
    }
}

/// What came of work whose process was gone before it was done.
fn interrupted() -> String {
    let sentence = "interrupted: the process that did it has ended; what is done stays done, and asking again does the rest";
    json!({ "error": sentence }).to_string()
}

fn apply_step(job: &mut Job, step: JobStep, now: crate::domain::time::Timestamp) {
    job.owned_until = Some(now);
    match step {
        JobStep::Deferred => {}
        JobStep::Continue {
            progress,
            done,
            total,
        } => {
            job.progress = Some(progress);
            job.done = done;
            job.total = total;
        }
        JobStep::Done(result) => {
            job.state = JobState::Done;
            job.total = job.done;
            job.result = Some(result.to_string());
            job.finished_at = Some(now);
        }
        JobStep::Failed(why) => {
            job.state = JobState::Failed;
            job.result = Some(json!({ "error": why }).to_string());
            job.finished_at = Some(now);
        }
    }
}

/// How far a job is; the beginning when nothing was written down yet.
fn load_progress<T: DeserializeOwned + Default>(job: &Job) -> Result<T, StoreError> {
    match &job.progress {
        None => Ok(T::default()),
        Some(text) => {
            serde_json::from_str(text).map_err(|error| StoreError::corrupt("jobs.progress", error))
        }
    }
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt("jobs.progress", error))
}

/// A result as the API shows it.
fn result(value: &impl Serialize) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::corrupt("jobs.result", error))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Finds the latest job of a kind; `None` before the first.
pub async fn latest(
    store: &Store,
    tenant: TenantId,
    kind: JobKind,
    storefront: StorefrontId,
) -> Result<Option<Job>, StoreError> {
    let jobs = store
        .read(Scope::Tenant(tenant), move |db| {
            jobs::list_of_kind(db, tenant, kind, None, 50)
        })
        .await?;
    Ok(jobs.into_iter().find(|job| is_of_store(job, storefront)))
}

/// Whether a job is about that store.
pub fn is_of_store(job: &Job, storefront: StorefrontId) -> bool {
    // A request of another version is about none that this one knows.
    let request = job.request.as_deref().map(serde_json::from_str::<Request>);
    match request {
        Some(Ok(
            Request::IntervalMigration { storefront_id, .. } | Request::Takeover { storefront_id },
        )) => storefront_id == storefront,
        Some(Ok(Request::Reconciliation { filter })) => filter.storefront_id == Some(storefront),
        Some(Err(_)) | None => false,
    }
}
