//! The budget of calls: one per origin, shared by all replicas through the database.
//!
//! A slot that was used is free again only some time after its *answer*, so that no window anywhere sees more calls than
//! there are slots. Workers never sleep on the budget: whoever finds no slot puts the event back.

use jiff::SignedDuration;

use crate::config::Budgets;
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::store::{Db, StoreError, permits};

/// A slot is held at most this long without an answer: longer than any call may take.
const HELD: SignedDuration = SignedDuration::from_secs(30);

/// The leave to make one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// The budget of this origin is lifted.
    Free,
    /// One slot of the origin's budget.
    Slot {
        /// The origin.
        origin: String,
        /// The slot.
        slot: i32,
    },
}

/// What came of asking for a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Go ahead.
    Granted(Permit),
    /// None is free for this lane before then.
    Exhausted {
        /// When the next slot of the lane is free.
        until: Timestamp,
    },
}

/// What may be begun now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The lanes that have a permit left at some origin, and the lane that needs none.
    pub lanes: Vec<Lane>,
    /// How many calls they may make at once; without a limit where a budget is lifted or an origin is new.
    pub calls: usize,
}

/// Looks how much may be begun, so that nothing is claimed only to be put back.
pub fn room(
    db: &mut Db,
    budgets: &Budgets,
    origins: &[String],
    now: Timestamp,
) -> Result<Room, StoreError> {
    let mut room = Room {
        lanes: vec![Lane::Quiet],
        calls: usize::MAX,
    };
    let limited: Option<Vec<(&String, u32)>> = origins
        .iter()
        .map(|origin| budgets.of(origin).map(|budget| (origin, budget.calls)))
        .collect();
    let Some(limited) = limited.filter(|limited| !limited.is_empty()) else {
        room.lanes = Lane::ALL.to_vec();
        return Ok(room);
    };
    let mut calls = 0;
    for lane in [Lane::Fulfillment, Lane::Purchase, Lane::Change, Lane::Bulk] {
        let mut free = 0;
        for (origin, slots) in &limited {
            free += permits::free_count(db, origin, lane.slots(*slots), now)?;
        }
        if free > 0 {
            room.lanes.push(lane);
            calls = calls.max(free);
        }
    }
    if room.lanes.len() > 1 {
        room.calls = usize::try_from(calls).unwrap_or(usize::MAX);
    }
    Ok(room)
}

/// Takes a slot that this lane may use. Part of the caller's transaction.
pub fn acquire(
    db: &mut Db,
    budgets: &Budgets,
    origin: &str,
    lane: Lane,
    now: Timestamp,
) -> Result<Asked, StoreError> {
    let Some(budget) = budgets.of(origin) else {
        return Ok(Asked::Granted(Permit::Free));
    };
    let slots = match lane {
        Lane::Fulfillment | Lane::Quiet => lane.slots(budget.calls),
        _ if permits::is_room_asked(db, origin, now)? => lane.slots_beside_checkout(budget.calls),
        _ => lane.slots(budget.calls),
    };
    let until = now.plus(HELD).plus(window(budgets, origin));
    if let Some(slot) = permits::acquire(db, origin, slots, now, until)? {
        return Ok(Asked::Granted(Permit::Slot {
            origin: origin.to_owned(),
            slot,
        }));
    }
    if lane == Lane::Fulfillment {
        permits::ask_for_room(db, origin, now.plus(window(budgets, origin)))?;
    }
    let earliest = permits::earliest_free(db, origin, slots)?;
    Ok(Asked::Exhausted {
        until: earliest.unwrap_or(now).max(now),
    })
}

/// Gives a slot back: free again one window after the answer. Part of the caller's transaction.
pub fn release(
    db: &mut Db,
    budgets: &Budgets,
    permit: &Permit,
    answered_at: Timestamp,
) -> Result<(), StoreError> {
    match permit {
        Permit::Free => Ok(()),
        Permit::Slot { origin, slot } => {
            let free_at = answered_at.plus(window(budgets, origin));
            permits::release(db, origin, *slot, free_at)
        }
    }
}

fn window(budgets: &Budgets, origin: &str) -> SignedDuration {
    budgets.of(origin).map_or(SignedDuration::ZERO, |budget| {
        SignedDuration::try_from(budget.window).unwrap_or(SignedDuration::MAX)
    })
}
