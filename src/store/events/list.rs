//! Lists of events, filtered and paged.

use std::cmp::Reverse;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::domain::effect::EventState;
use crate::domain::id::{EventId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::events::Event;
use crate::store::events::filter::{EventFilter, filtered};
use crate::store::events::ways::{narrowed, ways};
use crate::store::schema::events;

/// The last event of a page; the next page begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor {
    /// When it came.
    pub received_at: Timestamp,
    /// Its id.
    pub id: EventId,
}

/// Events of a tenant, the newest first, after the cursor.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    filter: &EventFilter,
    after: Option<EventCursor>,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let mut found: Vec<Event> = Vec::new();
    for way in ways(filter) {
        let mut query = narrowed(filtered(tenant, filter), tenant, way);
        if let Some(EventCursor { received_at, id }) = after {
            // The first is what the index is entered by; the second is not.
            query = query.filter(events::received_at.le(received_at)).filter(
                events::received_at
                    .lt(received_at)
                    .or(events::received_at.eq(received_at).and(events::id.lt(id))),
            );
        }
        let query = query.order((events::received_at.desc(), events::id.desc()));
        found.extend(query.limit(limit).load::<Event>(db)?);
    }
    Ok(first_of(found, limit, |event| {
        Reverse((event.received_at, event.id))
    }))
}

/// The ids of events, the oldest first: the order in which they are run again.
pub fn list_ids(
    db: &mut Db,
    tenant: TenantId,
    filter: &EventFilter,
    limit: i64,
) -> Result<Vec<EventId>, StoreError> {
    let mut found: Vec<(Timestamp, EventId)> = Vec::new();
    for way in ways(filter) {
        let query = narrowed(filtered(tenant, filter), tenant, way)
            .order((events::received_at, events::id));
        let query = query.limit(limit).select((events::received_at, events::id));
        found.extend(query.load::<(Timestamp, EventId)>(db)?);
    }
    let found = first_of(found, limit, |place| *place);
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// What was found in several ways, in order and once each.
fn first_of<Row, Place: Ord>(
    mut rows: Vec<Row>,
    limit: i64,
    place: impl Fn(&Row) -> Place,
) -> Vec<Row> {
    rows.sort_by_key(&place);
    rows.dedup_by_key(|row| place(row));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    rows
}

/// How many events there are.
pub fn count(db: &mut Db, tenant: TenantId, filter: &EventFilter) -> Result<i64, StoreError> {
    Ok(filtered(tenant, filter)
        .select(sql::<BigInt>("count(*)"))
        .get_result(db)?)
}

/// How many events stand where, since a point in time.
pub fn count_by_state(
    db: &mut Db,
    tenant: TenantId,
    since: Timestamp,
) -> Result<Vec<(EventState, i64)>, StoreError> {
    Ok(events::table
        .filter(events::tenant_id.eq(tenant))
        .filter(events::received_at.ge(since))
        .group_by(events::state)
        .select((events::state, diesel::dsl::count_star()))
        .load(db)?)
}
