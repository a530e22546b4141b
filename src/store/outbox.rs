//! Mail that is to be sent, sealed; what is sent is deleted.

use diesel::prelude::*;
use diesel::{delete, insert_into, update};

use crate::domain::id::{MailId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::outbox;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub struct OutgoingMail {
    /// Whose keys seal it.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: MailId,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is to be sent, or tried again.
    pub due_at: Timestamp,
    /// To whom and what, sealed.
    pub sealed: Vec<u8>,
}

/// Puts a mail in line.
pub fn create(db: &mut Db, mail: &OutgoingMail) -> Result<(), StoreError> {
    insert_into(outbox::table).values(mail).execute(db)?;
    Ok(())
}

/// Every mail that is in line, the oldest first.
pub fn list_across_tenants(db: &mut Db) -> Result<Vec<OutgoingMail>, StoreError> {
    Ok(outbox::table
        .order((outbox::created_at, outbox::id))
        .load(db)?)
}

/// Takes due mail, at most `limit`: no other process sends it before `again_at`.
pub fn take_due_across_tenants(
    db: &mut Db,
    (now, again_at): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<OutgoingMail>, StoreError> {
    let due: Vec<OutgoingMail> = outbox::table
        .filter(outbox::due_at.le(now))
        .order(outbox::due_at)
        .limit(limit)
        .load(db)?;
    let mut taken = Vec::new();
    for mail in due {
        let is_ours = update(outbox::table.find((mail.tenant_id, mail.id)))
            .filter(outbox::due_at.eq(mail.due_at))
            .set(outbox::due_at.eq(again_at))
            .execute(db)?
            == 1;
        if is_ours {
            taken.push(mail);
        }
    }
    Ok(taken)
}

/// Takes a mail out of line; silent when it is out already.
pub fn delete_one(db: &mut Db, tenant: TenantId, mail: MailId) -> Result<(), StoreError> {
    delete(outbox::table.find((tenant, mail))).execute(db)?;
    Ok(())
}

/// Gives up mail that was written before then, and tells how much.
pub fn delete_old_across_tenants(db: &mut Db, before: Timestamp) -> Result<usize, StoreError> {
    Ok(delete(outbox::table.filter(outbox::created_at.lt(before))).execute(db)?)
}
