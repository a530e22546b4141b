//! The budget of calls: one per origin, shared by all replicas through the database.
//!
//! Nothing is sent without a permit, and this is where permits are made: also where no budget limits an origin, and
//! where a company is suspended, for which none is made at all. A slot that was used is free again only some time after
//! its
//! *answer*, so that no window anywhere sees more calls than there are slots. Workers never sleep on the budget:
//! whoever finds no slot puts the event back.

use jiff::SignedDuration;

use crate::config::{Budget, Budgets};
use crate::domain::id::TenantId;
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::outbound::{Leave, Origin};
use crate::pipeline::calls::fair_share;
use crate::store::audit::Actor;
use crate::store::permits::Holder;
use crate::store::{Db, StoreError, permits, tenants};

/// A slot is held at most this long without an answer: longer than any call may take.
const HELD: SignedDuration = SignedDuration::from_secs(30);
/// After this long, work for a suspended company is retried.
const SUSPENDED: SignedDuration = SignedDuration::from_mins(1);

/// For whom a call is made, and how urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requester {
    pub tenant: TenantId,
    /// How urgent it is.
    pub lane: Lane,
    /// Who waits for the answer; `None` when it is an event's, or the background's.
    pub actor: Option<Actor>,
}

/// The permission for one call: a slot of the origin's budget, or none where the origin has no budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    origin: Origin,
    /// `None` where the budget is lifted: then one permit serves any number of calls.
    slot: Option<i32>,
    is_used: bool,
}

/// What came of asking for a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermitDecision {
    /// Go ahead.
    Granted(Permit),
    /// Not now, or not at all.
    Refused(PermitRefusal),
}

/// Why there is no permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermitRefusal {
    /// No slot is free for this lane, or the actor's share of the lane is used.
    Exhausted {
        /// When the next one may be had.
        until: Timestamp,
    },
    /// The operator has suspended the company.
    Suspended,
}

impl Permit {
    /// The leave to send; `None` when the slot has served its one call.
    pub fn leave(&mut self) -> Option<Leave> {
        if self.slot.is_some() && self.is_used {
            return None;
        }
        self.is_used = true;
        Some(Leave::grant(self.origin.clone()))
    }

    /// Whether further calls need no further permit.
    pub const fn is_unlimited(&self) -> bool {
        self.slot.is_none()
    }

    #[cfg(test)]
    pub(in crate::pipeline) fn for_tests(slot: Option<i32>) -> Self {
        let url = "https://api.example.com".parse().unwrap();
        Self {
            slot,
            ..Self::without_slot(&Origin::of(&url))
        }
    }
}

impl PermitRefusal {
    /// When work that nobody waits for tries again.
    pub fn until(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Exhausted { until } => until,
            Self::Suspended => now.plus(SUSPENDED),
        }
    }
}

/// What may be begun now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailablePermits {
    /// The lanes that have a permit left at some origin, and the lane that needs none.
    pub lanes: Vec<Lane>,
    /// How many calls they may make at once; without a limit where a budget is lifted or an origin is new.
    pub calls: usize,
}

/// Counts the free permits, so that nothing is claimed only to be requeued.
pub fn available(
    db: &mut Db,
    budgets: &Budgets,
    origins: &[Origin],
    now: Timestamp,
) -> Result<AvailablePermits, StoreError> {
    let mut available = AvailablePermits {
        lanes: vec![Lane::Quiet],
        calls: usize::MAX,
    };
    let limited: Option<Vec<(&Origin, u32)>> = origins
        .iter()
        .map(|origin| budgets.of(origin).map(|budget| (origin, budget.calls)))
        .collect();
    let Some(limited) = limited.filter(|limited| !limited.is_empty()) else {
        available.lanes = Lane::OF_EVENTS.to_vec();
        return Ok(available);
    };
    let mut calls = 0;
    for lane in [Lane::Fulfillment, Lane::Purchase, Lane::Change, Lane::Bulk] {
        let mut free = 0;
        for (origin, slots) in &limited {
            free += permits::free_count(db, origin.as_str(), lane.slots(*slots), now)?;
        }
        if free > 0 {
            available.lanes.push(lane);
            calls = calls.max(free);
        }
    }
    if available.lanes.len() > 1 {
        available.calls = usize::try_from(calls).unwrap_or(usize::MAX);
    }
    Ok(available)
}

