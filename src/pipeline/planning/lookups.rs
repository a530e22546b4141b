//! Answers what compare must know first: from memory, or by one GET each.

use jiff::SignedDuration;

use crate::domain::lane::Lane;
use crate::domain::license::PurchaseId;
use crate::domain::plan::{Known, Need, Template};
use crate::license_servers::LicenseServer;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass, Reply};
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::call_and_record;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::event::adopt::{self, Adoption};
use crate::pipeline::event::context::OpenedEvent;
use crate::pipeline::event::outcome::{EventOutcome, from_failure};
use crate::pipeline::event::stop::Stop;
use crate::pipeline::execution::send::{self, AttemptedCall};
use crate::pipeline::protocol::Response;
use crate::store::remembered::{self, Remembered};
use crate::store::{Db, Scope, StoreError, calls};

/// Pages of a search that are followed; a purchase with more licenses than that is a person's matter.
const PAGES: u32 = 20;

/// How long an answer about a template or product counts, unless an event is parked because of it.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Why a call for an event brought no answer.
pub(in crate::pipeline) enum NoAnswer {
    /// The license server failed it.
    Failure(Failure),
    /// It was not made, or could not be recorded.
    Stop(Stop),
}

impl<E: Into<Stop>> From<E> for NoAnswer {
    fn from(error: E) -> Self {
        Self::Stop(error.into())
    }
}

impl Pipeline {
    /// Answers the questions into `known`.
    pub async fn look_up(
        &self,
        opened: &OpenedEvent,
        needs: &[Need],
        known: &mut Known,
    ) -> Result<(), Stop> {
        for need in needs {
            match need {
                Need::Template(id) => self.look_up_template(opened, id, known).await?,
                Need::DefaultTemplate(id) => self.look_up_default(opened, id, known).await?,
                Need::LicensesOf(purchase) => self.search_licenses(opened, purchase, known).await?,
                Need::LicenseOfShopKey(key) => self.adopt_by_key(opened, key, known).await?,
                Need::Stands(id) => self.look_up_stands(opened, id, known).await?,
            }
        }
        Ok(())
    }

    async fn look_up_template(
        &self,
        opened: &OpenedEvent,
        id: &str,
        known: &mut Known,
    ) -> Result<(), Stop> {
        let subject = format!("template:{id}");
        if let Some(template) = self.load_remembered(opened, &subject).await? {
            known.templates.insert(id.to_owned(), template);
            return Ok(());
        }
        let template = self.get(opened, |client| client.template(id)).await?;
        let template = template.map(Template::from);
        if template.is_some() {
            self.remember(opened, &subject, &template).await?;
        }
        known.templates.insert(id.to_owned(), template);
        Ok(())
    }

    async fn look_up_stands(
        &self,
        opened: &OpenedEvent,
        id: &str,
        known: &mut Known,
    ) -> Result<(), Stop> {
        let license = self.get(opened, |client| client.read(id)).await?;
        known.stands.insert(id.to_owned(), license.is_some());
        Ok(())
    }

    async fn look_up_default(
        &self,
        opened: &OpenedEvent,
        id: &str,
        known: &mut Known,
    ) -> Result<(), Stop> {
        let subject = format!("product:{id}");
        if let Some(template) = self.load_remembered(opened, &subject).await? {
            known.default_templates.insert(id.to_owned(), template);
            return Ok(());
        }
        let product = self.get(opened, |client| client.product(id)).await?;
        let template = product.and_then(|product| product.default_template_id);
        if template.is_some() {
            self.remember(opened, &subject, &template).await?;
        }
        known.default_templates.insert(id.to_owned(), template);
        Ok(())
    }

    /// Looks for licenses that name a purchase; what is found is adopted and stands among the licenses from then on.
    async fn search_licenses(
        &self,
        opened: &OpenedEvent,
        purchase: &PurchaseId,
        known: &mut Known,
    ) -> Result<(), Stop> {
        let mut found: Vec<RemoteLicense> = Vec::new();
        for page in 1..=PAGES {
            let listed = self
                .get(opened, |client| client.list_of_purchase(purchase, page))
                .await?;
            let Some(page) = listed else { break };
            found.extend(page.items);
            if page.is_last {
                break;
            }
        }
        if !found.is_empty() {
            self.adopt_found(opened, purchase, found).await?;
        }
        known.searched.insert(purchase.clone());
        Ok(())
    }

