//! Asks the shop's own API what a product gives, where keys of it are asked for and nothing here speaks of it.

use std::time::Duration;

use tokio::time::timeout;

use crate::domain::fact::ProductReference;
use crate::domain::lane::Lane;
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::{CallError, call_within_budget};
use crate::pipeline::keys::request::ShopCall;
use crate::pipeline::keys::request::VerifiedRequest;
use crate::pipeline::shop::ShopAccount;
use crate::store::mappings::ProductSeen;
use crate::store::{Scope, StoreError, mappings, shop_apis, storefronts};
use crate::storefronts::shop_api::{ShopFailure, ShopQuestion};

/// A checkout waits meanwhile, and the license server has its own time after this.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What the shop said.
#[derive(Debug)]
pub enum ProductLookup {
    /// What the product gives; it is remembered as if an event had shown it.
    Attributes(ShopCall),
    /// Nothing of use, or nobody can be asked.
    Nothing,
    /// It did not answer in time; asking again may help.
    Away,
}

impl Pipeline {
    /// Asks once, for as long as a checkout can wait.
    pub(super) async fn fetch_product(
        &self,
        request: &VerifiedRequest,
    ) -> Result<ProductLookup, CallError> {
        let Some(account) = self.shop_account(request).await? else {
            return Ok(ProductLookup::Nothing);
        };
        let budget = self.budget(request.tenant, Lane::Fulfillment);
        let question = ShopQuestion::Product(request.product_path.clone());
        let at = self.clock.now();
        let call = |leave| self.shops.call(leave, &account, &question);
        let asked = call_within_budget(budget, self.shops.origin(), call);
        let Ok(called) = timeout(PATIENCE, asked).await else {
            return Ok(ProductLookup::Away);
        };
        let reply = match called {
            Ok(reply) => reply,
            Err(CallError::Exhausted { .. } | CallError::Suspended) => {
                return Ok(ProductLookup::Away);
            }
            Err(error) => return Err(error),
        };
        let product = reply
            .result
            .and_then(|response| account.api().read_product(&response.body));
        match product {
            Ok(product) => Ok(match self.record_attributes(request, product).await? {
                true => ProductLookup::Attributes(ShopCall {
                    at,
                    exchange: reply.exchange,
                }),
                false => ProductLookup::Nothing,
            }),
            Err(ShopFailure::Unauthorized) => Ok(self.hold_shop(request).await?),
            Err(ShopFailure::Unknown) => Ok(ProductLookup::Nothing),
            // A product that is just being bought exists: "not found" means too many requests.
            Err(
                ShopFailure::Unclear | ShopFailure::RateLimited { .. } | ShopFailure::Transient,
            ) => Ok(ProductLookup::Away),
        }
    }

    /// Whom to ask; `None` without credentials, or while they are refused.
    async fn shop_account(
        &self,
        request: &VerifiedRequest,
    ) -> Result<Option<ShopAccount>, CallError> {
        let (tenant, id) = (request.tenant, request.storefront);
        let (storefront, shop) = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                let storefront = storefronts::find(db, tenant, id)?;
                Ok::<_, StoreError>((storefront, shop_apis::find(db, tenant, id)?))
            })
            .await?;
        let is_held = shop.is_none_or(|shop| shop.held_since.is_some());
        match storefront.filter(|_| !is_held) {
            Some(storefront) => Ok(ShopAccount::of(&request.keys, &storefront)?),
            None => Ok(None),
        }
    }

    /// Remembers attributes, and whether there were any; an answer about another product has none.
    async fn record_attributes(
        &self,
        request: &VerifiedRequest,
        product: ProductReference,
    ) -> Result<bool, StoreError> {
        let Some(attributes) = product
            .attributes
            .filter(|_| product.path == request.product_path)
        else {
            return Ok(false);
        };
        let now = self.clock.now();
        let seen = ProductSeen {
            tenant_id: request.tenant,
            storefront_id: request.storefront,
            product_path: product.path,
            display: product.display,
            attributes: Some(
                serde_json::to_string(&attributes)
                    .map_err(|error| StoreError::corrupt("products_seen.attributes", error))?,
            ),
            first_seen_at: now,
            last_seen_at: now,
            shop_key_at: None,
        };
        self.store
            .write(Scope::Tenant(request.tenant), move |db| {
                mappings::see(db, std::slice::from_ref(&seen), &[])
            })
            .await?;
        Ok(true)
    }

    /// Nothing more is asked until the credentials are replaced.
    async fn hold_shop(&self, request: &VerifiedRequest) -> Result<ProductLookup, StoreError> {
        let (tenant, id, now) = (request.tenant, request.storefront, self.clock.now());
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                shop_apis::hold(db, tenant, id, now)
            })
            .await?;
        Ok(ProductLookup::Nothing)
    }
}
