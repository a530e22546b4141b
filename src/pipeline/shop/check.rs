//! Whether a shop accepts a store's credentials, asked because a person wants to know.

use crate::domain::id::StorefrontId;
use crate::domain::reason::ReasonCode;
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError, call_within_budget};
use crate::pipeline::shop::{ShopAccount, Shops};
use crate::store::shop_apis::{self, ShopApi};
use crate::store::{Scope, StoreError, events, storefronts};
use crate::storefronts::shop_api::{ShopFailure, ShopQuestion};

/// Asks, and keeps the answer; accepted credentials wake the events that waited for them. `None` where there are none.
pub async fn check(
    caller: ApiCaller<'_>,
    shops: &Shops,
    id: StorefrontId,
) -> Result<Option<ShopApi>, CallError> {
    let (tenant, scope) = (caller.tenant, Scope::Tenant(caller.tenant));
    let store = caller.budget.store;
    let storefront = store
        .read(scope, move |db| {
            storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)
        })
        .await?;
    let Some(account) = ShopAccount::of(caller.keys, &storefront)? else {
        return Ok(None);
    };
    let question = ShopQuestion::Unacknowledged { days: 1 };
    let call = |leave| shops.call(leave, &account, &question);
    let reply = call_within_budget(caller.budget, shops.origin(), call).await?;
    let (failure, now) = (reply.result.err(), caller.budget.clock.now());
    let checked = store
        .write(scope, move |db| {
            match &failure {
                None => {
                    shop_apis::accept(db, tenant, id, now)?;
                    let refused = ReasonCode::ShopApiUnauthorized;
                    events::wake_storefront(db, (tenant, id), refused, now)?;
                }
                Some(ShopFailure::Unauthorized) => shop_apis::hold(db, tenant, id, now)?,
                Some(_) => shop_apis::miss(db, tenant, id, now)?,
            }
            shop_apis::find(db, tenant, id)
        })
        .await?;
    Ok(checked)
}
