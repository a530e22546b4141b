//! Gives up on a change that a license server answers again and again and never makes: a person is asked.

use crate::domain::effect::EffectState;
use crate::domain::give::take_out;
use crate::domain::license::Shown;
use crate::domain::plan::Planned;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::pipeline::Pipeline;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::reconcile::LicenseFinding;
use crate::store::effects::{self, Effect};
use crate::store::licenses::{self, LicenseChange, Row};
use crate::store::{Db, Scope, StoreError, events};

impl Pipeline {
    /// Parks the event of the change, which may be run again; what was noted as given is taken out.
    pub(in crate::pipeline) async fn give_up(
        &self,
        effect: Effect,
        row: &Row,
        shown: Shown,
    ) -> Result<LicenseFinding, StoreError> {
        let row = row.clone();
        let (tenant, now) = (effect.tenant_id, self.clock.now());
        tracing::warn!(tenant.id = %tenant, effect.id = %effect.id, "an answered change is never made; a person is asked");
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                give_up(db, effect.clone(), &row, shown.clone(), now)
            })
            .await
    }
}

fn give_up(
    db: &mut Db,
    mut effect: Effect,
    row: &Row,
    shown: Shown,
    now: Timestamp,
) -> Result<LicenseFinding, StoreError> {
    let planned: Planned = serde_json::from_str(&effect.action)
        .map_err(|error| StoreError::corrupt("effects.action", error))?;
    let mut license = row.license()?;
    take_out(&mut license.given, &planned.action, &shown);
    license.shown = Some(shown);
    let change = LicenseChange {
        verified_at: Some(Some(now)),
        ..LicenseChange::of(&license, now)?
    };
    if !licenses::change_at_rest(db, row.tenant_id, row.id, &change, row.updated_at)? {
        return Ok(LicenseFinding::Overtaken);
    }
    effect.state = EffectState::Failed;
    effects::write(db, &effect)?;
    let Some(event) = events::find(db, effect.tenant_id, effect.event_id)? else {
        return Ok(LicenseFinding::NotRepaired);
    };
    let reason = Reason::new(ReasonCode::VerificationFailed)
        .with("ours", "what was asked")
        .with("theirs", "what was there before");
    let settled = EventOutcome::parked(reason).for_store(event.attempts, None, now);
    events::settle(db, effect.tenant_id, event.id, &settled)?;
    Ok(LicenseFinding::NotRepaired)
}
