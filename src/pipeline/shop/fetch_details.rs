//! Fetches what an event names by id alone, so that it is folded as if the shop had sent it in full.

use std::sync::Arc;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::license_servers::reply::Exchange;
use crate::outbound::Response;
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::call_and_record;
use crate::pipeline::calls::record::{CallContext, call_row};
use crate::pipeline::error::ProcessingError;
use crate::pipeline::event::context::OpenedEvent;
use crate::pipeline::event::stop::Stop;
use crate::pipeline::shop::ShopAccount;
use crate::pipeline::shop::detail_lookup::{DetailLookup, apply_detail, question};
use crate::pipeline::shop::outcome;
use crate::store::license_servers::ServerState;
use crate::store::{Db, Scope, StoreError, calls, shop_apis};
use crate::storefronts::Missing;
use crate::storefronts::headline::headline;
use crate::storefronts::shop_api::ShopFailure;

impl Pipeline {
    /// Fetches the details that an event left out, as far as its plan depends on them and the store has credentials.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::pipeline) async fn fetch_details(
        &self,
        opened: &mut OpenedEvent,
    ) -> Result<(), Stop> {
        let (is_live, policy) = (opened.event.live, &opened.rules.policy);
        let lookup = DetailLookup::of(&opened.fact, &opened.missing, is_live, policy, &opened.keys);
        if lookup.is_empty() {
            return Ok(());
        }
        let (tenant, storefront) = (opened.tenant, opened.storefront);
        let found = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                lookup.find_missing(db, tenant, storefront)
            })
            .await?;
        let (Some(storefront), Some(shop)) = (found.storefront, found.shop) else {
            return Ok(());
        };
        let Some(account) = ShopAccount::of(&opened.keys, &storefront)? else {
            return Ok(());
        };
        for missing in found.missing {
            if let Some(since) = shop.held_since {
                return Err(outcome::unauthorized(since).into());
            }
            self.fetch_detail(opened, &account, shop.state, missing)
                .await?;
        }
        Ok(())
    }

    /// One question, and its answer put into the event.
    async fn fetch_detail(
        &self,
        opened: &mut OpenedEvent,
        account: &ShopAccount,
        state: ServerState,
        missing: Missing,
    ) -> Result<(), Stop> {
        let lane = match opened.lane {
            Lane::Quiet => Lane::Change,
            lane => lane,
        };
        let budget = self.budget(opened.tenant, lane);
        let (at, keys) = (self.clock.now(), Arc::clone(&opened.keys));
        let (of, storefront) = (
            CallContext {
                keys: &keys,
                ..opened.call_context()
            },
            opened.storefront,
        );
        let call = async |leave| {
            let reply = self.shops.call(leave, account, &question(&missing)).await;
            let result = reply.result;
            let taken = result
                .and_then(|response| apply_detail_to_event(opened, account, &missing, &response));
            (reply.exchange, taken.err())
        };
        let record = |(exchange, failure): &(Exchange, Option<ShopFailure>)| {
            let call = calls::Call {
                storefront_id: Some(storefront),
                ..call_row(of, at, exchange)?
            };
            let change = credential_change(state, failure.as_ref());
            let (tenant, now) = (of.tenant, self.clock.now());
            Ok::<_, ProcessingError>(move |db: &mut Db| {
                calls::create(db, std::slice::from_ref(&call))?;
                change.map_or(Ok(()), |change| change(db, tenant, storefront, now))
            })
        };
        let called = call_and_record(budget, self.shops.origin(), call, record).await;
        let (_, failure) = called.map_err(|failed| {
            Stop::from_call(failed, |refusal| outcome::rate_limited(refusal.until(at)))
        })?;
        match failure {
            None => Ok(()),
            Some(failure) => {
                let attempt = opened.attempt(&self.options.schedule, self.clock.now());
                Err(outcome::from_failure(&failure, attempt).into())
            }
        }
    }
}

/// Writes the state of a store's credentials.
type CredentialChange = fn(&mut Db, TenantId, StorefrontId, Timestamp) -> Result<(), StoreError>;

/// How a call changes the state of the credentials; `None` where it stays as before.
fn credential_change(
    state: ServerState,
    failure: Option<&ShopFailure>,
) -> Option<CredentialChange> {
    match failure {
        Some(ShopFailure::Unauthorized) => Some(shop_apis::hold),
        Some(ShopFailure::Transient) if state != ServerState::Unreachable => Some(shop_apis::miss),
        None if state != ServerState::Ok => Some(shop_apis::accept),
        _ => None,
    }
}

/// Applies an answer to the event, and what it says of products to the rules.
fn apply_detail_to_event(
    opened: &mut OpenedEvent,
    account: &ShopAccount,
    missing: &Missing,
    response: &Response,
) -> Result<(), ShopFailure> {
    let fact = Arc::make_mut(&mut opened.fact);
    let products = apply_detail(
        fact,
        Arc::make_mut(&mut opened.rules),
        account,
        missing,
        response,
    )?;
    opened.products.extend(products);
    opened.headline = headline(&opened.fact);
    Ok(())
}
