//! The row of a call: what went over the wire, sealed.

use crate::domain::id::{CallId, EventId, LicenseServerId, TenantId};
use crate::domain::time::Timestamp;
use crate::license_servers::reply::Exchange;
use crate::pipeline::clock::id_at;
use crate::store::calls;
use crate::vault::{Field, TenantKeys, VaultError};

/// The event that a call is made for.
#[derive(Clone, Copy)]
pub struct CallContext<'a> {
    pub tenant: TenantId,
    pub event: EventId,
    /// The account that its licenses live in.
    pub server: LicenseServerId,
    pub keys: &'a TenantKeys,
}

/// A call's row, bodies sealed.
pub fn call_row(
    of: CallContext<'_>,
    at: Timestamp,
    exchange: &Exchange,
) -> Result<calls::Call, VaultError> {
    let id = CallId::from_uuid(id_at(at));
    let seal = |field: Field, body: &Option<String>| {
        body.as_ref()
            .map(|body| of.keys.seal_compressed(field.place(), body.as_bytes()))
            .transpose()
    };
    Ok(calls::Call {
        tenant_id: of.tenant,
        id,
        event_id: of.event,
        effect_id: None,
        license_server_id: of.server,
        at,
        method: exchange.method.to_owned(),
        url: exchange.url.clone(),
        status: exchange.status.map(i32::from),
        duration_ms: i64::try_from(exchange.duration.as_millis()).unwrap_or(i64::MAX),
        request_sealed: seal(Field::CallRequest(id), &exchange.request)?,
        response_sealed: seal(Field::CallResponse(id), &exchange.response)?,
        error: exchange.error.clone(),
        storefront_id: None,
    })
}
