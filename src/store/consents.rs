//! What people answered when they were asked whether access shall be taken away.

use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::consent::{Answer, Answers};
use crate::domain::id::{EventId, LicenseId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::consents;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = consents, treat_none_as_default_value = false, primary_key(tenant_id, license_id, question))]
pub struct Consent {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The license that was asked about.
    pub license_id: LicenseId,
    /// What was asked, as the plan names it.
    pub question: String,
    /// What was answered.
    pub answer: Answer,
    /// The event that asked.
    pub event_id: EventId,
    /// When it was answered.
    pub answered_at: Timestamp,
}

/// Keeps an answer; a later one to the same question takes its place.
pub fn put(db: &mut Db, consent: &Consent) -> Result<(), StoreError> {
    let known = consents::table.find((consent.tenant_id, consent.license_id, &consent.question));
    if update(known).set(consent).execute(db)? == 0 {
        or_ignore(insert_into(consents::table).values(consent)).execute(db)?;
    }
    Ok(())
}

/// Every answer about these licenses.
pub fn list_of_licenses(
    db: &mut Db,
    tenant: TenantId,
    licenses: &[LicenseId],
) -> Result<Answers, StoreError> {
    let rows: Vec<Consent> = consents::table
        .filter(consents::tenant_id.eq(tenant))
        .filter(consents::license_id.eq_any(licenses))
        .load(db)?;
    let answers = rows.into_iter();
    Ok(answers
        .map(|row| ((row.license_id, row.question), row.answer))
        .collect())
}
