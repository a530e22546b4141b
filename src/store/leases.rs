//! Which process works on a subject, and until when.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::{delete, insert_into, update};

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::columns::ProcessId;
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::kept::kept;
use crate::store::schema::leases;

/// A subject in work.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = leases, treat_none_as_default_value = false)]
pub struct Lease {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// What is worked on.
    pub subject: String,
    /// The process that holds it.
    pub owner: ProcessId,
    /// Until when.
    pub until: Timestamp,
}

/// Takes the subjects that nobody holds, or whose holder is late; answers those that are now held.
pub fn take(
    db: &mut Db,
    owner: ProcessId,
    subjects: &BTreeSet<(TenantId, String)>,
    now: Timestamp,
    until: Timestamp,
) -> Result<BTreeSet<(TenantId, String)>, StoreError> {
    let wanted: Vec<Lease> = subjects
        .iter()
        .map(|(tenant, subject)| Lease {
            tenant_id: *tenant,
            subject: subject.clone(),
            owner,
            until,
        })
        .collect();
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    // Whoever deletes a late lease last finds nothing to delete, and then the new one in its way.
    // One array instead of a list of values.
    on_backend!(db, connection => delete(leases::table)
        .filter(leases::tenant_id.eq_any(wanted.iter().map(|lease| lease.tenant_id)))
        .filter(leases::subject.eq_any(wanted.iter().map(|lease| &lease.subject)))
        .filter(leases::until.le(now))
        .execute(connection))?;
    // Several rows in one insert, and ON CONFLICT; never more rows than a process has workers.
    let insert = insert_into(leases::table)
        .values(&wanted)
        .on_conflict_do_nothing()
        .returning((leases::tenant_id, leases::subject));
    let taken: Vec<(TenantId, String)> = match db {
        Db::Postgres(connection) => kept(insert).get_results(connection)?,
        Db::Sqlite(connection) => insert.get_results(connection)?,
    };
    Ok(taken.into_iter().collect())
}

/// Holds on to subjects of a tenant that a process has in work; what was late already is not brought back.
pub fn extend(
    db: &mut Db,
    tenant: TenantId,
    subjects: &[&str],
    owner: ProcessId,
    (now, until): (Timestamp, Timestamp),
) -> Result<usize, StoreError> {
    // One array instead of a list of values.
    Ok(on_backend!(db, connection => kept(update(leases::table)
        .filter(leases::tenant_id.eq(tenant))
        .filter(leases::subject.eq_any(subjects))
        .filter(leases::owner.eq(owner))
        .filter(leases::until.gt(now))
        .set(leases::until.eq(until)))
        .execute(connection))?)
}

/// Lets go of subjects of a tenant; silent about those that another process holds by now.
pub fn release(
    db: &mut Db,
    tenant: TenantId,
    subjects: &[&str],
    owner: ProcessId,
) -> Result<(), StoreError> {
    // One array instead of a list of values.
    on_backend!(db, connection => kept(delete(leases::table)
        .filter(leases::tenant_id.eq(tenant))
        .filter(leases::subject.eq_any(subjects))
        .filter(leases::owner.eq(owner)))
        .execute(connection))?;
    Ok(())
}

/// Whether a process still holds a subject, and until when.
pub fn find(db: &mut Db, tenant: TenantId, subject: &str) -> Result<Option<Lease>, StoreError> {
    Ok(leases::table.find((tenant, subject)).first(db).optional()?)
}

/// Forgets every lease: for a start on SQLite, where no other process can hold one.
pub fn clear_across_tenants(db: &mut Db) -> Result<usize, StoreError> {
    Ok(delete(leases::table).execute(db)?)
}
