//! Gives up on a change that a license server answers again and again and never makes: a person is asked.

use crate::domain::effect::EffectState;
use crate::domain::give::take_out;
use crate::domain::license::{License, Shown};
use crate::domain::plan::Planned;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::pipeline::Pipeline;
use crate::pipeline::settle::Settlement;
use crate::store::effects::{self, Effect};
use crate::store::licenses::{self, LicenseChange};
use crate::store::{Db, Scope, StoreError, events};

impl Pipeline {
    /// Parks the event of the change, which may be run again; what was noted as given is taken out.
    pub(super) async fn give_up(
        &self,
        effect: Effect,
        license: License,
        shown: Shown,
    ) -> Result<(), StoreError> {
        let (tenant, now) = (effect.tenant_id, self.clock.now());
        tracing::warn!(tenant.id = %tenant, effect.id = %effect.id, "an answered change is never made; a person is asked");
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                give_up(db, effect.clone(), (license.clone(), shown.clone()), now)
            })
            .await
    }
}

fn give_up(
    db: &mut Db,
    mut effect: Effect,
    (mut license, shown): (License, Shown),
    now: Timestamp,
) -> Result<(), StoreError> {
    let planned: Planned = serde_json::from_str(&effect.action)
        .map_err(|error| StoreError::corrupt("effects.action", error))?;
    effect.state = EffectState::Failed;
    effects::write(db, &effect)?;
    take_out(&mut license.given, &planned.action, &shown);
    license.shown = Some(shown);
    let change = LicenseChange {
        verified_at: Some(Some(now)),
        ..LicenseChange::of(&license, now)?
    };
    licenses::change(db, effect.tenant_id, license.id, &change)?;
    let Some(event) = events::find(db, effect.tenant_id, effect.event_id)? else {
        return Ok(());
    };
    let reason = Reason::new(ReasonCode::VerificationFailed)
        .with("ours", "what was asked")
        .with("theirs", "what was there before");
    let settled = Settlement::parked(reason).for_store(event.attempts, None, now);
    events::settle(db, effect.tenant_id, event.id, &settled)
}
