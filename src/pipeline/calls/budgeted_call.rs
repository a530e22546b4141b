//! One call with its permit: what an event asks beside its effects, what the background asks, and what a person waits
//! for.

use std::sync::Arc;

use crate::config::Budgets;
use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::lane::Lane;
use crate::license_servers::reply::{Failure, FailureClass, Reply};
use crate::license_servers::{Account, LicenseServer};
use crate::outbound::{Leave, Origin};
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budget::{self, PermitDecision, PermitRefusal, Requester};
use crate::pipeline::calls::connections::{ConnectError, Connections};
use crate::pipeline::clock::Clock;
use crate::store::audit::Actor;
use crate::store::scope::Scope;
use crate::store::{Db, Store, StoreError, license_servers};
use crate::vault::{TenantKeys, VaultError};

/// Why a call was not made.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("taking a slot of the budget")]
    Store(#[from] StoreError),
    /// A secret does not open.
    #[error("opening a secret that a call needs")]
    Vault(#[from] VaultError),
    /// No slot of the budget is free, or the actor's share of it is used.
    #[error("no slot of the budget is free for {seconds} seconds")]
    Exhausted {
        /// When one may be.
        seconds: u64,
    },
    /// The operator has suspended the company, and nobody is called for it.
    #[error("the company is suspended")]
    Suspended,
}

impl From<ConnectError> for CallError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Vault(error) => error.into(),
            ConnectError::Address(error) => error.into(),
        }
    }
}

/// Why a call with its record came to nothing.
#[derive(Debug)]
pub(in crate::pipeline) enum NotCalled<E> {
    /// No permit was granted, and nothing was sent.
    Refused(PermitRefusal),
    /// No permit could be asked for, or the answer could not be recorded.
    Failed(E),
}

impl<E: From<StoreError>> NotCalled<E> {
    fn failed(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why an account gave no answer to a question.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// No call was made.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The license server did not do what it was asked.
    #[error("asking a license server")]
    Server(Failure),
}

impl From<StoreError> for QuestionError {
    fn from(error: StoreError) -> Self {
        Self::Call(error.into())
    }
}

/// What the budget of a call is kept with.
#[derive(Clone, Copy)]
pub struct CallBudget<'a> {
    /// Where slots are kept.
    pub store: &'a Store,
    /// How many there are.
    pub budgets: &'a Budgets,
    pub clock: &'a Clock,
    /// For whom calls are made, and how urgent they are.
    pub requester: Requester,
}

/// Who asks, and with what.
#[derive(Clone, Copy)]
pub struct ApiCaller<'a> {
    pub tenant: TenantId,
    pub keys: &'a TenantKeys,
    /// The accounts that can be asked.
    pub connections: &'a Connections,
    /// What calls are counted with.
    pub budget: CallBudget<'a>,
}

impl ApiCaller<'_> {
    /// An account; not found when it is another tenant's.
    pub async fn account(&self, id: LicenseServerId) -> Result<Arc<Account>, CallError> {
        let tenant = self.tenant;
        let server = self
            .budget
            .store
            .read(Scope::Tenant(tenant), move |db| {
                license_servers::find(db, tenant, id)?.ok_or(StoreError::NotFound)
            })
            .await?;
        Ok(self.connections.account(self.keys, &server)?)
    }

    /// Puts one question to an account.
    pub async fn call<F: Future>(
        &self,
        account: &Account,
        question: impl FnOnce(Box<dyn LicenseServer>) -> F,
    ) -> Result<F::Output, CallError> {
        let send = |leave| question(account.ask(leave));
        call_within_budget(self.budget, account.origin(), send).await
    }

    /// Puts one question to an account; `None` when the server has no such thing.
    pub async fn get<T, F>(
        &self,
        account: &Account,
        question: impl FnOnce(Box<dyn LicenseServer>) -> F,
    ) -> Result<Option<T>, QuestionError>
    where
        F: Future<Output = Reply<T>>,
    {
        match self.call(account, question).await?.result {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.class == FailureClass::NotFound => Ok(None),
            Err(failure) => Err(QuestionError::Server(failure)),
        }
    }
}

