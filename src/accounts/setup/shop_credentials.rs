//! Credentials for the shop's API: whether they are there, what new ones set going, and what none leave behind.

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::storefronts::{Storefront, StorefrontUpdate};
use crate::store::{Db, StoreError, events, shop_apis, storefronts};

/// Whether the shop's API can be asked.
pub const fn has_credentials(storefront: &Storefront) -> bool {
    storefront.api_username_sealed.is_some() && storefront.api_password_sealed.is_some()
}

/// Follows an edit that was just written; one without credentials changes nothing.
pub fn follow(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    change: &StorefrontUpdate,
    now: Timestamp,
) -> Result<(), StoreError> {
    if change.api_username_sealed.is_none() && change.api_password_sealed.is_none() {
        return Ok(());
    }
    let edited = storefronts::find(db, tenant, storefront)?;
    let is_complete = edited.as_ref().is_some_and(has_credentials);
    changed(db, (tenant, storefront), is_complete, now)
}

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
