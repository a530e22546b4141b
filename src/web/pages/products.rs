//! Products: what each product of the shop gives.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use crate::domain::catalog_check::KEY_NOT_DELIVERED;
use crate::domain::key_delivery::{KeyDelivery, Seen, key_delivery};
use crate::domain::kind::LicenseServerKind;
use crate::domain::rules::{Product, Rules};
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::pipeline::event::store_settings;
use crate::store::mappings::ProductSeen;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError, key_requests, storefronts};
use crate::web::answer::{Answer, page};
use crate::web::findings::ProductFinding;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Empty, Icon, Moment, Tab, Tone, Way};
use crate::web::query::Query;
use crate::web::visitor::Visitor;
use crate::web::{assets, catalog, findings};

/// The list.
#[derive(Debug, Clone, Template)]
#[template(path = "products/list.html")]
pub struct Products {
    /// The frame.
    pub shell: Shell,
    /// One per store; empty with a single store.
    pub stores: Vec<Tab>,
    /// The products that were seen or named, those that need a choice first.
    pub rows: Vec<ListedProduct>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Names a product before it is sold for the first time; `None` before there is a store.
    pub add: Option<Way>,
}

/// One product.
#[derive(Debug, Clone)]
pub struct ListedProduct {
    /// Its name at the shop, else its path.
    pub name: String,
    /// Its path.
    pub path: String,
    /// What it gives, or that this is not known.
    pub gives: Badge,
    /// Where that is said: here, or in the product's attributes at FastSpring; may be empty.
    pub source: String,
    /// Who gives buyers the key, where somebody does; may be empty.
    pub key: String,
    /// What the last check found wrong or missing, each with what to do.
    pub findings: Vec<String>,
    /// When it was last sold; `None` when never.
    pub last_seen: Option<Moment>,
    /// The page to choose on.
    pub choose: Way,
}

/// `GET /products`.
pub async fn show(visitor: Visitor) -> Answer {
    let tenant = visitor.tenant;
    let stores = visitor
        .read(move |db| storefronts::list(db, tenant))
        .await?;
    let asked = visitor.query.get("store").and_then(|id| id.parse().ok());
    let store = stores
        .iter()
        .find(|store| Some(store.id) == asked)
        .or(stores.first());
    let rows = match store {
        Some(store) => rows(&visitor, store).await?,
        None => Vec::new(),
    };
    page(&Products {
        shell: visitor.shell("Products", Area::Products).await?,
        stores: tabs(&stores, store),
        rows,
        empty: empty(store),
        add: store
            .map(|store| Way::link("Name a product", format!("/products/{}", store.id)).button()),
    })
}

/// What is known of a store's products.
pub struct KnownProducts {
    /// What they give.
    pub rules: Rules,
    /// Those that were sold.
    pub seen: BTreeMap<String, ProductSeen>,
    /// Those for which the shop asked keys here.
    pub asked: BTreeSet<String>,
}

impl KnownProducts {
    /// Reads a store's products.
    pub fn read(db: &mut Db, store: &Storefront) -> Result<Self, StoreError> {
        let (tenant, id) = (store.tenant_id, store.id);
        let (rules, seen) = store_settings::read_rules(db, store)?;
        let by_path = |row: ProductSeen| (row.product_path.clone(), row);
        Ok(Self {
            rules,
            seen: seen.into_iter().map(by_path).collect(),
            asked: key_requests::list_products(db, tenant, id)?,
        })
    }

    /// Who gives buyers of a product their key, as far as the account tells; `None` where it gives no license.
    pub fn key_delivery(&self, path: &str, offered: &[CatalogItem]) -> Option<KeyDelivery> {
        let seen = self.seen.get(path);
        let way = Seen {
            was_asked: self.asked.contains(path),
            shop_gave_own: seen.is_some_and(|seen| seen.shop_key_at.is_some()),
        };
        key_delivery(&self.rules, path, way, |product| {
            CatalogItem::is_key_mailed_of(offered, product)
        })
    }
}

