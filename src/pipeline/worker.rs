//! The worker: processes the due events of leased subjects until each ends or waits.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::join_all;
use jiff::SignedDuration;
use rand::RngExt as _;
use secrecy::SecretString;

use crate::domain::id::{EventId, LicenseServerId, TenantId};
use crate::domain::plan::Known;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budget;
use crate::pipeline::error::{Fault, ProcessingError};
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::context::OpenedEvent;
use crate::pipeline::event::in_flight::InFlight;
use crate::pipeline::event::next::Next;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::event::prefetch::{PrefetchedClaim, PrefetchedRecords};
use crate::pipeline::event::state::ProcessingState;
use crate::pipeline::event::stop::Stop;
use crate::pipeline::execution::send::{self, AttemptedCall, SendContext};
use crate::pipeline::planning::apply_event::{self, apply_and_plan, record_outcome};
use crate::pipeline::planning::next_action::continue_action;
use crate::pipeline::protocol::{Request, Step};
use crate::store::calls::Call;
use crate::store::events::{Event, SUSPECTED, TO_NEWER};
use crate::store::{Scope, StoreError, calls, events};
use crate::vault::{Field, VaultError};

/// A call is sent within this time after its license was marked, or not at all: others take over by the mark.
const BEGINS_WITHIN: SignedDuration = SignedDuration::from_secs(2);
/// How often a suspect is processed alone before it is parked: twice, since the first kill may have had another cause.
const TRIES_ALONE: i32 = 2;
/// An event is not suspected so soon after it arrived: workers may be killed in quick succession for other reasons.
const SUSPECT_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// When an event that could not be processed is due again.
const SOON: SignedDuration = SignedDuration::from_secs(2);
/// How many transactions plan an event, each with what the one before asked for, before it is requeued.
const ROUNDS: usize = 8;

impl Pipeline {
    /// Claims what is due and processes it; says how many subjects it was.
    pub async fn process_due(&self) -> Result<usize, StoreError> {
        let claimed = self.claim(self.options.workers).await?;
        let subjects = claimed.len();
        let prepared = self.prefetch(claimed).await;
        join_all(
            prepared
                .into_iter()
                .map(|prepared| self.process_subject(prepared)),
        )
        .await;
        self.release_finished().await?;
        Ok(subjects)
    }

    /// Processes the events of a subject in their order; it is released afterwards.
    ///
    /// Once the lease has expired, processing stops: what was begun is on record already, and others continue from there.
    pub async fn process_subject(&self, prepared: PrefetchedClaim) {
        let PrefetchedClaim {
            claimed,
            mut records,
        } = prepared;
        let tenant = claimed.tenant_id;
        let lease = self.leases.activate((tenant, claimed.subject));
        let is_suspect = claimed.events.iter().any(|event| self.is_suspect(event));
        let Ok(_place) = self.concurrency.acquire(is_suspect).await else {
            return;
        };
        for event in claimed.events {
            let id = event.id;
            // A panic in one event must not fail the others; its open transaction was rolled back.
            let processing =
                AssertUnwindSafe(self.process_event(event, records.take())).catch_unwind();
            let processed = tokio::select! {
                biased;
                () = lease.expired(&self.clock) => {
                    tracing::warn!(event.id = %id, "a lease ran out under an event; others take it over");
                    return;
                }
                processed = processing => processed,
            };
            match processed {
                Ok(processed) => {
                    if let Err(error) = processed {
                        self.requeue_failed(tenant, id, &error).await;
                    }
                }
                Err(_panic) => {
                    tracing::error!(event.id = %id, "work on an event panicked");
                    self.requeue(tenant, id, Fault::Event).await;
                }
            }
        }
    }

    /// Whether an event was claimed so often without an end that it may be what kills the workers.
    ///
    /// Its neighbors were claimed as often, so that each is processed alone before it is parked.
    fn is_suspect(&self, event: &Event) -> bool {
        event.claims >= SUSPECTED && self.clock.now().since(event.received_at) > SUSPECT_AFTER
    }

    #[tracing::instrument(level = "debug", skip_all, fields(event.id = %event.id))]
    async fn process_event(
        &self,
        event: Event,
        records: Option<PrefetchedRecords>,
    ) -> Result<(), ProcessingError> {
        if self.is_suspect(&event) {
            if event.claims >= SUSPECTED + TRIES_ALONE {
                let crashed = EventOutcome::parked(Reason::new(ReasonCode::RepeatedCrash));
                return Ok(self.record_outcome_of(&event, None, crashed).await?);
            }
            let (tenant, id) = (event.tenant_id, event.id);
            self.store
                .write(Scope::Tenant(tenant), move |db| {
                    events::begin_alone(db, tenant, id)
                })
                .await?;
        }
        let records = match records {
            Some(records) => records,
            None => self.fetch_records(&event).await?,
        };
        let mut opened = match self.open_with(event.clone(), records).await {
            Ok(opened) => opened,
            Err(stop) => return self.record_stop(&event, None, stop).await,
        };
        match self.fetch_details(&mut opened).await {
            Ok(()) => self.process_opened(*opened).await,
            Err(stop) => {
                if let Stop::Outcome(_) = stop {
                    // What is known is applied now: a payment must stop a suspension even while details are missing.
                    self.apply_only(*opened).await?;
                }
                self.record_stop(&event, None, stop).await
            }
        }
    }

