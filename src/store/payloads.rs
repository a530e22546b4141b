//! What the shop sent, sealed.

use diesel::insert_into;
use diesel::prelude::*;

use crate::domain::id::{EventId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::kept::kept;
use crate::store::schema::payloads;

/// The payload of one event.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payloads, treat_none_as_default_value = false)]
pub struct Payload<'a> {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The event.
    pub event_id: EventId,
    /// When the event came; the event's own time, by which old payloads are dropped.
    pub received_at: Timestamp,
    /// The payload, sealed.
    pub sealed: &'a [u8],
}

/// Stores the payload of an event that is made by us.
pub fn create(db: &mut Db, payload: &Payload<'_>) -> Result<(), StoreError> {
    insert_into(payloads::table).values(payload).execute(db)?;
    Ok(())
}

/// The sealed payload; `None` once retention has dropped it.
pub fn find(db: &mut Db, tenant: TenantId, event: EventId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(payloads::table
        .filter(payloads::tenant_id.eq(tenant))
        .filter(payloads::event_id.eq(event))
        .select(payloads::sealed)
        .first(db)
        .optional()?)
}

/// The sealed payloads of several events, each named with when it came, so that only those months are looked at.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    events: &[(EventId, Timestamp)],
) -> Result<Vec<(EventId, Vec<u8>)>, StoreError> {
    let (ids, times): (Vec<EventId>, Vec<Timestamp>) = events.iter().copied().unzip();
    // One array instead of a list of values.
    let found = on_backend!(db, connection => kept(payloads::table
        .filter(payloads::tenant_id.eq(tenant))
        .filter(payloads::event_id.eq_any(ids))
        .filter(payloads::received_at.eq_any(times))
        .select((payloads::event_id, payloads::sealed)))
        .load(connection))?;
    Ok(found)
}
