//! When each tenant last had its turn.

use std::collections::BTreeSet;

use diesel::insert_into;
use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept::kept;
use crate::store::schema::tenant_turns;

#[derive(Insertable)]
#[diesel(table_name = tenant_turns, treat_none_as_default_value = false)]
struct Turn {
    tenant_id: TenantId,
    served_at: Timestamp,
}

/// Notes that these tenants were served, so that the others come first next time.
pub fn take(db: &mut Db, tenants: &BTreeSet<TenantId>, now: Timestamp) -> Result<(), StoreError> {
    let turns: Vec<Turn> = tenants
        .iter()
        .map(|tenant| Turn {
            tenant_id: *tenant,
            served_at: now,
        })
        .collect();
    // Several rows in one insert, and ON CONFLICT; never more rows than a process has workers.
    let insert = insert_into(tenant_turns::table)
        .values(&turns)
        .on_conflict(tenant_turns::tenant_id)
        .do_update()
        .set(tenant_turns::served_at.eq(excluded(tenant_turns::served_at)));
    match db {
        Db::Postgres(connection) => kept(insert).execute(connection)?,
        Db::Sqlite(connection) => insert.execute(connection)?,
    };
    Ok(())
}
