//! Tokens for the API, found by their hash before the tenant is known.

use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::id::{ApiTokenId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::api_tokens;
use crate::store::tenants::present;

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = api_tokens, treat_none_as_default_value = false)]
pub struct ApiTokenRow {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id, which is no secret.
    pub id: ApiTokenId,
    /// Hash of the token.
    pub token_hash: Vec<u8>,
    /// As people call it.
    pub name: String,
    /// Names, separated by spaces.
    pub scopes: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// About when it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Since when it is void.
    pub revoked_at: Option<Timestamp>,
}

/// Makes a token.
pub fn create(db: &mut Db, token: &ApiTokenRow) -> Result<(), StoreError> {
    insert_into(api_tokens::table).values(token).execute(db)?;
    Ok(())
}

/// The token of that hash; `None` when it is void.
pub fn find_across_tenants(db: &mut Db, hash: &[u8]) -> Result<Option<ApiTokenRow>, StoreError> {
    Ok(api_tokens::table
        .filter(api_tokens::token_hash.eq(hash))
        .filter(api_tokens::revoked_at.is_null())
        .first(db)
        .optional()?)
}

/// A tenant's tokens, void ones too, the newest first.
pub fn list(db: &mut Db, tenant: TenantId) -> Result<Vec<ApiTokenRow>, StoreError> {
    Ok(api_tokens::table
        .filter(api_tokens::tenant_id.eq(tenant))
        .order(api_tokens::id.desc())
        .load(db)?)
}

/// Notes that it was used; silent when it is gone.
pub fn touch(
    db: &mut Db,
    tenant: TenantId,
    token: ApiTokenId,
    now: Timestamp,
) -> Result<(), StoreError> {
    update(api_tokens::table.find((tenant, token)))
        .set(api_tokens::last_used_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// Makes every token of a tenant void.
pub fn revoke_all(db: &mut Db, tenant: TenantId, now: Timestamp) -> Result<(), StoreError> {
    update(api_tokens::table)
        .filter(api_tokens::tenant_id.eq(tenant))
        .filter(api_tokens::revoked_at.is_null())
        .set(api_tokens::revoked_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// Makes it void.
pub fn revoke(
    db: &mut Db,
    tenant: TenantId,
    token: ApiTokenId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = update(api_tokens::table.find((tenant, token)))
        .set(api_tokens::revoked_at.eq(now))
        .execute(db)?;
    present(changed)
}
