//! Leases due subjects to this process, and releases those that it has finished.

use std::sync::Arc;

use crate::domain::time::Timestamp;
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budget;
use crate::pipeline::queue::leases::{LEASE, by_tenant};
use crate::store::events::{Claim, Claimed};
use crate::store::{PlatformUse, Scope, StoreError, events, leases};

impl Pipeline {
    /// Releases finished subjects, then leases at most `limit` due ones, and no more than there are permits for.
    pub async fn claim(&self, limit: usize) -> Result<Vec<Claimed>, StoreError> {
        let (now, owner) = (self.clock.now(), self.owner());
        let origins = self.connections.origins();
        let options = Arc::clone(&self.options);
        let finished = self.leases.take_finished();
        let subjects = finished.clone();
        let claimed = self
            .store
            .write(Scope::Platform(PlatformUse::Claim), move |db| {
                for (tenant, subjects) in by_tenant(&subjects) {
                    leases::release(db, tenant, &subjects, owner)?;
                }
                if limit == 0 {
                    return Ok(Vec::new());
                }
                let available = budget::available(db, &options.budgets, &origins, now)?;
                let claim = Claim {
                    owner,
                    now,
                    until: now.plus(LEASE),
                    limit: limit.min(available.calls),
                    lanes: available.lanes,
                };
                events::claim_across_tenants(db, &claim)
            })
            .await;
        match &claimed {
            Ok(claimed) if claimed.is_empty() => {}
            Ok(claimed) => self.add_leases(claimed, now.plus(LEASE)),
            Err(_) => self.leases.add_finished(finished),
        }
        claimed
    }

    #[tracing::instrument(name = "claim", level = "debug", skip_all, fields(subjects = claimed.len()))]
    fn add_leases(&self, claimed: &[Claimed], until: Timestamp) {
        for claimed in claimed {
            let subject = (claimed.tenant_id, claimed.subject.clone());
            self.leases.add(subject, until);
        }
    }

    /// Releases finished subjects without claiming others.
    pub async fn release_finished(&self) -> Result<(), StoreError> {
        self.claim(0).await.map(drop)
    }
}
