//! When credentials that were refused are tried again: a refusal may be the other side's own hour of trouble.

use jiff::SignedDuration;

use crate::domain::time::Timestamp;

/// How long after the refusal.
const AFTER_MINUTES: [i64; 3] = [1, 5, 15];
/// Further tries follow the last of these like this.
const EVERY: SignedDuration = SignedDuration::from_mins(30);

/// The next try after `now` of what is refused since then: after 1, 5 and 15 minutes, then every half hour.
pub fn next(refused_since: Timestamp, now: Timestamp) -> Timestamp {
    let at = |minutes| refused_since.plus(SignedDuration::from_mins(minutes));
    if let Some(soon) = AFTER_MINUTES.map(at).into_iter().find(|at| *at > now) {
        return soon;
    }
    let last = at(15);
    let times = now.since(last).as_secs() / EVERY.as_secs() + 1;
    last.plus(SignedDuration::from_secs(times * EVERY.as_secs()))
}

/// The next try of what was accepted a moment ago when it was tried, and is refused again: it is no passing trouble.
pub fn next_after_all(now: Timestamp) -> Timestamp {
    now.plus(EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rarer_until_there_is_one_every_half_hour() {
        let at = |minute: i64| Timestamp::from_microsecond(minute * 60_000_000);
        for (now, expected) in [
            (0, 1),
            (1, 5),
            (4, 5),
            (5, 15),
            (15, 45),
            (44, 45),
            (45, 75),
            (1_000, 1_005),
        ] {
            assert_eq!(next(at(0), at(now)), at(expected), "{now}");
        }
    }

    #[test]
    fn a_clock_that_ran_backwards_tries_soon() {
        let at = |minute: i64| Timestamp::from_microsecond(minute * 60_000_000);

        assert_eq!(next(at(10), at(0)), at(11));
    }
}