async fn rows(visitor: &Visitor, store: &Storefront) -> Result<Vec<ListedProduct>, PageError> {
    let (id, now) = (store.id, visitor.now);
    let of_store = store.clone();
    let (known, found) = visitor
        .read(move |db| {
            let found = findings::of_store(db, &of_store)?;
            Ok::<_, StoreError>((KnownProducts::read(db, &of_store)?, found))
        })
        .await?;
    let mut findings = by_product(&found);
    let offered = catalog::list(visitor, store.license_server_id, Catalog::Products).await?;
    let offered: &[CatalogItem] = offered.as_ref().map_or(&[], |items| items.as_slice());
    let paths: BTreeSet<&String> = known
        .rules
        .mappings
        .keys()
        .chain(known.seen.keys())
        .collect();
    let mut rows: Vec<ListedProduct> = paths
        .into_iter()
        .map(|path| {
            let seen = known.seen.get(path);
            let gives = gives(&known.rules, path, offered);
            let delivery = known.key_delivery(path, offered);
            let is_lost = matches!(delivery, Some(KeyDelivery::Nobody(_)));
            let said = delivery.map(|delivery| said(delivery, known.rules.kind));
            let choose = Query::default()
                .with("path", path)
                .at(&format!("/products/{id}"));
            ListedProduct {
                name: seen
                    .and_then(|seen| seen.display.clone())
                    .unwrap_or_else(|| path.clone()),
                path: path.clone(),
                choose: match gives.tone {
                    Tone::Act | Tone::Bad => Way::link("Choose the license", choose).button(),
                    _ => Way::link("Change", choose),
                },
                source: source(&known, path).to_owned(),
                key: said.clone().filter(|_| !is_lost).unwrap_or_default(),
                findings: findings
                    .remove(path)
                    .into_iter()
                    .flatten()
                    .chain(said.filter(|_| is_lost))
                    .collect(),
                last_seen: seen.map(|seen| Moment::relative(seen.last_seen_at, now)),
                gives,
            }
        })
        .collect();
    rows.sort_by_key(|row| {
        let is_settled = !matches!(row.gives.tone, Tone::Act | Tone::Bad);
        (is_settled, row.name.to_lowercase())
    });
    Ok(rows)
}

/// Who gives the key, and what to do where nobody does.
fn said(delivery: KeyDelivery, kind: LicenseServerKind) -> String {
    match delivery {
        KeyDelivery::Nobody(_) => delivery.sentences(kind),
        _ => delivery.text(kind),
    }
}

/// What the last check found; who gives keys is left out, since the row says that as things stand now.
fn by_product(found: &[ProductFinding]) -> BTreeMap<String, Vec<String>> {
    let mut findings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in found.iter().filter(|one| !one.is(KEY_NOT_DELIVERED)) {
        let of_product = findings.entry(one.path.clone()).or_default();
        of_product.push(one.sentence());
    }
    findings
}

/// What a product gives, in words.
fn gives(rules: &Rules, path: &str, offered: &[CatalogItem]) -> Badge {
    match rules.product(path, None) {
        Ok(Product::Licensed(attributes)) => {
            let id = attributes.license_product_id.unwrap_or_default();
            let name = offered
                .iter()
                .find(|item| item.id == id)
                .map(|item| item.display_name.as_str());
            let text = match (name, attributes.is_feature) {
                (_, true) => "Features for the main license".to_owned(),
                (Some(name), false) => format!("A license of {name}"),
                (None, false) => format!("A license of {id}"),
            };
            Badge::new(Tone::Good, text)
        }
        Ok(Product::Bundle) => Badge::new(Tone::Good, "The licenses of its members"),
        Ok(Product::Ignored) => Badge::new(Tone::Quiet, "Never licensed"),
        Ok(Product::Unmapped) => Badge::new(Tone::Act, "Nobody has said yet"),
        Err(invalid) => Badge::new(
            Tone::Bad,
            format!(
                "{} says “{}”, which makes no sense",
                invalid.name, invalid.value
            ),
        ),
    }
}

fn source(known: &KnownProducts, path: &str) -> &'static str {
    let is_chosen = known.rules.mappings.contains_key(path);
    let is_said = known
        .rules
        .seen
        .get(path)
        .is_some_and(|attributes| !attributes.is_empty());
    match (is_chosen, is_said) {
        (true, _) => "Chosen here.",
        (false, true) => "Said by its attributes at FastSpring.",
        (false, false) => "",
    }
}

fn tabs(stores: &[Storefront], current: Option<&Storefront>) -> Vec<Tab> {
    if stores.len() < 2 {
        return Vec::new();
    }
    stores
        .iter()
        .map(|store| Tab {
            label: store.name.clone(),
            href: format!("/products?store={}", store.id),
            is_current: current.is_some_and(|current| current.id == store.id),
        })
        .collect()
}

fn empty(store: Option<&Storefront>) -> Empty {
    match store {
        Some(store) => Empty {
            title: "No product yet.".to_owned(),
            text: "A product appears here when it is sold for the first time. You can also name one before.".to_owned(),
            way: Some(Way::link("Name a product", format!("/products/{}", store.id)).button()),
        },
        None => Empty {
            title: "No store yet.".to_owned(),
            text: "Products belong to a store; add yours first.".to_owned(),
            way: Some(Way::link("To the set-up", "/setup").button()),
        },
    }
}
