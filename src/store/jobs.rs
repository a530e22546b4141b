//! Long work, and how far it is.

use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::id::{JobId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::jobs;
use crate::store::tenants::present;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
pub struct Job {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// `running`, `done` or `failed`.
    pub state: String,
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
    (state, result): (&str, Option<&str>),
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
