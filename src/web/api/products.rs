//! Products of a store: seen in events, mapped here, and whether they give a license.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::setup::storefronts::get;
use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::key_delivery::{KeyDelivery, Seen, key_delivery};
use crate::domain::rules::{Product, Rules};
use crate::domain::time::Timestamp;
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::pipeline::event::store_settings;
use crate::store::mappings::{self as rows, ProductSeen};
use crate::store::{Db, Scope, StoreError, key_requests};
use crate::web::api::catalog;
use crate::web::api::extract::At;
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::api::mappings::{self, MappingView};
use crate::web::auth::{Caller, ConfigRead};
use crate::web::error::Problem;
use crate::web::state::State;

/// A product path of a store.
#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductView {
    /// The product path at the shop.
    product_path: String,
    /// As the shop displays it.
    display: Option<String>,
    /// Its attributes at the shop, as last seen; `null` while no event carried any.
    attributes: Option<BTreeMap<String, String>>,
    /// What was said of it here; `null` = nothing.
    mapping: Option<MappingView>,
    gives: Gives,
    /// Who gives buyers the key: `receipt` (the shop asks for it here), `license_server` (its mail), `vendor` (as the
    /// mapping says), `shop` (its own generator), `nobody`, or `unknown`; `null` where it gives no license.
    #[schema(example = "license_server")]
    key_delivery: Option<&'static str>,
    /// The same in plain words, with the way out where buyers may not learn their key.
    key_delivery_text: Option<String>,
    first_seen_at: Option<Timestamp>,
    last_seen_at: Option<Timestamp>,
}

/// What a product gives its buyers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// A license.
    License,
    /// What its members give.
    Bundle,
    /// Nothing, as was said.
    Ignored,
    /// Nothing yet: nobody has said what.
    Unmapped,
    /// Nothing yet: what was said cannot be so.
    Invalid,
}

/// A product path with everything that is known of it.
pub struct Known {
    /// The product path at the shop.
    pub product_path: String,
    /// As the shop showed it.
    pub seen: Option<ProductSeen>,
    /// What was said of it here.
    pub mapping: Option<rows::Mapping>,
    /// Whether the shop ever asked here for a key of it.
    pub was_asked: bool,
}

/// Product paths that were seen or mapped.
#[utoipa::path(get, path = "/storefronts/{id}/products", tag = "Set-up", params(("id" = StorefrontId, Path), PageParameters), responses((status = 200, body = Page<ProductView>)))]
pub async fn list(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<ProductView>>, Problem> {
    let tenant = caller.tenant;
    let vendor = caller.vendor(&state).await?;
    let storefront = get(&vendor, id).await?;
    let row = storefront.clone();
    let (known, rules) = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let (rules, _seen) = store_settings::read_rules(db, &row)?;
            Ok::<_, StoreError>((load(db, tenant, id)?, rules))
        })
        .await?;
    // What the account does not tell is said to be unknown.
    let offered = catalog::load(
        &state,
        &vendor,
        storefront.license_server_id,
        Catalog::Products,
    );
    let offered = offered.await.unwrap_or_default();
    let cursor = |known: &Known| Cursor::of_text(&known.product_path);
    let page = listing.try_page_of_all(known, cursor, |known| view(known, &rules, &offered))?;
    Ok(Json(page))
}

/// Product paths that were seen or mapped, by path.
pub fn load(db: &mut Db, tenant: TenantId, id: StorefrontId) -> Result<Vec<Known>, StoreError> {
    let mut known = BTreeMap::new();
    for seen in rows::list_seen(db, tenant, id)? {
        known.insert(seen.product_path.clone(), (Some(seen), None));
    }
    for mapping in rows::list(db, tenant, id)? {
        let path = mapping.product_path.clone();
        known.entry(path).or_insert((None, None)).1 = Some(mapping);
    }
    let asked = key_requests::list_products(db, tenant, id)?;
    Ok(known
        .into_iter()
        .map(|(product_path, (seen, mapping))| Known {
            was_asked: asked.contains(&product_path),
            product_path,
            seen,
            mapping,
        })
        .collect())
}

impl Known {
    /// Its attributes at the shop, as last seen.
    pub fn attributes(&self) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        self.seen
            .as_ref()
            .and_then(|seen| seen.attributes.as_deref())
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| StoreError::corrupt("products_seen.attributes", error))
    }
}

fn view(known: Known, rules: &Rules, offered: &[CatalogItem]) -> Result<ProductView, StoreError> {
    let way = Seen {
        was_asked: known.was_asked,
        shop_gave_own: known
            .seen
            .as_ref()
            .is_some_and(|seen| seen.shop_key_at.is_some()),
    };
    let delivery = key_delivery(rules, &known.product_path, way, |product| {
        CatalogItem::is_key_mailed_of(offered, product)
    });
    let gives = match rules.product(&known.product_path, None) {
        Ok(Product::Licensed(_)) => Gives::License,
        Ok(Product::Bundle) => Gives::Bundle,
        Ok(Product::Ignored) => Gives::Ignored,
        Ok(Product::Unmapped) => Gives::Unmapped,
        Err(_) => Gives::Invalid,
    };
    let attributes = known.attributes()?;
    Ok(ProductView {
        attributes,
        product_path: known.product_path,
        mapping: known
            .mapping
            .map(|row| mappings::view(rules.vocabulary(), row))
            .transpose()?,
        gives,
        key_delivery: delivery.map(KeyDelivery::as_str),
        key_delivery_text: delivery.map(|delivery| delivery.sentences(rules.kind)),
        first_seen_at: known.seen.as_ref().map(|seen| seen.first_seen_at),
        last_seen_at: known.seen.as_ref().map(|seen| seen.last_seen_at),
        display: known.seen.and_then(|seen| seen.display),
    })
}
