//! Stores at the shop.

use diesel::prelude::*;
use diesel::{insert_into, update};
use strum::VariantArray as _;

use crate::domain::id::{LicenseServerId, StorefrontId, TenantId};
use crate::domain::kind::{LicenseServerKind, StorefrontKind};
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::{license_servers, storefronts};
use crate::store::tenants::{self, present};

/// A store at the shop.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = storefronts, treat_none_as_default_value = false)]
pub struct Storefront {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: StorefrontId,
    /// Its kind.
    pub kind: StorefrontKind,
    /// As people call it.
    pub name: String,
    /// The account at the license server.
    pub license_server_id: LicenseServerId,
    /// The account for test orders.
    pub test_license_server_id: Option<LicenseServerId>,
    /// Hash of the token in the webhook URL.
    pub hook_token_hash: Vec<u8>,
    /// That token, sealed.
    pub hook_token_sealed: Vec<u8>,
    /// What the shop signs with, sealed.
    pub webhook_secret_sealed: Vec<u8>,
    /// The secret before it, sealed.
    pub previous_secret_sealed: Option<Vec<u8>>,
    /// Until when that one is believed.
    pub previous_secret_until: Option<Timestamp>,
    /// What signs license requests, sealed.
    pub fulfillment_key_sealed: Option<Vec<u8>>,
    /// Name for the shop's API, sealed.
    pub api_username_sealed: Option<Vec<u8>>,
    /// Password for the shop's API, sealed.
    pub api_password_sealed: Option<Vec<u8>>,
    /// What it does with what arrives.
    pub mode: Mode,
    /// When it was switched over from another system.
    pub takeover_at: Option<Timestamp>,
    /// The rules, as JSON.
    pub policy: String,
    /// When rules or mappings last changed.
    pub rules_changed_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was removed.
    pub deleted_at: Option<Timestamp>,
    /// When its last event came.
    pub last_event_at: Option<Timestamp>,
}

/// What must be known of a store to take in what its shop sends.
#[derive(Debug, Clone, Queryable)]
pub struct StorefrontHook {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store.
    pub storefront_id: StorefrontId,
    /// Its kind.
    pub kind: StorefrontKind,
    /// What the shop signs with, sealed.
    pub webhook_secret_sealed: Vec<u8>,
    /// The secret before it, sealed.
    pub previous_secret_sealed: Option<Vec<u8>>,
    /// Until when that one is believed.
    pub previous_secret_until: Option<Timestamp>,
    /// Whether what comes waits until the store is resumed.
    pub is_paused: bool,
}

/// What may be edited; `None` leaves it as it is.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = storefronts)]
pub struct StorefrontUpdate {
    /// As people call it.
    pub name: Option<String>,
    /// The account at the license server.
    pub license_server_id: Option<LicenseServerId>,
    /// The account for test orders.
    pub test_license_server_id: Option<Option<LicenseServerId>>,
    /// What signs license requests, sealed.
    pub fulfillment_key_sealed: Option<Option<Vec<u8>>>,
    /// Name for the shop's API, sealed.
    pub api_username_sealed: Option<Option<Vec<u8>>>,
    /// Password for the shop's API, sealed.
    pub api_password_sealed: Option<Option<Vec<u8>>>,
    /// What it does with what arrives.
    pub mode: Option<Mode>,
    /// When it was switched over from another system.
    pub takeover_at: Option<Option<Timestamp>>,
    /// The rules, as JSON.
    pub policy: Option<String>,
    /// When rules or mappings last changed.
    pub rules_changed_at: Option<Timestamp>,
}

/// A new secret. What is `None` is written too: nothing is believed beside it.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = storefronts, treat_none_as_null = true)]
pub struct SecretRotation {
    /// What the shop signs with, sealed.
    pub webhook_secret_sealed: Vec<u8>,
    /// The secret before it, sealed.
    pub previous_secret_sealed: Option<Vec<u8>>,
    /// Until when that one is believed.
    pub previous_secret_until: Option<Timestamp>,
}

/// Adds a store; a conflict when its license server is not there.
pub fn create(db: &mut Db, storefront: &Storefront) -> Result<(), StoreError> {
    insert_into(storefronts::table)
        .values(storefront)
        .execute(db)?;
    Ok(())
}

/// The store; `None` when it is not there or was removed.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<Option<Storefront>, StoreError> {
    Ok(storefronts::table
        .find((tenant, storefront))
        .filter(storefronts::deleted_at.is_null())
        .first(db)
        .optional()?)
}

