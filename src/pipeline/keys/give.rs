//! Answers a request for keys within the time that a checkout waits.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::domain::effect::EventState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::CallError;
use crate::pipeline::error::WorkError;
use crate::pipeline::ingest::receive::Hook;
use crate::pipeline::keys::answer::KeyAnswer;
use crate::pipeline::keys::ask_shop::Learned;
use crate::pipeline::keys::hand_out::hand_out;
use crate::pipeline::keys::register::{Look, Registered, register};
use crate::pipeline::keys::request::{Believed, Unreadable, believe, load};
use crate::pipeline::queue::leases::LEASE;
use crate::store::events::Event;
use crate::store::key_requests::Row;
use crate::store::{Scope, StoreError, licenses, mappings};

/// How long the license server has to make a first license while the shop waits.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two looks at what somebody else is making.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a request could not be answered.
#[derive(Debug, thiserror::Error)]
enum NotGiven {
    #[error("answering a request for keys")]
    Store(#[from] StoreError),
    #[error("answering a request for keys")]
    Unreadable(#[from] Unreadable),
    #[error("answering a request for keys")]
    Call(#[from] CallError),
}

/// How a wait ended.
enum Waited {
    Ready(Row),
    Over(Row, Option<Box<Event>>),
    Refused(Reason),
}

impl Pipeline {
    /// Checks a form, puts its keys on record, proves that they can be made, and answers them.
    pub async fn give_keys(&self, hook: &Hook, path: Option<&str>, form: &[u8]) -> KeyAnswer {
        match self.try_to_give(hook, path, form).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "keys were asked for and could not be given"
                );
                KeyAnswer::database_away()
            }
        }
    }

    async fn try_to_give(
        &self,
        hook: &Hook,
        path: Option<&str>,
        form: &[u8],
    ) -> Result<KeyAnswer, NotGiven> {
        let mut believed = match self.believed(hook, path, form).await? {
            Ok(believed) => believed,
            Err(answer) => return Ok(answer),
        };
        if believed.is_worth_asking() {
            match self.learn(&believed).await? {
                Learned::Nothing => {}
                Learned::Away => {
                    let away = Reason::new(ReasonCode::ShopApiUnreachable);
                    return Ok(KeyAnswer::unavailable(&away));
                }
                Learned::Attributes(asked) => match self.believed(hook, path, form).await? {
                    Ok(knowing) => {
                        let asked = Some(Arc::new(asked));
                        believed = Believed { asked, ..knowing };
                    }
                    Err(answer) => return Ok(answer),
                },
            }
        }
        match self.wait_for_first(&believed).await? {
            Waited::Ready(row) => self.hand_out(&believed, row).await,
            Waited::Refused(reason) => self.refuse(&believed, &reason).await,
            Waited::Over(row, event) => self.give_unproven(&believed, row, event).await,
        }
    }

