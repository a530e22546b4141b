//! What an event names by id alone, asked of the shop as for an event that came; nothing of it is kept.

use std::time::Duration;

use crate::domain::effect::EventState;
use crate::domain::fact::Fact;
use crate::domain::plan::{LineState, Plan};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Rules;
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError, call_within_budget};
use crate::pipeline::event::outcome::{Attempt, EventOutcome};
use crate::pipeline::event::retry::RetrySchedule;
use crate::pipeline::shop::detail_lookup::{DetailLookup, apply_detail, question};
use crate::pipeline::shop::outcome;
use crate::pipeline::shop::{ShopAccount, Shops};
use crate::store::Scope;
use crate::store::storefronts::Storefront;
use crate::storefronts::Missing;

/// When an event would ask again.
const AGAIN: Duration = Duration::from_secs(60);

/// What an event says, as far as it says it.
pub(super) struct IncompleteEvent<'a> {
    pub fact: &'a mut Fact,
    /// The rules that decide its plan.
    pub rules: &'a mut Rules,
    /// What it names by id alone.
    pub missing: &'a [Missing],
    /// Whether real money moved.
    pub is_live: bool,
}

/// Asks for what is missing, where the store has credentials; what would become of the event when there is no answer.
pub(super) async fn fetch_details(
    caller: ApiCaller<'_>,
    shops: &Shops,
    storefront: &Storefront,
    event: IncompleteEvent<'_>,
) -> Result<Option<Plan>, CallError> {
    let policy = &event.rules.policy;
    let lookup = DetailLookup::of(
        event.fact,
        event.missing,
        event.is_live,
        policy,
        caller.keys,
    );
    let account = ShopAccount::of(caller.keys, storefront)?;
    let Some(account) = account.filter(|_| !lookup.is_empty()) else {
        return Ok(None);
    };
    let (tenant, id) = (caller.tenant, storefront.id);
    let found = caller
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            lookup.find_missing(db, tenant, id)
        })
        .await?;
    for missing in &found.missing {
        if let Some(since) = found.shop.as_ref().and_then(|shop| shop.held_since) {
            return Ok(Some(plan_of(outcome::unauthorized(since))));
        }
        let question = question(missing);
        let call = |leave| shops.call(leave, &account, &question);
        let reply = call_within_budget(caller.budget, shops.origin(), call).await?;
        let taken = reply.result.and_then(|response| {
            apply_detail(event.fact, event.rules, &account, missing, &response)
        });
        if let Err(failure) = taken {
            let attempt = Attempt {
                schedule: &RetrySchedule::new(vec![AGAIN]),
                failed_before: 0,
                now: caller.budget.clock.now(),
                jitter: 0.5,
            };
            return Ok(Some(plan_of(outcome::from_failure(&failure, attempt))));
        }
    }
    Ok(None)
}

fn plan_of(outcome: EventOutcome) -> Plan {
    let state = match outcome.state {
        EventState::Parked => LineState::Parked,
        _ => LineState::Waiting,
    };
    let reason = outcome.reason;
    Plan::settled(
        state,
        reason.unwrap_or_else(|| Reason::new(ReasonCode::ShopApiUnreachable)),
    )
}
