//! What an account has to offer: asked list by list, then thing by thing.
//!
//! A large account takes more calls than may be made at once. What was answered until the budget stopped a try is kept
//! for a short while, so that the next one goes on there; a try that comes to its end leaves nothing behind.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::domain::attribute::Attributes;
use crate::domain::catalog_check::{Offer, TemplateOffer};
use crate::domain::id::{LicenseServerId, TenantId};
use crate::license_servers::Account;
use crate::license_servers::remote::{Catalog, CatalogItem, Template};
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError};

/// Pages of a hundred that are read of one list.
const MOST_PAGES: u32 = 20;
/// Products and templates that are looked at one by one; nobody sells more by hand.
const MOST_DETAILS: usize = 100;
/// How long answers of a try that was stopped count.
const KEPT: Duration = Duration::from_secs(120);

/// Tries that the budget stopped, by account. Cheap to clone.
#[derive(Clone)]
pub struct PartialCatalogs(Cache<(TenantId, LicenseServerId), Arc<Answers>>);

/// What an account has answered so far.
#[derive(Debug, Clone, Default)]
struct Answers {
    lists: HashMap<Catalog, Listed>,
    /// The default template of each product that was looked at.
    products: HashMap<String, Option<String>>,
    /// What each template gives that was looked at; `None` when it cannot be had.
    templates: HashMap<String, Option<TemplateOffer>>,
}

/// A list, as far as it was read.
#[derive(Debug, Clone, Default)]
struct Listed {
    items: Vec<CatalogItem>,
    pages: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    HasMore,
    Whole,
    /// The account does not let itself be asked for it.
    Refused,
}

impl Default for PartialCatalogs {
    fn default() -> Self {
        Self(
            Cache::builder()
                .time_to_live(KEPT)
                .max_capacity(1_000)
                .build(),
        )
    }
}

impl PartialCatalogs {
    /// What the account has; `None` when it does not answer or does not let itself be asked.
    pub async fn resume(
        &self,
        caller: ApiCaller<'_>,
        server: LicenseServerId,
        licensed: &[Attributes],
    ) -> Result<Option<Offer>, CallError> {
        let key = (caller.tenant, server);
        let account = caller.account(server).await?;
        let so_far = self.0.remove(&key);
        let mut answers = so_far.map(Arc::unwrap_or_clone).unwrap_or_default();
        let offer = answers.complete(caller, &account, licensed).await;
        if let Err(CallError::Exhausted { .. }) = offer {
            self.0.insert(key, Arc::new(answers));
        }
        offer
    }
}

impl Answers {
    async fn complete(
        &mut self,
        caller: ApiCaller<'_>,
        account: &Account,
        licensed: &[Attributes],
    ) -> Result<Option<Offer>, CallError> {
        let (Some(products), Some(templates)) = (
            self.list(caller, account, Catalog::Products).await?,
            self.list(caller, account, Catalog::Templates).await?,
        ) else {
            return Ok(None);
        };
        let sets = self.list(caller, account, Catalog::EntitlementSets).await?;
        let features = self.list(caller, account, Catalog::Features).await?;
        let told = products.iter();
        let told = told.filter_map(|item| Some((item.id.clone(), item.is_key_mailed?)));
        let mut offer = Offer {
            mailing: told.collect(),
            products: products.into_iter().map(|item| (item.id, None)).collect(),
            templates: templates.into_iter().map(|item| (item.id, None)).collect(),
            entitlement_sets: sets.map(|items| items.into_iter().map(|item| item.id).collect()),
            features: features.map(|items| items.into_iter().map(|item| item.name).collect()),
        };
        self.add_details(caller, account, licensed, &mut offer)
            .await?;
        Ok(Some(offer))
    }

    /// A whole list; `None` when it cannot be had.
    async fn list(
        &mut self,
        caller: ApiCaller<'_>,
        account: &Account,
        catalog: Catalog,
    ) -> Result<Option<Vec<CatalogItem>>, CallError> {
        let listed = self.lists.entry(catalog).or_default();
        while listed.state == State::HasMore && listed.pages < MOST_PAGES {
            let page = listed.pages + 1;
            let asked = caller.call(account, |client| client.list_catalog(catalog, page));
            match asked.await?.result {
                Ok(found) => {
                    listed.items.extend(found.items);
                    listed.pages = page;
                    if found.is_last {
                        listed.state = State::Whole;
                    }
                }
                Err(_refused) => listed.state = State::Refused,
            }
        }
        Ok((listed.state != State::Refused).then(|| listed.items.clone()))
    }

    /// The templates that the products' licenses are made from.
    async fn add_details(
        &mut self,
        caller: ApiCaller<'_>,
        account: &Account,
        licensed: &[Attributes],
        offer: &mut Offer,
    ) -> Result<(), CallError> {
        let unsaid = licensed
            .iter()
            .filter(|attributes| attributes.license_template_id.is_none())
            .filter_map(|attributes| attributes.license_product_id.clone())
            .filter(|id| offer.products.contains_key(id))
            .collect::<BTreeSet<String>>();
        for id in unsaid.into_iter().take(MOST_DETAILS) {
            if !self.products.contains_key(&id) {
                let reply = caller.call(account, |client| client.product(&id)).await?;
                let product = reply.result.ok();
                let template = product.and_then(|product| product.default_template_id);
                self.products.insert(id.clone(), template);
            }
            let template = self.products.get(&id).cloned().flatten();
            offer.products.insert(id, template);
        }
        let used = licensed
            .iter()
            .filter_map(|attributes| offer.template_id(attributes).cloned())
            .filter(|id| offer.templates.contains_key(id))
            .collect::<BTreeSet<String>>();
        for id in used.into_iter().take(MOST_DETAILS) {
            if !self.templates.contains_key(&id) {
                let reply = caller.call(account, |client| client.template(&id)).await?;
                self.templates
                    .insert(id.clone(), reply.result.ok().map(template_offer));
            }
            let template = self.templates.get(&id).cloned().flatten();
            offer.templates.insert(id, template);
        }
        Ok(())
    }
}

fn template_offer(template: Template) -> TemplateOffer {
    TemplateOffer {
        name: template.name,
        interval: template.interval,
        license_type: template.license_type,
        required_metadata_keys: template.required_metadata_keys,
        required_meters: template.required_meters,
    }
}
