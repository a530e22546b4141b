//! What new credentials for the shop's API set going, and what none leave behind.

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::{Db, StoreError, events, shop_apis};

/// Begins anew with the credentials that are there, or ends with none; part of the caller's transaction.
///
/// Either way nothing goes on waiting for the old ones: without credentials an event asks for webhook expansion.
pub fn changed(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    is_complete: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let store = (tenant, storefront);
    if is_complete {
        shop_apis::begin(db, tenant, storefront, now)?;
        let without_details = (ReasonCode::ExpansionOff, "");
        events::unpark(db, tenant, storefront, without_details, now)?;
    } else {
        shop_apis::end(db, tenant, storefront)?;
    }
    events::wake_storefront(db, store, ReasonCode::ShopApiUnauthorized, now).map(drop)
}
