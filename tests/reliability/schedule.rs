//! What the shop sends, in which order, and what it sends more than once.

use std::sync::Arc;

use latchkey::domain::time::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::history::{History, Outcome};
use crate::shop::Event;

/// Sends between two events of one history, so that its earlier ones are mostly worked by then.
const APART: usize = 12;
/// How much later at most a duplicate or resend comes.
const LATER: usize = 40;

/// How far from orderly the shop's sending is.
#[derive(Debug, Clone, Copy)]
pub struct Unrest {
    /// Of a hundred events, so many are delivered once more; 400 = each four times more.
    pub duplicates: u32,
    /// Of a hundred events, so many are resent by hand, under a new id.
    pub resends: u32,
    /// How many places an event may move ahead or back.
    pub shuffle: usize,
}

impl Unrest {
    /// Each event once, when it happens.
    pub const NONE: Self = Self {
        duplicates: 0,
        resends: 0,
        shuffle: 0,
    };

    /// What a bad day looks like.
    pub const USUAL: Self = Self {
        duplicates: 10,
        resends: 10,
        shuffle: 20,
    };
}

/// One event to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Send {
    history: usize,
    event: usize,
    /// Whether it goes under a new id.
    is_resend: bool,
}

/// Histories, and what is sent of them in which order. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Schedule {
    histories: Arc<Vec<History>>,
    sends: Arc<Vec<Send>>,
}

impl Schedule {
    /// So many customers of all kinds; the same prefix and seed give the same order.
    pub fn mixed(prefix: &str, customers: usize, begin: Timestamp, unrest: Unrest) -> Self {
        let numbers = 0..customers;
        let histories = numbers.map(|number| History::mixed(prefix, number, begin));
        Self::of(histories.collect(), unrest)
    }

    /// So many customers that the mixed ones among them make about this many sends.
    pub fn mixed_sends(prefix: &str, sends: usize, begin: Timestamp, unrest: Unrest) -> Self {
        // Eight customers in turn have 29 events.
        let share = 100 + (unrest.duplicates + unrest.resends) as usize;
        let customers = (sends * 8 * 100).div_ceil(29 * share);
        Self::mixed(prefix, customers, begin, unrest)
    }

    /// Of these.
    pub fn of(histories: Vec<History>, unrest: Unrest) -> Self {
        let mut random = StdRng::seed_from_u64(histories.len() as u64);
        let mut placed = Vec::new();
        for (history, events) in histories.iter().map(History::len).enumerate() {
            for event in 0..events {
                let at = 4 * history + APART * event + random.random_range(0..=unrest.shuffle);
                let send = Send {
                    history,
                    event,
                    is_resend: false,
                };
                placed.push((at, send));
                let sure = unrest.duplicates / 100;
                let chance = random.random_range(0..100) < unrest.duplicates % 100;
                for _ in 0..sure + u32::from(chance) {
                    placed.push((at + random.random_range(0..LATER), send));
                }
                if random.random_range(0..100) < unrest.resends {
                    let is_resend = true;
                    let resend = Send { is_resend, ..send };
                    placed.push((at + random.random_range(0..LATER), resend));
                }
            }
        }
        placed.sort_by_key(|(at, _)| *at);
        let sends = placed.into_iter().map(|(_, send)| send).collect();
        Self {
            histories: Arc::new(histories),
            sends: Arc::new(sends),
        }
    }

    /// How many sends there are.
    pub fn len(&self) -> usize {
        self.sends.len()
    }

    /// The event that is sent at this place.
    pub fn event(&self, place: usize) -> Event {
        let send = self.sends[place];
        let event = self.histories[send.history].events().remove(send.event);
        match send.is_resend {
            true => event.resent_as(&format!("{}-resent", event.id)),
            false => event,
        }
    }

    /// What must be there in the end.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.histories.iter().map(History::outcome).collect()
    }
}