impl Pipeline {
    /// The budget of calls of a tenant in a lane, for which nobody waits.
    pub(in crate::pipeline) fn budget(&self, tenant: TenantId, lane: Lane) -> CallBudget<'_> {
        CallBudget {
            store: &self.store,
            budgets: &self.options.budgets,
            clock: &self.clock,
            requester: Requester {
                tenant,
                lane,
                actor: None,
            },
        }
    }

    /// Whoever waits for answers of license servers and shops.
    pub fn caller<'a>(
        &'a self,
        tenant: TenantId,
        actor: Actor,
        keys: &'a TenantKeys,
    ) -> ApiCaller<'a> {
        let budget = self.budget(tenant, Lane::Interactive);
        ApiCaller {
            tenant,
            keys,
            connections: &self.connections,
            budget: CallBudget {
                requester: Requester {
                    actor: Some(actor),
                    ..budget.requester
                },
                ..budget
            },
        }
    }
}

/// Makes a call that sends at most one request to `origin`.
///
/// A caller that gives up in between leaves the slot taken for a while, never for good.
pub async fn call_within_budget<F: Future>(
    budget: CallBudget<'_>,
    origin: &Origin,
    call: impl FnOnce(Leave) -> F,
) -> Result<F::Output, CallError> {
    let now = budget.clock.now();
    let called = call_and_record(budget, origin, call, record_nothing::<_, CallError>).await;
    called.map_err(|failed| match failed {
        NotCalled::Failed(error) => error,
        NotCalled::Refused(PermitRefusal::Suspended) => CallError::Suspended,
        NotCalled::Refused(PermitRefusal::Exhausted { until }) => {
            let wait = until.since(now).as_secs().max(0);
            CallError::Exhausted {
                seconds: u64::try_from(wait).unwrap_or_default() + 1,
            }
        }
    })
}

/// Makes a call and records its answer in the transaction that releases the slot. Without a permit nothing is sent.
pub(in crate::pipeline) async fn call_and_record<F, N, E>(
    budget: CallBudget<'_>,
    origin: &Origin,
    call: impl FnOnce(Leave) -> F,
    record: impl FnOnce(&F::Output) -> Result<N, E>,
) -> Result<F::Output, NotCalled<E>>
where
    F: Future,
    N: FnMut(&mut Db) -> Result<(), StoreError> + Send + 'static,
    E: From<StoreError>,
{
    let (budgets, to) = (budget.budgets.clone(), origin.clone());
    let (requester, now) = (budget.requester, budget.clock.now());
    let scope = Scope::Tenant(requester.tenant);
    let decision = budget
        .store
        .write(scope, move |db| {
            budget::acquire(db, &budgets, requester, &to, now)
        })
        .await
        .map_err(NotCalled::failed)?;
    let mut permit = match decision {
        PermitDecision::Granted(permit) => permit,
        PermitDecision::Refused(refusal) => return Err(NotCalled::Refused(refusal)),
    };
    // A new permit has served no call.
    let Some(leave) = permit.leave() else {
        return Err(NotCalled::Refused(PermitRefusal::Exhausted { until: now }));
    };
    let answer = call(leave).await;
    let (budgets, answered_at) = (budget.budgets.clone(), budget.clock.now());
    let mut record = record(&answer).map_err(NotCalled::Failed)?;
    budget
        .store
        .write(scope, move |db| {
            record(db)?;
            budget::release(db, &budgets, &permit, answered_at)
        })
        .await
        .map_err(NotCalled::failed)?;
    Ok(answer)
}

/// What is written beside a permit that is given back.
pub(in crate::pipeline) type RecordNothing = fn(&mut Db) -> Result<(), StoreError>;

/// For calls of which no record is kept.
pub(in crate::pipeline) fn record_nothing<T, E>(_answer: &T) -> Result<RecordNothing, E> {
    Ok(|_db| Ok(()))
}