/// Takes a slot that this lane may use. Part of the caller's transaction.
#[tracing::instrument(name = "acquire_permit", level = "debug", skip_all)]
pub fn acquire(
    db: &mut Db,
    budgets: &Budgets,
    requester: Requester,
    origin: &Origin,
    now: Timestamp,
) -> Result<PermitDecision, StoreError> {
    if !tenants::is_acted_for(db, requester.tenant)? {
        return Ok(PermitDecision::Refused(PermitRefusal::Suspended));
    }
    match budgets.of(origin) {
        Some(budget) => acquire_slot(db, budget, requester, origin, now),
        None => Ok(PermitDecision::Granted(Permit::without_slot(origin))),
    }
}

/// The permit to call our own address, which no budget limits. Part of the caller's transaction.
pub fn acquire_for_ourselves(
    db: &mut Db,
    tenant: TenantId,
    origin: &Origin,
) -> Result<PermitDecision, StoreError> {
    Ok(match tenants::is_acted_for(db, tenant)? {
        true => PermitDecision::Granted(Permit::without_slot(origin)),
        false => PermitDecision::Refused(PermitRefusal::Suspended),
    })
}

/// Gives a slot back: free again one window after the answer. Part of the caller's transaction.
pub fn release(
    db: &mut Db,
    budgets: &Budgets,
    permit: &Permit,
    answered_at: Timestamp,
) -> Result<(), StoreError> {
    let (Some(slot), Some(budget)) = (permit.slot, budgets.of(&permit.origin)) else {
        return Ok(());
    };
    let free_at = answered_at.plus(window(budget));
    permits::release(db, permit.origin.as_str(), slot, free_at)
}

impl Permit {
    fn without_slot(origin: &Origin) -> Self {
        Self {
            origin: origin.clone(),
            slot: None,
            is_used: false,
        }
    }
}

fn acquire_slot(
    db: &mut Db,
    budget: Budget,
    requester: Requester,
    origin: &Origin,
    now: Timestamp,
) -> Result<PermitDecision, StoreError> {
    let (lane, key) = (requester.lane, origin.as_str());
    let slots = match lane {
        Lane::Fulfillment | Lane::Quiet => lane.slots(budget.calls),
        _ if permits::is_room_asked(db, key, now)? => lane.slots_beside_checkout(budget.calls),
        _ => lane.slots(budget.calls),
    };
    let holder = requester.actor.map(|actor| Holder {
        tenant: requester.tenant,
        asker: name(actor),
    });
    if let Some(holder) = &holder {
        let held = permits::list_held(db, key, now)?;
        if let Err(until) = fair_share::check_share(&held, holder, slots) {
            // A call in flight may be answered long before its slot expires.
            let until = until.min(now.plus(window(budget)));
            return Ok(PermitDecision::Refused(PermitRefusal::Exhausted { until }));
        }
    }
    let until = now.plus(HELD).plus(window(budget));
    if let Some(slot) = permits::acquire(db, key, (slots, holder.as_ref()), (now, until))? {
        return Ok(PermitDecision::Granted(Permit {
            slot: Some(slot),
            ..Permit::without_slot(origin)
        }));
    }
    if lane == Lane::Fulfillment {
        permits::ask_for_room(db, key, now.plus(window(budget)))?;
    }
    let earliest = permits::earliest_free(db, key, slots)?;
    let until = earliest.unwrap_or(now).max(now);
    Ok(PermitDecision::Refused(PermitRefusal::Exhausted { until }))
}

/// Who asks, as their slots name them.
fn name(actor: Actor) -> String {
    match actor {
        Actor::Person(user) => user.to_string(),
        Actor::Token(token) => token.to_string(),
        Actor::Operator => "operator".to_owned(),
    }
}

fn window(budget: Budget) -> SignedDuration {
    SignedDuration::try_from(budget.window).unwrap_or(SignedDuration::MAX)
}
