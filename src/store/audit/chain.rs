//! How acts are chained: each link is a keyed hash over the link before it and the act itself.

use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::id::{ApiTokenId, TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::columns::IdValue;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::name_locks::lock_names;
use crate::store::schema::{audit, audit_heads};
use crate::vault::TenantKeys;

/// One act.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
pub struct ActRow {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: IdValue,
    /// When.
    pub at: Timestamp,
    /// The person, if it was one.
    pub user_id: Option<UserId>,
    /// The token by which it was done.
    pub api_token_id: Option<ApiTokenId>,
    /// What was done.
    pub action: String,
    /// The thing it was done to.
    pub target: String,
    /// More, as JSON.
    pub details: String,
    /// Its place in the chain, from 1; 0 = from before there was a chain.
    pub number: i64,
    /// What ties it to the act before it.
    pub link: Vec<u8>,
}

/// The end of a tenant's chain.
#[derive(Debug, Clone, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = audit_heads, primary_key(tenant_id))]
pub(super) struct Head {
    pub tenant_id: TenantId,
    pub number: i64,
    pub link: Vec<u8>,
    pub seal: Vec<u8>,
}

impl ActRow {
    /// Its link, when the act before it has that one.
    pub(super) fn link_after(&self, keys: &TenantKeys, before: &[u8]) -> Vec<u8> {
        let id = |bytes: Option<&[u8; 16]>| bytes.map_or(&[][..], <[u8; 16]>::as_slice).to_vec();
        let parts: [&[u8]; 9] = [
            self.tenant_id.as_bytes(),
            &self.number.to_be_bytes(),
            self.id.as_bytes(),
            &self.at.as_microsecond().to_be_bytes(),
            &id(self.user_id.as_ref().map(UserId::as_bytes)),
            &id(self.api_token_id.as_ref().map(ApiTokenId::as_bytes)),
            self.action.as_bytes(),
            self.target.as_bytes(),
            self.details.as_bytes(),
        ];
        keys.chain_link(before, &parts).to_vec()
    }
}

impl Head {
    fn new(keys: &TenantKeys, act: &ActRow) -> Self {
        Self {
            tenant_id: act.tenant_id,
            number: act.number,
            link: act.link.clone(),
            seal: keys.chain_seal(act.number, &act.link).to_vec(),
        }
    }

    /// Whether we made it.
    pub(super) fn is_sealed_with(&self, keys: &TenantKeys) -> bool {
        keys.chain_seal(self.number, &self.link).as_slice() == self.seal
    }
}

/// Stands in for the link before an act when the end of its chain was gone or not ours.
///
/// What is left is then not chained anew: the check stops at that act for good.
pub(super) const END_LOST: &[u8] = b"the end was lost";

/// Begins the chain of a tenant that is just made, with its first act; a conflict when there is a chain already.
pub(super) fn begin(db: &mut Db, keys: &TenantKeys, act: ActRow) -> Result<(), StoreError> {
    let tenant = act.tenant_id;
    lock_names(db, &[audit_lock(tenant)])?;
    if find_head(db, tenant)?.is_some() || last_number(db, tenant)?.is_some() {
        return Err(StoreError::Conflict("a chain has begun already".into()));
    }
    add(db, keys, act, (0, &[]))
}

/// Adds an act to the end of its tenant's chain.
pub(super) fn append(db: &mut Db, keys: &TenantKeys, act: ActRow) -> Result<(), StoreError> {
    let tenant = act.tenant_id;
    lock_names(db, &[audit_lock(tenant)])?;
    match find_head(db, tenant)? {
        Some(head) if head.is_sealed_with(keys) => add(db, keys, act, (head.number, &head.link)),
        _ => {
            let number = last_number(db, tenant)?.unwrap_or(0);
            add(db, keys, act, (number, END_LOST))
        }
    }
}

/// Adds an act after the one of that number and link.
fn add(
    db: &mut Db,
    keys: &TenantKeys,
    mut act: ActRow,
    (number, link): (i64, &[u8]),
) -> Result<(), StoreError> {
    act.number = number + 1;
    act.link = act.link_after(keys, link);
    insert_into(audit::table).values(&act).execute(db)?;
    set_head(db, keys, &act)
}

/// Makes this act the end of its chain.
pub(super) fn set_head(db: &mut Db, keys: &TenantKeys, act: &ActRow) -> Result<(), StoreError> {
    let head = Head::new(keys, act);
    if update(audit_heads::table.find(act.tenant_id))
        .set(&head)
        .execute(db)?
        == 0
    {
        insert_into(audit_heads::table).values(&head).execute(db)?;
    }
    Ok(())
}

/// What a transaction holds while it adds to a chain or checks one.
pub(super) fn audit_lock(tenant: TenantId) -> String {
    format!("audit {}", tenant.as_uuid())
}

/// The end of the chain; `None` while nothing is chained.
pub(super) fn find_head(db: &mut Db, tenant: TenantId) -> Result<Option<Head>, StoreError> {
    Ok(audit_heads::table.find(tenant).first(db).optional()?)
}

/// The number of the last act; `None` when there is none.
fn last_number(db: &mut Db, tenant: TenantId) -> Result<Option<i64>, StoreError> {
    Ok(audit::table
        .filter(audit::tenant_id.eq(tenant))
        .select(diesel::dsl::max(audit::number))
        .first(db)?)
}
