//! License servers that are down or refuse their token: one problem, not a thousand; and the way back.

use jiff::SignedDuration;

use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::license_servers::reply::FailureClass;
use crate::pipeline::Pipeline;
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
        let mut back = 0;
        for server in due {
            if self.take_probe(&server, now).await? && self.is_back(&server).await? {
                self.close_breaker(&server).await?;
                back += 1;
            }
        }
        Ok(back)
    }

    async fn take_probe(&self, server: &LicenseServer, now: Timestamp) -> Result<bool, StoreError> {
        let server = server.clone();
        self.store
            .write(Scope::Tenant(server.tenant_id), move |db| {
                license_servers::take_probe(db, &server, now.plus(PROBE))
            })
            .await
    }

    async fn is_back(&self, server: &LicenseServer) -> Result<bool, WorkError> {
        let keys = self.vaults.of(server.tenant_id).await?;
        let client = self.connections.client(&keys, server)?;
        let reply = client.probe().await;
        let is_down = matches!(
            reply.result,
            Err(ref failure) if failure.class == FailureClass::Transient
        );
        Ok(!is_down)
    }

    async fn close_breaker(&self, server: &LicenseServer) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (tenant, id) = (server.tenant_id, server.id);
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
                wake(db, tenant, id, ReasonCode::LicenseServerUnreachable, now)
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
