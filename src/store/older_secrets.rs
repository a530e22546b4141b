//! Secrets that a store's shop signed with before its previous one.

use diesel::prelude::*;
use diesel::{delete, insert_into};

use crate::domain::id::{OlderSecretId, StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::older_secrets;

/// A secret of before.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = older_secrets, treat_none_as_default_value = false)]
pub struct OlderSecret {
    /// Whose store it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: OlderSecretId,
    /// The store.
    pub storefront_id: StorefrontId,
    /// The secret, sealed.
    pub secret_sealed: Vec<u8>,
    /// Until when it is believed.
    pub believed_until: Timestamp,
}

/// Keeps one.
pub fn create(db: &mut Db, secret: &OlderSecret) -> Result<(), StoreError> {
    insert_into(older_secrets::table)
        .values(secret)
        .execute(db)?;
    Ok(())
}

/// Those of a store that are still believed, the last to lapse first.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    now: Timestamp,
) -> Result<Vec<OlderSecret>, StoreError> {
    Ok(older_secrets::table
        .filter(older_secrets::tenant_id.eq(tenant))
        .filter(older_secrets::storefront_id.eq(storefront))
        .filter(older_secrets::believed_until.gt(now))
        .order((older_secrets::believed_until.desc(), older_secrets::id))
        .load(db)?)
}

/// Forgets those of a store whose time is over.
pub fn delete_lapsed(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let of_store = older_secrets::table
        .filter(older_secrets::tenant_id.eq(tenant))
        .filter(older_secrets::storefront_id.eq(storefront));
    delete(of_store.filter(older_secrets::believed_until.le(now))).execute(db)?;
    Ok(())
}

/// Forgets all of a store.
pub fn delete_all(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<(), StoreError> {
    let of_store = older_secrets::table
        .filter(older_secrets::tenant_id.eq(tenant))
        .filter(older_secrets::storefront_id.eq(storefront));
    delete(of_store).execute(db)?;
    Ok(())
}
