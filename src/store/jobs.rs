//! Long work, and how far it is.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::{insert_into, update};
use strum::VariantArray as _;

use crate::domain::id::{JobId, TenantId};
use crate::domain::job::{JobKind, JobState};
use crate::domain::time::Timestamp;
use crate::store::columns::ProcessId;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::jobs;
use crate::store::tenants::{self, present};

/// Jobs that are looked at when one is chosen.
const CANDIDATES: i64 = 500;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
pub struct Job {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
    /// How much is done.
    pub done: i64,
    /// How much there is.
    pub total: i64,
    /// What came of it, as JSON.
    pub result: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What it was asked to do, as JSON; `None` for work that whoever began it also ends, before `owned_until`.
    pub request: Option<String>,
    /// Where it goes on, as JSON.
    pub progress: Option<String>,
    /// Who does a piece of it now.
    pub owner: Option<ProcessId>,
    /// Until when, or when that ended.
    pub owned_until: Option<Timestamp>,
}

impl Job {
    /// A job that has just begun.
    pub fn begun(tenant: TenantId, id: JobId, kind: JobKind, now: Timestamp) -> Self {
        Self {
            tenant_id: tenant,
            id,
            kind,
            state: JobState::Running,
            done: 0,
            total: 0,
            result: None,
            started_at: now,
            finished_at: None,
            request: None,
            progress: None,
            owner: None,
            owned_until: None,
        }
    }
}

/// Ends work whose process is gone: it was begun to be ended by whoever began it, and is not; says how many there were.
pub fn end_abandoned_across_tenants(
    db: &mut Db,
    result: &str,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let abandoned = jobs::table
        .filter(jobs::state.eq(JobState::Running))
        .filter(jobs::request.is_null())
        .filter(
            jobs::owned_until
                .is_null()
                .or(jobs::owned_until.le(now).assume_not_null()),
        );
    Ok(update(abandoned)
        .set((
            jobs::state.eq(JobState::Failed),
            jobs::result.eq(result),
            jobs::finished_at.eq(now),
        ))
        .execute(db)?)
}

/// Begins a job.
pub fn create(db: &mut Db, job: &Job) -> Result<(), StoreError> {
    insert_into(jobs::table).values(job).execute(db)?;
    Ok(())
}

/// The job; `None` when it is not there.
pub fn find(db: &mut Db, tenant: TenantId, job: JobId) -> Result<Option<Job>, StoreError> {
    Ok(jobs::table.find((tenant, job)).first(db).optional()?)
}

/// Tells how much of it is done.
pub fn progress(db: &mut Db, tenant: TenantId, job: JobId, done: i64) -> Result<(), StoreError> {
    let changed = update(jobs::table.find((tenant, job)))
        .set(jobs::done.eq(done))
        .execute(db)?;
    present(changed)
}

/// Ends a job with a state and what came of it.
pub fn finish(
    db: &mut Db,
    tenant: TenantId,
    job: JobId,
    (state, result): (JobState, Option<&str>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = update(jobs::table.find((tenant, job)))
        .set((
            jobs::state.eq(state),
            jobs::result.eq(result),
            jobs::finished_at.eq(now),
        ))
        .execute(db)?;
    present(changed)
}

/// Takes up the job that waits longest for its next piece, one of a tenant at a time; `None` when there is none.
///
/// One of a kind that this version does not know is left to a newer one.
pub fn claim_across_tenants(
    db: &mut Db,
    owner: ProcessId,
    (now, until): (Timestamp, Timestamp),
) -> Result<Option<Job>, StoreError> {
    let running: Vec<Job> = jobs::table
        .filter(jobs::tenant_id.eq_any(tenants::acted_for()))
        .filter(jobs::state.eq(JobState::Running))
        .filter(jobs::kind.eq_any(JobKind::VARIANTS.iter().copied()))
        .filter(jobs::request.is_not_null())
        .order((jobs::started_at, jobs::id))
        .limit(CANDIDATES)
        .load(db)?;
    let mut first: BTreeMap<TenantId, Job> = BTreeMap::new();
    for job in running {
        first.entry(job.tenant_id).or_insert(job);
    }
    let mut free: Vec<Job> = first
        .into_values()
        .filter(|job| job.owned_until <= Some(now))
        .collect();
    free.sort_by_key(|job| job.owned_until);
    for mut job in free {
        let taken = update(jobs::table.find((job.tenant_id, job.id)))
            .filter(
                jobs::owned_until
                    .is_null()
                    .or(jobs::owned_until.le(now).assume_not_null()),
            )
            .set((jobs::owner.eq(owner), jobs::owned_until.eq(until)))
            .execute(db)?;
        if taken == 1 {
            job.owner = Some(owner);
            return Ok(Some(job));
        }
    }
    Ok(None)
}

/// Writes how a piece left its job; silent when another process has taken it up meanwhile.
pub fn save(db: &mut Db, job: &Job, owner: ProcessId) -> Result<(), StoreError> {
    update(jobs::table.find((job.tenant_id, job.id)))
        .filter(jobs::owner.eq(owner))
        .set((
            jobs::state.eq(job.state),
            jobs::done.eq(job.done),
            jobs::total.eq(job.total),
            jobs::result.eq(&job.result),
            jobs::finished_at.eq(job.finished_at),
            jobs::progress.eq(&job.progress),
            jobs::owned_until.eq(job.owned_until),
        ))
        .execute(db)?;
    Ok(())
}

/// Jobs of a kind, the latest first, after that one.
pub fn list_of_kind(
    db: &mut Db,
    tenant: TenantId,
    kind: JobKind,
    after: Option<(Timestamp, JobId)>,
    limit: i64,
) -> Result<Vec<Job>, StoreError> {
    let mut query = jobs::table
        .filter(jobs::tenant_id.eq(tenant))
        .filter(jobs::kind.eq(kind))
        .into_boxed();
    if let Some((started_at, id)) = after {
        query = query.filter(
            jobs::started_at
                .lt(started_at)
                .or(jobs::started_at.eq(started_at).and(jobs::id.lt(id))),
        );
    }
    Ok(query
        .order((jobs::started_at.desc(), jobs::id.desc()))
        .limit(limit)
        .load(db)?)
}