    /// The request, read and checked against what is known just now; else what is answered at once.
    async fn believed(
        &self,
        hook: &Hook,
        path: Option<&str>,
        form: &[u8],
    ) -> Result<Result<Believed, KeyAnswer>, NotGiven> {
        let (tenant, storefront) = (hook.tenant, hook.storefront);
        let loaded = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                load(db, tenant, storefront)
            })
            .await?;
        match loaded {
            Some(loaded) => {
                let most = self.options.most_licenses;
                Ok(believe(hook, loaded, most, (path, form))?)
            }
            None => Ok(Err(KeyAnswer::UnknownHook)),
        }
    }

    /// Makes the first license, or waits while somebody else does, as long as the shop can wait.
    async fn wait_for_first(&self, believed: &Believed) -> Result<Waited, NotGiven> {
        let deadline = Instant::now() + PATIENCE;
        let mut is_first = true;
        let mut believed = believed.clone();
        loop {
            let look = Look {
                owner: self.owner(),
                now: self.clock.now(),
                is_first,
            };
            let wanted = believed.clone();
            let registered = self
                .store
                .write(Scope::Tenant(believed.tenant), move |db| {
                    register(db, &wanted, look)
                })
                .await?;
            is_first = false;
            believed.asked = None;
            let row = match registered {
                Registered::Ready(row) => return Ok(Waited::Ready(row)),
                Registered::Refused(reason) => return Ok(Waited::Refused(reason)),
                Registered::Taken(row, event) => {
                    let subject = (believed.tenant, event.subject.clone());
                    self.leased.note(subject, look.now.plus(LEASE));
                    // Spawned, since a call that has begun must be heard to its end.
                    let work = tokio::spawn(self.clone().prove(*event));
                    if timeout_at(deadline, work).await.is_err() {
                        return Ok(Waited::Over(row, None));
                    }
                    continue;
                }
                Registered::Left(row, event) => match self.next_look(&event, deadline) {
                    Some(at) => {
                        is_first = true;
                        sleep_until(at).await;
                        row
                    }
                    None => return Ok(Waited::Over(row, Some(event))),
                },
                Registered::Busy(row) => {
                    sleep_until(deadline.min(Instant::now() + PAUSE)).await;
                    row
                }
            };
            if Instant::now() >= deadline {
                return Ok(Waited::Over(row, None));
            }
        }
    }

    /// When an event that waits for its turn at the license server has it, if that is soon enough.
    fn next_look(&self, event: &Event, deadline: Instant) -> Option<Instant> {
        let due_at = event
            .due_at
            .filter(|_| event.reason_code == Some(ReasonCode::RateBudget))?;
        let wait = Duration::try_from(due_at.since(self.clock.now())).unwrap_or_default();
        Some(Instant::now() + wait.max(PAUSE)).filter(|at| *at < deadline)
    }

    /// Works the event until its first license is made, and leaves the rest to the workers.
    async fn prove(self, event: Event) {
        let (tenant, id) = (event.tenant_id, event.id);
        let in_hand = self.leased.take_in_hand((tenant, event.subject.clone()));
        if let Err(error) = self.work_first(event).await {
            self.stumble(tenant, id, &error).await;
        }
        drop(in_hand);
        if let Err(error) = self.give_back().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a subject is given back later");
        }
        self.wake.notify_one();
    }

    async fn work_first(&self, event: Event) -> Result<(), WorkError> {
        match self.open(event.clone()).await {
            Ok(mut opened) => {
                opened.is_waited_for = true;
                self.process_opened(*opened).await
            }
            Err(stop) => self.leave((&event, None), stop).await,
        }
    }

    /// Nothing proved that the licenses can be made: the keys are handed out only where the product is proven, and
    /// nobody said no.
    async fn give_unproven(
        &self,
        believed: &Believed,
        row: Row,
        event: Option<Box<Event>>,
    ) -> Result<KeyAnswer, NotGiven> {
        let reason = match &event {
            Some(event) => event.reason()?,
            None => None,
        };
        let state = event.as_ref().map(|event| event.state);
        let is_refused = matches!(
            state,
            Some(EventState::Parked | EventState::Ignored | EventState::Discarded)
        );
        if let Some(reason) = reason.as_ref().filter(|_| is_refused) {
            return self.refuse(believed, reason).await;
        }
        let (tenant, storefront) = (believed.tenant, believed.storefront);
        let path = believed.product_path.clone();
        let is_proven = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                licenses::has_issued(db, tenant, storefront, &path)
            })
            .await?;
        if is_proven && !is_refused {
            return self.hand_out(believed, row).await;
        }
        let away = Reason::new(ReasonCode::LicenseServerUnreachable);
        Ok(KeyAnswer::unavailable(&reason.unwrap_or(away)))
    }

    async fn hand_out(&self, believed: &Believed, row: Row) -> Result<KeyAnswer, NotGiven> {
        let (wanted, now) = (believed.clone(), self.clock.now());
        let keys: Vec<SecretString> = self
            .store
            .write(Scope::Tenant(believed.tenant), move |db| {
                hand_out(db, &wanted, &row, now)
            })
            .await?;
        if keys.is_empty() {
            let collision = Reason::new(ReasonCode::DuplicateConnection);
            return Ok(KeyAnswer::unavailable(&collision));
        }
        Ok(KeyAnswer::Keys(keys))
    }

    /// A product that nobody has mapped is listed from now on, so that somebody can.
    async fn refuse(&self, believed: &Believed, reason: &Reason) -> Result<KeyAnswer, NotGiven> {
        match reason.code {
            ReasonCode::ShadowMode | ReasonCode::StorefrontPaused => {
                return Ok(KeyAnswer::unavailable(reason));
            }
            ReasonCode::ProductNotMapped => self.see(believed).await?,
            _ => {}
        }
        Ok(KeyAnswer::refused(reason))
    }

    async fn see(&self, believed: &Believed) -> Result<(), StoreError> {
        let now = self.clock.now();
        let seen = mappings::ProductSeen {
            tenant_id: believed.tenant,
            storefront_id: believed.storefront,
            product_path: believed.product_path.clone(),
            display: None,
            attributes: None,
            first_seen_at: now,
            last_seen_at: now,
            shop_key_at: None,
        };
        self.store
            .write(Scope::Tenant(believed.tenant), move |db| {
                mappings::see(db, std::slice::from_ref(&seen), &[])
            })
            .await
    }
}
