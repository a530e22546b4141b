//! How much stands where on the whole platform, for the operator's page.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use crate::domain::effect::EventState;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::columns::Moment;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::{events, license_servers, permits, tenants};

/// Where an event is not at its end, or waits for a person.
const OPEN: [EventState; 5] = [
    EventState::Received,
    EventState::Working,
    EventState::Waiting,
    EventState::Retrying,
    EventState::Parked,
];

/// What is measured now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaugeValues {
    /// Open events by state and reason.
    pub open: Vec<(EventState, Option<ReasonCode>, i64)>,
    /// Events that are due.
    pub due: i64,
    /// Since when the one that is due longest is due.
    pub due_since: Option<Timestamp>,
    /// Slots of all budgets that are taken.
    pub permits_in_use: i64,
    /// License servers that are not called.
    pub breakers_open: i64,
}

/// Measures everything; each question is answered from an index, or from a small table.
pub fn read_across_tenants(db: &mut Db, now: Timestamp) -> Result<GaugeValues, StoreError> {
    let mut open = Vec::new();
    let tenants: Vec<crate::domain::id::TenantId> = tenants::table.select(tenants::id).load(db)?;
    for tenant in tenants {
        let counts: Vec<(EventState, Option<ReasonCode>, i64)> = events::table
            .filter(events::tenant_id.eq(tenant))
            .filter(events::state.eq_any(OPEN))
            .group_by((events::state, events::reason_code))
            .select((events::state, events::reason_code, count_star()))
            .load(db)?;
        open.extend(counts);
    }
    let due = events::table.filter(events::due_at.le(now));
    let (count, since) = due
        .select((
            sql::<BigInt>("count(*)"),
            sql::<Nullable<Moment>>("min(due_at)"),
        ))
        .get_result(db)?;
    Ok(GaugeValues {
        open,
        due: count,
        due_since: since,
        permits_in_use: permits::table
            .filter(permits::free_at.gt(now))
            .count()
            .get_result(db)?,
        breakers_open: license_servers::table
            .filter(license_servers::deleted_at.is_null())
            .filter(license_servers::broken_since.is_not_null())
            .count()
            .get_result(db)?,
    })
}
