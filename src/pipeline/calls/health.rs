//! The health of license servers: one that is down or refuses its token is held as one problem, and probed until it
//! recovers.

use futures::future::join_all;
use jiff::SignedDuration;

use crate::domain::lane::Lane;
use crate::domain::reason::ReasonCode;
use crate::domain::second_try;
use crate::domain::time::Timestamp;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::{NotCalled, call_and_record, record_nothing};
use crate::pipeline::error::ProcessingError;
use crate::store::license_servers::{self, LicenseServer};
use crate::store::{Db, PlatformUse, Scope, StoreError, events};

/// Between two probes of a license server that is down.
const PROBE_INTERVAL: SignedDuration = SignedDuration::from_secs(10);
/// Servers probed in one step.
const PROBE_BATCH: i64 = 32;

/// What a probe of a license server brought.
enum ProbeResult {
    /// The server answers.
    Answered,
    /// The server does not answer.
    Unanswered,
    /// The budget has no slot for the probe before then.
    NotNow(Timestamp),
}

impl Pipeline {
    /// Records in the breaker how a call was answered, and holds an account that refuses its token or is down.
    ///
    /// `server` is the account as it was read before the call, with the token that was used.
    pub(in crate::pipeline) async fn record_answer(
        &self,
        server: &LicenseServer,
        failure: Option<&Failure>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match failure.map(|failure| &failure.class) {
            Some(FailureClass::Unauthorized) => self.hold_unauthorized(server, now).await,
            Some(FailureClass::Transient) => {
                let recovered_at = server.last_success_at;
                match self.breaker.failed(server.id, recovered_at, now) {
                    true => self.open_breaker(server, now).await,
                    false => Ok(()),
                }
            }
            _ => {
                self.breaker.succeeded(server.id, now);
                Ok(())
            }
        }
    }

    /// Holds everything of this account until its token is replaced, or accepted when it is tried again.
    async fn hold_unauthorized(
        &self,
        server: &LicenseServer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.change_account(server, move |db, server| {
            license_servers::hold(db, server, now)
        })
        .await
    }

    /// Holds everything of this account until a probe succeeds.
    async fn open_breaker(&self, server: &LicenseServer, now: Timestamp) -> Result<(), StoreError> {
        let is_opened = self
            .change_account(server, move |db, server| {
                license_servers::open_breaker(db, server, now, now.plus(PROBE_INTERVAL))
            })
            .await?;
        if is_opened {
            tracing::warn!(tenant.id = %server.tenant_id, license_server.id = %server.id, "a license server is down; its events wait");
        }
        Ok(())
    }

    /// Probes license servers that are down, and tries tokens that were refused; says how many recovered.
    pub async fn probe(&self) -> Result<usize, ProcessingError> {
        let now = self.clock.now();
        let due = self
            .store
            .read(Scope::Platform(PlatformUse::Upkeep), move |db| {
                license_servers::list_to_probe_across_tenants(db, now, PROBE_BATCH)
            })
            .await?;
        // In parallel: one that hangs must not delay the recovery of the others.
        let probes = due.iter().map(|server| self.probe_one(server, now));
        let mut back = 0;
        for is_back in join_all(probes).await {
            back += usize::from(is_back?);
        }
        Ok(back)
    }

    async fn probe_one(
        &self,
        server: &LicenseServer,
        now: Timestamp,
    ) -> Result<bool, ProcessingError> {
        let next = match (server.broken_since, server.held_since) {
            (None, Some(since)) => second_try::next(since, now),
            _ => now.plus(PROBE_INTERVAL),
        };
        let is_ours = self
            .change_account(server, move |db, server| {
                license_servers::take_probe(db, server, next)
            })
            .await?;
        if !is_ours {
            return Ok(false);
        }
        if server.broken_since.is_none() {
            return self.try_token(server).await;
        }
        match self.probe_server(server).await? {
            ProbeResult::Answered => return Ok(self.close_breaker(server).await?),
            ProbeResult::Unanswered => {
                self.change_account(server, license_servers::count_failed_probe)
                    .await?;
            }
            ProbeResult::NotNow(until) => {
                self.change_account(server, move |db, server| {
                    license_servers::put_off_probe(db, server, until)
                })
                .await?;
            }
        }
        Ok(false)
    }

