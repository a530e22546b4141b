//! Accounts at licensing services, and the breaker that guards each.

use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::time::Timestamp;
use crate::store::columns::text_column;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::license_servers;
use crate::store::tenants::{self, present};

/// What the last check of an account found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerState {
    /// The token works.
    Ok,
    /// The token is refused.
    Unauthorized,
    /// There is no answer.
    Unreachable,
    /// Nobody has looked yet.
    Unchecked,
}

/// An account at a licensing service.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = license_servers, treat_none_as_default_value = false)]
pub struct LicenseServer {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: LicenseServerId,
    /// Its kind.
    pub kind: LicenseServerKind,
    /// As people call it.
    pub name: String,
    /// Where its API is.
    pub base_url: String,
    /// The token, sealed.
    pub access_token_sealed: Vec<u8>,
    /// Rises with each new token.
    pub token_version: i32,
    /// Where it stands.
    pub state: ServerState,
    /// Scopes that the token has, separated by spaces.
    pub scopes: String,
    /// Scopes that it lacks, separated by spaces.
    pub missing_scopes: String,
    /// When the token was last checked.
    pub checked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was removed.
    pub deleted_at: Option<Timestamp>,
    /// Probes in a row that found it down.
    pub failures_in_row: i32,
    /// When it last answered.
    pub last_success_at: Option<Timestamp>,
    /// Since when its breaker is open.
    pub broken_since: Option<Timestamp>,
    /// Since when its events are held.
    pub held_since: Option<Timestamp>,
    /// Why they are held.
    pub held_reason: Option<String>,
    /// When to look whether it is back.
    pub next_probe_at: Option<Timestamp>,
}

/// What may be edited; `None` leaves it as it is.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = license_servers)]
pub struct LicenseServerChange {
    /// As people call it.
    pub name: Option<String>,
    /// Where its API is.
    pub base_url: Option<String>,
    /// The token, sealed.
    pub access_token_sealed: Option<Vec<u8>>,
    /// Rises with each new token.
    pub token_version: Option<i32>,
}

/// What a check found.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = license_servers, treat_none_as_null = true)]
pub struct Checked {
    /// Where it stands.
    pub state: ServerState,
    /// Scopes that the token has, separated by spaces.
    pub scopes: String,
    /// Scopes that it lacks, separated by spaces.
    pub missing_scopes: String,
    /// When the token was last checked.
    pub checked_at: Option<Timestamp>,
}

/// Where the breaker stands; every field is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset, Queryable, Selectable)]
#[diesel(table_name = license_servers, treat_none_as_null = true)]
pub struct BreakerState {
    /// Probes in a row that found it down.
    pub failures_in_row: i32,
    /// When it last answered.
    pub last_success_at: Option<Timestamp>,
    /// Since when its breaker is open.
    pub broken_since: Option<Timestamp>,
    /// Since when its events are held.
    pub held_since: Option<Timestamp>,
    /// Why they are held.
    pub held_reason: Option<String>,
    /// When to look whether it is back.
    pub next_probe_at: Option<Timestamp>,
}

/// Adds an account.
pub fn create(db: &mut Db, server: &LicenseServer) -> Result<(), StoreError> {
    insert_into(license_servers::table)
        .values(server)
        .execute(db)?;
    Ok(())
}

/// The account; `None` when it is not there or was removed.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
) -> Result<Option<LicenseServer>, StoreError> {
    Ok(license_servers::table
        .find((tenant, server))
        .filter(license_servers::deleted_at.is_null())
        .first(db)
        .optional()?)
}

/// A tenant's accounts, the oldest first.
pub fn list(db: &mut Db, tenant: TenantId) -> Result<Vec<LicenseServer>, StoreError> {
    Ok(license_servers::table
        .filter(license_servers::tenant_id.eq(tenant))
        .filter(license_servers::deleted_at.is_null())
        .order(license_servers::id)
        .load(db)?)
}

/// Edits an account; an error when it is not there.
pub fn change(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    change: &LicenseServerChange,
) -> Result<(), StoreError> {
    let one = license_servers::table
        .find((tenant, server))
        .filter(license_servers::deleted_at.is_null());
    let found: i64 = one.count().get_result(db)?;
    match update(one).set(change).execute(db) {
        // A change of nothing is no statement.
        Ok(_) | Err(diesel::result::Error::QueryBuilderError(_)) => {
            present(usize::try_from(found).unwrap_or_default())
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes what a check found.
pub fn set_checked(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    checked: &Checked,
) -> Result<(), StoreError> {
    let changed = update(license_servers::table.find((tenant, server)))
        .set(checked)
        .execute(db)?;
    present(changed)
}

/// Writes where the breaker stands.
pub fn set_breaker(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    breaker: &BreakerState,
) -> Result<(), StoreError> {
    let changed = update(license_servers::table.find((tenant, server)))
        .set(breaker)
        .execute(db)?;
    present(changed)
}

/// Accounts whose breaker is to be probed by `now`, those that wait longest first.
pub fn list_to_probe_across_tenants(
    db: &mut Db,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<LicenseServer>, StoreError> {
    Ok(license_servers::table
        .filter(license_servers::tenant_id.eq_any(tenants::acted_for()))
        .filter(license_servers::next_probe_at.le(now))
        .filter(license_servers::deleted_at.is_null())
        .order(license_servers::next_probe_at)
        .limit(limit)
        .load(db)?)
}

/// Accounts that are not held, and were found back or had their token checked since then.
pub fn list_back_across_tenants(
    db: &mut Db,
    since: Timestamp,
) -> Result<Vec<(TenantId, LicenseServerId)>, StoreError> {
    let found_back = license_servers::last_success_at.assume_not_null().ge(since);
    let checked = license_servers::checked_at.assume_not_null().ge(since);
    Ok(license_servers::table
        .filter(license_servers::broken_since.is_null())
        .filter(license_servers::held_since.is_null())
        .filter(license_servers::deleted_at.is_null())
        .filter(found_back.or(checked))
        .select((license_servers::tenant_id, license_servers::id))
        .load(db)?)
}

/// Takes a probe for oneself by moving its time; false when another process was first.
pub fn take_probe(
    db: &mut Db,
    server: &LicenseServer,
    next_probe_at: Timestamp,
) -> Result<bool, StoreError> {
    let changed = update(license_servers::table.find((server.tenant_id, server.id)))
        .filter(license_servers::next_probe_at.eq(server.next_probe_at))
        .set(license_servers::next_probe_at.eq(next_probe_at))
        .execute(db)?;
    Ok(changed == 1)
}

/// Removes an account; an error when it is not there.
pub fn delete(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = update(license_servers::table.find((tenant, server)))
        .filter(license_servers::deleted_at.is_null())
        .set((
            license_servers::deleted_at.eq(now),
            license_servers::next_probe_at.eq(None::<Timestamp>),
        ))
        .execute(db)?;
    present(changed)
}

impl ServerState {
    /// Every state.
    pub const ALL: [Self; 4] = [
        Self::Ok,
        Self::Unauthorized,
        Self::Unreachable,
        Self::Unchecked,
    ];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unauthorized => "unauthorized",
            Self::Unreachable => "unreachable",
            Self::Unchecked => "unchecked",
        }
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

text_column!(ServerState, ServerState::parse);
