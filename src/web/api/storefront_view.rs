//! A store as the API shows it.

use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::accounts::setup::Vendor;
use crate::accounts::setup::shop_credentials::has_credentials;
use crate::accounts::setup::storefront_secrets::hook_token;
use crate::accounts::setup::storefronts::policy_of;
use crate::domain::id::{LicenseServerId, StorefrontId};
use crate::domain::kind::StorefrontKind;
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::store::storefronts::Storefront;
use crate::web::api::check_api::ShopApiView;
use crate::web::api::schema::FreeObject;
use crate::web::error::Problem;

/// A store at the shop. Its secrets are never shown, save one that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = Storefront)]
pub struct StorefrontView {
    /// Its id.
    pub(super) id: StorefrontId,
    /// Its kind.
    #[schema(value_type = StorefrontKind, example = "fastspring")]
    kind: &'static str,
    /// As people call it.
    name: String,
    /// Where its licenses live.
    license_server_id: LicenseServerId,
    /// Where licenses of test orders live, if elsewhere.
    test_license_server_id: Option<LicenseServerId>,
    /// Where the shop posts its events.
    webhook_url: String,
    /// Where the shop asks for the keys of a receipt; a product path may follow, as in `…/license/studio-pro`.
    fulfillment_url: String,
    /// `live`, `shadow` or `paused`.
    #[schema(value_type = Mode)]
    mode: &'static str,
    /// When it was switched over from another system.
    takeover_at: Option<Timestamp>,
    /// Every field of the rules.
    #[schema(value_type = FreeObject)]
    policy: Value,
    /// Whether requests for keys can be checked.
    has_fulfillment_key: bool,
    /// Whether the shop's API can be asked.
    has_api_credentials: bool,
    /// How its credentials for the shop's API stand; only where one store is shown, and has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shop_api: Option<ShopApiView>,
    /// Types of events that licenses depend on and that never came: not ticked at the shop, or they never happened.
    /// Only where one store is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_types_never_seen: Option<Vec<&'static str>>,
    /// When it was connected.
    created_at: Timestamp,
    /// When its last event came.
    last_event_at: Option<Timestamp>,
    /// What a change of the rules means for the licenses that are there; only right after one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    /// What the shop signs with; only when it was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) webhook_secret: Option<String>,
}

/// A store as the API shows it.
pub fn view(
    vendor: &Vendor,
    public_url: &str,
    storefront: Storefront,
) -> Result<StorefrontView, Problem> {
    let token = hook_token(vendor, &storefront)?;
    let webhook_url = format!("{public_url}/hooks/{}", token.expose_secret());
    Ok(StorefrontView {
        id: storefront.id,
        kind: storefront.kind.as_str(),
        policy: policy_of(&storefront)?.to_json(),
        license_server_id: storefront.license_server_id,
        test_license_server_id: storefront.test_license_server_id,
        fulfillment_url: format!("{webhook_url}/license"),
        webhook_url,
        takeover_at: storefront.takeover_at,
        has_fulfillment_key: storefront.fulfillment_key_sealed.is_some(),
        has_api_credentials: has_credentials(&storefront),
        created_at: storefront.created_at,
        last_event_at: storefront.last_event_at,
        name: storefront.name,
        mode: storefront.mode.as_str(),
        note: None,
        webhook_secret: None,
        shop_api: None,
        event_types_never_seen: None,
    })
}
