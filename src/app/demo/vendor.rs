//! The demo's vendor, set up by the same use cases as any other.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use latchkey_sandbox::sample::ids;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::accounts::setup::license_servers::{self, ConnectLicenseServer};
use crate::accounts::setup::mappings::{self, NewMapping};
use crate::accounts::setup::storefronts::{self, ConnectStorefront};
use crate::accounts::setup::{SetUpError, Vendor};
use crate::accounts::tenants::{self, NewTenant};
use crate::app::demo::shop::catalog::{REVERB, STUDIO_LITE, STUDIO_PRO, STUDIO_PRO_YEARLY};
use crate::domain::id::StorefrontId;
use crate::domain::kind::{LicenseServerKind, StorefrontKind};
use crate::domain::mapping::Mapping;
use crate::domain::rules::Mode;
use crate::pipeline::support::token_check;
use crate::store::audit::Actor;
use crate::storefronts::fastspring::pretend::sale::SoldProduct;
use crate::vault::{MasterKeys, random_token};
use crate::web::state::State;

/// Who signs in; the domain belongs to nobody.
pub const EMAIL: &str = "ana@northwind.example";

/// What the demo needs of its vendor.
pub struct DemoVendor {
    /// The owner's password.
    pub password: SecretString,
    /// What the webhook URL ends with.
    pub hook_token: String,
    /// What the shop signs with.
    pub webhook_secret: SecretString,
}

/// Makes the vendor with its account, its store and its products; one product stays without a license.
pub async fn set_up(
    state: &State,
    master_keys: &MasterKeys,
    license_server_url: &str,
) -> Result<DemoVendor> {
    let password: String = random_token().chars().take(16).collect();
    let password = SecretString::from(password);
    let new = NewTenant {
        name: "Northwind Audio".to_owned(),
        email: EMAIL.parse().context("reading the demo's address")?,
        password: password.clone(),
    };
    let now = state.clock.now();
    let created = tenants::create(&state.store, master_keys, new, now).await?;
    let vendor = Vendor {
        tenant: created.tenant,
        keys: state.tenant_keys.of(created.tenant).await?,
        store: state.store.clone(),
        outbound: state.outbound.clone(),
        actor: Actor::Operator,
        now,
    };
    let server = ConnectLicenseServer {
        kind: LicenseServerKind::Cryptlex,
        name: "Sandbox".to_owned(),
        base_url: license_server_url.to_owned(),
        access_token: random_token().into(),
    };
    let server = license_servers::create(&vendor, server).await?;
    let server = token_check::check_changed(state.caller(&vendor), server).await?;
    let store = storefronts::create(
        &vendor,
        ConnectStorefront {
            kind: StorefrontKind::Fastspring,
            name: "northwind.onfastspring.com".to_owned(),
            license_server_id: server.id,
            test_license_server_id: None,
            webhook_secret: None,
            fulfillment_key: None,
            api_username: None,
            api_password: None,
            mode: Mode::Live,
            takeover_at: None,
            // One product has no license yet: that a person must say which one is a sight worth seeing.
            policy: Some(json!({ "unmapped_product": "park" })),
        },
    )
    .await?;
    map_products(&vendor, store.storefront.id).await?;
    Ok(DemoVendor {
        password,
        hook_token: store.hook_token.expose_secret().to_owned(),
        webhook_secret: store
            .generated_secret
            .context("the demo's store has no secret")?,
    })
}

async fn map_products(vendor: &Vendor, storefront: StorefrontId) -> Result<(), SetUpError> {
    let licensed: [(&SoldProduct, &str, &str); 4] = [
        (&STUDIO_PRO, ids::STUDIO_PRO, ids::MONTHLY),
        (&STUDIO_PRO_YEARLY, ids::STUDIO_PRO, ids::YEARLY),
        (&STUDIO_LITE, ids::STUDIO_LITE, ids::MONTHLY),
        (&REVERB, ids::REVERB, ids::PERPETUAL),
    ];
    for (product, license_product, template) in licensed {
        let mapping = Mapping {
            license_product_id: Some(license_product.to_owned()),
            license_template_id: Some(template.to_owned()),
            attributes: BTreeMap::new(),
            ..Mapping::default()
        };
        let new = NewMapping {
            mapping,
            fulfillment_key: None,
        };
        mappings::put(vendor, storefront, &product.path, new).await?;
    }
    Ok(())
}
