//! One step: works the due events of leased subjects to an end or to a wait.

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
use crate::pipeline::error::{Fault, WorkError};
use crate::pipeline::event::context::Case;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::in_flight::Current;
use crate::pipeline::event::next::Next;
use crate::pipeline::event::outcome::Settlement;
use crate::pipeline::event::prefetch::{Papers, Prepared};
use crate::pipeline::event::state::Work;
use crate::pipeline::event::stop::Stop;
use crate::pipeline::execution::send::{self, Made, UnderWay};
use crate::pipeline::planning::apply_event::{self, decide, settle};
use crate::pipeline::planning::next_action::proceed;
use crate::pipeline::protocol::{Request, Step};
use crate::store::calls::Call;
use crate::store::events::{Event, SUSPECTED, TO_NEWER};
use crate::store::{Scope, StoreError, calls, events};
use crate::vault::{Field, VaultError};

/// A call begins so soon after its license was marked, or not at all: others count from the mark.
const BEGINS_WITHIN: SignedDuration = SignedDuration::from_secs(2);
/// How often a suspect is begun alone before it is taken from the line: once the process may have been killed for another
/// reason.
const ALONE: i32 = 2;
/// Workers may be killed in quick succession for reasons of their own; an event is not suspected so soon.
const INNOCENT: SignedDuration = SignedDuration::from_mins(2);
/// When an event that could not be worked is due again.
const SOON: SignedDuration = SignedDuration::from_secs(2);
/// How often an event is begun anew because others were faster, before it is put back.
const ROUNDS: usize = 8;

impl Pipeline {
    /// Claims what is due and works it; says how many subjects it was.
    pub async fn step(&self) -> Result<usize, StoreError> {
        let claimed = self.claim(self.options.workers).await?;
        let subjects = claimed.len();
        let prepared = self.read_ahead(claimed).await;
        join_all(prepared.into_iter().map(|prepared| self.work(prepared))).await;
        self.give_back().await?;
        Ok(subjects)
    }

    /// Works the events of a subject in their order; it is given back with the next claim.
    ///
    /// All is dropped once the lease has run out: what was begun is on record, and others go on from there.
    pub async fn work(&self, prepared: Prepared) {
        let Prepared {
            claimed,
            mut papers,
        } = prepared;
        let tenant = claimed.tenant_id;
        let in_hand = self.leased.take_in_hand((tenant, claimed.subject));
        let is_suspect = claimed.events.iter().any(|event| self.suspects(event));
        let Ok(_room) = self.room.of(is_suspect).await else {
            return;
        };
        for event in claimed.events {
            let id = event.id;
            // One event that makes us stumble is no other's fault; what it left behind was rolled back.
            let work = AssertUnwindSafe(self.work_event(event, papers.take())).catch_unwind();
            let worked = tokio::select! {
                biased;
                () = in_hand.lost(&self.clock) => {
                    tracing::warn!(event.id = %id, "a lease ran out under an event; others take it over");
                    return;
                }
                worked = work => worked,
            };
            match worked {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.stumble(tenant, id, &error).await,
                Err(_panic) => {
                    tracing::error!(event.id = %id, "work on an event panicked");
                    self.put_back(tenant, id, Fault::Event).await;
                }
            }
        }
    }

    /// Whether an event was claimed so often without an end that it may be what kills the workers.
    ///
    /// Those who were in work with it were claimed as often, so that it is worked alone before it is judged.
    fn suspects(&self, event: &Event) -> bool {
        event.claims >= SUSPECTED && self.clock.now().since(event.received_at) > INNOCENT
    }

    async fn work_event(&self, event: Event, papers: Option<Papers>) -> Result<(), WorkError> {
        if self.suspects(&event) {
            if event.claims >= SUSPECTED + ALONE {
                let stumbled = Settlement::parked(Reason::new(ReasonCode::RepeatedCrash));
                return Ok(self.settle_unopened((&event, None), stumbled).await?);
            }
            let (tenant, id) = (event.tenant_id, event.id);
            self.store
                .write(Scope::Tenant(tenant), move |db| {
                    events::begin_alone(db, tenant, id)
                })
                .await?;
        }
        let papers = match papers {
            Some(papers) => papers,
            None => self.papers(&event).await?,
        };
        let mut case = match self.open_with(event.clone(), papers).await {
            Ok(case) => case,
            Err(stop) => return self.leave((&event, None), stop).await,
        };
        match self.fill_in(&mut case).await {
            Ok(()) => self.work_case(*case).await,
            Err(stop) => {
                if let Stop::Left(_) = stop {
                    // What it does say counts until the shop tells the rest: a payment stops what a missed one began.
                    self.take_down(*case).await?;
                }
                self.leave((&event, None), stop).await
            }
        }
    }