    /// Asks a server whether it answers.
    ///
    /// The probe has the lane of a checkout, where a buyer may be waiting for the answer.
    async fn probe_server(&self, server: &LicenseServer) -> Result<ProbeResult, ProcessingError> {
        let now = self.clock.now();
        let called = self.call_probe(server, Lane::Fulfillment).await;
        match called {
            Ok(Some(FailureClass::Transient)) => Ok(ProbeResult::Unanswered),
            Ok(_) => Ok(ProbeResult::Answered),
            Err(NotCalled::Refused(refusal)) => Ok(ProbeResult::NotNow(refusal.until(now))),
            Err(NotCalled::Failed(error)) => Err(error),
        }
    }

    /// One probe; how it failed, or nothing where it was answered.
    async fn call_probe(
        &self,
        server: &LicenseServer,
        lane: Lane,
    ) -> Result<Option<FailureClass>, NotCalled<ProcessingError>> {
        let keys = self.tenant_keys.of(server.tenant_id).await;
        let keys = keys.map_err(|error| NotCalled::Failed(error.into()))?;
        let account = self.connections.account(&keys, server);
        let account = account.map_err(|error| NotCalled::Failed(error.into()))?;
        let budget = self.budget(server.tenant_id, lane);
        let call = |leave| account.ask(leave).probe();
        let reply = call_and_record(budget, account.origin(), call, record_nothing).await?;
        Ok(reply.result.err().map(|failure| failure.class))
    }

    /// Tries the token of an account that refused it; true when it is accepted, and what waited is woken.
    ///
    /// Nobody waits for the answer, so that it is called in the bulk lane.
    async fn try_token(&self, server: &LicenseServer) -> Result<bool, ProcessingError> {
        let now = self.clock.now();
        let refusal = match self.call_probe(server, Lane::Bulk).await {
            // A token that may not do this is accepted all the same.
            Ok(None | Some(FailureClass::Forbidden { .. })) => {
                return Ok(self.lift_hold(server).await?);
            }
            Ok(Some(_)) => return Ok(false),
            Err(NotCalled::Refused(refusal)) => refusal,
            Err(NotCalled::Failed(error)) => return Err(error),
        };
        let until = refusal.until(now);
        self.change_account(server, move |db, server| {
            license_servers::put_off_try(db, server, until)
        })
        .await?;
        Ok(false)
    }

    /// Wakes what waited for the token; false when the hold was lifted meanwhile.
    async fn lift_hold(&self, tried: &LicenseServer) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let is_lifted = self
            .change_account(tried, move |db, tried| {
                if !license_servers::lift_hold(db, tried, now)? {
                    return Ok(false);
                }
                let (tenant, server) = (tried.tenant_id, tried.id.to_string());
                let code = ReasonCode::LicenseServerUnauthorized;
                events::wake_reason(db, tenant, code, &server, now)?;
                Ok(true)
            })
            .await?;
        if is_lifted {
            tracing::info!(tenant.id = %tried.tenant_id, license_server.id = %tried.id, "a license server takes its token again");
            self.wake.notify_one();
        }
        Ok(is_lifted)
    }

    /// Closes the breaker and wakes what waited; false when it was closed since it was probed.
    async fn close_breaker(&self, probed: &LicenseServer) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.breaker.succeeded(probed.id, now);
        let is_closed = self
            .change_account(probed, move |db, probed| close(db, probed, now))
            .await?;
        if is_closed {
            tracing::info!(tenant.id = %probed.tenant_id, license_server.id = %probed.id, "a license server is back");
            self.wake.notify_one();
        }
        Ok(is_closed)
    }

    /// Changes what is stored of an account, in a transaction of its own.
    async fn change_account<T: Send + 'static>(
        &self,
        server: &LicenseServer,
        change: impl Fn(&mut Db, &LicenseServer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let server = server.clone();
        self.store
            .write(Scope::Tenant(server.tenant_id), move |db| {
                change(db, &server)
            })
            .await
    }
}

fn close(db: &mut Db, probed: &LicenseServer, now: Timestamp) -> Result<bool, StoreError> {
    if !license_servers::close_breaker(db, probed, now)? {
        return Ok(false);
    }
    let (tenant, server) = (probed.tenant_id, probed.id.to_string());
    let code = ReasonCode::LicenseServerUnreachable;
    match probed.failures_in_row {
        0 => events::wake_reason(db, tenant, code, &server, now)?,
        // A probe had failed too: what failed meanwhile was the server's fault, and does not count as an attempt.
        _ => events::forgive_reason(db, tenant, code, &server, now)?,
    };
    Ok(true)
}
