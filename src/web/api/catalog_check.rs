//! What is wrong or missing in what products give, also as seen from the licensing account.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::catalog_check::Finding;
use crate::domain::id::StorefrontId;
use crate::pipeline::reconcile::catalog_check::CheckedProduct;
use crate::web::api::extract::At;
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::auth::{Caller, ConfigRead};
use crate::web::error::Problem;
use crate::web::state::State;

/// A product with what is wrong with it; an empty list is good news.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckedProduct)]
pub struct CheckedView {
    /// The product path at the shop.
    product_path: String,
    /// As the shop displays it.
    display: Option<String>,
    /// What is wrong or missing.
    findings: Vec<FindingView>,
    /// Attributes that do not always count, and when they do.
    notes: Vec<String>,
    /// Whether ids were held against the licensing account; false when it did not answer.
    asked_license_server: bool,
}

/// Something that is wrong or missing, in plain words.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    /// What kind it is: a reason's code, or `attribute_unknown`, `value_required`, `seats_uncounted`,
    /// `key_not_delivered`.
    #[schema(example = "value_required")]
    code: String,
    /// What it is.
    text: String,
    /// What to do about it.
    fix: String,
}

/// Every product of a store with what is wrong or missing.
#[utoipa::path(get, path = "/storefronts/{id}/catalog-check", tag = "Set-up", params(("id" = StorefrontId, Path), PageParameters), responses((status = 200, body = Page<CheckedView>)))]
pub async fn check(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<CheckedView>>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let caller = state.caller(&vendor);
    let _permit = state.pipeline.checking.try_admit(caller.tenant)?;
    let check = state.pipeline.check_products(caller, id).await?;
    let asked = check.asked_license_server;
    let cursor = |product: &CheckedProduct| Cursor::of_text(&product.path);
    let page = listing.page_of_all(check.products, cursor, |product| view(product, asked));
    Ok(Json(page))
}

fn view(product: CheckedProduct, asked_license_server: bool) -> CheckedView {
    CheckedView {
        product_path: product.path,
        display: product.display,
        findings: product
            .findings
            .into_iter()
            .map(FindingView::from)
            .collect(),
        notes: product.notes,
        asked_license_server,
    }
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.code,
            text: finding.text,
            fix: finding.fix,
        }
    }
}