/// The door of a hook's token; `None` when the store is not there or was removed.
///
/// A mode that this version does not know keeps nothing out: what comes is stored, and left to a newer version.
pub fn find_hook_across_tenants(
    db: &mut Db,
    hook_token_hash: &[u8; 32],
) -> Result<Option<StorefrontHook>, StoreError> {
    Ok(storefronts::table
        .filter(storefronts::hook_token_hash.eq(hook_token_hash.as_slice()))
        .filter(storefronts::deleted_at.is_null())
        .select((
            storefronts::tenant_id,
            storefronts::id,
            storefronts::kind,
            storefronts::webhook_secret_sealed,
            storefronts::previous_secret_sealed,
            storefronts::previous_secret_until,
            storefronts::mode.eq(Mode::Paused),
        ))
        .first(db)
        .optional()?)
}

/// A tenant's stores, the oldest first.
pub fn list(db: &mut Db, tenant: TenantId) -> Result<Vec<Storefront>, StoreError> {
    Ok(storefronts::table
        .filter(storefronts::tenant_id.eq(tenant))
        .filter(storefronts::deleted_at.is_null())
        .order(storefronts::id)
        .load(db)?)
}

/// Stores that were changed since then and are not paused.
pub fn list_resumed_across_tenants(
    db: &mut Db,
    since: Timestamp,
) -> Result<Vec<(TenantId, StorefrontId)>, StoreError> {
    Ok(storefronts::table
        .filter(storefronts::rules_changed_at.ge(since))
        .filter(storefronts::mode.ne(Mode::Paused))
        .filter(storefronts::deleted_at.is_null())
        .select((storefronts::tenant_id, storefronts::id))
        .load(db)?)
}

/// Every store that is acted for, but those that a newer version must act for.
pub fn list_across_tenants(db: &mut Db) -> Result<Vec<Storefront>, StoreError> {
    Ok(storefronts::table
        .filter(storefronts::kind.eq_any(StorefrontKind::VARIANTS.iter().copied()))
        .filter(storefronts::mode.eq_any(Mode::VARIANTS.iter().copied()))
        .filter(storefronts::tenant_id.eq_any(tenants::acted_for()))
        .filter(storefronts::deleted_at.is_null())
        .load(db)?)
}

/// The kinds of license server that a tenant's stores speak to; of removed stores too.
pub fn list_license_server_kinds(
    db: &mut Db,
    tenant: TenantId,
) -> Result<Vec<(StorefrontId, LicenseServerKind)>, StoreError> {
    let account = license_servers::tenant_id
        .eq(storefronts::tenant_id)
        .and(license_servers::id.eq(storefronts::license_server_id));
    Ok(storefronts::table
        .inner_join(license_servers::table.on(account))
        .filter(storefronts::tenant_id.eq(tenant))
        .select((storefronts::id, license_servers::kind))
        .load(db)?)
}

/// Whether any store uses an account at a license server.
pub fn uses_license_server(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
) -> Result<bool, StoreError> {
    let users = storefronts::table
        .filter(storefronts::tenant_id.eq(tenant))
        .filter(storefronts::deleted_at.is_null())
        .filter(
            storefronts::license_server_id
                .eq(server)
                .or(storefronts::test_license_server_id.eq(server)),
        );
    let count: i64 = users.count().get_result(db)?;
    Ok(count > 0)
}

/// Edits a store; an error when it is not there.
pub fn change(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    change: &StorefrontUpdate,
) -> Result<(), StoreError> {
    let one = storefronts::table
        .find((tenant, storefront))
        .filter(storefronts::deleted_at.is_null());
    let found: i64 = one.count().get_result(db)?;
    match update(one).set(change).execute(db) {
        // A change of nothing is no statement.
        Ok(_) | Err(diesel::result::Error::QueryBuilderError(_)) => {
            present(usize::try_from(found).unwrap_or_default())
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes the secret that the shop signs with; an error when the store is not there, a conflict when somebody else has
/// changed it since it was `known` as it is sealed.
pub fn rotate(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    known: &[u8],
    rotation: &SecretRotation,
) -> Result<(), StoreError> {
    let changed = update(storefronts::table.find((tenant, storefront)))
        .filter(storefronts::deleted_at.is_null())
        .filter(storefronts::webhook_secret_sealed.eq(known))
        .set(rotation)
        .execute(db)?;
    match (changed, find(db, tenant, storefront)?) {
        (0, Some(_)) => Err(StoreError::Conflict("the secret was changed".into())),
        (changed, _) => present(changed),
    }
}

/// Removes a store, so that its hook is unknown; an error when it is not there.
pub fn delete(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = update(storefronts::table.find((tenant, storefront)))
        .filter(storefronts::deleted_at.is_null())
        .set(storefronts::deleted_at.eq(now))
        .execute(db)?;
    present(changed)
}
