//! How many requests a token may make: so many at once, and again as time goes by. In memory and per process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use crate::config::Budget;
use crate::domain::id::ApiTokenId;
use crate::domain::time::Timestamp;

/// Beyond it tokens that have all of their requests again are forgotten.
const MANY: usize = 10_000;

/// Counts requests. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct RequestLimit {
    budget: Option<Budget>,
    /// When each token has all of its requests again.
    full_at: Arc<Mutex<HashMap<ApiTokenId, Timestamp>>>,
}

/// What a token may still ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// So many requests in so much time.
    pub budget: Budget,
    /// Requests that are left for now.
    pub left: u32,
    /// Until all of them are there again.
    pub full_in: SignedDuration,
}

/// A request too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyRequests {
    /// What the token may ask for; nothing is left.
    pub standing: Standing,
    /// Until one more is allowed.
    pub next_in: SignedDuration,
}

impl RequestLimit {
    /// Nobody has asked for anything yet; `None` lifts the limit.
    pub fn new(budget: Option<Budget>) -> Self {
        Self {
            budget,
            full_at: Arc::default(),
        }
    }

    /// Takes one request of a token; `None` where there is no limit. One that is refused is not counted.
    pub fn take(
        &self,
        token: ApiTokenId,
        now: Timestamp,
    ) -> Option<Result<Standing, TooManyRequests>> {
        let budget = self.budget?;
        let window = SignedDuration::try_from(budget.window).unwrap_or(SignedDuration::MAX);
        let each = window / i32::try_from(budget.calls).unwrap_or(i32::MAX);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() > MANY {
            full_at.retain(|_, at| *at > now);
        }
        let owed = full_at
            .get(&token)
            .map_or(SignedDuration::ZERO, |at| at.since(now))
            // A clock that was set back owes nothing more.
            .clamp(SignedDuration::ZERO, window);
        let standing = |owed: SignedDuration| Standing {
            budget,
            left: left(window - owed, each),
            full_in: owed,
        };
        let then = owed + each;
        if then > window {
            return Some(Err(TooManyRequests {
                standing: standing(owed),
                next_in: then - window,
            }));
        }
        full_at.insert(token, now.plus(then));
        Some(Ok(standing(then)))
    }
}

fn left(time: SignedDuration, each: SignedDuration) -> u32 {
    let each = each.as_nanos().max(1);
    u32::try_from(time.as_nanos() / each).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const BUDGET: Budget = Budget {
        calls: 4,
        window: Duration::from_secs(8),
    };

    fn token(number: u128) -> ApiTokenId {
        ApiTokenId::from_uuid(Uuid::from_u128(number))
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_microsecond(second * 1_000_000)
    }

    #[test]
    fn a_token_has_so_many_at_once_and_one_more_as_time_goes_by() {
        let limit = RequestLimit::new(Some(BUDGET));

        for left in (0..4).rev() {
            let standing = limit.take(token(1), second(0)).unwrap().unwrap();
            assert_eq!(standing.left, left);
        }
        let refused = limit.take(token(1), second(0)).unwrap().unwrap_err();
        assert_eq!(refused.standing.left, 0);
        assert_eq!(refused.next_in, SignedDuration::from_secs(2));
        assert_eq!(refused.standing.full_in, SignedDuration::from_secs(8));
        assert!(limit.take(token(1), second(1)).unwrap().is_err());
        assert!(limit.take(token(1), second(2)).unwrap().is_ok());
        assert!(limit.take(token(1), second(2)).unwrap().is_err());
        assert_eq!(limit.take(token(1), second(60)).unwrap().unwrap().left, 3);
    }

    #[test]
    fn one_token_takes_nothing_from_another() {
        let limit = RequestLimit::new(Some(BUDGET));
        for _ in 0..5 {
            let _taken = limit.take(token(1), second(0));
        }

        assert!(limit.take(token(2), second(0)).unwrap().is_ok());
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        assert_eq!(RequestLimit::new(None).take(token(1), second(0)), None);
    }
}
