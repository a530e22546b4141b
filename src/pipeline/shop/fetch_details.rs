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
use crate::pipeline::error::WorkError;
use crate::pipeline::event::context::Case;
use crate::pipeline::event::stop::Stop;
use crate::pipeline::shop::ShopAccount;
use crate::pipeline::shop::detail_lookup::{Sought, question, take_in};
use crate::pipeline::shop::outcome;
use crate::store::license_servers::ServerState;
use crate::store::{Db, Scope, StoreError, calls, shop_apis};
use crate::storefronts::Missing;
use crate::storefronts::headline::headline;
use crate::storefronts::shop_api::ShopFailure;

impl Pipeline {
    /// Puts in what an event left out, as far as anything hangs on that and the store has credentials.
    pub(in crate::pipeline) async fn fill_in(&self, case: &mut Case) -> Result<(), Stop> {
        let about = (case.event.live, &case.rules.policy);
        let sought = Sought::of(&case.fact, &case.missing, about, &case.keys);
        if sought.is_empty() {
            return Ok(());
        }
        let (tenant, storefront) = (case.tenant, case.storefront);
        let found = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                sought.look_up(db, (tenant, storefront))
            })
            .await?;
        let (Some(storefront), Some(shop)) = (found.storefront, found.shop) else {
            return Ok(());
        };
        let Some(account) = ShopAccount::of(&case.keys, &storefront)? else {
            return Ok(());
        };
        for missing in found.missing {
            if let Some(since) = shop.held_since {
                return Err(outcome::refused(since).into());
            }
            self.fetch(case, (&account, shop.state), missing).await?;
        }
        Ok(())
    }

    /// One question, and its answer put into the event.
    async fn fetch(
        &self,
        case: &mut Case,
        (account, state): (&ShopAccount, ServerState),
        missing: Missing,
    ) -> Result<(), Stop> {
        let lane = match case.lane {
            Lane::Quiet => Lane::Change,
            lane => lane,
        };
        let budget = self.budget(case.tenant, lane);
        let (at, keys) = (self.clock.now(), Arc::clone(&case.keys));
        let (of, storefront) = (
            CallContext {
                keys: &keys,
                ..case.call_context()
            },
            case.storefront,
        );
        let call = async |leave| {
            let reply = self.shops.ask(leave, account, &question(&missing)).await;
            let result = reply.result;
            let taken =
                result.and_then(|response| take_in_case(case, (account, &missing), &response));
            (reply.exchange, taken.err())
        };
        let note = |(exchange, failure): &(Exchange, Option<ShopFailure>)| {
            let call = calls::Call {
                storefront_id: Some(storefront),
                ..call_row(of, at, exchange)?
            };
            let (standing, now) = ((state, failure.clone()), self.clock.now());
            let tenant = of.tenant;
            Ok::<_, WorkError>(move |db: &mut Db| {
                calls::create(db, std::slice::from_ref(&call))?;
                note_standing(db, (tenant, storefront), &standing, now)
            })
        };
        let asked = call_and_record(budget, self.shops.origin(), call, note).await?;
        let (_, failure) = asked.map_err(|refusal| outcome::turned_away(refusal.until(at)))?;
        match failure {
            None => Ok(()),
            Some(failure) => {
                let attempt = case.attempt(&self.options.schedule, self.clock.now());
                Err(outcome::from_failure(&failure, attempt).into())
            }
        }
    }
}

/// How the store's credentials stand after a call, where that changed.
fn note_standing(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    (state, failure): &(ServerState, Option<ShopFailure>),
    now: Timestamp,
) -> Result<(), StoreError> {
    match failure {
        Some(ShopFailure::Unauthorized) => shop_apis::hold(db, tenant, storefront, now),
        Some(ShopFailure::Transient) if *state != ServerState::Unreachable => {
            shop_apis::miss(db, tenant, storefront, now)
        }
        None if *state != ServerState::Ok => shop_apis::accept(db, tenant, storefront, now),
        _ => Ok(()),
    }
}

/// Puts an answer into the event, and what it told of products into the rules.
fn take_in_case(
    case: &mut Case,
    asked: (&ShopAccount, &Missing),
    response: &Response,
) -> Result<(), ShopFailure> {
    let fact = Arc::make_mut(&mut case.fact);
    let products = take_in(fact, Arc::make_mut(&mut case.rules), asked, response)?;
    case.products.extend(products);
    case.headline = headline(&case.fact);
    Ok(())
}
