//! Holds of accounts at license servers, and the events that wait for them.

use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::license_servers::BreakerState;
use crate::store::{events, license_servers};

/// Reasons that a new token or address may settle.
const HELD: [ReasonCode; 3] = [
    ReasonCode::LicenseServerUnauthorized,
    ReasonCode::LicenseServerMissingScope,
    ReasonCode::LicenseServerUnreachable,
];

/// Lifts every hold of an account and sets going what waited for it; an error when it is not there.
pub fn lift(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    now: Timestamp,
) -> Result<(), StoreError> {
    license_servers::set_breaker(db, tenant, server, &BreakerState::default())?;
    for code in HELD {
        events::wake_reason(db, tenant, code, &server.to_string(), now)?;
    }
    Ok(())
}
