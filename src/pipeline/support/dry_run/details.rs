//! What an event names by id alone, asked of the shop as for an event that came; nothing of it is kept.

use std::time::Duration;

use crate::domain::effect::EventState;
use crate::domain::fact::Fact;
use crate::domain::plan::{LineState, Plan};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Rules;
use crate::pipeline::calls::budgeted_call::{NotAsked, within_budget};
use crate::pipeline::event::outcome::{Attempt, Settlement};
use crate::pipeline::event::retry::RetrySchedule;
use crate::pipeline::shop::ShopAccount;
use crate::pipeline::shop::detail_lookup::{Sought, question, take_in};
use crate::pipeline::shop::outcome;
use crate::pipeline::support::dry_run::Outside;
use crate::store::Scope;
use crate::store::storefronts::Storefront;
use crate::storefronts::Missing;

/// When an event would ask again.
const AGAIN: Duration = Duration::from_secs(60);

/// What an event says, as far as it says it.
pub(super) struct Sparse<'a> {
    /// What it says.
    pub fact: &'a mut Fact,
    /// What it is judged by.
    pub rules: &'a mut Rules,
    /// What it names by id alone.
    pub missing: &'a [Missing],
    /// Whether real money moved.
    pub is_live: bool,
}

/// Asks for what is missing, where the store has credentials; what would become of the event when there is no answer.
pub(super) async fn fill_in(
    Outside { asker, shops }: Outside<'_>,
    storefront: &Storefront,
    event: Sparse<'_>,
) -> Result<Option<Plan>, NotAsked> {
    let about = (event.is_live, &event.rules.policy);
    let sought = Sought::of(event.fact, event.missing, about, asker.keys);
    let account = ShopAccount::of(asker.keys, storefront)?;
    let Some(account) = account.filter(|_| !sought.is_empty()) else {
        return Ok(None);
    };
    let (tenant, id) = (asker.tenant, storefront.id);
    let found = asker
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            sought.look_up(db, (tenant, id))
        })
        .await?;
    for missing in &found.missing {
        if let Some(since) = found.shop.as_ref().and_then(|shop| shop.held_since) {
            return Ok(Some(left(outcome::refused(since))));
        }
        let question = question(missing);
        let call = |leave| shops.ask(leave, &account, &question);
        let reply = within_budget(asker.budget, shops.origin(), call).await?;
        let taken = reply
            .result
            .and_then(|response| take_in(event.fact, event.rules, (&account, missing), &response));
        if let Err(failure) = taken {
            let attempt = Attempt {
                schedule: &RetrySchedule::new(vec![AGAIN]),
                failed_before: 0,
                now: asker.budget.clock.now(),
                jitter: 0.5,
            };
            return Ok(Some(left(outcome::of_failure(&failure, attempt))));
        }
    }
    Ok(None)
}

fn left(settlement: Settlement) -> Plan {
    let state = match settlement.state {
        EventState::Parked => LineState::Parked,
        _ => LineState::Waiting,
    };
    let reason = settlement.reason;
    Plan::settled(
        state,
        reason.unwrap_or_else(|| Reason::new(ReasonCode::ShopApiUnreachable)),
    )
}
