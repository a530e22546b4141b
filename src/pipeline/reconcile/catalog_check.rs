//! Holds what products give against what the license server has: when a person asks, and every night.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::attribute::Attributes;
use crate::domain::catalog_check::{Finding, Offer, Subject, findings};
use crate::domain::fact::BillingInterval;
use crate::domain::id::{LicenseServerId, StorefrontId, TenantId};
use crate::domain::key_delivery::{Seen, key_delivery};
use crate::domain::lane::Lane;
use crate::domain::record::SubscriptionRecord;
use crate::domain::rules::{Product, Rules};
use crate::domain::time::{Period, Timestamp};
use crate::pipeline::Pipeline;
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError};
use crate::pipeline::event::store_settings;
use crate::store::remembered::{self, Remembered};
use crate::store::storefronts::Storefront;
use crate::store::{
    Db, PlatformUse, Scope, StoreError, key_requests, mappings, storefronts, subscriptions,
};

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
    /// Checks every product of a store; not found when it is another tenant's. A check without the license server is
    /// worth more than none; one that the budget stops goes on there when it is tried again shortly.
    pub async fn check_products(
        &self,
        caller: ApiCaller<'_>,
        storefront: StorefrontId,
    ) -> Result<Check, CallError> {
        let tenant = caller.tenant;
        let loaded = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                load(db, tenant, storefront)
            })
            .await?;
        let licensed = loaded.licensed();
        let partial = &self.partial_catalogs;
        let offer = partial.resume(caller, loaded.server, &licensed).await?;
        let mut products = Vec::new();
        for (path, display) in &loaded.paths {
            products.push(check_product(
                path,
                display.clone(),
                &loaded,
                offer.as_ref(),
            ));
            // Orders bring products, and there may be very many.
            tokio::task::yield_now().await;
        }
        Ok(Check {
            products,
            asked_license_server: offer.is_some(),
        })
    }

    /// Checks every store whose rules were changed since its last check, or whose last check is a day old; says how
    /// many there were.
    pub async fn check_catalogs(&self) -> Result<usize, CallError> {
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
                checked += usize::from(self.check_catalog(tenant, id, server).await?);
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

    /// False where it is not the store's turn yet: it is due as before, and the others are not kept waiting.
    async fn check_catalog(
        &self,
        tenant: TenantId,
        storefront: StorefrontId,
        server: LicenseServerId,
    ) -> Result<bool, CallError> {
        // What is changed while the license server answers is not in this check: it counts from its beginning.
        let read_at = self.clock.now();
        // A vendor whose keys do not open, or who was erased meanwhile, holds up no other.
        let Ok(keys) = self.tenant_keys.of(tenant).await else {
            return Ok(false);
        };
        let caller = ApiCaller {
            tenant,
            keys: &keys,
            connections: &self.connections,
            budget: self.budget(tenant, Lane::Bulk),
        };
        let check = match self.check_products(caller, storefront).await {
            Ok(check) => check,
            Err(
                CallError::Store(StoreError::NotFound)
                | CallError::Exhausted { .. }
                | CallError::Suspended,
            ) => return Ok(false),
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
        Ok(true)
    }
}

impl Loaded {
    /// What the products give that give licenses.
    fn licensed(&self) -> Vec<Attributes> {
        let products = self.paths.keys();
        let products = products.map(|path| self.rules.product(path, None));
        products
            .filter_map(|product| match product {
                Ok(Product::Licensed(attributes)) => Some(*attributes),
                _ => None,
            })
            .collect()
    }
}

fn load(db: &mut Db, tenant: TenantId, id: StorefrontId) -> Result<Loaded, StoreError> {
    let storefront = storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let (rules, seen) = store_settings::read_rules(db, &storefront)?;
    let mapped = rules.mappings.keys();
    let mut paths: BTreeMap<String, Option<String>> =
        mapped.map(|path| (path.clone(), None)).collect();
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
        rules,
        paths,
        sold,
    })
}

fn check_product(
    path: &str,
    display: Option<String>,
    loaded: &Loaded,
    offer: Option<&Offer>,
) -> CheckedProduct {
    let rules = &loaded.rules;
    let vocabulary = rules.vocabulary();
    let said = rules.seen.get(path).into_iter().flat_map(BTreeMap::keys);
    let said: Vec<&str> = said.map(String::as_str).collect();
    let mapped = rules.mappings.get(path).into_iter();
    let mapped: Vec<String> = mapped
        .flat_map(|mapping| mapping.attributes.keys())
        .map(|name| vocabulary.full_name(name))
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
        kind: rules.kind,
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
        notes: vocabulary.notes(
            names
                .into_iter()
                .filter(|name| vocabulary.is_attribute(name)),
        ),
    }
}
