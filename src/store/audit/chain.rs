//! How acts are chained: each link is a keyed hash over the link before it and the act itself.

use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::id::{ApiTokenId, TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::columns::IdValue;
use crate::store::db::{Db, lock_names};
use crate::store::error::StoreError;
use crate::store::schema::{audit, audit_heads};
use crate::vault::TenantKeys;

/// One act.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
pub struct Act {
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

impl Act {
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
    fn new(keys: &TenantKeys, act: &Act) -> Self {
        Self {
            tenant_id: act.tenant_id,
            number: act.number,
            link: act.link.clone(),
            seal: keys.chain_seal(act.number, &act.link).to_vec(),
        }
    }
}

/// Adds an act to the end of its tenant's chain.
pub(super) fn append(db: &mut Db, keys: &TenantKeys, mut act: Act) -> Result<(), StoreError> {
    let tenant = act.tenant_id;
    lock_names(db, &[audit_lock(tenant)])?;
    let (number, link) = match find_head(db, tenant)? {
        Some(head) => (head.number, head.link),
        None => take_in_older(db, keys, tenant)?,
    };
    act.number = number + 1;
    act.link = act.link_after(keys, &link);
    insert_into(audit::table).values(&act).execute(db)?;
    let head = Head::new(keys, &act);
    if update(audit_heads::table.find(tenant))
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

/// Chains the acts from before there was a chain; tells number and link of the last one.
fn take_in_older(
    db: &mut Db,
    keys: &TenantKeys,
    tenant: TenantId,
) -> Result<(i64, Vec<u8>), StoreError> {
    let older: Vec<Act> = audit::table
        .filter(audit::tenant_id.eq(tenant))
        .order(audit::id)
        .load(db)?;
    let mut end = (0, Vec::new());
    for mut act in older {
        act.number = end.0 + 1;
        act.link = act.link_after(keys, &end.1);
        update(audit::table.find((tenant, act.id)))
            .set((audit::number.eq(act.number), audit::link.eq(&act.link)))
            .execute(db)?;
        end = (act.number, act.link);
    }
    Ok(end)
}
