//! Answers a request for keys within the time that a checkout waits.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::domain::effect::EventState;
use crate::domain::reason::{Reason, ReasonCode};
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::CallError;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::ingest::receive::Hook;
use crate::pipeline::keys::answer::KeyAnswer;
use crate::pipeline::keys::ask_shop::ProductLookup;
use crate::pipeline::keys::hand_out::deliver_keys;
use crate::pipeline::keys::register::{ClaimAttempt, Registered, register};
use crate::pipeline::keys::request::{VerifiedRequest, VerifyError, load, verify_request};
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
enum KeyRequestError {
    #[error("answering a request for keys")]
    Store(#[from] StoreError),
    #[error("answering a request for keys")]
    Verify(#[from] VerifyError),
    #[error("answering a request for keys")]
    Call(#[from] CallError),
}

/// How a wait ended.
enum WaitEnd {
    Ready(Row),
    Over(Row, Option<Box<Event>>),
    Refused(Reason),
}

impl Pipeline {
    /// Verifies a request, records its keys, proves that they can be made, and answers them.
    pub async fn answer_key_request(
        &self,
        hook: &Hook,
        path: Option<&str>,
        form: &[u8],
    ) -> KeyAnswer {
        match self.try_to_answer(hook, path, form).await {
            Ok(answer) | Err(KeyRequestError::Verify(VerifyError::Refused(answer))) => answer,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "keys were asked for and could not be given"
                );
                KeyAnswer::database_away()
            }
        }
    }

    async fn try_to_answer(
        &self,
        hook: &Hook,
        path: Option<&str>,
        form: &[u8],
    ) -> Result<KeyAnswer, KeyRequestError> {
        let mut request = self.load_request(hook, path, form).await?;
        if request.needs_shop_lookup() {
            match self.fetch_product(&request).await? {
                ProductLookup::Nothing => {}
                ProductLookup::Away => {
                    let away = Reason::new(ReasonCode::ShopApiUnreachable);
                    return Ok(KeyAnswer::unavailable(&away, request.kind));
                }
                ProductLookup::Attributes(asked) => {
                    request = self.load_request(hook, path, form).await?;
                    request.asked = Some(Arc::new(asked));
                }
            }
        }
        match self.wait_for_first(&request).await? {
            WaitEnd::Ready(row) => self.deliver_keys(&request, row).await,
            WaitEnd::Refused(reason) => self.refuse(&request, &reason).await,
            WaitEnd::Over(row, event) => self.answer_unproven(&request, row, event).await,
        }
    }

    /// Loads what decides on a request, and verifies it.
    async fn load_request(
        &self,
        hook: &Hook,
        path: Option<&str>,
        form: &[u8],
    ) -> Result<VerifiedRequest, KeyRequestError> {
        let (tenant, storefront) = (hook.tenant, hook.storefront);
        let loaded = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                load(db, tenant, storefront)
            })
            .await?;
        let loaded = loaded.ok_or(VerifyError::Refused(KeyAnswer::UnknownHook))?;
        let most = self.options.most_licenses;
        Ok(verify_request(hook, loaded, most, path, form)?)
    }

    /// Makes the first license, or waits while somebody else does, as long as the shop can wait.
    async fn wait_for_first(&self, request: &VerifiedRequest) -> Result<WaitEnd, KeyRequestError> {
        let deadline = Instant::now() + PATIENCE;
        let mut is_first = true;
        let mut request = request.clone();
        loop {
            let attempt = ClaimAttempt {
                owner: self.owner(),
                now: self.clock.now(),
                is_first,
            };
            let wanted = request.clone();
            let registered = self
                .store
                .write(Scope::Tenant(request.tenant), move |db| {
                    register(db, &wanted, attempt)
                })
                .await?;
            is_first = false;
            request.asked = None;
            let row = match registered {
                Registered::Ready(row) => return Ok(WaitEnd::Ready(row)),
                Registered::Refused(reason) => return Ok(WaitEnd::Refused(reason)),
                Registered::Claimed(row, event) => {
                    let subject = (request.tenant, event.subject.clone());
                    self.leases.add(subject, attempt.now.plus(LEASE));
                    // Spawned, since a call that was sent must be completed even when the shop stops waiting.
                    let work = tokio::spawn(self.clone().process_until_first(*event));
                    if timeout_at(deadline, work).await.is_err() {
                        return Ok(WaitEnd::Over(row, None));
                    }
                    continue;
                }
                Registered::Settled(row, event) => match self.next_attempt(&event, deadline) {
                    Some(at) => {
                        is_first = true;
                        sleep_until(at).await;
                        row
                    }
                    None => return Ok(WaitEnd::Over(row, Some(event))),
                },
                Registered::Busy(row) => {
                    sleep_until(deadline.min(Instant::now() + PAUSE)).await;
                    row
                }
            };
            if Instant::now() >= deadline {
                return Ok(WaitEnd::Over(row, None));
            }
        }
    }

    /// When an event that waits for a permit is due, if that is soon enough.
    fn next_attempt(&self, event: &Event, deadline: Instant) -> Option<Instant> {
        let due_at = event
            .due_at
            .filter(|_| event.reason_code == Some(ReasonCode::RateBudget))?;
        let wait = Duration::try_from(due_at.since(self.clock.now())).unwrap_or_default();
        Some(Instant::now() + wait.max(PAUSE)).filter(|at| *at < deadline)
    }

    /// Processes the event until its first license is made, and leaves the rest to the workers.
    async fn process_until_first(self, event: Event) {
        let (tenant, id) = (event.tenant_id, event.id);
        let lease = self.leases.activate((tenant, event.subject.clone()));
        if let Err(error) = self.issue_first(event).await {
            self.requeue_failed(tenant, id, &error).await;
        }
        drop(lease);
        if let Err(error) = self.release_finished().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a subject is given back later");
        }
        self.wake.notify_one();
    }

    async fn issue_first(&self, event: Event) -> Result<(), ProcessingError> {
        match self.open(event.clone()).await {
            Ok(mut opened) => {
                opened.is_waited_for = true;
                self.process_opened(*opened).await
            }
            Err(stop) => self.record_stop(&event, None, stop).await,
        }
    }

    /// Answers without a first license: the keys are delivered only where the product has issued before, and the event
    /// was not refused.
    async fn answer_unproven(
        &self,
        request: &VerifiedRequest,
        row: Row,
        event: Option<Box<Event>>,
    ) -> Result<KeyAnswer, KeyRequestError> {
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
            return self.refuse(request, reason).await;
        }
        let (tenant, storefront) = (request.tenant, request.storefront);
        let path = request.product_path.clone();
        let is_proven = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                licenses::has_issued(db, tenant, storefront, &path)
            })
            .await?;
        if is_proven && !is_refused {
            return self.deliver_keys(request, row).await;
        }
        let away = Reason::new(ReasonCode::LicenseServerUnreachable);
        Ok(KeyAnswer::unavailable(
            &reason.unwrap_or(away),
            request.kind,
        ))
    }

    async fn deliver_keys(
        &self,
        request: &VerifiedRequest,
        row: Row,
    ) -> Result<KeyAnswer, KeyRequestError> {
        let (wanted, now) = (request.clone(), self.clock.now());
        let keys: Vec<SecretString> = self
            .store
            .write(Scope::Tenant(request.tenant), move |db| {
                deliver_keys(db, &wanted, &row, now)
            })
            .await?;
        if keys.is_empty() {
            let collision = Reason::new(ReasonCode::DuplicateConnection);
            return Ok(KeyAnswer::unavailable(&collision, request.kind));
        }
        Ok(KeyAnswer::Keys(keys))
    }

    /// A product that nobody has mapped is listed from now on, so that somebody can.
    async fn refuse(
        &self,
        request: &VerifiedRequest,
        reason: &Reason,
    ) -> Result<KeyAnswer, KeyRequestError> {
        match reason.code {
            ReasonCode::ShadowMode | ReasonCode::StorefrontPaused => {
                return Ok(KeyAnswer::unavailable(reason, request.kind));
            }
            ReasonCode::ProductNotMapped => self.record_product(request).await?,
            _ => {}
        }
        Ok(KeyAnswer::refused(reason, request.kind))
    }

    async fn record_product(&self, request: &VerifiedRequest) -> Result<(), StoreError> {
        let now = self.clock.now();
        let seen = mappings::ProductSeen {
            tenant_id: request.tenant,
            storefront_id: request.storefront,
            product_path: request.product_path.clone(),
            display: None,
            attributes: None,
            first_seen_at: now,
            last_seen_at: now,
            shop_key_at: None,
        };
        self.store
            .write(Scope::Tenant(request.tenant), move |db| {
                mappings::see(db, std::slice::from_ref(&seen), &[])
            })
            .await
    }
}
