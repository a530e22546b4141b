//! Slows down guessing: so many failed tries per window for an account and for an address.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;

use crate::domain::time::Timestamp;

/// Failed tries that are forgotten after this long.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Failed tries for one account, wherever they come from.
const PER_ACCOUNT: usize = 10;
/// Failed tries from one address, for whatever account: offices share one.
const PER_ADDRESS: usize = 50;
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

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

impl Throttle {
    /// Counts a try, or says when the next one is allowed. The account need not exist.
    ///
    /// It counts as failed until [`Throttle::succeeded`] says better, so that tries at once do not slip through.
    pub fn attempt(
        &self,
        account: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), TooMany> {
        let mut tries = self.lock();
        if tries.len() > MANY {
            tries.retain(|_, times| times.back().is_some_and(|time| now.since(*time) < WINDOW));
        }
        let blocked_until = keys(account, address)
            .filter_map(|(key, limit)| blocked_until(tries.get_mut(&key)?, limit, now))
            .max();
        if let Some(until) = blocked_until {
            return Err(TooMany { until });
        }
        for (key, _limit) in keys(account, address) {
            tries.entry(key).or_default().push_back(now);
        }
        Ok(())
    }

    /// The latest try was right: forgets all for the account, and that one for the address.
    pub fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        let mut tries = self.lock();
        tries.remove(&Key::Account(account.to_owned()));
        for (key, _limit) in keys(account, address) {
            if let Some(times) = tries.get_mut(&key) {
                times.pop_back();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, VecDeque<Timestamp>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keys(account: &str, address: Option<IpAddr>) -> impl Iterator<Item = (Key, usize)> {
    let account = (Key::Account(account.to_owned()), PER_ACCOUNT);
    let address = address.map(|address| (Key::Address(network(address)), PER_ADDRESS));
    std::iter::once(account).chain(address)
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

    #[test]
    fn ten_failures_block_an_account_until_the_first_is_forgotten() {
        let throttle = Throttle::default();
        for number in 0..10 {
            assert_eq!(
                throttle.attempt("a@example.com", None, minute(number)),
                Ok(())
            );
        }

        let refused = throttle.attempt("a@example.com", None, minute(10));

        assert_eq!(refused, Err(TooMany { until: minute(15) }));
        assert_eq!(throttle.attempt("b@example.com", None, minute(10)), Ok(()));
        assert_eq!(throttle.attempt("a@example.com", None, minute(15)), Ok(()));
    }

    #[test]
    fn a_success_clears_the_account() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            assert_eq!(
                throttle.attempt("a@example.com", home(1), minute(0)),
                Ok(())
            );

            throttle.succeeded("a@example.com", home(1));
        }
    }

    #[test]
    fn an_address_is_blocked_for_every_account() {
        let throttle = Throttle::default();
        for number in 0..50 {
            let account = format!("{number}@example.com");
            assert_eq!(throttle.attempt(&account, home(1), minute(0)), Ok(()));
        }

        let neighbor = throttle.attempt("new@example.com", home(2), minute(0));

        assert!(neighbor.is_err());
        assert_eq!(throttle.attempt("new@example.com", None, minute(0)), Ok(()));
    }

    fn home(device: u16) -> Option<IpAddr> {
        format!("2001:db8::{device}").parse().ok()
    }
}
