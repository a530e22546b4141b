//! Whose licenses are read back next: accounts in round robin, except those that must not be called.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::SignedDuration;

use super::{Batch, REST};
use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::time::Timestamp;
use crate::license_servers::READ_MANY_LIMIT;
use crate::pipeline::Pipeline;
use crate::store::licenses::{self, Unverified};
use crate::store::{PlatformUse, Scope, StoreError, license_servers};

/// Fewer licenses than fill a call wait at most this long.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// Licenses that fill a call.
const FULL: i64 = READ_MANY_LIMIT as i64;
/// How many of the licenses that wait longest decide between accounts.
const WEIGHED: i64 = 20 * FULL;

/// When each account had its last turn in this process, or may have its next.
#[derive(Default)]
pub struct RoundRobin(Mutex<HashMap<LicenseServerId, Timestamp>>);

/// An account with licenses that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    tenant: TenantId,
    server: LicenseServerId,
    licenses: i64,
    /// When the one that waits longest was changed.
    since: Timestamp,
}

impl RoundRobin {
    /// The account has its turn then: now, or later where it is to be left alone until then.
    pub fn set_turn(&self, server: LicenseServerId, at: Timestamp) {
        self.change(|turns| turns.insert(server, at));
    }

    fn turn_of(&self, server: LicenseServerId) -> Option<Timestamp> {
        self.change(|turns| turns.get(&server).copied())
    }

    /// The accounts that are to be left alone.
    fn resting(&self, now: Timestamp) -> Vec<LicenseServerId> {
        self.change(|turns| {
            let resting = turns.iter().filter(|(_, at)| **at > now);
            resting.map(|(server, _)| *server).collect()
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<LicenseServerId, Timestamp>) -> T) -> T {
        let mut turns = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut turns)
    }
}

impl Pipeline {
    /// Licenses of the account whose turn it is, those that wait longest; `None` when no account has enough to read.
    pub(super) async fn next_batch(&self, now: Timestamp) -> Result<Option<Batch>, StoreError> {
        let (scope, changed_before) = (Scope::Platform(PlatformUse::Upkeep), now.plus(-REST));
        let resting = self.accounts.resting(now);
        let waiting = self
            .store
            .read(scope, move |db| {
                let closed = license_servers::list_closed_across_tenants(db)?;
                let apart_from = [resting.as_slice(), closed.as_slice()].concat();
                licenses::list_unverified_across_tenants(db, changed_before, &apart_from, WEIGHED)
            })
            .await?;
        let Some(next) = choose(weigh(&waiting), |server| self.accounts.turn_of(server), now)
        else {
            return Ok(None);
        };
        let server = next.server;
        let rows = self
            .store
            .read(scope, move |db| {
                licenses::list_unverified_of(db, server, changed_before, FULL)
            })
            .await?;
        // Another process may have read them meanwhile.
        Ok((!rows.is_empty()).then_some(Batch {
            tenant: next.tenant,
            server,
            rows,
        }))
    }
}

/// The accounts of these licenses, which come by how long they wait.
fn weigh(waiting: &[Unverified]) -> Vec<Account> {
    let mut accounts: HashMap<LicenseServerId, Account> = HashMap::new();
    for license in waiting {
        let account = accounts
            .entry(license.license_server_id)
            .or_insert(Account {
                tenant: license.tenant_id,
                server: license.license_server_id,
                licenses: 0,
                since: license.since,
            });
        account.licenses += 1;
    }
    accounts.into_values().collect()
}

/// Of the accounts whose licenses fill a call or have waited long enough, the one whose last turn is the longest ago,
/// and of those that had none the one that waits longest.
fn choose(
    accounts: Vec<Account>,
    turn: impl Fn(LicenseServerId) -> Option<Timestamp>,
    now: Timestamp,
) -> Option<Account> {
    accounts
        .into_iter()
        .filter(|account| account.licenses >= FULL || now.since(account.since) >= PATIENCE)
        .min_by_key(|account| (turn(account.server), account.since))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: i64 = 60;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_microsecond(minute * 60_000_000)
    }

    fn server(number: usize) -> LicenseServerId {
        LicenseServerId::from_uuid(Uuid::from_u128(number as u128))
    }

    /// The place of the account that is next, of accounts with licenses, since when they wait, and their turn.
    fn next(accounts: &[(usize, i64, Option<i64>)]) -> Option<usize> {
        let licenses = |(place, (licenses, since, _)): (usize, &(usize, i64, _))| {
            let license = Unverified {
                tenant_id: TenantId::from_uuid(Uuid::nil()),
                license_server_id: server(place),
                since: at(*since),
            };
            vec![license; *licenses]
        };
        let waiting: Vec<Unverified> = accounts.iter().enumerate().flat_map(licenses).collect();
        let turns = RoundRobin::default();
        for (place, (_, _, turn)) in accounts.iter().enumerate() {
            if let Some(minute) = turn {
                turns.set_turn(server(place), at(*minute));
            }
        }
        let next = choose(weigh(&waiting), |server| turns.turn_of(server), at(NOW))?;
        (0..accounts.len()).find(|place| server(*place) == next.server)
    }

    #[test]
    fn accounts_are_read_in_turn() {
        for (what, accounts, expected) in [
            ("nothing waits", vec![], None),
            ("too few, too new", vec![(49, 56, None)], None),
            ("few that waited", vec![(1, 55, None)], Some(0)),
            ("enough for a call", vec![(50, 59, None)], Some(0)),
            (
                "the longest wait",
                vec![(900, 30, None), (1, 20, None)],
                Some(1),
            ),
            (
                "first turns first",
                vec![(900, 20, Some(10)), (1, 50, None)],
                Some(1),
            ),
            (
                "then the oldest turn",
                vec![(900, 20, Some(59)), (1, 50, Some(58))],
                Some(1),
            ),
            (
                "alike again",
                vec![(1, 30, Some(60)), (1, 20, Some(60))],
                Some(1),
            ),
        ] {
            assert_eq!(next(&accounts), expected, "{what}");
        }
    }

    #[test]
    fn an_account_rests_until_its_turn() {
        let turns = RoundRobin::default();
        turns.set_turn(server(1), at(NOW));
        turns.set_turn(server(2), at(NOW + 1));

        assert_eq!(turns.resting(at(NOW)), [server(2)]);
        assert_eq!(turns.resting(at(NOW + 1)), []);
    }
}
