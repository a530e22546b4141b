//! What each product of a store gives.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::setup::mappings::{self as use_cases, NewMapping};
use crate::domain::attribute::Vocabulary;
use crate::domain::id::{MappingId, StorefrontId};
use crate::domain::mapping::KeyGiver;
use crate::domain::mapping::Mapping;
use crate::domain::time::Timestamp;
use crate::store::{StoreError, mappings as rows};
use crate::web::api::extract::{At, Body};
use crate::web::api::fields::clearable;
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::api::secret::{Secret, unwrapped_twice};
use crate::web::auth::{Caller, ConfigRead, ConfigWrite};
use crate::web::error::Problem;
use crate::web::state::State;

/// What a product path gives.
#[derive(Serialize, ToSchema)]
#[schema(as = Mapping)]
pub struct MappingView {
    id: MappingId,
    /// The product path at the shop.
    product_path: String,
    /// The product at the licensing service.
    license_product_id: Option<String>,
    /// The template there; `null` = the product's own.
    license_template_id: Option<String>,
    /// Further attributes, named without `cryptlex_`.
    attributes: BTreeMap<String, String>,
    /// The pattern of keys; `null` = the usual one.
    key_mask: Option<String>,
    /// Who gives buyers the key, where Latchkey cannot see it; `null` = nothing was said.
    #[schema(value_type = Option<String>, example = "license_server")]
    key_delivery: Option<KeyGiver>,
    /// Whether the product never gives a license.
    ignore: bool,
    /// Whether requests for keys of this product have a key of their own.
    has_fulfillment_key: bool,
    /// What is said here and changes nothing in this version.
    notes: Vec<String>,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// What a product path is to give.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingBody {
    /// The product at the licensing service; needed unless the shop names it, or the product is a bundle, a feature or ignored.
    license_product_id: Option<String>,
    /// The template there; left out = the product's own.
    license_template_id: Option<String>,
    /// Further attributes, named without `cryptlex_`; values are texts.
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    /// What the shop signs requests for keys of this product with; left out stays, `null` takes away.
    #[serde(default, deserialize_with = "clearable")]
    fulfillment_key: Option<Option<Secret>>,
    /// The pattern of keys, at least 24 times `X`.
    key_mask: Option<String>,
    /// Who gives buyers the key, where Latchkey cannot see it: `license_server` (by mail), `vendor`, or `shop` (its own
    /// generator; the licenses of its keys are adopted).
    #[schema(value_type = Option<String>, example = "license_server")]
    key_delivery: Option<KeyGiver>,
    /// Whether the product never gives a license.
    #[serde(default)]
    ignore: bool,
}

/// Every mapping of a store, by product path.
#[utoipa::path(get, path = "/storefronts/{id}/mappings", tag = "Set-up", params(("id" = StorefrontId, Path), PageParameters), responses((status = 200, body = Page<MappingView>)))]
pub async fn list(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<MappingView>>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let mappings = use_cases::list(&vendor, id).await?;
    let vocabulary = use_cases::vocabulary(&vendor, id).await?;
    let views = mappings
        .into_iter()
        .map(|row| view(vocabulary, row))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let cursor = |view: &MappingView| Cursor::of_text(&view.product_path);
    Ok(Json(listing.page_of_all(views, cursor, |view| view)))
}

/// Says what a product gives; orders that waited for it are served at once.
#[utoipa::path(put, path = "/storefronts/{id}/mappings/{product_path}", tag = "Set-up", params(("id" = StorefrontId, Path), ("product_path" = String, Path)), request_body = MappingBody, responses((status = 200, body = MappingView)))]
pub async fn put(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At((id, product_path)): At<(StorefrontId, String)>,
    Body(body): Body<MappingBody>,
) -> Result<Json<MappingView>, Problem> {
    let new = NewMapping {
        mapping: Mapping {
            license_product_id: body.license_product_id,
            license_template_id: body.license_template_id,
            attributes: body.attributes,
            key_mask: body.key_mask,
            key_delivery: body.key_delivery,
            ignore: body.ignore,
        },
        fulfillment_key: unwrapped_twice(body.fulfillment_key),
    };
    let vendor = caller.vendor(&state).await?;
    let row = use_cases::put(&vendor, id, &product_path, new).await?;
    state.wake.notify_one();
    let vocabulary = use_cases::vocabulary(&vendor, id).await?;
    Ok(Json(view(vocabulary, row)?))
}

/// Takes a mapping away; the product's own attributes count again.
#[utoipa::path(delete, path = "/storefronts/{id}/mappings/{product_path}", tag = "Set-up", params(("id" = StorefrontId, Path), ("product_path" = String, Path)), responses((status = 204)))]
pub async fn remove(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At((id, product_path)): At<(StorefrontId, String)>,
) -> Result<HttpResponse, Problem> {
    use_cases::delete(&caller.vendor(&state).await?, id, &product_path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A mapping as the API shows it.
pub fn view(vocabulary: &Vocabulary, row: rows::Mapping) -> Result<MappingView, StoreError> {
    let mapping: Mapping = serde_json::from_str(&row.mapping)
        .map_err(|error| StoreError::corrupt("mappings.mapping", error))?;
    Ok(MappingView {
        id: row.id,
        product_path: row.product_path,
        license_product_id: mapping.license_product_id,
        license_template_id: mapping.license_template_id,
        notes: vocabulary.notes(mapping.attributes.keys().map(String::as_str)),
        attributes: mapping.attributes,
        key_mask: mapping.key_mask,
        key_delivery: mapping.key_delivery,
        ignore: mapping.ignore,
        has_fulfillment_key: row.fulfillment_key_sealed.is_some(),
        updated_at: row.updated_at,
    })
}
