//! Causes that need a person: events that stand in one place for one reason, counted.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use crate::domain::effect::EventState;
use crate::domain::id::{ProblemId, StorefrontId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::cause_counts::{self, CauseCount};
use crate::store::db::{Db, MultiBackend};
use crate::store::error::StoreError;
use crate::store::events::Event;
use crate::store::schema::events;

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemCause {
    /// The same for the same cause, for as long as it lasts and when it comes back.
    pub id: ProblemId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// Whether its events wait or are parked.
    pub state: EventState,
    /// The reason that they share.
    pub reason_code: ReasonCode,
    /// What the reason is about.
    pub reason_subject: Option<String>,
    /// How many they are.
    pub count: i64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// The latest of them; what fills the reason's text is taken from it.
    pub latest: Event,
}

/// Parked events, and those that wait for one of `waiting`, in groups of one cause; the latest first.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    waiting: &[ReasonCode],
) -> Result<Vec<ProblemCause>, StoreError> {
    let mut problems = Vec::new();
    for count in cause_counts::list(db, tenant)? {
        if is_problem(&count, waiting) {
            problems.extend(read(db, tenant, count)?);
        }
    }
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.latest.received_at));
    Ok(problems)
}

/// Whether events that stand so need a person, where those that wait for one of `waiting` do. Without a reason they are
/// nobody's problem.
pub fn is_problem(count: &CauseCount, waiting: &[ReasonCode]) -> bool {
    let Some(code) = count.reason_code else {
        return false;
    };
    match count.state {
        EventState::Parked => true,
        EventState::Waiting => waiting.contains(&code),
        _ => false,
    }
}

/// The cause of that id; `None` when none of its events is left.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    waiting: &[ReasonCode],
    problem: ProblemId,
) -> Result<Option<ProblemCause>, StoreError> {
    for count in cause_counts::list(db, tenant)? {
        if is_problem(&count, waiting) && id(tenant, &count) == Some(problem) {
            return read(db, tenant, count);
        }
    }
    Ok(None)
}

/// A cause with its first and its latest event; each is found at one end of an index.
///
/// All of them have the same subject. It is in the order nevertheless, since PostgreSQL does not take `IS NULL` for an
/// equality when it looks for an index in order of time.
fn read(
    db: &mut Db,
    tenant: TenantId,
    count: CauseCount,
) -> Result<Option<ProblemCause>, StoreError> {
    let (Some(id), Some(reason_code)) = (id(tenant, &count), count.reason_code) else {
        return Ok(None);
    };
    let first_at: Option<Timestamp> = of_cause(tenant, &count, reason_code)
        .order((events::reason_subject, events::received_at))
        .select(events::received_at)
        .first(db)
        .optional()?;
    let latest: Option<Event> = of_cause(tenant, &count, reason_code)
        .order((events::reason_subject.desc(), events::received_at.desc()))
        .first(db)
        .optional()?;
    Ok(first_at.zip(latest).map(|(first_at, latest)| ProblemCause {
        id,
        storefront_id: count.storefront_id,
        state: count.state,
        reason_code,
        reason_subject: count.reason_subject,
        count: count.count,
        first_at,
        latest,
    }))
}

fn of_cause(
    tenant: TenantId,
    count: &CauseCount,
    code: ReasonCode,
) -> events::BoxedQuery<'_, MultiBackend> {
    let query = events::table
        .filter(events::tenant_id.eq(tenant))
        .filter(events::storefront_id.eq(count.storefront_id))
        .filter(events::state.eq(count.state))
        .filter(events::reason_code.eq(code))
        // As the index says it, or it would not be used.
        .filter(sql::<Bool>(
            "state IN ('parked', 'waiting') AND reason_code <> 'not_due_yet'",
        ))
        .into_boxed();
    match &count.reason_subject {
        Some(subject) => query.filter(events::reason_subject.eq(subject)),
        None => query.filter(events::reason_subject.is_null()),
    }
}

fn id(tenant: TenantId, count: &CauseCount) -> Option<ProblemId> {
    let code = count.reason_code?;
    // Who is asked and who only waits for the same are two problems.
    let name = match count.state {
        EventState::Parked => code.as_str().to_owned(),
        other => format!("{} {}", code.as_str(), other.as_str()),
    };
    let about = count.reason_subject.as_deref().unwrap_or_default();
    Some(id_of(tenant, count.storefront_id, &name, about))
}

/// The id of a problem of that kind about that subject; the same for as long as it lasts and when it comes back.
pub fn id_of(tenant: TenantId, storefront: StorefrontId, code: &str, subject: &str) -> ProblemId {
    let name = format!("{} {code} {subject}", storefront.as_uuid());
    ProblemId::from_uuid(Uuid::new_v5(&tenant.as_uuid(), name.as_bytes()))
}
