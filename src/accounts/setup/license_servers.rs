//! Accounts at a license server: connect, change, remove.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::accounts::new_id;
use crate::accounts::setup::secrets::pasted;
use crate::accounts::setup::{FieldError, SetUpError, Vendor, all_right, checked, name};
use crate::domain::act::Act;
use crate::domain::id::LicenseServerId;
use crate::domain::kind::LicenseServerKind;
use crate::license_servers::base_url::BaseUrl;
use crate::store::license_servers::{LicenseServer, LicenseServerUpdate, ServerState};
use crate::store::{StoreError, holds, license_servers, storefronts};
use crate::vault::AccessToken;

/// Why an address does not change alone.
const TOKEN_FOR_ADDRESS: &str =
    "paste the access token too; the one that is kept is for the old address only";

/// An account that is to be connected.
pub struct ConnectLicenseServer {
    /// Its kind.
    pub kind: LicenseServerKind,
    /// As people call it.
    pub name: String,
    /// Its address, with or without a version.
    pub base_url: String,
    /// Its token.
    pub access_token: SecretString,
}

/// What may be changed of an account; what is absent stays.
#[derive(Default)]
pub struct LicenseServerEdit {
    /// As people call it.
    pub name: Option<String>,
    /// Its address; a new one needs a token too, since the one that is kept belongs to the old address.
    pub base_url: Option<String>,
    /// A new token, which lets everything go on that waited for one.
    pub access_token: Option<SecretString>,
}

/// Connects an account, whose token nobody has checked yet.
pub async fn create(
    vendor: &Vendor,
    new: ConnectLicenseServer,
) -> Result<LicenseServer, SetUpError> {
    let mut errors = Vec::new();
    let name = checked(name(&new.name), &mut errors);
    let base_url = checked(base_url(vendor, &new.base_url), &mut errors);
    let token = checked(pasted("access_token", &new.access_token), &mut errors);
    let (Some(name), Some(base_url), Some(token)) = (name, base_url, token) else {
        return Err(SetUpError::Invalid(errors));
    };
    let id = LicenseServerId::from_uuid(new_id(vendor.now));
    let server = LicenseServer {
        tenant_id: vendor.tenant,
        id,
        kind: new.kind,
        name,
        base_url: base_url.to_string(),
        access_token_sealed: seal_token(vendor, (id, &base_url), &token),
        token_version: 1,
        state: ServerState::Unchecked,
        scopes: String::new(),
        missing_scopes: String::new(),
        checked_at: None,
        created_at: vendor.now,
        deleted_at: None,
        failures_in_row: 0,
        last_success_at: None,
        broken_since: None,
        held_since: None,
        held_reason: None,
        next_probe_at: None,
    };
    let author = vendor.author();
    vendor
        .write(move |db| {
            license_servers::create(db, &server)?;
            let details = json!({ "name": server.name, "base_url": server.base_url });
            author.record(db, Act::LicenseServerCreate, id, &details)
        })
        .await?;
    get(vendor, id).await
}

/// The account; an error when it is not there.
pub async fn get(vendor: &Vendor, id: LicenseServerId) -> Result<LicenseServer, SetUpError> {
    let tenant = vendor.tenant;
    vendor
        .read(move |db| license_servers::find(db, tenant, id))
        .await?
        .ok_or(SetUpError::NotFound)
}

/// All accounts, the oldest first.
pub async fn list(vendor: &Vendor) -> Result<Vec<LicenseServer>, SetUpError> {
    let tenant = vendor.tenant;
    vendor
        .read(move |db| license_servers::list(db, tenant))
        .await
}

/// Changes an account; where its token changed, it is unchecked from then on, and what waited for it goes on.
pub async fn change(
    vendor: &Vendor,
    id: LicenseServerId,
    edit: LicenseServerEdit,
) -> Result<LicenseServer, SetUpError> {
    let known = get(vendor, id).await?;
    let mut errors = Vec::new();
    let name = edit.name.map(|text| checked(name(&text), &mut errors));
    let base_url = edit
        .base_url
        .map(|text| checked(base_url(vendor, &text), &mut errors));
    let token = edit
        .access_token
        .as_ref()
        .map(|token| checked(pasted("access_token", token), &mut errors));
    let (base_url, token) = (base_url.flatten(), token.flatten());
    let is_moved = base_url
        .as_ref()
        .is_some_and(|url| url.as_str() != known.base_url);
    if is_moved && edit.access_token.is_none() {
        errors.push(FieldError::new("access_token", TOKEN_FOR_ADDRESS));
    }
    all_right(errors)?;
    let address = match &base_url {
        Some(url) => url.clone(),
        None => BaseUrl::parse(&known.base_url)
            .map_err(|error| StoreError::corrupt("license_servers.base_url", error))?,
    };
    let name = name.flatten();
    let details = json!({
        "name": name, "base_url": base_url.as_ref().map(BaseUrl::as_str),
        "access_token": token.as_ref().map(|_| "replaced"),
    });
    let is_token_new = token.is_some();
    let change = LicenseServerUpdate {
        name,
        // Written beside each token, so that one never stands beside another address than it is bound to.
        base_url: is_token_new.then(|| address.to_string()),
        access_token_sealed: token.map(|token| seal_token(vendor, (id, &address), &token)),
        token_version: is_token_new.then_some(known.token_version + 1),
        state: is_token_new.then_some(ServerState::Unchecked),
    };
    let (tenant, now, author) = (vendor.tenant, vendor.now, vendor.author());
    vendor
        .write(move |db| {
            license_servers::change(db, tenant, id, &change)?;
            if is_token_new {
                holds::lift(db, tenant, id, now)?;
            }
            author.record(db, Act::LicenseServerChange, id, &details)
        })
        .await?;
    get(vendor, id).await
}

/// Removes an account; refused while a storefront uses it.
pub async fn delete(vendor: &Vendor, id: LicenseServerId) -> Result<(), SetUpError> {
    let (tenant, now, author) = (vendor.tenant, vendor.now, vendor.author());
    let is_deleted = vendor
        .write(move |db| {
            if storefronts::uses_license_server(db, tenant, id)? {
                return Ok::<_, StoreError>(false);
            }
            license_servers::delete(db, tenant, id, now)?;
            author.record(db, Act::LicenseServerDelete, id, &json!({}))?;
            Ok(true)
        })
        .await?;
    if is_deleted {
        return Ok(());
    }
    Err(SetUpError::InUse(
        "a store uses this account; give the store another one or remove the store first",
    ))
}

fn base_url(vendor: &Vendor, text: &str) -> Result<BaseUrl, FieldError> {
    let refused = |message: &dyn std::fmt::Display| FieldError::new("base_url", message);
    let base_url = BaseUrl::parse(text).map_err(|error| refused(&error))?;
    let url = base_url
        .as_str()
        .parse()
        .map_err(|error: url::ParseError| refused(&error))?;
    vendor
        .outbound
        .check_url(&url)
        .map_err(|error| refused(&error))?;
    Ok(base_url)
}

fn seal_token(
    vendor: &Vendor,
    (account, base_url): (LicenseServerId, &BaseUrl),
    token: &SecretString,
) -> Vec<u8> {
    let base_url = base_url.as_str();
    let place = AccessToken { account, base_url };
    vendor
        .keys
        .seal(place.place(), token.expose_secret().as_bytes())
}
