//! Answers what compare must know first: from memory, or by one GET each.

use jiff::SignedDuration;

use crate::domain::lane::Lane;
use crate::domain::plan::{Known, Need, Search, Template};
use crate::license_servers::LicenseServer;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass, Reply};
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::on_record;
use crate::pipeline::error::WorkError;
use crate::pipeline::event::adopt;
use crate::pipeline::event::context::Case;
use crate::pipeline::event::outcome::{Settlement, of_failure};
use crate::pipeline::event::stop::Stop;
use crate::pipeline::execution::send::{self, Made};
use crate::pipeline::protocol::Response;
use crate::store::remembered::{self, Remembered};
use crate::store::{Db, Scope, StoreError, calls};

/// Pages of a search that are followed; a purchase with more licenses than that is a person's matter.
const PAGES: u32 = 20;

/// How long an answer about a template or product counts, unless an event is parked because of it.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

impl Pipeline {
    /// Answers the questions into `known`.
    pub async fn answer(&self, case: &Case, needs: &[Need], known: &mut Known) -> Result<(), Stop> {
        for need in needs {
            match need {
                Need::Template(id) => self.answer_template(case, id, known).await?,
                Need::DefaultTemplate(id) => self.answer_default(case, id, known).await?,
                Need::LicensesByMetadata(search) => self.search(case, search, known).await?,
                Need::LicenseOfShopKey(key) => self.adopt_by_key(case, key, known).await?,
                Need::Stands(id) => self.answer_stands(case, id, known).await?,
            }
        }
        Ok(())
    }

    async fn answer_template(&self, case: &Case, id: &str, known: &mut Known) -> Result<(), Stop> {
        let subject = format!("template:{id}");
        if let Some(template) = self.recall(case, &subject).await? {
            known.templates.insert(id.to_owned(), template);
            return Ok(());
        }
        let template = self.get(case, |client| client.template(id)).await?;
        let template = template.map(Template::from);
        if template.is_some() {
            self.remember(case, &subject, &template).await?;
        }
        known.templates.insert(id.to_owned(), template);
        Ok(())
    }

    async fn answer_stands(&self, case: &Case, id: &str, known: &mut Known) -> Result<(), Stop> {
        let license = self.get(case, |client| client.read(id)).await?;
        known.stands.insert(id.to_owned(), license.is_some());
        Ok(())
    }

    async fn answer_default(&self, case: &Case, id: &str, known: &mut Known) -> Result<(), Stop> {
        let subject = format!("product:{id}");
        if let Some(template) = self.recall(case, &subject).await? {
            known.default_templates.insert(id.to_owned(), template);
            return Ok(());
        }
        let product = self.get(case, |client| client.product(id)).await?;
        let template = product.and_then(|product| product.default_template_id);
        if template.is_some() {
            self.remember(case, &subject, &template).await?;
        }
        known.default_templates.insert(id.to_owned(), template);
        Ok(())
    }

    /// Looks for licenses that name a purchase; what is found is adopted and stands among the licenses from then on.
    async fn search(&self, case: &Case, search: &Search, known: &mut Known) -> Result<(), Stop> {
        let mut found: Vec<RemoteLicense> = Vec::new();
        for page in 1..=PAGES {
            let listed = self
                .get(case, |client| {
                    client.list_by_metadata(search.key, &search.value, page)
                })
                .await?;
            let Some(page) = listed else { break };
            found.extend(page.items);
            if page.is_last {
                break;
            }
        }
        if !found.is_empty() {
            self.adopt(case, search, found).await?;
        }
        known.searches.insert(search.clone());
        Ok(())
    }

    async fn adopt(
        &self,
        case: &Case,
        search: &Search,
        found: Vec<RemoteLicense>,
    ) -> Result<(), StoreError> {
        let (case, search, now) = (case.clone(), search.clone(), self.clock.now());
        self.store
            .write(Scope::Tenant(case.tenant), move |db| {
                adopt::adopt(db, (&case.home(), &case.rules), &search, &found, now)
            })
            .await
    }

    /// One GET with its permit and its record; `None` when the thing is not there.
    pub(in crate::pipeline) async fn get<T, F>(
        &self,
        case: &Case,
        ask: impl FnOnce(Box<dyn LicenseServer>) -> F,
    ) -> Result<Option<T>, Stop>
    where
        F: Future<Output = Reply<T>>,
    {
        match self.call(case, ask).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.class == FailureClass::NotFound => Ok(None),
            Err(failure) => Err(self.give_way(case, &failure).into()),
        }
    }

    /// One call outside of any effect, with its permit and its record; for the breaker it counts like any other.
    pub(in crate::pipeline) async fn call<T, F>(
        &self,
        case: &Case,
        ask: impl FnOnce(Box<dyn LicenseServer>) -> F,
    ) -> Result<Result<T, Failure>, Stop>
    where
        F: Future<Output = Reply<T>>,
    {
        if let Some(hold) = case.server.hold {
            return Err(hold.settlement().into());
        }
        let lane = match case.lane {
            Lane::Quiet => Lane::Change,
            lane => lane,
        };
        let budget = self.budget(case.tenant, lane);
        let at = self.clock.now();
        let account = &case.server.account;
        let call = async |leave| {
            let reply = ask(account.ask(leave)).await;
            let made = Made {
                at,
                answered_at: self.clock.now(),
                exchange: reply.exchange,
                result: Ok(Response::Nothing),
            };
            (made, reply.result)
        };
        let note = |(made, _): &(Made, Result<T, Failure>)| {
            made.measure(case.lane);
            let call = send::record(case, None, made)?;
            let was_sent = made.is_sent();
            Ok::<_, WorkError>(move |db: &mut Db| match was_sent {
                true => calls::create(db, std::slice::from_ref(&call)),
                false => Ok(()),
            })
        };
        let asked = on_record(budget, account.origin(), call, note).await?;
        let (made, result) = asked.map_err(|refusal| Settlement::without_permit(refusal, at))?;
        let server = &case.setting.server;
        self.note_answer(server, result.as_ref().err(), made.answered_at)
            .await?;
        Ok(result)
    }

    /// How the event is left by a failure.
    pub(in crate::pipeline) fn give_way(&self, case: &Case, failure: &Failure) -> Settlement {
        let now = self.clock.now();
        of_failure(failure, case.attempt(&self.options.schedule, now))
    }

    async fn recall<T: serde::de::DeserializeOwned>(
        &self,
        case: &Case,
        subject: &str,
    ) -> Result<Option<T>, StoreError> {
        let (tenant, server, subject) = (case.tenant, case.server.id, subject.to_owned());
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
        case: &Case,
        subject: &str,
        value: &T,
    ) -> Result<(), StoreError> {
        let answer = Remembered {
            tenant_id: case.tenant,
            license_server_id: case.server.id,
            subject: subject.to_owned(),
            value: serde_json::to_string(value)
                .map_err(|error| StoreError::corrupt("remembered.value", error))?,
            read_at: self.clock.now(),
        };
        self.store
            .write(Scope::Tenant(case.tenant), move |db| {
                remembered::put(db, &answer)
            })
            .await
    }
}
