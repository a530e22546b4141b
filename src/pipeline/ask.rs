//! One call with its permit: what an event asks beside its effects, what the background asks, and what a person waits for.

use std::sync::Arc;

use secrecy::SecretString;

use crate::config::Budgets;
use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::license_servers::base_url::BaseUrl;
use crate::license_servers::{LicenseServer, connect};
use crate::outbound::Outbound;
use crate::pipeline::Pipeline;
use crate::pipeline::clock::Clock;
use crate::pipeline::permits::{self, Asked};
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Db, Store, StoreError, license_servers};
use crate::vault::{Field, TenantKeys, VaultError};

/// Why a call was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// The database.
    #[error("taking a slot of the budget")]
    Store(#[from] StoreError),
    /// The account's token does not open.
    #[error("opening an access token")]
    Vault(#[from] VaultError),
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
    /// How urgent its calls are: those that a person waits for go like purchases.
    pub lane: Lane,
}

/// Who asks, and with what.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// For whom.
    pub tenant: TenantId,
    /// The tenant's keys.
    pub keys: &'a TenantKeys,
    /// The way out.
    pub outbound: &'a Outbound,
    /// What calls are counted with.
    pub budget: Budget<'a>,
}

impl Asker<'_> {
    /// The client of an account; not found when it is another tenant's.
    pub async fn client(&self, id: LicenseServerId) -> Result<Arc<dyn LicenseServer>, NotAsked> {
        let tenant = self.tenant;
        let server = self
            .budget
            .store
            .read(Scope::Tenant(tenant), move |db| {
                license_servers::find(db, tenant, id)?.ok_or(StoreError::NotFound)
            })
            .await?;
        let base_url = BaseUrl::parse(&server.base_url)
            .map_err(|error| StoreError::corrupt("license_servers.base_url", error))?;
        let place = Field::AccessToken(id);
        let token = self.keys.open(place.place(), &server.access_token_sealed)?;
        let token = SecretString::from(String::from_utf8_lossy(&token).into_owned());
        Ok(connect(
            server.kind,
            &base_url,
            token,
            self.outbound.clone(),
        ))
    }
}

impl Pipeline {
    /// What calls of that lane are counted with.
    pub(super) fn budget(&self, lane: Lane) -> Budget<'_> {
        Budget {
            store: &self.store,
            budgets: &self.options.budgets,
            clock: &self.clock,
            lane,
        }
    }
}

/// Makes a call that sends at most one request to `origin`.
///
/// A caller that gives up in between leaves the slot taken for a while, never for good.
pub async fn within_budget<T>(
    budget: Budget<'_>,
    origin: &str,
    call: impl Future<Output = T>,
) -> Result<T, NotAsked> {
    let now = budget.clock.now();
    let scope = Scope::Platform(PlatformUse::Permits);
    let asked = on_record(budget, scope, origin, call, nothing::<T, NotAsked>).await?;
    asked.map_err(|until| {
        let wait = until.since(now).as_secs().max(0);
        NotAsked::Exhausted {
            seconds: u64::try_from(wait).unwrap_or_default() + 1,
        }
    })
}

/// The same, with what is to be noted of the answer: in the transaction that gives the slot back. Without a free slot
/// nothing is sent, and the time is told at which there may be one.
pub(super) async fn on_record<T, N, E>(
    budget: Budget<'_>,
    scope: Scope,
    origin: &str,
    call: impl Future<Output = T>,
    note: impl FnOnce(&T) -> Result<N, E>,
) -> Result<Result<T, Timestamp>, E>
where
    N: FnMut(&mut Db) -> Result<(), StoreError> + Send + 'static,
    E: From<StoreError>,
{
    let (budgets, name) = (budget.budgets.clone(), origin.to_owned());
    let (lane, now) = (budget.lane, budget.clock.now());
    let asked = budget
        .store
        .write(scope, move |db| {
            permits::acquire(db, &budgets, &name, lane, now)
        })
        .await?;
    let permit = match asked {
        Asked::Granted(permit) => permit,
        Asked::Exhausted { until } => return Ok(Err(until)),
    };
    let answer = call.await;
    let (budgets, answered_at) = (budget.budgets.clone(), budget.clock.now());
    let mut note = note(&answer)?;
    budget
        .store
        .write(scope, move |db| {
            note(db)?;
            permits::release(db, &budgets, &permit, answered_at)
        })
        .await?;
    Ok(Ok(answer))
}

/// What is written beside a permit that is given back.
pub(super) type Note = fn(&mut Db) -> Result<(), StoreError>;

/// For calls of which no record is kept.
pub(super) fn nothing<T, E>(_answer: &T) -> Result<Note, E> {
    Ok(|_db| Ok(()))
}
