//! Events requeued or set aside by a person.

use serde_json::json;

use crate::domain::act::Act;
use crate::domain::id::{EventId, JobId, TenantId};
use crate::domain::job::{JobKind, JobState};
use crate::pipeline::jobs::HELD;
use crate::store::audit::Author;
use crate::store::events::EventFilter;
use crate::store::jobs::Job;
use crate::store::{Db, Scope, Store, StoreError, events, jobs};

/// Events in one commit.
const BATCH: usize = 500;
/// The most events of one job; whoever has more names a narrower filter next.
const MOST_EVENTS: i64 = 100_000;

/// Requeues one event as if it had just come; effects that are done stay done.
pub async fn replay(store: &Store, author: Author, event: EventId) -> Result<(), StoreError> {
    let (tenant, now) = (author.tenant, author.now);
    store
        .write(Scope::Tenant(tenant), move |db| {
            events::replay(db, tenant, event, now)?;
            author.record(db, Act::EventReplay, event, &json!({}))
        })
        .await
}

/// Sets one event aside for good; it can still be requeued.
pub async fn discard(store: &Store, author: Author, event: EventId) -> Result<(), StoreError> {
    let (tenant, now) = (author.tenant, author.now);
    store
        .write(Scope::Tenant(tenant), move |db| {
            events::discard(db, tenant, event, now)?;
            author.record(db, Act::EventDiscard, event, &json!({}))
        })
        .await
}

/// Events that a job is about to requeue, the oldest first.
pub fn choose(
    db: &mut Db,
    tenant: TenantId,
    filter: &EventFilter,
) -> Result<Vec<EventId>, StoreError> {
    events::list_ids(db, tenant, filter, MOST_EVENTS)
}

/// Requeues chosen events, some per commit, and keeps the job up to date.
pub async fn replay_many(
    store: &Store,
    author: Author,
    job: JobId,
    chosen: Vec<EventId>,
) -> Result<(), StoreError> {
    let (tenant, now) = (author.tenant, author.now);
    let mut row = Job::begun(tenant, job, JobKind::Replay, now);
    row.total = count(chosen.len());
    row.owned_until = Some(now.plus(HELD));
    let scope = Scope::Tenant(tenant);
    store
        .write(scope, move |db| {
            jobs::create(db, &row)?;
            author.record(db, Act::EventsReplay, job, &json!({ "events": row.total }))
        })
        .await?;
    let mut done = 0;
    for batch in chosen.chunks(BATCH).map(<[EventId]>::to_vec) {
        done += batch.len();
        store
            .write(scope, move |db| {
                for event in &batch {
                    events::replay(db, tenant, *event, now)?;
                }
                jobs::progress(db, tenant, job, count(done))
            })
            .await?;
    }
    store
        .write(scope, move |db| {
            jobs::finish(db, tenant, job, (JobState::Done, None), now)
        })
        .await
}

fn count(events: usize) -> i64 {
    i64::try_from(events).unwrap_or(i64::MAX)
}
