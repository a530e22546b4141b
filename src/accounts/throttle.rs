//! Slows down guessing: so many failed tries per window, counted by who tries.
//!
//! A browser in which the person signed in before, and an open session, have counts of their own: whatever strangers
//! try, they lock nobody out there.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;

use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

/// Failed tries that are forgotten after this long.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Failed tries for one account from one place, by one device, or in one session.
const PER_PLACE: usize = 10;
/// Failed tries for one account, wherever they come from: many, so that it takes many places to keep a new device out.
const PER_ACCOUNT: usize = 100;
/// Failed tries from one address, for whatever account: offices share one.
const PER_ADDRESS: usize = 50;
/// Letters to one mailbox: whoever writes somebody's address into a form shall not fill it.
const PER_MAILBOX: usize = 1;
/// Beyond it what has lapsed is swept out, so that a flood of names does not fill the memory.
const MANY: usize = 10_000;

/// Remembers failed tries, in memory and per process.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<Key, VecDeque<Timestamp>>>);

/// Too many failed tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed tries; the next one is allowed after {until}")]
pub struct TooMany {
    /// When the next try is allowed.
    pub until: Timestamp,
}

/// Who tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trier {
    /// Whoever it may be.
    Stranger {
        /// The account that is tried; it need not exist.
        account: String,
        /// Where they come from, if that is known.
        address: Option<IpAddr>,
    },
    /// Somebody at a browser in which this person signed in before, by the hash of its secret.
    Device(UserId, [u8; 32]),
    /// Somebody in an open session, by the hash of its secret.
    Session([u8; 32]),
    /// Whoever has a letter sent to this address.
    Sender(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    AccountFrom(String, Option<IpAddr>),
    Address(IpAddr),
    Device(UserId, [u8; 32]),
    Session([u8; 32]),
    Mailbox(String),
}

impl Throttle {
    /// Counts a try, or says when the next one is allowed.
    ///
    /// It counts as failed until [`Throttle::succeeded`] says better, so that tries at once do not slip through.
    pub fn attempt(&self, trier: &Trier, now: Timestamp) -> Result<(), TooMany> {
        let mut tries = self.lock();
        if tries.len() > MANY {
            tries.retain(|_, times| times.back().is_some_and(|time| now.since(*time) < WINDOW));
        }
        let keys = keys(trier);
        let blocked_until = keys
            .iter()
            .filter_map(|(key, limit)| blocked_until(tries.get_mut(key)?, *limit, now))
            .max();
        if let Some(until) = blocked_until {
            return Err(TooMany { until });
        }
        for (key, _limit) in keys {
            tries.entry(key).or_default().push_back(now);
        }
        Ok(())
    }

    /// The latest try was right: forgets all that was counted for this trier alone, and that one elsewhere.
    pub fn succeeded(&self, trier: &Trier) {
        let mut tries = self.lock();
        for (key, _limit) in keys(trier) {
            if let Key::Account(_) | Key::Address(_) = key {
                if let Some(times) = tries.get_mut(&key) {
                    times.pop_back();
                }
            } else {
                tries.remove(&key);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, VecDeque<Timestamp>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a try counts for, each with the most that are allowed.
fn keys(trier: &Trier) -> Vec<(Key, usize)> {
    match trier {
        Trier::Stranger { account, address } => {
            let network = address.map(network);
            let mut keys = vec![
                (Key::AccountFrom(account.clone(), network), PER_PLACE),
                (Key::Account(account.clone()), PER_ACCOUNT),
            ];
            keys.extend(network.map(|network| (Key::Address(network), PER_ADDRESS)));
            keys
        }
        Trier::Device(user, secret_hash) => vec![(Key::Device(*user, *secret_hash), PER_PLACE)],
        Trier::Session(secret_hash) => vec![(Key::Session(*secret_hash), PER_PLACE)],
        Trier::Sender(address) => vec![(Key::Mailbox(address.clone()), PER_MAILBOX)],
    }
}

/// A household has a whole /64 of IPv6 to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

fn blocked_until(
    times: &mut VecDeque<Timestamp>,
    limit: usize,
    now: Timestamp,
) -> Option<Timestamp> {
    while times.front().is_some_and(|time| now.since(*time) >= WINDOW) {
        times.pop_front();
    }
    let excess = times.len().checked_sub(limit)?;
    times.get(excess).map(|time| time.plus(WINDOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_microsecond(0).plus_minutes(minute)
    }

    fn home(device: u16) -> Option<IpAddr> {
        format!("2001:db8::{device}").parse().ok()
    }

    fn stranger(account: &str, address: Option<IpAddr>) -> Trier {
        Trier::Stranger {
            account: account.to_owned(),
            address,
        }
    }

    fn ana() -> Trier {
        let id = uuid::Uuid::from_u128(1);
        Trier::Device(UserId::from_uuid(id), [1; 32])
    }

    #[test]
    fn ten_failures_block_an_account_until_the_first_is_forgotten() {
        for trier in [
            stranger("a@example.com", None),
            stranger("a@example.com", home(1)),
            ana(),
            Trier::Session([1; 32]),
        ] {
            let throttle = Throttle::default();
            for number in 0..10 {
                assert_eq!(throttle.attempt(&trier, minute(number)), Ok(()));
            }

            let refused = throttle.attempt(&trier, minute(10));

            let other = stranger("b@example.com", None);
            assert_eq!(refused, Err(TooMany { until: minute(15) }), "{trier:?}");
            assert_eq!(throttle.attempt(&other, minute(10)), Ok(()));
            assert_eq!(throttle.attempt(&trier, minute(15)), Ok(()));
        }
    }

    #[test]
    fn strangers_block_neither_another_place_nor_a_known_device_nor_a_session() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            let attempt = throttle.attempt(&stranger("a@example.com", home(1)), minute(0));
            assert_eq!(attempt, Ok(()));
        }

        let elsewhere = stranger("a@example.com", "192.0.2.1".parse().ok());

        for trier in [elsewhere, ana(), Trier::Session([1; 32])] {
            assert_eq!(throttle.attempt(&trier, minute(0)), Ok(()), "{trier:?}");
        }
    }

    #[test]
    fn many_places_together_block_an_account_for_strangers_alone() {
        let throttle = Throttle::default();
        for number in 0..100 {
            let address = format!("192.0.2.{number}").parse().ok();
            let attempt = throttle.attempt(&stranger("a@example.com", address), minute(0));
            assert_eq!(attempt, Ok(()));
        }

        let next = stranger("a@example.com", "198.51.100.1".parse().ok());

        assert!(throttle.attempt(&next, minute(0)).is_err());
        assert_eq!(throttle.attempt(&ana(), minute(0)), Ok(()));
    }

    #[test]
    fn a_success_clears_what_was_counted() {
        for trier in [stranger("a@example.com", home(1)), ana()] {
            let throttle = Throttle::default();
            for _ in 0..200 {
                assert_eq!(throttle.attempt(&trier, minute(0)), Ok(()));

                throttle.succeeded(&trier);
            }
        }
    }

    #[test]
    fn an_address_is_blocked_for_every_account() {
        let throttle = Throttle::default();
        for number in 0..50 {
            let trier = stranger(&format!("{number}@example.com"), home(1));
            assert_eq!(throttle.attempt(&trier, minute(0)), Ok(()));
        }

        let neighbor = throttle.attempt(&stranger("new@example.com", home(2)), minute(0));
        let elsewhere = throttle.attempt(&stranger("new@example.com", None), minute(0));

        assert!(neighbor.is_err());
        assert_eq!(elsewhere, Ok(()));
    }
}
