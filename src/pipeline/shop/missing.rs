//! Fetches what an event names by id alone, so that it is folded as if the shop had sent it in full.

use std::sync::Arc;

use crate::domain::lane::Lane;
use crate::license_servers::reply::Exchange;
use crate::outbound::Response;
use crate::pipeline::Pipeline;
use crate::pipeline::case::Case;
use crate::pipeline::perform::{CallOf, call_row};
use crate::pipeline::permits::{self, Asked, Permit};
use crate::pipeline::settle::{Attempt, Settlement};
use crate::pipeline::shop::sought::{Sought, question, take_in};
use crate::pipeline::shop::{ShopAccount, settle};
use crate::pipeline::step::WorkError;
use crate::store::license_servers::ServerState;
use crate::store::{Scope, StoreError, calls, shop_apis};
use crate::storefronts::Missing;
use crate::storefronts::headline::headline;
use crate::storefronts::shop_api::ShopFailure;

/// An event with all that was to be had, or how it is left because the shop gave no answer.
type Filled<T> = Result<T, Settlement>;

impl Pipeline {
    /// The event with what it left out, as far as anything hangs on that and the store has credentials.
    pub(in crate::pipeline) async fn fill_in(
        &self,
        mut case: Case,
    ) -> Result<Filled<Case>, WorkError> {
        let about = (case.event.live, &case.rules.policy);
        let sought = Sought::of(&case.fact, &case.missing, about, &case.keys);
        if sought.is_empty() {
            return Ok(Ok(case));
        }
        let (tenant, storefront) = (case.tenant, case.storefront);
        let found = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                sought.look_up(db, (tenant, storefront))
            })
            .await?;
        let (Some(storefront), Some(shop)) = (found.storefront, found.shop) else {
            return Ok(Ok(case));
        };
        let Some(account) = ShopAccount::of(&case.keys, &storefront)? else {
            return Ok(Ok(case));
        };
        for missing in found.missing {
            if let Some(since) = shop.held_since {
                return Ok(Err(settle::refused(since)));
            }
            if let Err(settlement) = self
                .fetch(&mut case, (&account, shop.state), missing)
                .await?
            {
                return Ok(Err(settlement));
            }
        }
        Ok(Ok(case))
    }

    /// One question, and its answer put into the event.
    async fn fetch(
        &self,
        case: &mut Case,
        (account, state): (&ShopAccount, ServerState),
        missing: Missing,
    ) -> Result<Filled<()>, WorkError> {
        let permit = match self.shop_permit(case).await? {
            Ok(permit) => permit,
            Err(settlement) => return Ok(Err(settlement)),
        };
        let at = self.clock.now();
        let reply = self.shops.ask(account, &question(&missing)).await;
        let result = reply
            .result
            .and_then(|response| take_in_case(case, (account, &missing), &response));
        let failure = result.err();
        self.record_shop(
            case,
            (at, &reply.exchange, permit),
            (state, failure.as_ref()),
        )
        .await?;
        Ok(match failure {
            None => Ok(()),
            Some(failure) => Err(settle::of_failure(
                &failure,
                Attempt {
                    schedule: &self.options.schedule,
                    failed_before: u32::try_from(case.event.attempts).unwrap_or(0),
                    now: self.clock.now(),
                    jitter: 0.5,
                },
            )),
        })
    }

    async fn shop_permit(&self, case: &Case) -> Result<Filled<Permit>, StoreError> {
        let (options, now, origin) = (
            Arc::clone(&self.options),
            self.clock.now(),
            self.shops.origin(),
        );
        let lane = match case.lane {
            Lane::Quiet => Lane::Change,
            lane => lane,
        };
        let asked = self
            .store
            .write(Scope::Tenant(case.tenant), move |db| {
                permits::acquire(db, &options.budgets, &origin, lane, now)
            })
            .await?;
        Ok(match asked {
            Asked::Granted(permit) => Ok(permit),
            Asked::Exhausted { until } => Err(settle::turned_away(until)),
        })
    }

    /// Writes the call down, gives the permit back, and notes how the credentials stand where that changed.
    async fn record_shop(
        &self,
        case: &Case,
        (at, exchange, permit): (crate::domain::time::Timestamp, &Exchange, Permit),
        (state, failure): (ServerState, Option<&ShopFailure>),
    ) -> Result<(), WorkError> {
        let call = calls::Call {
            storefront_id: Some(case.storefront),
            ..call_row(CallOf::of(case), at, exchange)?
        };
        let (options, now) = (Arc::clone(&self.options), self.clock.now());
        let (tenant, storefront, failure) = (case.tenant, case.storefront, failure.cloned());
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                calls::create(db, &call)?;
                permits::release(db, &options.budgets, &permit, now)?;
                match &failure {
                    Some(ShopFailure::Unauthorized) => shop_apis::hold(db, tenant, storefront, now),
                    Some(ShopFailure::Transient) if state != ServerState::Unreachable => {
                        shop_apis::miss(db, tenant, storefront, now)
                    }
                    None if state != ServerState::Ok => {
                        shop_apis::accept(db, tenant, storefront, now)
                    }
                    _ => Ok(()),
                }
            })
            .await?;
        Ok(())
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