    pub(in crate::pipeline) async fn process_opened(
        &self,
        mut opened: OpenedEvent,
    ) -> Result<(), ProcessingError> {
        match self.plan_and_send(&mut opened).await {
            Ok(()) => Ok(()),
            Err(stop) => {
                self.record_stop(&opened.event, Some(opened.server.id), stop)
                    .await
            }
        }
    }

    async fn plan_and_send(&self, opened: &mut OpenedEvent) -> Result<(), Stop> {
        let mut known = Known::default();
        if let Err(stop) = self.sync_user(opened).await {
            if let Stop::Outcome(_) = stop {
                // The records and the headline are told before the event is left.
                self.apply_and_plan(opened, &known).await?;
            }
            return Err(stop);
        }
        for _ in 0..ROUNDS {
            let (state, next) = self.apply_and_plan(opened, &known).await?;
            opened.is_new = false;
            match self.send_requests(opened, state, next).await? {
                Next::Finished(_) => return Ok(()),
                // `send_requests` leaves no request unsent.
                Next::Restart | Next::Send(_) => {}
                Next::LookUp(needs) => self.look_up(opened, &needs, &mut known).await?,
                Next::ReadLicenses(ids) => self.read_licenses(opened, &ids, &mut known).await?,
            }
        }
        self.requeue(opened.tenant, opened.event.id, Fault::Environment)
            .await;
        Ok(())
    }

    /// Sends one request after the other, until something else is next.
    pub(in crate::pipeline) async fn send_requests(
        &self,
        opened: &OpenedEvent,
        state: ProcessingState,
        next: Next,
    ) -> Result<Next, ProcessingError> {
        let (mut state, mut next) = (state, next);
        while let Next::Send(request) = next {
            if is_late(&state, self.clock.now()) {
                self.record_calls(opened.tenant, state.calls).await?;
                return Ok(Next::Restart);
            }
            let key = key(opened, &state)?;
            let leave = state.in_flight.as_mut().and_then(InFlight::leave);
            let send_context = SendContext {
                opened,
                state: &state,
                key: key.as_ref(),
            };
            let attempted = send::send(&self.clock, leave, send_context, &request).await;
            attempted.measure(opened.lane);
            self.record_health(opened, &attempted).await?;
            (state, next) = self
                .handle_response(opened, state, &request, attempted)
                .await?;
        }
        if let Next::Finished(outcome) = &next {
            outcome.measure(opened.event.received_at, self.clock.now());
        }
        Ok(next)
    }

    /// Applies an event to the records, and plans nothing.
    async fn apply_only(&self, opened: OpenedEvent) -> Result<(), StoreError> {
        let context = self.context(opened);
        self.store
            .write(Scope::Tenant(context.opened.tenant), move |db| {
                apply_event::apply_fact(db, &context).map(drop)
            })
            .await
    }

    async fn apply_and_plan(
        &self,
        opened: &OpenedEvent,
        known: &Known,
    ) -> Result<(ProcessingState, Next), ProcessingError> {
        let (context, known) = (self.context(opened.clone()), known.clone());
        let planned = self
            .store
            .write(Scope::Tenant(opened.tenant), move |db| {
                apply_and_plan(db, &context, &known)
            })
            .await?;
        Ok(planned)
    }

    /// Takes in an answer and chooses what is next: in memory where the record suffices, else in one transaction with
    /// the calls.
    async fn handle_response(
        &self,
        opened: &OpenedEvent,
        state: ProcessingState,
        request: &Request,
        attempted: AttemptedCall,
    ) -> Result<(ProcessingState, Next), ProcessingError> {
        let effect = state
            .in_flight
            .as_ref()
            .map(|in_flight| in_flight.effect.id);
        let call = send::record(opened, effect, &attempted)?;
        let mut state = state;
        if attempted.is_sent() {
            state.calls.push(call);
        }
        tracing::debug!(event.id = %opened.event.id, request = ?request, status = attempted.exchange.status, "a license server was asked");
        let result = attempted.result;
        let answered_at = attempted.answered_at;
        let step = match &mut state.in_flight {
            Some(in_flight) => {
                if request.is_changing() && attempted.exchange.status.is_some() {
                    in_flight.effect.sent_at = None;
                }
                in_flight.conversation.on_response(answered_at, result)
            }
            None => return Ok((state, Next::Restart)),
        };
        if let Step::Send(next) = &step
            && state.may_send_unrecorded(next, answered_at)?
        {
            return Ok((state, Next::Send(next.clone())));
        }
        let context = self.context(opened.clone());
        let result = self
            .store
            .write(Scope::Tenant(opened.tenant), move |db| {
                let mut state = state.clone();
                calls::create(db, &std::mem::take(&mut state.calls))?;
                let permit = state
                    .in_flight
                    .as_ref()
                    .and_then(|in_flight| in_flight.permit.as_ref());
                if let Some(permit) = permit {
                    budget::release(db, &context.options.budgets, permit, answered_at)?;
                }
                let next = continue_action(db, &context, &mut state, step.clone())?;
                if let Next::Finished(outcome) = &next {
                    record_outcome(db, &context, &state, outcome)?;
                }
                Ok::<_, StoreError>((state, next))
            })
            .await?;
        Ok(result)
    }

