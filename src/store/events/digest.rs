//! The few columns from which the numbers of a day are counted.

use diesel::prelude::*;

use crate::domain::effect::EventState;
use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::events;

/// What is counted of an event.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Digest {
    /// One sentence without personal data; `None` until it was worked.
    pub headline: Option<String>,
    /// Where it stands.
    pub state: EventState,
    /// The subscription it concerns.
    pub subscription_id: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// When it came to rest.
    pub settled_at: Option<Timestamp>,
}

/// The shop's events that came from `from` on and before `to`, the latest first, at most `limit`; dates of our own are left out.
pub fn list_digests(
    db: &mut Db,
    tenant: TenantId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Digest>, StoreError> {
    Ok(events::table
        .filter(events::tenant_id.eq(tenant))
        .filter(events::received_at.ge(from))
        .filter(events::received_at.lt(to))
        .filter(events::source_event_id.is_not_null())
        .order(events::received_at.desc())
        .limit(limit)
        .select((
            events::headline,
            events::state,
            events::subscription_id,
            events::received_at,
            events::settled_at,
        ))
        .load(db)?)
}