    async fn adopt_found(
        &self,
        opened: &OpenedEvent,
        purchase: &PurchaseId,
        found: Vec<RemoteLicense>,
    ) -> Result<(), StoreError> {
        let (opened, purchase, now) = (opened.clone(), purchase.clone(), self.clock.now());
        self.store
            .write(Scope::Tenant(opened.tenant), move |db| {
                let adoption = Adoption {
                    home: &opened.home(),
                    rules: &opened.rules,
                    now,
                };
                adopt::adopt(db, adoption, &purchase, &found)
            })
            .await
    }

    /// One GET with its permit and its record; `None` when the thing is not there.
    pub(in crate::pipeline) async fn get<T, F>(
        &self,
        opened: &OpenedEvent,
        ask: impl FnOnce(Box<dyn LicenseServer>) -> F,
    ) -> Result<Option<T>, Stop>
    where
        F: Future<Output = Reply<T>>,
    {
        match self.call(opened, ask).await {
            Ok(answer) => Ok(Some(answer)),
            Err(NoAnswer::Failure(failure)) if failure.class == FailureClass::NotFound => Ok(None),
            Err(NoAnswer::Failure(failure)) => Err(self.failure_outcome(opened, &failure).into()),
            Err(NoAnswer::Stop(stop)) => Err(stop),
        }
    }

    /// One call outside of any effect, with its permit and its record; for the breaker it counts like any other.
    pub(in crate::pipeline) async fn call<T, F>(
        &self,
        opened: &OpenedEvent,
        ask: impl FnOnce(Box<dyn LicenseServer>) -> F,
    ) -> Result<T, NoAnswer>
    where
        F: Future<Output = Reply<T>>,
    {
        if let Some(hold) = opened.server.hold {
            return Err(hold.outcome().into());
        }
        let lane = match opened.lane {
            Lane::Quiet => Lane::Change,
            lane => lane,
        };
        let budget = self.budget(opened.tenant, lane);
        let at = self.clock.now();
        let account = &opened.server.account;
        let call = async |leave| {
            let reply = ask(account.ask(leave)).await;
            let attempted = AttemptedCall {
                at,
                answered_at: self.clock.now(),
                exchange: reply.exchange,
                result: Ok(Response::Nothing),
            };
            (attempted, reply.result)
        };
        let record = |(attempted, _): &(AttemptedCall, Result<T, Failure>)| {
            attempted.measure(opened.lane);
            let call = send::record(opened, None, attempted)?;
            let was_sent = attempted.is_sent();
            Ok::<_, ProcessingError>(move |db: &mut Db| match was_sent {
                true => calls::create(db, std::slice::from_ref(&call)),
                false => Ok(()),
            })
        };
        let called = call_and_record(budget, account.origin(), call, record).await;
        let (attempted, result) = called.map_err(|failed| {
            Stop::from_call(failed, |refusal| EventOutcome::rate_limited(refusal, at))
        })?;
        let server = &opened.settings.server;
        self.record_answer(server, result.as_ref().err(), attempted.answered_at)
            .await?;
        result.map_err(NoAnswer::Failure)
    }

    /// The outcome of the event after a failure.
    pub(in crate::pipeline) fn failure_outcome(
        &self,
        opened: &OpenedEvent,
        failure: &Failure,
    ) -> EventOutcome {
        let now = self.clock.now();
        from_failure(failure, opened.attempt(&self.options.schedule, now))
    }

    async fn load_remembered<T: serde::de::DeserializeOwned>(
        &self,
        opened: &OpenedEvent,
        subject: &str,
    ) -> Result<Option<T>, StoreError> {
        let (tenant, server, subject) = (opened.tenant, opened.server.id, subject.to_owned());
        let found = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                remembered::find(db, tenant, server, &subject)
            })
            .await?;
        let now = self.clock.now();
        Ok(found
            .filter(|answer| now.since(answer.read_at) < KEPT)
            .and_then(|answer| serde_json::from_str(&answer.value).ok()))
    }

    async fn remember<T: serde::Serialize>(
        &self,
        opened: &OpenedEvent,
        subject: &str,
        value: &T,
    ) -> Result<(), StoreError> {
        let answer = Remembered {
            tenant_id: opened.tenant,
            license_server_id: opened.server.id,
            subject: subject.to_owned(),
            value: serde_json::to_string(value)
                .map_err(|error| StoreError::corrupt("remembered.value", error))?,
            read_at: self.clock.now(),
        };
        self.store
            .write(Scope::Tenant(opened.tenant), move |db| {
                remembered::put(db, &answer)
            })
            .await
    }
}
