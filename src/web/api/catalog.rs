//! What an account at a licensing service has to choose from when products are mapped.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::setup::Vendor;
use crate::domain::id::LicenseServerId;
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::web::api::extract::At;
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::auth::{Caller, ConfigRead};
use crate::web::error::Problem;
use crate::web::state::State;

/// Pages of a hundred that are read of one list; nobody chooses from more by hand.
const MOST_PAGES: u32 = 20;

/// Something to choose in a mapping.
#[derive(Serialize, ToSchema)]
pub struct Choice {
    /// Its id at the licensing service.
    id: String,
    /// The name by which programs know it.
    name: String,
    /// The name by which people know it.
    display_name: String,
}

/// Products.
#[utoipa::path(get, path = "/license-servers/{id}/products", tag = "Set-up", params(("id" = LicenseServerId, Path), PageParameters), responses((status = 200, body = Page<Choice>)))]
pub async fn products(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<Choice>>, Problem> {
    choices(&caller, &state, id, (Catalog::Products, listing)).await
}

/// License templates.
#[utoipa::path(get, path = "/license-servers/{id}/templates", tag = "Set-up", params(("id" = LicenseServerId, Path), PageParameters), responses((status = 200, body = Page<Choice>)))]
pub async fn templates(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<Choice>>, Problem> {
    choices(&caller, &state, id, (Catalog::Templates, listing)).await
}

/// Entitlement sets.
#[utoipa::path(get, path = "/license-servers/{id}/entitlement-sets", tag = "Set-up", params(("id" = LicenseServerId, Path), PageParameters), responses((status = 200, body = Page<Choice>)))]
pub async fn entitlement_sets(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<Choice>>, Problem> {
    choices(&caller, &state, id, (Catalog::EntitlementSets, listing)).await
}

/// Features.
#[utoipa::path(get, path = "/license-servers/{id}/features", tag = "Set-up", params(("id" = LicenseServerId, Path), PageParameters), responses((status = 200, body = Page<Choice>)))]
pub async fn features(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<Choice>>, Problem> {
    choices(&caller, &state, id, (Catalog::Features, listing)).await
}

/// Everything that an account has to choose from, page by page within the budget.
pub async fn load(
    state: &State,
    vendor: &Vendor,
    id: LicenseServerId,
    catalog: Catalog,
) -> Result<Vec<CatalogItem>, Problem> {
    let caller = state.caller(vendor);
    let account = caller.account(id).await?;
    let mut items = Vec::new();
    for number in 1..=MOST_PAGES {
        let asked = caller.call(&account, |client| client.list_catalog(catalog, number));
        let page = asked.await?.result?;
        items.extend(page.items);
        if page.is_last {
            break;
        }
    }
    Ok(items)
}

async fn choices(
    caller: &Caller<ConfigRead>,
    state: &State,
    id: LicenseServerId,
    (catalog, listing): (Catalog, Listing<NoFilter>),
) -> Result<Json<Page<Choice>>, Problem> {
    let vendor = caller.vendor(state).await?;
    let mut items = load(state, &vendor, id, catalog).await?;
    items.sort_by(|one, other| one.id.cmp(&other.id));
    let page = listing.page_of_all(
        items,
        |item| Cursor::of_text(&item.id),
        |item| Choice {
            id: item.id,
            name: item.name,
            display_name: item.display_name,
        },
    );
    Ok(Json(page))
}
