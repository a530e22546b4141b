//! Accounts at licensing services, and the breaker that guards each.

use diesel::prelude::*;
use diesel::{insert_into, update};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::second_try;
use crate::domain::time::Timestamp;
use crate::store::columns::text_column;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::license_servers;
use crate::store::tenants::{self, present};

/// What the last check of an account found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    /// Probes in a row that found it down; after a hold that was lifted by a try of the token, 1.
    pub failures_in_row: i32,
    /// When it last answered.
    pub last_success_at: Option<Timestamp>,
    /// Since when its breaker is open.
    pub broken_since: Option<Timestamp>,
    /// Since when its events are held.
    pub held_since: Option<Timestamp>,
    /// Why they are held.
    pub held_reason: Option<String>,
    /// When to look whether it is back, or takes its token again.
    pub next_probe_at: Option<Timestamp>,
}

/// What may be edited; `None` leaves it as it is.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = license_servers)]
pub struct LicenseServerUpdate {
    /// As people call it.
    pub name: Option<String>,
    /// Where its API is.
    pub base_url: Option<String>,
    /// The token, sealed.
    pub access_token_sealed: Option<Vec<u8>>,
    /// Rises with each new token.
    pub token_version: Option<i32>,
    /// Where it stands.
    pub state: Option<ServerState>,
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

/// The kind of an account, in use or not.
pub fn kind(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
) -> Result<LicenseServerKind, StoreError> {
    Ok(license_servers::table
        .find((tenant, server))
        .select(license_servers::kind)
        .first(db)?)
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
    change: &LicenseServerUpdate,
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

/// Every account, also those that were removed.
pub fn list_across_tenants(db: &mut Db) -> Result<Vec<LicenseServer>, StoreError> {
    Ok(license_servers::table.load(db)?)
}

/// Puts a token that was sealed anew in place of the one that was read; silent when another was stored meanwhile.
pub fn replace_sealed(db: &mut Db, read: &LicenseServer, sealed: &[u8]) -> Result<(), StoreError> {
    update(license_servers::table.find((read.tenant_id, read.id)))
        .filter(license_servers::access_token_sealed.eq(&read.access_token_sealed))
        .set(license_servers::access_token_sealed.eq(sealed))
        .execute(db)?;
    Ok(())
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

/// Accounts whose breaker is to be probed, or whose refused token is to be tried, by `now`; those that wait longest first.
pub fn list_to_probe_across_tenants(
    db: &mut Db,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<LicenseServer>, StoreError> {
    Ok(license_servers::table
        .filter(license_servers::tenant_id.eq_any(tenants::acted_for()))
        .filter(license_servers::kind.eq_any(LicenseServerKind::VARIANTS.iter().copied()))
        .filter(license_servers::state.eq_any(ServerState::VARIANTS.iter().copied()))
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

/// Accounts that must not be asked now: held, down, removed, or of tenants that are not acted for.
pub fn list_closed_across_tenants(db: &mut Db) -> Result<Vec<LicenseServerId>, StoreError> {
    let is_closed = license_servers::held_since
        .is_not_null()
        .or(license_servers::broken_since.is_not_null())
        .or(license_servers::deleted_at.is_not_null());
    Ok(license_servers::table
        .filter(is_closed.or(license_servers::tenant_id.ne_all(tenants::acted_for())))
        .select(license_servers::id)
        .load(db)?)
}

/// Holds an account that refused its token, as it was read before the call; one that is held already stays so.
///
/// The token in use is tried again before long; one that passed such a try within the last half hour is not, until half an
/// hour is over. One that was given another token or address meanwhile is not held. It is noted to have answered, so that
/// [`list_back_across_tenants`] finds it, and what this refusal leaves waiting is set going.
pub fn hold(db: &mut Db, refused: &LicenseServer, now: Timestamp) -> Result<(), StoreError> {
    let row = license_servers::table.find((refused.tenant_id, refused.id));
    let is_new_token = license_servers::token_version.ne(refused.token_version);
    let is_new_address = license_servers::base_url.ne(&refused.base_url);
    update(row)
        .filter(is_new_token.or(is_new_address))
        .set(license_servers::last_success_at.eq(now))
        .execute(db)?;
    update(row)
        .filter(license_servers::token_version.eq(refused.token_version))
        .filter(license_servers::base_url.eq(&refused.base_url))
        .filter(license_servers::held_since.is_null())
        .set((
            license_servers::state.eq(ServerState::Unauthorized),
            license_servers::held_since.eq(now),
            license_servers::held_reason.eq("unauthorized"),
            license_servers::next_probe_at.eq(second_try_of(refused, now)),
        ))
        .execute(db)?;
    Ok(())
}

/// When the token that was just refused is tried again.
fn second_try_of(refused: &LicenseServer, now: Timestamp) -> Timestamp {
    let half_hour_ago = second_try::next_after_all(now).since(now);
    match (refused.failures_in_row, refused.last_success_at) {
        (1.., Some(at)) if now.since(at) <= half_hour_ago => second_try::next_after_all(now),
        _ => second_try::next(now, now),
    }
}

/// Lifts the hold of an account whose token was tried again and is accepted; false when it was lifted meanwhile, or another
/// token was saved.
pub fn lift_hold(db: &mut Db, tried: &LicenseServer, now: Timestamp) -> Result<bool, StoreError> {
    let changed = update(license_servers::table.find((tried.tenant_id, tried.id)))
        .filter(license_servers::token_version.eq(tried.token_version))
        .filter(license_servers::base_url.eq(&tried.base_url))
        .filter(license_servers::held_since.eq(tried.held_since))
        .set((
            license_servers::state.eq(ServerState::Ok),
            license_servers::held_since.eq(None::<Timestamp>),
            license_servers::held_reason.eq(None::<String>),
            license_servers::failures_in_row.eq(1),
            license_servers::last_success_at.eq(now),
            license_servers::next_probe_at.eq(None::<Timestamp>),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Puts the next try of a token that is refused off until then, unless its hold was lifted meanwhile.
pub fn put_off_try(db: &mut Db, tried: &LicenseServer, until: Timestamp) -> Result<(), StoreError> {
    update(license_servers::table.find((tried.tenant_id, tried.id)))
        .filter(license_servers::held_since.eq(tried.held_since))
        .set(license_servers::next_probe_at.eq(until))
        .execute(db)?;
    Ok(())
}

/// Opens the breaker of an account, as it was read before the call that failed; false when it is open already, or was
/// found back since.
pub fn open_breaker(
    db: &mut Db,
    failed: &LicenseServer,
    now: Timestamp,
    next_probe_at: Timestamp,
) -> Result<bool, StoreError> {
    let found_back_at = license_servers::last_success_at;
    let changed = update(license_servers::table.find((failed.tenant_id, failed.id)))
        .filter(license_servers::broken_since.is_null())
        .filter(
            found_back_at
                .is_null()
                .or(found_back_at.eq(failed.last_success_at)),
        )
        .set((
            license_servers::failures_in_row.eq(0),
            license_servers::broken_since.eq(now),
            license_servers::next_probe_at.eq(next_probe_at),
        ))
        .execute(db)?;
    Ok(changed == 1)
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

/// Counts a probe that found an account down, unless its breaker was closed meanwhile.
pub fn count_failed_probe(db: &mut Db, probed: &LicenseServer) -> Result<(), StoreError> {
    update(license_servers::table.find((probed.tenant_id, probed.id)))
        .filter(license_servers::broken_since.eq(probed.broken_since))
        .set(license_servers::failures_in_row.eq(license_servers::failures_in_row + 1))
        .execute(db)?;
    Ok(())
}

/// Puts the next probe of an account off until then, unless its breaker was closed meanwhile.
pub fn put_off_probe(
    db: &mut Db,
    probed: &LicenseServer,
    until: Timestamp,
) -> Result<(), StoreError> {
    update(license_servers::table.find((probed.tenant_id, probed.id)))
        .filter(license_servers::broken_since.eq(probed.broken_since))
        .set(license_servers::next_probe_at.eq(until))
        .execute(db)?;
    Ok(())
}

/// Closes the breaker of an account that a probe found back; false when it was closed meanwhile, even if it opened anew.
pub fn close_breaker(
    db: &mut Db,
    probed: &LicenseServer,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let changed = update(license_servers::table.find((probed.tenant_id, probed.id)))
        .filter(license_servers::broken_since.eq(probed.broken_since))
        .set((
            license_servers::failures_in_row.eq(0),
            license_servers::last_success_at.eq(now),
            license_servers::broken_since.eq(None::<Timestamp>),
            // A token that is refused is still to be tried.
            license_servers::next_probe_at
                .eq(probed.held_since.map(|since| second_try::next(since, now))),
        ))
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
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

text_column!(ServerState, ServerState::parse);
