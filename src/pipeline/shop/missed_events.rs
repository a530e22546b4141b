//! Fetches events that the shop could not bring, or never sent: stored as if they had come by webhook.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::domain::id::EventId;
use crate::domain::lane::Lane;
use crate::domain::reason::ReasonCode;
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::license_servers::reply::Exchange;
use crate::outbound::Response;
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::{NotCalled, call_and_record, record_nothing};
use crate::pipeline::calls::record::{CallContext, call_row};
use crate::pipeline::error::ProcessingError;
use crate::pipeline::ingest::sealed_rows::{EventSource, seal_delivery};
use crate::pipeline::shop::ShopAccount;
use crate::store::deliveries::Outcome;
use crate::store::shop_apis::{self, ShopApi};
use crate::store::storefronts::Storefront;
use crate::store::{PlatformUse, Scope, StoreError, calls, events, storefronts};
use crate::storefronts::shop_api::{EventsPage, ShopFailure, ShopQuestion};
use crate::vault::{TenantKeys, VaultError};

/// Between two polls of a store: with the time that one takes, nothing is missing for longer than a quarter of an hour.
const PAUSE: SignedDuration = SignedDuration::from_mins(14);
/// How far back the shop can look.
const DAYS: u8 = 30;
/// Stores polled in one step.
const STORES: i64 = 32;
/// Pages of one poll; the rest is fetched by the next, which then follows at once.
const PAGES: usize = 20;

/// A store that is polled.
struct ShopPoll<'a> {
    row: &'a ShopApi,
    storefront: Storefront,
    keys: Arc<TenantKeys>,
    account: ShopAccount,
}

impl ShopPoll<'_> {
    /// The row of a call that was made for an event.
    fn call(
        &self,
        event: EventId,
        at: Timestamp,
        exchange: &Exchange,
    ) -> Result<calls::Call, VaultError> {
        let of = CallContext {
            tenant: self.row.tenant_id,
            event,
            server: self.storefront.license_server_id,
            keys: &self.keys,
        };
        Ok(calls::Call {
            storefront_id: Some(self.row.storefront_id),
            ..call_row(of, at, exchange)?
        })
    }
}

/// What a poll brought.
struct PollResult {
    new_events: usize,
    next_at: Timestamp,
}

/// Why a poll ends before its last page.
enum PollStop {
    /// The budget grants no permit before then.
    WithoutPermit(Timestamp),
    /// The shop gave no answer.
    Shop(ShopFailure),
    /// What was fetched could not be stored.
    Failed(ProcessingError),
}

