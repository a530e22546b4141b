//! Answers what compare must know first: from memory, or by GETs that are not remembered.
//!
//! Licenses that would be adopted are not looked for: finding them means adopting them.

use crate::domain::compare::{Question, compare};
use crate::domain::consent::Consents;
use crate::domain::id::LicenseServerId;
use crate::domain::masked;
use crate::domain::plan::{Known, LineState, Need, Outcome, Plan, ShopKeyFound, Template};
use crate::domain::reason::{FIELD, Reason, ReasonCode, WORDS};
use crate::domain::time::Timestamp;
use crate::license_servers::LicenseServer;
use crate::license_servers::reply::{Failure, FailureClass, Reply};
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError, QuestionError};
use crate::pipeline::event::store_settings;
use crate::pipeline::support::dry_run::DryRunContext;
use crate::store::{Scope, StoreError, remembered};

/// Questions are answered in at most so many rounds.
const ROUNDS: usize = 4;

/// Asks compare until it knows enough; a question without an answer leaves the event waiting.
pub async fn plan(
    caller: ApiCaller<'_>,
    context: &DryRunContext,
    now: Timestamp,
) -> Result<Plan, CallError> {
    let mut known = Known::default();
    for _ in 0..ROUNDS {
        let outcome = compare(&Question {
            fact: &context.fact,
            occurred_at: context.occurred_at,
            records: &context.records,
            rules: &context.rules,
            licenses: &context.licenses,
            known: &known,
            now,
            is_live: context.is_live,
            consents: &Consents::default(),
            portion: &context.portion,
        });
        let needs = match outcome {
            Outcome::Plan(plan) => return Ok(plan),
            Outcome::Needs(needs) => needs,
        };
        for need in needs {
            match look_up(caller, context, need, &mut known).await {
                Ok(()) => {}
                Err(QuestionError::Server(failure)) => {
                    return Ok(Plan::settled(LineState::Waiting, unanswered(&failure)));
                }
                Err(QuestionError::Call(error)) => return Err(error),
            }
        }
    }
    let reason = Reason::new(ReasonCode::LicenseServerUnreachable);
    Ok(Plan::settled(LineState::Waiting, reason))
}

async fn look_up(
    caller: ApiCaller<'_>,
    context: &DryRunContext,
    need: Need,
    known: &mut Known,
) -> Result<(), QuestionError> {
    match need {
        Need::Template(id) => {
            let remembered = load_remembered(caller, context, &format!("template:{id}")).await?;
            let template = match remembered {
                Some(template) => template,
                None => {
                    let template = get(caller, context, |client| client.template(&id)).await?;
                    template.map(Template::from)
                }
            };
            known.templates.insert(id, template);
        }
        Need::DefaultTemplate(id) => {
            let remembered = load_remembered(caller, context, &format!("product:{id}")).await?;
            let template = match remembered {
                Some(template) => template,
                None => {
                    let product = get(caller, context, |client| client.product(&id)).await?;
                    product.and_then(|product| product.default_template_id)
                }
            };
            known.default_templates.insert(id, template);
        }
        Need::LicensesOf(purchase) => {
            known.searched.insert(purchase);
        }
        // Nothing is adopted by looking ahead.
        Need::LicenseOfShopKey(key) => {
            known.shop_keys.insert(key, ShopKeyFound::Adopted);
        }
        Need::Stands(id) => {
            let license = get(caller, context, |client| client.read(&id)).await?;
            known.stands.insert(id, license.is_some());
        }
    }
    Ok(())
}

/// The account that would be acted on; what is merely asked may come from the other where there is none.
fn account_id(context: &DryRunContext) -> Result<LicenseServerId, StoreError> {
    let storefront = &context.storefront;
    let account = store_settings::account_of(storefront, context.is_live)?;
    Ok(account.unwrap_or(storefront.license_server_id))
}

/// One GET; `None` when the thing is not there.
async fn get<T, F: Future<Output = Reply<T>>>(
    caller: ApiCaller<'_>,
    context: &DryRunContext,
    question: impl FnOnce(Box<dyn LicenseServer>) -> F,
) -> Result<Option<T>, QuestionError> {
    let account = caller.account(account_id(context)?).await?;
    caller.get(&account, question).await
}

async fn load_remembered<T: serde::de::DeserializeOwned>(
    caller: ApiCaller<'_>,
    context: &DryRunContext,
    subject: &str,
) -> Result<Option<T>, StoreError> {
    let (tenant, server) = (caller.tenant, account_id(context)?);
    let subject = subject.to_owned();
    let found = caller
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