    pub(in crate::pipeline) async fn work_case(&self, mut case: Case) -> Result<(), WorkError> {
        match self.go_on(&mut case).await {
            Ok(()) => Ok(()),
            Err(stop) => self.leave((&case.event, Some(case.server.id)), stop).await,
        }
    }

    async fn go_on(&self, case: &mut Case) -> Result<(), Stop> {
        let mut known = Known::default();
        if let Err(stop) = self.follow_account(case).await {
            if let Stop::Left(_) = stop {
                // Puts the people and the headline on record.
                self.decide(case, &known).await?;
            }
            return Err(stop);
        }
        for _ in 0..ROUNDS {
            let (work, next) = self.decide(case, &known).await?;
            case.is_new = false;
            match self.converse(case, work, next).await? {
                Next::Finished(_) => return Ok(()),
                // `converse` leaves no request unsent.
                Next::BeginAnew | Next::Send(_) => {}
                Next::LookUp(needs) => self.answer(case, &needs, &mut known).await?,
                Next::ReadFirst(ids) => self.read_together(case, &ids, &mut known).await?,
            }
        }
        self.put_back(case.tenant, case.event.id, Fault::Surroundings)
            .await;
        Ok(())
    }

    /// Sends one request after the other, until something else is next.
    pub(in crate::pipeline) async fn converse(
        &self,
        case: &Case,
        work: Work,
        next: Next,
    ) -> Result<Next, WorkError> {
        let (mut work, mut next) = (work, next);
        while let Next::Send(request) = next {
            if is_late(&work, self.clock.now()) {
                self.record_calls(case.tenant, work.calls).await?;
                return Ok(Next::BeginAnew);
            }
            let key = key(case, &work)?;
            let leave = work.current.as_mut().and_then(Current::leave);
            let under_way = UnderWay {
                case,
                work: &work,
                key: &key,
            };
            let made = send::send(&self.clock, leave, under_way, &request).await;
            made.measure(case.lane);
            self.note_health(case, &made).await?;
            (work, next) = self.on_response(case, work, &request, made).await?;
        }
        if let Next::Finished(settlement) = &next {
            settlement.measure(case.event.received_at, self.clock.now());
        }
        Ok(next)
    }

    /// Puts what an event says on record, and does nothing about it.
    async fn take_down(&self, case: Case) -> Result<(), StoreError> {
        let context = self.context(case);
        self.store
            .write(Scope::Tenant(context.case.tenant), move |db| {
                apply_event::take_down(db, &context).map(drop)
            })
            .await
    }

    async fn decide(&self, case: &Case, known: &Known) -> Result<(Work, Next), WorkError> {
        let (context, known) = (self.context(case.clone()), known.clone());
        let decided = self
            .store
            .write(Scope::Tenant(case.tenant), move |db| {
                decide(db, &context, &known)
            })
            .await?;
        Ok(decided)
    }

    /// Says what is next: at once where all that it needs is on record, else with the calls, in one transaction.
    async fn on_response(
        &self,
        case: &Case,
        work: Work,
        request: &Request,
        made: Made,
    ) -> Result<(Work, Next), WorkError> {
        let effect = work.current.as_ref().map(|current| current.effect.id);
        let call = send::record(case, effect, &made)?;
        let mut work = work;
        if made.is_sent() {
            work.calls.push(call);
        }
        tracing::debug!(event.id = %case.event.id, request = ?request, status = made.exchange.status, "a license server was asked");
        let result = made.result;
        let answered_at = made.answered_at;
        let step = match &mut work.current {
            Some(current) => {
                if request.is_changing() && made.exchange.status.is_some() {
                    current.effect.sent_at = None;
                }
                current.conversation.on_response(answered_at, result)
            }
            None => return Ok((work, Next::BeginAnew)),
        };
        if let Step::Send(next) = &step
            && work.goes_on(next, answered_at)?
        {
            return Ok((work, Next::Send(next.clone())));
        }
        let context = self.context(case.clone());
        let result = self
            .store
            .write(Scope::Tenant(case.tenant), move |db| {
                let mut work = work.clone();
                calls::create(db, &std::mem::take(&mut work.calls))?;
                let permit = work
                    .current
                    .as_ref()
                    .and_then(|current| current.permit.as_ref());
                if let Some(permit) = permit {
                    budget::release(db, &context.options.budgets, permit, answered_at)?;
                }
                let next = proceed(db, &context, &mut work, step.clone())?;
                if let Next::Finished(settlement) = &next {
                    settle(db, &context, &work, settlement)?;
                }
                Ok::<_, StoreError>((work, next))
            })
            .await?;
        Ok(result)
    }

