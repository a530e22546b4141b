//! Answers what compare must know first: from memory, or by GETs that are not remembered.
//!
//! Licenses that would be adopted are not looked for: finding them means putting them on record.

use std::sync::Arc;

use crate::domain::compare::{Question, compare};
use crate::domain::consent::Consents;
use crate::domain::id::LicenseServerId;
use crate::domain::masked;
use crate::domain::plan::{Known, LineState, Need, Outcome, Plan, ShopKeyFound, Template};
use crate::domain::reason::{FIELD, Reason, ReasonCode, WORDS};
use crate::domain::time::Timestamp;
use crate::license_servers::reply::{Failure, FailureClass, Reply};
use crate::license_servers::{Account, LicenseServer};
use crate::pipeline::calls::budgeted_call::{Asker, NotAsked};
use crate::pipeline::event::store_settings;
use crate::pipeline::support::dry_run::Foresight;
use crate::store::{Scope, StoreError, remembered};

/// Questions are answered in at most so many rounds.
const ROUNDS: usize = 4;

/// Asks compare until it knows enough; a question without an answer leaves the event waiting.
pub async fn plan(
    asker: Asker<'_>,
    foresight: &Foresight,
    now: Timestamp,
) -> Result<Plan, NotAsked> {
    let mut known = Known::default();
    for _ in 0..ROUNDS {
        let outcome = compare(&Question {
            fact: &foresight.fact,
            occurred_at: foresight.occurred_at,
            records: &foresight.records,
            rules: &foresight.rules,
            licenses: &foresight.licenses,
            known: &known,
            now,
            is_live: foresight.is_live,
            consents: &Consents::default(),
            portion: &foresight.portion,
        });
        let needs = match outcome {
            Outcome::Plan(plan) => return Ok(plan),
            Outcome::Needs(needs) => needs,
        };
        for need in needs {
            match answer(asker, foresight, need, &mut known).await {
                Ok(()) => {}
                Err(Unanswered::NotAsked(error)) => return Err(error),
                Err(Unanswered::Failed(failure)) => {
                    return Ok(Plan::settled(LineState::Waiting, unanswered(&failure)));
                }
            }
        }
    }
    let reason = Reason::new(ReasonCode::LicenseServerUnreachable);
    Ok(Plan::settled(LineState::Waiting, reason))
}

/// Why a question has no answer.
enum Unanswered {
    NotAsked(NotAsked),
    Failed(Failure),
}

impl From<NotAsked> for Unanswered {
    fn from(error: NotAsked) -> Self {
        Self::NotAsked(error)
    }
}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        Self::NotAsked(error.into())
    }
}

async fn answer(
    asker: Asker<'_>,
    foresight: &Foresight,
    need: Need,
    known: &mut Known,
) -> Result<(), Unanswered> {
    match need {
        Need::Template(id) => {
            let template = match recall(asker, foresight, &format!("template:{id}")).await? {
                Some(template) => template,
                None => {
                    let account = account(asker, foresight).await?;
                    let template = get(asker, &account, |client| client.template(&id)).await?;
                    template.map(Template::from)
                }
            };
            known.templates.insert(id, template);
        }
        Need::DefaultTemplate(id) => {
            let template = match recall(asker, foresight, &format!("product:{id}")).await? {
                Some(template) => template,
                None => {
                    let account = account(asker, foresight).await?;
                    let product = get(asker, &account, |client| client.product(&id)).await?;
                    product.and_then(|product| product.default_template_id)
                }
            };
            known.default_templates.insert(id, template);
        }
        Need::LicensesByMetadata(search) => {
            known.searches.insert(search);
        }
        // Nothing is adopted by looking ahead.
        Need::LicenseOfShopKey(key) => {
            known.shop_keys.insert(key, ShopKeyFound::Adopted);
        }
        Need::Stands(id) => {
            let account = account(asker, foresight).await?;
            let license = get(asker, &account, |client| client.read(&id)).await?;
            known.stands.insert(id, license.is_some());
        }
    }
    Ok(())
}

async fn account(asker: Asker<'_>, foresight: &Foresight) -> Result<Arc<Account>, NotAsked> {
    asker.account(account_id(foresight)?).await
}

/// The account that would be acted on; what is merely asked may come from the other where there is none.
fn account_id(foresight: &Foresight) -> Result<LicenseServerId, StoreError> {
    let storefront = &foresight.storefront;
    let account = store_settings::account_of(storefront, foresight.is_live)?;
    Ok(account.unwrap_or(storefront.license_server_id))
}

/// One GET; what is not there is an answer too.
async fn get<T, F: Future<Output = Reply<T>>>(
    asker: Asker<'_>,
    account: &Account,
    question: impl FnOnce(Box<dyn LicenseServer>) -> F,
) -> Result<Option<T>, Unanswered> {
    let reply = asker.ask(account, question).await?;
    match reply.result {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.class == FailureClass::NotFound => Ok(None),
        Err(failure) => Err(Unanswered::Failed(failure)),
    }
}

async fn recall<T: serde::de::DeserializeOwned>(
    asker: Asker<'_>,
    foresight: &Foresight,
    subject: &str,
) -> Result<Option<T>, StoreError> {
    let (tenant, server) = (asker.tenant, account_id(foresight)?);
    let subject = subject.to_owned();
    let found = asker
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            remembered::find(db, tenant, server, &subject)
        })
        .await?;
    Ok(found.and_then(|answer| serde_json::from_str(&answer.value).ok()))
}

fn unanswered(failure: &Failure) -> Reason {
    match &failure.class {
        FailureClass::Unauthorized => Reason::new(ReasonCode::LicenseServerUnauthorized),
        FailureClass::Forbidden { scope } => Reason::new(ReasonCode::LicenseServerMissingScope)
            .with("scope", scope.as_deref().unwrap_or("license:read")),
        FailureClass::RateLimited => Reason::new(ReasonCode::RateBudget),
        FailureClass::Transient => Reason::new(ReasonCode::LicenseServerUnreachable),
        FailureClass::Unreadable { field } => {
            Reason::new(ReasonCode::LicenseServerRejected).with(FIELD, field)
        }
        FailureClass::NotFound
        | FailureClass::Conflict
        | FailureClass::Rejected
        | FailureClass::PlanLimit => {
            Reason::new(ReasonCode::LicenseServerRejected).with(WORDS, masked::words(&failure.text))
        }
    }
}
