//! Products: what each product of the shop gives.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::mapping::Mapping;
use crate::domain::rules::{Product, Rules};
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::store::mappings::ProductSeen;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError, mappings, storefronts};
use crate::web::answer::{Answer, page};
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
    pub rows: Vec<Row>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Names a product before it is sold for the first time; `None` before there is a store.
    pub add: Option<Way>,
}

/// One product.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name at the shop, else its path.
    pub name: String,
    /// Its path.
    pub path: String,
    /// What it gives, or that this is not known.
    pub gives: Badge,
    /// Where that is said: here, or in the product's attributes at FastSpring; may be empty.
    pub source: String,
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
pub struct Known {
    /// What they give.
    pub rules: Rules,
    /// Those that were sold.
    pub seen: BTreeMap<String, ProductSeen>,
}

impl Known {
    /// Reads a store's products.
    pub fn read(db: &mut Db, tenant: TenantId, store: StorefrontId) -> Result<Self, StoreError> {
        let mut known = Self {
            rules: Rules::default(),
            seen: BTreeMap::new(),
        };
        for row in mappings::list(db, tenant, store)? {
            let mapping: Mapping = serde_json::from_str(&row.mapping)
                .map_err(|error| StoreError::corrupt("mappings.mapping", error))?;
            known.rules.mappings.insert(row.product_path, mapping);
        }
        for row in mappings::list_seen(db, tenant, store)? {
            if let Some(attributes) = &row.attributes {
                let attributes = serde_json::from_str(attributes)
                    .map_err(|error| StoreError::corrupt("products_seen.attributes", error))?;
                known
                    .rules
                    .seen
                    .insert(row.product_path.clone(), attributes);
            }
            known.seen.insert(row.product_path.clone(), row);
        }
        Ok(known)
    }
}

async fn rows(visitor: &Visitor, store: &Storefront) -> Result<Vec<Row>, PageError> {
    let (tenant, id, now) = (visitor.tenant, store.id, visitor.now);
    let of_store = store.clone();
    let (known, found) = visitor
        .read(move |db| {
            let found = findings::of_store(db, &of_store)?;
            Ok::<_, StoreError>((Known::read(db, tenant, id)?, found))
        })
        .await?;
    let mut findings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in found {
        let of_product = findings.entry(one.path.clone()).or_default();
        of_product.push(one.sentence());
    }
    let offered = catalog::list(visitor, store.license_server_id, Catalog::Products).await?;
    let offered: &[CatalogItem] = offered.as_ref().map_or(&[], |items| items.as_slice());
    let paths: BTreeSet<&String> = known
        .rules
        .mappings
        .keys()
        .chain(known.seen.keys())
        .collect();
    let mut rows: Vec<Row> = paths
        .into_iter()
        .map(|path| {
            let seen = known.seen.get(path);
            let gives = gives(&known.rules, path, offered);
            let choose = Query::default()
                .with("path", path)
                .at(&format!("/products/{id}"));
            Row {
                name: seen
                    .and_then(|seen| seen.display.clone())
                    .unwrap_or_else(|| path.clone()),
                path: path.clone(),
                choose: match gives.tone {
                    Tone::Act | Tone::Bad => Way::link("Choose the license", choose).button(),
                    _ => Way::link("Change", choose),
                },
                source: source(&known, path).to_owned(),
                findings: findings.remove(path).unwrap_or_default(),
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

fn source(known: &Known, path: &str) -> &'static str {
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
