//! Puts an event of our own on record: its row and its sealed text, in the caller's transaction.

use serde::Serialize;

use crate::store::events::{self, Event};
use crate::store::payloads::{self, Payload};
use crate::store::{Db, StoreError};
use crate::vault::{Field, TenantKeys};

/// The type of the event of ours that stands for a request; its payload is a `KeysRequested`.
pub const KEYS_REQUESTED: &str = "keys.requested";

/// Creates an event with its text; false when one of that id is there already, which stays as it is.
pub fn create(
    db: &mut Db,
    keys: &TenantKeys,
    event: &Event,
    text: &impl Serialize,
) -> Result<bool, StoreError> {
    if !events::create(db, event)? {
        return Ok(false);
    }
    let text =
        serde_json::to_vec(text).map_err(|error| StoreError::corrupt("payloads.sealed", error))?;
    let sealed = keys
        .seal_compressed(Field::Payload(event.id).place(), &text)
        .map_err(|error| StoreError::corrupt("payloads.sealed", error))?;
    payloads::create(
        db,
        &Payload {
            tenant_id: event.tenant_id,
            event_id: event.id,
            received_at: event.received_at,
            sealed: &sealed,
        },
    )?;
    Ok(true)
}
