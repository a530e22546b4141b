//! What tells whether all that a store needs arrives.

use crate::accounts::setup::{SetUpError, Vendor};
use crate::domain::id::StorefrontId;
use crate::domain::kind::StorefrontKind;
use crate::store::shop_apis::{self, ShopApi};
use crate::store::{StoreError, event_types};
use crate::storefronts;

/// How a store's credentials for the shop's API stand, if it has any, and the types of events that it needs and that
/// never came; none before anything came at all.
pub async fn arrivals(
    vendor: &Vendor,
    (id, kind): (StorefrontId, StorefrontKind),
) -> Result<(Option<ShopApi>, Vec<&'static str>), SetUpError> {
    let tenant = vendor.tenant;
    let (shop_api, seen) = vendor
        .read(move |db| {
            let shop_api = shop_apis::find(db, tenant, id)?;
            Ok::<_, StoreError>((shop_api, event_types::list(db, tenant, id)?))
        })
        .await?;
    let needed = storefronts::of(kind).needed_event_types().iter().copied();
    let never_seen = needed.filter(|needed| !seen.is_empty() && !seen.contains(*needed));
    Ok((shop_api, never_seen.collect()))
}
