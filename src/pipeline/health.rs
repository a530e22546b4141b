//! License servers that are down or refuse their token: one problem, not a thousand; and the way back.

use futures::future::join_all;
use jiff::SignedDuration;

use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::license_servers::reply::FailureClass;
use crate::pipeline::Pipeline;
use crate::pipeline::ask::{nothing, on_record};
use crate::pipeline::case::Case;
use crate::pipeline::step::WorkError;
use crate::store::license_servers::{self, BreakerState, LicenseServer};
use crate::store::{Db, PlatformUse, Scope, StoreError, events};

/// Between two probes of a license server that is down.
const PROBE: SignedDuration = SignedDuration::from_secs(10);
/// Servers probed in one step.
const PROBES: i64 = 32;

impl Pipeline {
    /// Holds everything of this account until its token is replaced.
    pub async fn hold_unauthorized(&self, case: &Case, now: Timestamp) -> Result<(), StoreError> {
        let (tenant, server) = (case.tenant, case.server.id);
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                change(db, tenant, server, |breaker| {
                    breaker.held_since.get_or_insert(now);
                    breaker.held_reason = Some("unauthorized".to_owned());
                })
            })
            .await
    }

    /// Holds everything of this account until a probe succeeds.
    pub async fn open_breaker(&self, case: &Case, now: Timestamp) -> Result<(), StoreError> {
        let (tenant, server) = (case.tenant, case.server.id);
        tracing::warn!(tenant.id = %tenant, license_server.id = %server, "a license server is down; its events wait");
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                change(db, tenant, server, |breaker| {
                    if breaker.broken_since.is_none() {
                        breaker.failures_in_row = 0;
                    }
                    breaker.broken_since.get_or_insert(now);
                    breaker.next_probe_at.get_or_insert(now.plus(PROBE));
                })
            })
            .await
    }

    /// Asks license servers that are down whether they are back; says how many are.
    pub async fn probe(&self) -> Result<usize, WorkError> {
        let now = self.clock.now();
        let due = self
            .store
            .read(Scope::Platform(PlatformUse::Upkeep), move |db| {
                license_servers::list_to_probe_across_tenants(db, now, PROBES)
            })
            .await?;
        // Side by side: one that hangs must not hold up the way back of the others.
        let probes = due.iter().map(|server| self.probe_one(server, now));
        let mut back = 0;
        for is_back in join_all(probes).await {
            back += usize::from(is_back?);
        }
        Ok(back)
    }

    async fn probe_one(&self, server: &LicenseServer, now: Timestamp) -> Result<bool, WorkError> {
        if !self.take_probe(server, now.plus(PROBE)).await? {
            return Ok(false);
        }
        match self.is_back(server).await? {
            Ok(true) => {
                self.close_breaker(server).await?;
                Ok(true)
            }
            Ok(false) => {
                let failed = |breaker: &mut BreakerState| breaker.failures_in_row += 1;
                self.change_breaker(server, failed).await?;
                Ok(false)
            }
            Err(until) => {
                // Whoever closed it meanwhile wants no probe any more.
                let put_off = move |breaker: &mut BreakerState| {
                    breaker.next_probe_at = breaker.next_probe_at.and(Some(until));
                };
                self.change_breaker(server, put_off).await?;
                Ok(false)
            }
        }
    }

    async fn take_probe(
        &self,
        server: &LicenseServer,
        next_probe_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let server = server.clone();
        self.store
            .write(Scope::Tenant(server.tenant_id), move |db| {
                license_servers::take_probe(db, &server, next_probe_at)
            })
            .await
    }

    async fn change_breaker(
        &self,
        server: &LicenseServer,
        change: impl Fn(&mut BreakerState) + Send + 'static,
    ) -> Result<(), StoreError> {
        let (tenant, id) = (server.tenant_id, server.id);
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                self::change(db, tenant, id, &change)
            })
            .await
    }

    /// Whether the server answers; where the budget has no place for the question, when it has one.
    ///
    /// It goes like a buyer in the checkout, who may well be waiting for the answer.
    async fn is_back(&self, server: &LicenseServer) -> Result<Result<bool, Timestamp>, WorkError> {
        let keys = self.vaults.of(server.tenant_id).await?;
        let client = self.connections.client(&keys, server)?;
        let budget = self.budget(Lane::Fulfillment);
        let scope = Scope::Tenant(server.tenant_id);
        let (origin, call) = (client.origin(), client.probe());
        let asked = on_record(budget, scope, origin, call, nothing::<_, WorkError>).await?;
        Ok(asked.map(|reply| {
            let class = reply.result.err().map(|failure| failure.class);
            class != Some(FailureClass::Transient)
        }))
    }

    async fn close_breaker(&self, server: &LicenseServer) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (tenant, id) = (server.tenant_id, server.id);
        // A probe had failed too, so that what was tried did not fail by its own fault.
        let was_down = server.failures_in_row > 0;
        let closed = BreakerState {
            failures_in_row: 0,
            last_success_at: Some(now),
            broken_since: None,
            held_since: server.held_since,
            held_reason: server.held_reason.clone(),
            next_probe_at: None,
        };
        tracing::info!(tenant.id = %tenant, license_server.id = %id, "a license server is back");
        self.breaker.succeeded(id, now);
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                license_servers::set_breaker(db, tenant, id, &closed)?;
                let code = ReasonCode::LicenseServerUnreachable;
                match was_down {
                    true => {
                        events::forgive_reason(db, tenant, code, &id.to_string(), now).map(drop)
                    }
                    false => wake(db, tenant, id, code, now),
                }
            })
            .await?;
        self.wake.notify_one();
        Ok(())
    }
}

/// Changes where the breaker stands; an account that was removed meanwhile needs none.
fn change(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    change: impl Fn(&mut BreakerState),
) -> Result<(), StoreError> {
    let Some(row) = license_servers::find(db, tenant, server)? else {
        return Ok(());
    };
    let mut breaker = BreakerState {
        failures_in_row: row.failures_in_row,
        last_success_at: row.last_success_at,
        broken_since: row.broken_since,
        held_since: row.held_since,
        held_reason: row.held_reason,
        next_probe_at: row.next_probe_at,
    };
    change(&mut breaker);
    license_servers::set_breaker(db, tenant, server, &breaker)
}

/// Makes the events due that wait for this account for that reason; part of the caller's transaction.
pub fn wake(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    reason: ReasonCode,
    now: Timestamp,
) -> Result<(), StoreError> {
    events::wake_reason(db, tenant, reason, &server.to_string(), now).map(drop)
}