    /// Records the calls of an action that others may have taken over.
    async fn record_calls(&self, tenant: TenantId, calls: Vec<Call>) -> Result<(), StoreError> {
        if calls.is_empty() {
            return Ok(());
        }
        self.store
            .write(Scope::Tenant(tenant), move |db| calls::create(db, &calls))
            .await
    }

    /// Records a call in the breaker, and holds the license server's events when it refuses the token or is down.
    async fn record_health(
        &self,
        opened: &OpenedEvent,
        attempted: &AttemptedCall,
    ) -> Result<(), StoreError> {
        let server = &opened.settings.server;
        self.record_answer(
            server,
            attempted.result.as_ref().err(),
            attempted.answered_at,
        )
        .await
    }

    /// Records the outcome of an event that stopped early; a failure is returned.
    pub(in crate::pipeline) async fn record_stop(
        &self,
        event: &Event,
        server: Option<LicenseServerId>,
        stop: Stop,
    ) -> Result<(), ProcessingError> {
        match stop {
            Stop::Outcome(outcome) => Ok(self.record_outcome_of(event, server, *outcome).await?),
            Stop::Failed(error) => Err(error),
        }
    }

    /// Records the outcome of an event; `server` is the account that it was about to call, whose new token wakes it.
    pub(super) async fn record_outcome_of(
        &self,
        event: &Event,
        server: Option<LicenseServerId>,
        outcome: EventOutcome,
    ) -> Result<(), StoreError> {
        let (tenant, id, now) = (event.tenant_id, event.id, self.clock.now());
        let settled = outcome.for_store(event.attempts, server, now);
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                events::settle(db, tenant, id, &settled)
            })
            .await?;
        outcome.measure(event.received_at, now);
        Ok(())
    }

    /// Logs why an event could not be processed, and requeues it.
    pub(super) async fn requeue_failed(
        &self,
        tenant: TenantId,
        event: EventId,
        error: &ProcessingError,
    ) {
        let fault = error.fault();
        if fault == Fault::Version {
            tracing::warn!(event.id = %event, error = error as &dyn std::error::Error, "an event is left to a newer version");
        } else {
            tracing::error!(event.id = %event, error = error as &dyn std::error::Error, "an event could not be worked");
        }
        self.requeue(tenant, event, fault).await;
    }

    /// Requeues an event a little later; one that is not at fault as if it had not been claimed.
    async fn requeue(&self, tenant: TenantId, event: EventId, fault: Fault) {
        let now = self.clock.now();
        let requeued = self
            .store
            .write(Scope::Tenant(tenant), move |db| match fault {
                Fault::Event => events::set_due(db, tenant, event, Some(now.plus(SOON))),
                Fault::Environment => events::unclaim(db, tenant, event, now.plus(SOON)),
                Fault::Version => events::unclaim(db, tenant, event, now.plus(TO_NEWER)),
            })
            .await;
        if let Err(error) = requeued {
            tracing::warn!(event.id = %event, error = &error as &dyn std::error::Error, "an event could not be put back; its lease runs out");
        }
    }

    pub(in crate::pipeline) fn context(&self, opened: OpenedEvent) -> EventContext {
        EventContext {
            opened,
            options: Arc::clone(&self.options),
            jitter: rand::rng().random(),
            now: self.clock.now(),
        }
    }
}

/// Whether the license was marked so long ago that its next call may be under way when others take it over.
fn is_late(state: &ProcessingState, now: Timestamp) -> bool {
    let marked_at = state.marked_at();
    marked_at.is_some_and(|since| now.since(since) > BEGINS_WITHIN)
}

/// The key of the license in flight, opened for one call; `None` where it has none.
fn key(opened: &OpenedEvent, state: &ProcessingState) -> Result<Option<SecretString>, VaultError> {
    let loaded = state.in_flight.as_ref().and_then(|in_flight| {
        let mut licenses = state.licenses.iter();
        licenses.find(|loaded| loaded.license.id == in_flight.license_id)
    });
    let Some((id, sealed)) =
        loaded.and_then(|loaded| Some((loaded.license.id, loaded.key_sealed.as_ref()?)))
    else {
        return Ok(None);
    };
    let key = opened.keys.open(Field::LicenseKey(id).place(), sealed)?;
    Ok(Some(SecretString::from(
        String::from_utf8_lossy(&key).into_owned(),
    )))
}
