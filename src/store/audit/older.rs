//! Chains what was done before there was a chain, once; the migration says for whom.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use diesel::{delete, sql_query, update};

use crate::domain::id::TenantId;
use crate::store::audit::ActRow;
use crate::store::audit::chain::{audit_lock, set_head};
use crate::store::columns::Id;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::name_locks::lock_names;
use crate::store::schema::{audit, audit_to_chain};
use crate::vault::TenantKeys;

/// Tenants whose acts are still to be chained.
pub fn list_to_chain_across_tenants(db: &mut Db) -> Result<Vec<TenantId>, StoreError> {
    Ok(audit_to_chain::table
        .select(audit_to_chain::tenant_id)
        .order(audit_to_chain::tenant_id)
        .load(db)?)
}

/// Chains a tenant's acts of before and tells how many; 0 when that was done already.
pub fn chain_older(db: &mut Db, keys: &TenantKeys, tenant: TenantId) -> Result<i64, StoreError> {
    lock_names(db, &[audit_lock(tenant)])?;
    let mark = audit_to_chain::table.find(tenant);
    if diesel::select(diesel::dsl::exists(mark)).get_result::<bool>(db)? {
        let older: Vec<ActRow> = audit::table
            .filter(audit::tenant_id.eq(tenant))
            .order(audit::id)
            .load(db)?;
        let mut last: Option<ActRow> = None;
        for mut act in older {
            let (number, link) = last
                .as_ref()
                .map_or((0, &[][..]), |last| (last.number, &last.link));
            act.number = number + 1;
            act.link = act.link_after(keys, link);
            place(db, &act)?;
            last = Some(act);
        }
        delete(mark).execute(db)?;
        if let Some(last) = last {
            set_head(db, keys, &last)?;
            return Ok(last.number);
        }
    }
    Ok(0)
}

/// Acts are never changed; these are, as long as the mark is there.
fn place(db: &mut Db, act: &ActRow) -> Result<(), StoreError> {
    match db {
        Db::Postgres(connection) => sql_query("SELECT latchkey_chain_act($1, $2, $3, $4)")
            .bind::<Id, _>(act.tenant_id)
            .bind::<Id, _>(act.id)
            .bind::<BigInt, _>(act.number)
            .bind::<Binary, _>(&act.link)
            .execute(connection)?,
        Db::Sqlite(connection) => update(audit::table.find((act.tenant_id, act.id)))
            .set((audit::number.eq(act.number), audit::link.eq(&act.link)))
            .execute(connection)?,
    };
    Ok(())
}
