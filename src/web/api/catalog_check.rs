//! Products of a store with what is wrong or missing, also seen from the licensing account.

use std::collections::BTreeSet;

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::setup::Vendor;
use crate::accounts::setup::storefronts::get;
use crate::domain::attribute::Attributes;
use crate::domain::id::{LicenseServerId, StorefrontId};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Product;
use crate::license_servers::remote::Catalog;
use crate::store::{Scope, StoreError};
use crate::web::api::catalog;
use crate::web::api::extract::At;
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::api::products::{Known, load};
use crate::web::api::reason::ReasonView;
use crate::web::auth::{Caller, ConfigRead};
use crate::web::error::Problem;
use crate::web::state::State;

/// A product with what is wrong with it; an empty list is good news.
#[derive(Serialize, ToSchema)]
pub struct CheckedProduct {
    /// The product path at the shop.
    product_path: String,
    /// As the shop displays it.
    display: Option<String>,
    /// What is wrong or missing.
    findings: Vec<ReasonView>,
    /// What is read and changes nothing in this version.
    notes: Vec<String>,
    /// Whether ids were held against the licensing account; false when it did not answer.
    asked_license_server: bool,
}

/// What the licensing account has.
struct Remote {
    products: BTreeSet<String>,
    templates: BTreeSet<String>,
}

/// Every product of a store with what is wrong or missing.
#[utoipa::path(tag = "Set-up", params(("id" = StorefrontId, Path), PageParameters), responses((status = 200, body = Page<CheckedProduct>)))]
#[get("/storefronts/{id}/catalog-check")]
pub async fn check(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<CheckedProduct>>, Problem> {
    let tenant = caller.tenant;
    let vendor = caller.vendor(&state).await?;
    let server = get(&vendor, id).await?.license_server_id;
    let known = state
        .store
        .read(Scope::Tenant(tenant), move |db| load(db, tenant, id))
        .await?;
    // A check without the account is worth more than none.
    let remote = remote(&state, &vendor, server).await.ok();
    let cursor = |known: &Known| Cursor::of_text(&known.product_path);
    let page = listing.try_page_of_all(known, cursor, |known| checked(known, remote.as_ref()))?;
    Ok(Json(page))
}

async fn remote(
    state: &State,
    vendor: &Vendor,
    server: LicenseServerId,
) -> Result<Remote, Problem> {
    let products = catalog::load(state, vendor, server, Catalog::Products).await?;
    let templates = catalog::load(state, vendor, server, Catalog::Templates).await?;
    Ok(Remote {
        products: products.into_iter().map(|item| item.id).collect(),
        templates: templates.into_iter().map(|item| item.id).collect(),
    })
}

fn checked(known: Known, remote: Option<&Remote>) -> Result<CheckedProduct, StoreError> {
    let path = &known.product_path;
    let findings = match known.rules()?.product(path, None) {
        Ok(Product::Licensed(attributes)) => {
            remote.map_or_else(Vec::new, |remote| unknown_ids(path, &attributes, remote))
        }
        Ok(Product::Bundle | Product::Ignored) => Vec::new(),
        Ok(Product::Unmapped) => {
            vec![Reason::new(ReasonCode::ProductNotMapped).with("product", path)]
        }
        Err(invalid) => vec![senseless(path, &invalid.name, &invalid.value)],
    };
    let notes = known.notes()?;
    Ok(CheckedProduct {
        notes,
        findings: findings.iter().map(ReasonView::from).collect(),
        display: known.seen.and_then(|seen| seen.display),
        product_path: known.product_path,
        asked_license_server: remote.is_some(),
    })
}

fn unknown_ids(path: &str, attributes: &Attributes, remote: &Remote) -> Vec<Reason> {
    [
        (
            "product_id",
            &attributes.license_product_id,
            &remote.products,
        ),
        (
            "license_template_id",
            &attributes.license_template_id,
            &remote.templates,
        ),
    ]
    .into_iter()
    .filter_map(|(name, id, known)| {
        let id = id.as_deref()?;
        (!known.contains(id)).then(|| senseless(path, name, id))
    })
    .collect()
}

fn senseless(path: &str, attribute: &str, value: &str) -> Reason {
    Reason::new(ReasonCode::MappingInvalid)
        .with("product", path)
        .with("attribute", attribute)
        .with("value", value)
}