    /// Calls of an action that others may have taken over: its story is told all the same.
    async fn record_calls(&self, tenant: TenantId, calls: Vec<Call>) -> Result<(), StoreError> {
        if calls.is_empty() {
            return Ok(());
        }
        self.store
            .write(Scope::Tenant(tenant), move |db| calls::create(db, &calls))
            .await
    }

    /// Tells the breaker, and holds the license server's events when it refuses the token or is down.
    async fn note_health(&self, case: &Case, made: &Made) -> Result<(), StoreError> {
        let server = &case.setting.server;
        self.note_answer(server, made.result.as_ref().err(), made.answered_at)
            .await
    }

    /// Leaves an event as it must be left, or says why it cannot be.
    pub(in crate::pipeline) async fn leave(
        &self,
        event: (&Event, Option<LicenseServerId>),
        stop: Stop,
    ) -> Result<(), WorkError> {
        match stop {
            Stop::Left(settlement) => Ok(self.settle_unopened(event, *settlement).await?),
            Stop::Failed(error) => Err(error),
        }
    }

    /// Leaves an event so; `server` is the account that it was about to ask, whose new token wakes it.
    pub(super) async fn settle_unopened(
        &self,
        (event, server): (&Event, Option<LicenseServerId>),
        settlement: Settlement,
    ) -> Result<(), StoreError> {
        let (tenant, id, now) = (event.tenant_id, event.id, self.clock.now());
        let settled = settlement.for_store(event.attempts, server, now);
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                events::settle(db, tenant, id, &settled)
            })
            .await?;
        settlement.measure(event.received_at, now);
        Ok(())
    }

    /// Says why an event could not be worked, and gives it back to the line.
    pub(super) async fn stumble(&self, tenant: TenantId, event: EventId, error: &WorkError) {
        let fault = error.fault();
        if fault == Fault::Version {
            tracing::warn!(event.id = %event, error = error as &dyn std::error::Error, "an event is left to a newer version");
        } else {
            tracing::error!(event.id = %event, error = error as &dyn std::error::Error, "an event could not be worked");
        }
        self.put_back(tenant, event, fault).await;
    }

    /// Gives an event back to the line, a little later; one that is innocent of it as if it had not been claimed.
    async fn put_back(&self, tenant: TenantId, event: EventId, fault: Fault) {
        let now = self.clock.now();
        let put_back = self
            .store
            .write(Scope::Tenant(tenant), move |db| match fault {
                Fault::Event => events::set_due(db, tenant, event, Some(now.plus(SOON))),
                Fault::Surroundings => events::unclaim(db, tenant, event, now.plus(SOON)),
                Fault::Version => events::unclaim(db, tenant, event, now.plus(TO_NEWER)),
            })
            .await;
        if let Err(error) = put_back {
            tracing::warn!(event.id = %event, error = &error as &dyn std::error::Error, "an event could not be put back; its lease runs out");
        }
    }

    pub(in crate::pipeline) fn context(&self, case: Case) -> EventContext {
        EventContext {
            case,
            options: Arc::clone(&self.options),
            jitter: rand::rng().random(),
            now: self.clock.now(),
        }
    }
}

/// Whether the license was marked so long ago that its next call may be under way when others take it over.
fn is_late(work: &Work, now: Timestamp) -> bool {
    let marked = work.marked();
    marked.is_some_and(|since| now.since(since) > BEGINS_WITHIN)
}

/// The key of the license in work; opened for the time of one call.
fn key(case: &Case, work: &Work) -> Result<SecretString, VaultError> {
    let held = work.current.as_ref().and_then(|current| {
        let mut licenses = work.licenses.iter();
        licenses.find(|held| held.license.id == current.license_id)
    });
    let Some((id, sealed)) =
        held.and_then(|held| Some((held.license.id, held.key_sealed.as_ref()?)))
    else {
        return Ok(SecretString::default());
    };
    let key = case.keys.open(Field::LicenseKey(id).place(), sealed)?;
    Ok(SecretString::from(
        String::from_utf8_lossy(&key).into_owned(),
    ))
}
