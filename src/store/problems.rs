//! Causes that need a person: events that stand in one place for one reason, counted.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::effect::EventState;
use crate::domain::id::{ProblemId, StorefrontId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::columns::Moment;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::events;

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
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
    /// What fills the reason's text, of one of them, as JSON.
    pub reason_details: Option<String>,
    /// How many they are.
    pub count: i64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// When the latest of them came.
    pub last_at: Timestamp,
}

type Group = (
    StorefrontId,
    EventState,
    Option<ReasonCode>,
    Option<String>,
    i64,
    Timestamp,
    Timestamp,
    Option<String>,
);

/// Parked events, and those that wait for one of `waiting`, in groups of one cause; the latest first.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    waiting: &[ReasonCode],
) -> Result<Vec<Problem>, StoreError> {
    let groups: Vec<Group> = events::table
        .filter(events::tenant_id.eq(tenant))
        .filter(
            events::state.eq(EventState::Parked).or(events::state
                .eq(EventState::Waiting)
                .and(events::reason_code.assume_not_null().eq_any(waiting))),
        )
        .group_by((
            events::storefront_id,
            events::state,
            events::reason_code,
            events::reason_subject,
        ))
        .select((
            events::storefront_id,
            events::state,
            events::reason_code,
            events::reason_subject,
            count_star(),
            sql::<Moment>("min(received_at)"),
            sql::<Moment>("max(received_at)"),
            sql::<diesel::sql_types::Nullable<diesel::sql_types::Text>>("max(reason_details)"),
        ))
        .load(db)?;
    let mut problems: Vec<Problem> = groups
        .into_iter()
        .filter_map(|group| problem(tenant, group))
        .collect();
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.last_at));
    Ok(problems)
}

/// The cause of that id; `None` when none of its events is left.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    waiting: &[ReasonCode],
    problem: ProblemId,
) -> Result<Option<Problem>, StoreError> {
    let mut problems = list(db, tenant, waiting)?.into_iter();
    Ok(problems.find(|found| found.id == problem))
}

/// Events without a reason are nobody's problem.
fn problem(tenant: TenantId, group: Group) -> Option<Problem> {
    let (storefront_id, state, code, subject, count, first_at, last_at, details) = group;
    let reason_code = code?;
    // Who is asked and who only waits for the same are two problems.
    let name = match state {
        EventState::Parked => reason_code.as_str().to_owned(),
        other => format!("{} {}", reason_code.as_str(), other.as_str()),
    };
    let about = subject.as_deref().unwrap_or_default();
    Some(Problem {
        id: id_of(tenant, storefront_id, &name, about),
        storefront_id,
        state,
        reason_code,
        reason_subject: subject,
        reason_details: details,
        count,
        first_at,
        last_at,
    })
}

/// The id of a problem of that kind about that subject; the same for as long as it lasts and when it comes back.
pub fn id_of(tenant: TenantId, storefront: StorefrontId, code: &str, subject: &str) -> ProblemId {
    let name = format!("{} {code} {subject}", storefront.as_uuid());
    ProblemId::from_uuid(Uuid::new_v5(&tenant.as_uuid(), name.as_bytes()))
}
