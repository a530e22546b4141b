//! Holds what products give against what the license server has: when a person asks, and every night.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::attribute::notes;
use crate::domain::catalog_check::{Finding, Offer, Subject, TemplateOffer, findings};
use crate::domain::fact::BillingInterval;
use crate::domain::id::{LicenseServerId, StorefrontId, TenantId};
use crate::domain::key_delivery::{Seen, key_delivery};
use crate::domain::lane::Lane;
use crate::domain::record::SubscriptionRecord;
use crate::domain::rules::{Product, Rules};
use crate::domain::time::{Period, Timestamp};
use crate::license_servers::LicenseServer;
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::pipeline::ask::{Asker, NotAsked, within_budget};
use crate::pipeline::{Pipeline, open};
use crate::store::remembered::{self, Remembered};
use crate::store::storefronts::Storefront;
use crate::store::{
    Db, PlatformUse, Scope, StoreError, key_requests, mappings, storefronts, subscriptions,
};

/// Pages of a hundred that are read of one list.
const MOST_PAGES: u32 = 20;
/// Products and templates that are looked at one by one; nobody sells more by hand.
const MOST_DETAILS: usize = 100;
/// Subscriptions that tell how products were sold lately.
const SOLD_LATELY: i64 = 500;
/// How long a nightly check counts.
const NIGHT: SignedDuration = SignedDuration::from_hours(24);

/// A product of the shop with what is wrong with it; an empty list is good news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedProduct {
    /// Its path at the shop.
    pub path: String,
    /// As the shop shows it.
    pub display: Option<String>,
    /// What is wrong or missing.
    pub findings: Vec<Finding>,
    /// What does not always count.
    pub notes: Vec<String>,
}

/// What a check brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Every product that was seen or mapped, by path.
    pub products: Vec<CheckedProduct>,
    /// Whether the license server answered.
    pub asked_license_server: bool,
}

struct Loaded {
    server: LicenseServerId,
    rules: Rules,
    /// Every product, with the name that the shop shows.
    paths: BTreeMap<String, Option<String>>,
    sold: BTreeMap<String, Period>,
    /// Products for which the shop asked keys here.
    asked: BTreeSet<String>,
    /// Products of which an order carried a key of another generator.
    own_keys: BTreeSet<String>,
}

/// Checks every product of a store; not found when it is another tenant's. A check without the license server is worth
/// more than none.
pub async fn check(asker: Asker<'_>, storefront: StorefrontId) -> Result<Check, NotAsked> {
    let tenant = asker.tenant;
    let loaded = asker
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            load(db, tenant, storefront)
        })
        .await?;
    let offer = offer(asker, &loaded).await?;
    let mut products = Vec::new();
    for (path, display) in &loaded.paths {
        products.push(checked(path, display.clone(), &loaded, offer.as_ref()));
        // Orders bring products, and there may be very many.
        tokio::task::yield_now().await;
    }
    Ok(Check {
        products,
        asked_license_server: offer.is_some(),
    })
}

/// What the last check of a store found, and when; `None` before the first, and while what products give was changed
/// since.
pub fn last(
    db: &mut Db,
    store: &Storefront,
) -> Result<Option<(Vec<CheckedProduct>, Timestamp)>, StoreError> {
    let Some(row) = last_row(db, store)?.filter(|row| holds(row, store)) else {
        return Ok(None);
    };
    // A form of another release is as good as none: the next night writes it anew.
    let check: Option<Check> = serde_json::from_str(&row.value).ok();
    Ok(check.map(|check| (check.products, row.read_at)))
}

fn last_row(db: &mut Db, store: &Storefront) -> Result<Option<Remembered>, StoreError> {
    let subject = catalog_subject(store.id);
    remembered::find(db, store.tenant_id, store.license_server_id, &subject)
}

/// Whether nothing was changed since that could have mended what was found, or broken more.
fn holds(row: &Remembered, store: &Storefront) -> bool {
    row.read_at > store.rules_changed_at
}

/// Under which subject the last check of a store's products is remembered.
fn catalog_subject(storefront: StorefrontId) -> String {
    format!("catalog:{storefront}")
}

