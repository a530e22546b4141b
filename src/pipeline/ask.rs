//! One call to a license server outside of the work on events: a token is checked, a list is shown to a person.

use crate::config::Budgets;
use crate::domain::lane::Lane;
use crate::pipeline::clock::Clock;
use crate::pipeline::permits::{self, Asked};
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, StoreError};

/// Why a call was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// The database.
    #[error("taking a slot of the budget")]
    Store(#[from] StoreError),
    /// No slot of the budget is free.
    #[error("no slot of the budget is free for {seconds} seconds")]
    Exhausted {
        /// When one may be.
        seconds: u64,
    },
}

/// What the budget of a call is kept with.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// Where slots are kept.
    pub store: &'a Store,
    /// How many there are.
    pub budgets: &'a Budgets,
    /// The time.
    pub clock: &'a Clock,
}

/// Makes a call that sends at most one request to `origin`; a person waits, so it goes like a purchase.
///
/// A caller that gives up in between leaves the slot taken for a while, never for good.
pub async fn within_budget<T>(
    budget: Budget<'_>,
    origin: &str,
    call: impl Future<Output = T>,
) -> Result<T, NotAsked> {
    let (budgets, name) = (budget.budgets.clone(), origin.to_owned());
    let now = budget.clock.now();
    let scope = Scope::Platform(PlatformUse::Permits);
    let asked = budget
        .store
        .write(scope, move |db| {
            permits::acquire(db, &budgets, &name, Lane::Purchase, now)
        })
        .await?;
    let permit = match asked {
        Asked::Granted(permit) => permit,
        Asked::Exhausted { until } => {
            let wait = until.since(now).as_secs().max(0);
            return Err(NotAsked::Exhausted {
                seconds: u64::try_from(wait).unwrap_or_default() + 1,
            });
        }
    };
    let answer = call.await;
    let (budgets, answered_at) = (budget.budgets.clone(), budget.clock.now());
    budget
        .store
        .write(scope, move |db| {
            permits::release(db, &budgets, &permit, answered_at)
        })
        .await?;
    Ok(answer)
}
