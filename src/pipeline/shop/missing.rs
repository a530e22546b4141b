//! Fetches what an event names by id alone, so that it is folded as if the shop had sent it in full.

use std::sync::Arc;

use crate::domain::complete::{put_account, put_subscription};
use crate::domain::fact::{Fact, GroupNews, Person, SubscriptionNews};
use crate::domain::lane::Lane;
use crate::domain::policy::TestEvents;
use crate::domain::rules::Rules;
use crate::license_servers::reply::Exchange;
use crate::outbound::Response;
use crate::pipeline::Pipeline;
use crate::pipeline::case::Case;
use crate::pipeline::perform::{CallOf, call_row};
use crate::pipeline::permits::{self, Asked, Permit};
use crate::pipeline::settle::{Attempt, Settlement};
use crate::pipeline::shop::{ShopAccount, settle};
use crate::pipeline::step::WorkError;
use crate::store::license_servers::ServerState;
use crate::store::shop_apis::{self, ShopApi};
use crate::store::storefronts::Storefront;
use crate::store::{Db, Scope, StoreError, calls, customers, storefronts, subscriptions};
use crate::storefronts::Missing;
use crate::storefronts::headline::headline;
use crate::storefronts::shop_api::{ShopFailure, ShopQuestion};

/// An event with all that was to be had, or how it is left because the shop gave no answer.
type Filled<T> = Result<T, Settlement>;

/// What one read of the database brings.
struct Found {
    storefront: Option<Storefront>,
    shop: Option<ShopApi>,
    missing: Vec<Missing>,
}

impl Pipeline {
    /// The event with what it left out, as far as anything hangs on that and the store has credentials.
    pub(in crate::pipeline) async fn fill_in(
        &self,
        mut case: Case,
    ) -> Result<Filled<Case>, WorkError> {
        let wanted = wanted(&case);
        if wanted.is_empty() {
            return Ok(Ok(case));
        }
        let (reader, scope) = (case.clone(), Scope::Tenant(case.tenant));
        let found = self
            .store
            .read(scope, move |db| look_up(db, &reader, wanted))
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
        let question = match &missing {
            Missing::Subscription(id) => ShopQuestion::Subscription(id.clone()),
            Missing::Account(id) => ShopQuestion::Account(id.clone()),
        };
        let permit = match self.shop_permit(case).await? {
            Ok(permit) => permit,
            Err(settlement) => return Ok(Err(settlement)),
        };
        let at = self.clock.now();
        let reply = self.shops.ask(account, &question).await;
        let result = reply
            .result
            .and_then(|response| take_in(case, account, &missing, &response));
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

/// What is missing and matters: nothing hangs on the rest, and each question is a call.
fn wanted(case: &Case) -> Vec<Missing> {
    let is_left_alone = !case.event.live && case.rules.policy.test_events == TestEvents::Ignore;
    let matters = |missing: &Missing| match (&*case.fact, missing) {
        // A charge carries no date, an order no interval.
        (Fact::Charged(_) | Fact::OrderCompleted(_), Missing::Subscription(_))
        | (
            Fact::Group(GroupNews::Charged | GroupNews::Updated, _),
            Missing::Subscription(_),
        )
        // These may make licenses, which belong to somebody.
        | (
            Fact::Subscription(SubscriptionNews::Activated | SubscriptionNews::Updated, _),
            Missing::Account(_),
        ) => true,
        _ => false,
    };
    if is_left_alone {
        return Vec::new();
    }
    case.missing
        .iter()
        .filter(|missing| matters(missing))
        .cloned()
        .collect()
}

/// Who is asked, and for what of it: a purchase's subscription or buyer may be known from another event.
fn look_up(db: &mut Db, case: &Case, wanted: Vec<Missing>) -> Result<Found, StoreError> {
    let (tenant, id) = (case.tenant, case.storefront);
    let mut missing = Vec::new();
    for one in wanted {
        if !is_known(db, case, &one)? {
            missing.push(one);
        }
    }
    Ok(Found {
        storefront: storefronts::find(db, tenant, id)?,
        shop: shop_apis::find(db, tenant, id)?,
        missing,
    })
}

fn is_known(db: &mut Db, case: &Case, missing: &Missing) -> Result<bool, StoreError> {
    match (missing, &*case.fact) {
        (Missing::Subscription(id), Fact::OrderCompleted(_)) => {
            let row = subscriptions::find(db, case.tenant, case.storefront, id)?;
            Ok(row.is_some_and(|row| row.next.is_some()))
        }
        (Missing::Subscription(_), _) => Ok(false),
        (Missing::Account(id), _) => {
            let words = [vec![case.keys.account_term(id)]];
            Ok(!customers::search(db, case.tenant, &words, 1)?.is_empty())
        }
    }
}

/// Puts an answer into the event; one about something else is none.
fn take_in(
    case: &mut Case,
    account: &ShopAccount,
    missing: &Missing,
    response: &Response,
) -> Result<(), ShopFailure> {
    let fact = Arc::make_mut(&mut case.fact);
    match missing {
        Missing::Subscription(id) => {
            let found = account.api().read_subscription(&response.body)?;
            if found.snapshot.id != *id {
                return Err(ShopFailure::Unknown);
            }
            put_subscription(fact, found.snapshot);
            let rules: &mut Rules = Arc::make_mut(&mut case.rules);
            rules.see(&found.products);
            case.products.extend(found.products);
            case.headline = headline(fact);
        }
        Missing::Account(id) => {
            let person: Person = account.api().read_account(&response.body)?;
            if person.account_id.as_ref() != Some(id) {
                return Err(ShopFailure::Unknown);
            }
            put_account(fact, person);
        }
    }
    Ok(())
}