impl<E: Into<ProcessingError>> From<E> for PollStop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Pipeline {
    /// Polls every store that is due, one replica at a time, and says how many events were new.
    pub async fn fetch_missed_events(&self) -> Result<usize, ProcessingError> {
        let now = self.clock.now();
        let due = self
            .store
            .read(Scope::Platform(PlatformUse::Upkeep), move |db| {
                shop_apis::list_due_across_tenants(db, now, STORES)
            })
            .await?;
        let mut new_events = 0;
        for row in due {
            let taken = row.clone();
            let is_ours = self
                .store
                .write(Scope::Tenant(row.tenant_id), move |db| {
                    shop_apis::take(db, &taken, now.plus(PAUSE))
                })
                .await?;
            if !is_ours {
                continue;
            }
            // One store's trouble is no other's.
            match self.fetch_missed_events_of(&row).await {
                Ok(new) => new_events += new,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(storefront.id = %row.storefront_id, error, "a store's missing events were not fetched");
                }
            }
        }
        if new_events > 0 {
            self.wake.notify_one();
        }
        Ok(new_events)
    }

    async fn fetch_missed_events_of(&self, row: &ShopApi) -> Result<usize, ProcessingError> {
        let (tenant, id) = (row.tenant_id, row.storefront_id);
        let storefront = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                storefronts::find(db, tenant, id)
            })
            .await?;
        let Some(storefront) = storefront else {
            return Ok(0);
        };
        let keys = self.tenant_keys.of(tenant).await?;
        let Some(account) = ShopAccount::of(&keys, &storefront)? else {
            return Ok(0);
        };
        let poll = ShopPoll {
            row,
            storefront,
            keys,
            account,
        };
        let polled = self.poll(&poll).await?;
        if polled.new_events > 0 {
            tracing::info!(storefront.id = %id, events = polled.new_events, "events that never came were fetched");
        }
        let (row, now) = (row.clone(), self.clock.now());
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                shop_apis::set_fetched(db, &row, polled.next_at, now)
            })
            .await?;
        Ok(polled.new_events)
    }

    /// Polls a store, and says how many events were new and when to poll it again.
    async fn poll(&self, poll: &ShopPoll<'_>) -> Result<PollResult, ProcessingError> {
        let mut new_events = 0;
        let next_at = match self.poll_pages(poll, &mut new_events).await {
            Ok(next_at) => next_at,
            Err(stop) => self.record_stopped_poll(poll, stop).await?,
        };
        Ok(PollResult {
            new_events,
            next_at,
        })
    }

    /// Page after page: what is acknowledged makes room for the next. Says when to poll again.
    async fn poll_pages(
        &self,
        poll: &ShopPoll<'_>,
        new_events: &mut usize,
    ) -> Result<Timestamp, PollStop> {
        let mut has_more = true;
        for _ in 0..PAGES {
            let question = ShopQuestion::Unacknowledged { days: DAYS };
            let (at, exchange, response) = self.call_shop_in_bulk(poll, &question).await?;
            let page = poll.account.api().read_events(&response.body);
            let page = page.map_err(|_unreadable| PollStop::Shop(ShopFailure::Transient))?;
            let stored = self.store_page(poll, &page, at, &exchange).await?;
            *new_events += stored.iter().filter(|(_, _, is_new)| *is_new).count();
            // While we only watch, another system answers for what the shop could not bring.
            let is_watching = poll.storefront.mode == Mode::Shadow;
            has_more = page.has_more && !is_watching && !stored.is_empty();
            if is_watching {
                break;
            }
            for (event, source_id, _) in &stored {
                self.acknowledge(poll, *event, source_id).await?;
            }
            if !has_more {
                break;
            }
        }
        self.record_accepted(poll).await?;
        let now = self.clock.now();
        Ok(if has_more { now } else { now.plus(PAUSE) })
    }

    /// Stores a page as a webhook's body would be; says of each event whether it was new.
    async fn store_page(
        &self,
        poll: &ShopPoll<'_>,
        page: &EventsPage<'_>,
        asked_at: Timestamp,
        exchange: &Exchange,
    ) -> Result<Vec<(EventId, String, bool)>, ProcessingError> {
        if page.envelope.events.is_empty() {
            return Ok(Vec::new());
        }
        let (tenant, storefront) = (poll.row.tenant_id, poll.row.storefront_id);
        let source = EventSource {
            tenant,
            storefront,
            kind: poll.storefront.kind,
            is_paused: poll.storefront.mode == Mode::Paused,
            keys: &poll.keys,
        };
        let now = self.clock.now();
        let raw_events = &page.envelope.events;
        let body_bytes = exchange.response.as_ref().map_or(0, String::len);
        let arrived = seal_delivery(source, raw_events, body_bytes, Outcome::Fetched, now)?;
        let new_types = self.event_types.new_of(source, raw_events);
        let arrived = Arc::new(arrived.with_new_types(&new_types));
        let mut calls = Vec::new();
        for (event, raw) in arrived.events.iter().zip(raw_events) {
            // Each event keeps its own part of the answer.
            let part = Exchange {
                response: Some(raw.payload.to_owned()),
                ..exchange.clone()
            };
            calls.push(poll.call(event.id, asked_at, &part)?);
        }
        let stored = self
            .store
            .write(Scope::Tenant(tenant), move |db| {
                events::accept_batch(db, std::slice::from_ref(&arrived))?;
                let mut stored = Vec::new();
                for event in &arrived.events {
                    let source_id = event.source_event_id.as_deref().unwrap_or_default();
                    if let Some(row) = events::find_by_source(db, tenant, storefront, source_id)? {
                        let is_new = row.delivery_id == Some(arrived.delivery_id);
                        let brought = calls.iter().filter(|call| call.event_id == row.id);
                        let brought: Vec<_> = brought.filter(|_| is_new).cloned().collect();
                        calls::create(db, &brought)?;
                        stored.push((row.id, source_id.to_owned(), is_new));
                    }
                }
                Ok::<_, StoreError>(stored)
            })
            .await?;
        self.event_types.remember(storefront, &new_types);
        Ok(stored)
    }

    /// Acknowledges an event at the shop; that the shop no longer knows it is no failure.
    async fn acknowledge(
        &self,
        poll: &ShopPoll<'_>,
        event: EventId,
        source_id: &str,
    ) -> Result<(), PollStop> {
        let question = ShopQuestion::Acknowledge(source_id.to_owned());
        let (at, exchange) = match self.call_shop_in_bulk(poll, &question).await {
            Ok((at, exchange, _)) => (at, exchange),
            Err(PollStop::Shop(ShopFailure::Unknown)) => return Ok(()),
            Err(stop) => return Err(stop),
        };
        let call = poll.call(event, at, &exchange)?;
        self.store
            .write(Scope::Tenant(poll.row.tenant_id), move |db| {
                calls::create(db, std::slice::from_ref(&call))
            })
            .await?;
        Ok(())
    }

    /// One call in the lane of those for which nobody waits.
    async fn call_shop_in_bulk(
        &self,
        poll: &ShopPoll<'_>,
        question: &ShopQuestion,
    ) -> Result<(Timestamp, Exchange, Response), PollStop> {
        let budget = self.budget(poll.row.tenant_id, Lane::Bulk);
        let (origin, at) = (self.shops.origin(), self.clock.now());
        let call = |leave| self.shops.call(leave, &poll.account, question);
        let reply = match call_and_record(budget, origin, call, record_nothing).await {
            Ok(reply) => reply,
            Err(NotCalled::Refused(refusal)) => {
                return Err(PollStop::WithoutPermit(refusal.until(at)));
            }
            Err(NotCalled::Failed(error)) => return Err(PollStop::Failed(error)),
        };
        let response = reply.result.map_err(PollStop::Shop)?;
        Ok((at, reply.exchange, response))
    }

    /// Records the state of the credentials after a poll that was cut short, and says when to poll again.
    async fn record_stopped_poll(
        &self,
        poll: &ShopPoll<'_>,
        stop: PollStop,
    ) -> Result<Timestamp, ProcessingError> {
        let now = self.clock.now();
        let (tenant, storefront) = (poll.row.tenant_id, poll.row.storefront_id);
        let scope = Scope::Tenant(tenant);
        Ok(match stop {
            PollStop::Failed(error) => return Err(error),
            PollStop::WithoutPermit(until) => until,
            PollStop::Shop(ShopFailure::RateLimited { after: Some(after) }) => {
                now.plus(SignedDuration::try_from(after).unwrap_or(PAUSE))
            }
            PollStop::Shop(ShopFailure::Unauthorized) => {
                let held = move |db: &mut _| shop_apis::hold(db, tenant, storefront, now);
                self.store.write(scope, held).await?;
                now.plus(PAUSE)
            }
            PollStop::Shop(ShopFailure::Transient) => {
                let missed = move |db: &mut _| shop_apis::miss(db, tenant, storefront, now);
                self.store.write(scope, missed).await?;
                now.plus(PAUSE)
            }
            PollStop::Shop(_) => now.plus(PAUSE),
        })
    }

    async fn record_accepted(&self, poll: &ShopPoll<'_>) -> Result<(), StoreError> {
        let (tenant, storefront) = (poll.row.tenant_id, poll.row.storefront_id);
        let (was_held, now) = (poll.row.held_since.is_some(), self.clock.now());
        let woken = self
            .store
            .write(Scope::Tenant(tenant), move |db| {
                shop_apis::accept(db, tenant, storefront, now)?;
                match was_held {
                    true => {
                        let refused = ReasonCode::ShopApiUnauthorized;
                        events::wake_storefront(db, (tenant, storefront), refused, now)
                    }
                    false => Ok(0),
                }
            })
            .await?;
        if woken > 0 {
            self.wake.notify_one();
        }
        Ok(())
    }
}
