//! What a process does beside its events: holds its leases, follows the database's clock, makes room.

use jiff::SignedDuration;

use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::pipeline::Pipeline;
use crate::pipeline::queue::leases::{LEASE, by_tenant};
use crate::store::{
    Db, PlatformUse, Scope, StoreError, events, leases, license_servers, storefronts, upkeep,
};

/// Months of partitions that are made ahead.
const MONTHS_AHEAD: i32 = 3;

impl Pipeline {
    /// Extends the leases of the subjects that are processed here; to be called every few seconds.
    ///
    /// A lease that is on record in this process's name, but was never heard of, runs out: its claim was committed, and
    /// the database died before it could say so.
    pub async fn renew_leases(&self) -> Result<usize, StoreError> {
        let (owner, now) = (self.owner(), self.clock.now());
        let until = now.plus(LEASE);
        let in_work = self.leases.list_active();
        let extended = self
            .store
            .write(Scope::Platform(PlatformUse::Claim), move |db| {
                let mut extended = 0;
                for (tenant, subjects) in by_tenant(&in_work) {
                    extended += leases::extend(db, tenant, &subjects, owner, (now, until))?;
                }
                Ok::<_, StoreError>(extended)
            })
            .await?;
        self.leases.extend(now, until);
        Ok(extended)
    }

    /// Wakes what was stored as held although its storefront had just been resumed, or its license server had just
    /// come back; says how much that was.
    ///
    /// Processes remember for a few seconds that a storefront is paused, and an event may be left waiting by what was
    /// read of its license server before it came back.
    pub async fn wake_held(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let woken = self
            .store
            .write(Scope::Platform(PlatformUse::Upkeep), move |db| {
                let (mut woken, since) = (0, now.plus_minutes(-1));
                for (tenant, storefront) in storefronts::list_resumed_across_tenants(db, since)? {
                    let store = (tenant, storefront);
                    let paused = ReasonCode::StorefrontPaused;
                    woken += events::wake_storefront(db, store, paused, now)?;
                }
                for (tenant, server) in license_servers::list_back_across_tenants(db, since)? {
                    for code in [
                        ReasonCode::LicenseServerUnreachable,
                        ReasonCode::LicenseServerUnauthorized,
                    ] {
                        woken += events::wake_reason(db, tenant, code, &server.to_string(), now)?;
                    }
                }
                Ok::<_, StoreError>(woken)
            })
            .await?;
        if woken > 0 {
            self.wake.notify_one();
        }
        Ok(woken)
    }

    /// Makes the partitions that will be needed, and drops what retention does not keep; says how much was dropped.
    ///
    /// Every step has short transactions of its own: one that fails keeps no other from being done, and is told at the
    /// end.
    pub async fn drop_old(&self, retention: SignedDuration) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let before: Timestamp = now.plus(-retention);
        let made = self
            .store
            .write(Scope::Platform(PlatformUse::Upkeep), move |db| {
                upkeep::make_months(db, now, MONTHS_AHEAD)
            })
            .await;
        let months = move |db: &mut Db| upkeep::drop_month_across_tenants(db, before);
        let mut steps = vec![made.map(|()| 0), self.exhaust(months).await];
        for aging in upkeep::AGING {
            let rows = move |db: &mut Db| upkeep::delete_old_across_tenants(db, aging, before);
            steps.push(self.exhaust(rows).await);
        }
        steps.into_iter().sum()
    }

    /// Repeats a step, a transaction each time, until it finds nothing more to do; says how much it did.
    async fn exhaust(
        &self,
        step: impl Fn(&mut Db) -> Result<usize, StoreError> + Copy + Send + 'static,
    ) -> Result<usize, StoreError> {
        let mut total = 0;
        loop {
            let done = self
                .store
                .write(Scope::Platform(PlatformUse::Upkeep), step)
                .await?;
            if done == 0 {
                return Ok(total);
            }
            total += done;
        }
    }
}