impl Pipeline {
    /// Checks every store whose rules were changed since its last check, or whose last check is a day old; says how many
    /// there were.
    pub async fn check_catalogs(&self) -> Result<usize, NotAsked> {
        let stores = self
            .store
            .read(Scope::Platform(PlatformUse::Upkeep), |db| {
                storefronts::list_across_tenants(db)
            })
            .await?;
        let mut checked = 0;
        for store in stores {
            let (tenant, id, server) = (store.tenant_id, store.id, store.license_server_id);
            if self.is_due(store).await? {
                self.check_catalog(tenant, id, server).await?;
                checked += 1;
            }
        }
        Ok(checked)
    }

    async fn is_due(&self, store: Storefront) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.store
            .read(Scope::Tenant(store.tenant_id), move |db| {
                let last = last_row(db, &store)?.filter(|row| holds(row, &store));
                Ok(last.is_none_or(|row| now.since(row.read_at) >= NIGHT))
            })
            .await
    }

    async fn check_catalog(
        &self,
        tenant: TenantId,
        storefront: StorefrontId,
        server: LicenseServerId,
    ) -> Result<(), NotAsked> {
        // What is changed while the license server answers is not in this check: it counts from its beginning.
        let read_at = self.clock.now();
        // A vendor whose keys do not open, or who was erased meanwhile, holds up no other.
        let Ok(keys) = self.vaults.of(tenant).await else {
            return Ok(());
        };
        let asker = Asker {
            tenant,
            keys: &keys,
            outbound: self.connections.outbound(),
            budget: self.budget(Lane::Bulk),
        };
        let check = match check(asker, storefront).await {
            Ok(check) => check,
            Err(NotAsked::Store(StoreError::NotFound)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let row = Remembered {
            tenant_id: tenant,
            license_server_id: server,
            subject: catalog_subject(storefront),
            value: serde_json::to_string(&check)
                .map_err(|error| StoreError::corrupt("remembered.value", error))?,
            read_at,
        };
        let put = move |db: &mut Db| remembered::put(db, &row);
        self.store.write(Scope::Tenant(tenant), put).await?;
        Ok(())
    }
}

fn load(db: &mut Db, tenant: TenantId, id: StorefrontId) -> Result<Loaded, StoreError> {
    let storefront = storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let seen = mappings::list_seen(db, tenant, id)?;
    let mapped = mappings::list(db, tenant, id)?;
    let mut paths: BTreeMap<String, Option<String>> = mapped
        .iter()
        .map(|mapping| (mapping.product_path.clone(), None))
        .collect();
    for product in &seen {
        paths.insert(product.product_path.clone(), product.display.clone());
    }
    let mut sold = BTreeMap::new();
    for row in subscriptions::list_latest(db, tenant, id, SOLD_LATELY)? {
        let record: SubscriptionRecord = serde_json::from_str(&row.record)
            .map_err(|error| StoreError::corrupt("subscriptions.record", error))?;
        if let (Some(path), Some(BillingInterval::Every(period))) =
            (row.product_path, record.interval.get())
        {
            sold.entry(path).or_insert(*period);
        }
    }
    let has_own_key = |product: &&mappings::ProductSeen| product.shop_key_at.is_some();
    let own_keys = seen.iter().filter(has_own_key);
    let own_keys = own_keys
        .map(|product| product.product_path.clone())
        .collect();
    Ok(Loaded {
        server: storefront.license_server_id,
        asked: key_requests::list_products(db, tenant, id)?,
        own_keys,
        rules: open::rules(&storefront, mapped, &seen)?,
        paths,
        sold,
    })
}

fn checked(
    path: &str,
    display: Option<String>,
    loaded: &Loaded,
    offer: Option<&Offer>,
) -> CheckedProduct {
    let rules = &loaded.rules;
    let said = rules.seen.get(path).into_iter().flat_map(BTreeMap::keys);
    let said: Vec<&str> = said.map(String::as_str).collect();
    let mapped = rules.mappings.get(path).into_iter();
    let mapped: Vec<String> = mapped
        .flat_map(|mapping| mapping.attributes.keys())
        .map(|name| format!("cryptlex_{}", name.trim_start_matches("cryptlex_")))
        .collect();
    let names: BTreeSet<&str> = said
        .iter()
        .copied()
        .chain(mapped.iter().map(String::as_str))
        .collect();
    let way = Seen {
        was_asked: loaded.asked.contains(path),
        shop_gave_own: loaded.own_keys.contains(path),
    };
    let subject = Subject {
        path,
        names: names.iter().copied().collect(),
        product: rules.product(path, None),
        sold: loaded.sold.get(path).copied(),
        key_delivery: key_delivery(rules, path, way, |product| {
            offer.and_then(|offer| offer.mailing.get(product).copied())
        }),
    };
    CheckedProduct {
        path: path.to_owned(),
        display,
        findings: findings(&subject, &rules.policy, offer),
        notes: notes(
            names
                .iter()
                .copied()
                .filter(|name| name.starts_with("cryptlex_")),
        ),
    }
}

/// What the license server has; `None` when it does not answer or does not let itself be asked.
async fn offer(asker: Asker<'_>, loaded: &Loaded) -> Result<Option<Offer>, NotAsked> {
    let client = asker.client(loaded.server).await?;
    let (Some(products), Some(templates)) = (
        list(asker, &client, Catalog::Products).await?,
        list(asker, &client, Catalog::Templates).await?,
    ) else {
        return Ok(None);
    };
    let sets = list(asker, &client, Catalog::EntitlementSets).await?;
    let features = list(asker, &client, Catalog::Features).await?;
    let told = products.iter();
    let told = told.filter_map(|item| Some((item.id.clone(), item.is_key_mailed?)));
    let mut offer = Offer {
        mailing: told.collect(),
        products: products.into_iter().map(|item| (item.id, None)).collect(),
        templates: templates.into_iter().map(|item| (item.id, None)).collect(),
        entitlement_sets: sets.map(|items| items.into_iter().map(|item| item.id).collect()),
        features: features.map(|items| items.into_iter().map(|item| item.name).collect()),
    };
    add_details(asker, &client, loaded, &mut offer).await?;
    Ok(Some(offer))
}

/// The templates that the products' licenses are made from.
async fn add_details(
    asker: Asker<'_>,
    client: &Arc<dyn LicenseServer>,
    loaded: &Loaded,
    offer: &mut Offer,
) -> Result<(), NotAsked> {
    let licensed: Vec<_> = loaded
        .paths
        .keys()
        .filter_map(|path| match loaded.rules.product(path, None) {
            Ok(Product::Licensed(attributes)) => Some(attributes),
            _ => None,
        })
        .collect();
    let unsaid = licensed
        .iter()
        .filter(|attributes| attributes.license_template_id.is_none())
        .filter_map(|attributes| attributes.license_product_id.clone())
        .filter(|id| offer.products.contains_key(id))
        .collect::<BTreeSet<String>>();
    for id in unsaid.into_iter().take(MOST_DETAILS) {
        let reply = within_budget(asker.budget, client.origin(), client.product(&id)).await?;
        let template = reply
            .result
            .ok()
            .and_then(|product| product.default_template_id);
        offer.products.insert(id, template);
    }
    let used = licensed
        .iter()
        .filter_map(|attributes| offer.template_id(attributes).cloned())
        .filter(|id| offer.templates.contains_key(id))
        .collect::<BTreeSet<String>>();
    for id in used.into_iter().take(MOST_DETAILS) {
        let reply = within_budget(asker.budget, client.origin(), client.template(&id)).await?;
        let template = reply.result.ok().map(|template| TemplateOffer {
            name: template.name,
            interval: template.interval,
            license_type: template.license_type,
            required_metadata_keys: template.required_metadata_keys,
            required_meters: template.required_meters,
        });
        offer.templates.insert(id, template);
    }
    Ok(())
}

/// A whole list; `None` when it cannot be had.
async fn list(
    asker: Asker<'_>,
    client: &Arc<dyn LicenseServer>,
    catalog: Catalog,
) -> Result<Option<Vec<CatalogItem>>, NotAsked> {
    let mut items = Vec::new();
    for number in 1..=MOST_PAGES {
        let call = client.list_catalog(catalog, number);
        let Ok(page) = within_budget(asker.budget, client.origin(), call)
            .await?
            .result
        else {
            return Ok(None);
        };
        items.extend(page.items);
        if page.is_last {
            break;
        }
    }
    Ok(Some(items))
}
