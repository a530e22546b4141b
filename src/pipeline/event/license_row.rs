//! The row of a license that is new to us: to be issued, or found at the license server.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::id::CustomerId;
use crate::domain::id::{LicenseServerId, StorefrontId, TenantId};
use crate::domain::license::{License, LicenseState};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, licenses};
use crate::vault::Field;
use crate::vault::TenantKeys;

/// Where a license comes from, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct LicenseOrigin {
    /// The order that brought it.
    pub order_id: Option<OrderId>,
    /// The receipt number of that order.
    pub reference: Option<String>,
    /// The subscription it belongs to.
    pub subscription_id: Option<SubscriptionId>,
    /// Who it is for.
    pub customer_id: Option<CustomerId>,
}

/// The row of a license with its key, sealed, if it has one.
pub fn license_row(
    home: &LicenseHome,
    license: &License,
    key: Option<&SecretString>,
    origin: LicenseOrigin,
    now: Timestamp,
) -> Result<licenses::Row, StoreError> {
    let key = key.map(|key| key.expose_secret());
    let field = Field::LicenseKey(license.id);
    let given = serde_json::to_string(&license.given)
        .map_err(|error| StoreError::corrupt("licenses.given", error))?;
    let shown = license
        .shown
        .as_ref()
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| StoreError::corrupt("licenses.shown", error))?;
    let mut row = licenses::Row {
        tenant_id: home.tenant,
        id: license.id,
        storefront_id: home.storefront,
        license_server_id: home.server,
        root_kind: String::new(),
        root: String::new(),
        slot: String::new(),
        unit: 0,
        generation: 0,
        product_path: license.product_path.clone(),
        order_id: origin.order_id,
        reference: origin.reference,
        subscription_id: origin.subscription_id,
        customer_id: origin.customer_id,
        key_hash: key.map(|key| home.keys.license_key_term(key).0.to_vec()),
        key_sealed: key.map(|key| home.keys.seal(field.place(), key.as_bytes())),
        remote_id: license.remote_id.clone(),
        given,
        expires_at: license.shown.as_ref().and_then(|shown| shown.expires_at),
        shown,
        is_adopted: license.is_adopted,
        deleted_at: license.deleted_at,
        busy_effect_id: None,
        busy_since: None,
        verified_at: None,
        changed_by_hand_at: None,
        state: match license.state(now) {
            LicenseState::Expired => LicenseState::Active,
            state => state,
        },
        live: home.is_live,
        created_at: now,
        updated_at: now,
    };
    row.set_identity(&license.identity);
    Ok(row)
}

/// Where licenses that are new to us belong.
#[derive(Clone)]
pub struct LicenseHome {
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// The account that they live in.
    pub server: LicenseServerId,
    pub keys: Arc<TenantKeys>,
    /// Whether real money moved.
    pub is_live: bool,
}
