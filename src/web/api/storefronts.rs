//! Stores at the shop.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::accounts::setup::arrivals::arrivals;
use crate::accounts::setup::storefronts::{self as use_cases, StorefrontEdit};
use crate::domain::id::{LicenseServerId, StorefrontId};
use crate::domain::kind::StorefrontKind;
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::web::api::extract::{At, Body};
use crate::web::api::fields::clearable;
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::api::schema::FreeObject;
use crate::web::api::secret::{Secret, unwrapped, unwrapped_twice};
use crate::web::api::storefront_view::{StorefrontView, view};
use crate::web::auth::{Caller, ConfigRead, ConfigWrite};
use crate::web::error::Problem;
use crate::web::state::State;
use crate::web::words::rules_note;

/// A store that is to be connected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStorefront {
    /// Its kind: `fastspring`.
    #[schema(value_type = StorefrontKind, example = "fastspring")]
    kind: StorefrontKind,
    /// As people call it.
    name: String,
    /// Where its licenses live.
    license_server_id: LicenseServerId,
    /// Where licenses of test orders live, if elsewhere.
    test_license_server_id: Option<LicenseServerId>,
    /// What the shop signs webhooks with; made and answered once when left out.
    webhook_secret: Option<Secret>,
    /// What the shop signs requests for keys with.
    fulfillment_key: Option<Secret>,
    /// Name for the shop's API.
    api_username: Option<Secret>,
    /// Password for the shop's API.
    api_password: Option<Secret>,
    /// `live` acts, `shadow` plans and sends nothing, `paused` keeps and does nothing.
    #[serde(default)]
    #[schema(value_type = Option<Mode>, example = "live")]
    mode: Mode,
    /// When the store was switched over from another system.
    takeover_at: Option<Timestamp>,
    /// A `preset` (`cryptlex`, `recommended`, `licensespring`) and single fields.
    #[schema(value_type = Option<FreeObject>)]
    policy: Option<Value>,
}

/// What changes of a store; what is left out stays, `null` takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StorefrontChange {
    /// As people call it.
    name: Option<String>,
    /// Where its licenses live.
    license_server_id: Option<LicenseServerId>,
    /// Where licenses of test orders live.
    #[serde(default, deserialize_with = "clearable")]
    test_license_server_id: Option<Option<LicenseServerId>>,
    /// What the shop signs requests for keys with.
    #[serde(default, deserialize_with = "clearable")]
    fulfillment_key: Option<Option<Secret>>,
    /// Name for the shop's API.
    #[serde(default, deserialize_with = "clearable")]
    api_username: Option<Option<Secret>>,
    /// Password for the shop's API.
    #[serde(default, deserialize_with = "clearable")]
    api_password: Option<Option<Secret>>,
    /// `live`, `shadow` or `paused`; what was held goes on when it is no longer paused.
    #[schema(value_type = Option<Mode>)]
    mode: Option<Mode>,
    /// When the store was switched over from another system.
    #[serde(default, deserialize_with = "clearable")]
    takeover_at: Option<Option<Timestamp>>,
    /// Fields that change; a `preset` sets every field.
    #[schema(value_type = Option<FreeObject>)]
    policy: Option<Value>,
}

/// Connects a store, with a webhook URL of its own.
#[utoipa::path(post, path = "/storefronts", tag = "Set-up", request_body = NewStorefront, responses((status = 201, body = StorefrontView)))]
pub async fn create(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    Body(new): Body<NewStorefront>,
) -> Result<HttpResponse, Problem> {
    let vendor = caller.vendor(&state).await?;
    let created = use_cases::create(
        &vendor,
        use_cases::ConnectStorefront {
            kind: new.kind,
            name: new.name,
            license_server_id: new.license_server_id,
            test_license_server_id: new.test_license_server_id,
            webhook_secret: unwrapped(new.webhook_secret),
            fulfillment_key: unwrapped(new.fulfillment_key),
            api_username: unwrapped(new.api_username),
            api_password: unwrapped(new.api_password),
            mode: new.mode,
            takeover_at: new.takeover_at,
            policy: new.policy,
        },
    )
    .await?;
    let mut view = view(&vendor, &state.public_url, created.storefront)?;
    view.webhook_secret = created
        .generated_secret
        .map(|secret| secret.expose_secret().to_owned());
    Ok(HttpResponse::Created().json(view))
}

/// Every store, the oldest first.
#[utoipa::path(get, path = "/storefronts", tag = "Set-up", params(PageParameters), responses((status = 200, body = Page<StorefrontView>)))]
pub async fn list(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<StorefrontView>>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let storefronts = use_cases::list(&vendor).await?;
    let views = storefronts
        .into_iter()
        .map(|storefront| view(&vendor, &state.public_url, storefront))
        .collect::<Result<Vec<_>, Problem>>()?;
    let page = listing.page_of_all(views, |view| Cursor::of_text(view.id), |view| view);
    Ok(Json(page))
}

/// One store.
#[utoipa::path(get, path = "/storefronts/{id}", tag = "Set-up", params(("id" = StorefrontId, Path)), responses((status = 200, body = StorefrontView)))]
pub async fn show(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<StorefrontId>,
) -> Result<Json<StorefrontView>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let storefront = use_cases::get(&vendor, id).await?;
    let kind = storefront.kind;
    let (shop_api, never_seen) = arrivals(&vendor, (id, kind)).await?;
    let mut view = view(&vendor, &state.public_url, storefront)?;
    view.shop_api = shop_api.map(Into::into);
    view.event_types_never_seen = Some(never_seen);
    Ok(Json(view))
}

/// Changes a store. New rules hold for what comes from now on.
#[utoipa::path(patch, path = "/storefronts/{id}", tag = "Set-up", params(("id" = StorefrontId, Path)), request_body = StorefrontChange, responses((status = 200, body = StorefrontView)))]
pub async fn change(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    Body(body): Body<StorefrontChange>,
) -> Result<Json<StorefrontView>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let edit = StorefrontEdit {
        name: body.name,
        license_server_id: body.license_server_id,
        test_license_server_id: body.test_license_server_id,
        fulfillment_key: unwrapped_twice(body.fulfillment_key),
        api_username: unwrapped_twice(body.api_username),
        api_password: unwrapped_twice(body.api_password),
        mode: body.mode,
        takeover_at: body.takeover_at,
        policy: body.policy,
    };
    let has_new_rules = edit.policy.is_some();
    let storefront = use_cases::change(&vendor, id, edit).await?;
    state.storefront_changed();
    let mut view = view(&vendor, &state.public_url, storefront)?;
    if has_new_rules {
        view.note = Some(rules_note(use_cases::count_licenses(&vendor, id).await?));
    }
    Ok(Json(view))
}

/// Removes a store; its webhook URL is unknown from then on.
#[utoipa::path(delete, path = "/storefronts/{id}", tag = "Set-up", params(("id" = StorefrontId, Path)), responses((status = 204)))]
pub async fn remove(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<StorefrontId>,
) -> Result<HttpResponse, Problem> {
    use_cases::delete(&caller.vendor(&state).await?, id).await?;
    state.storefront_changed();
    Ok(HttpResponse::NoContent().finish())
}
