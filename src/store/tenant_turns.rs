//! When each tenant last had its turn.

use std::collections::BTreeMap;

use diesel::insert_into;
use diesel::prelude::*;
use diesel::upsert::excluded;
use jiff::SignedDuration;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept::kept;
use crate::store::schema::tenant_turns;

/// The least difference that is stored.
const MOMENT: SignedDuration = SignedDuration::from_micros(1);

#[derive(Insertable)]
#[diesel(table_name = tenant_turns, treat_none_as_default_value = false)]
struct Turn {
    tenant_id: TenantId,
    served_at: Timestamp,
}

/// Notes that these tenants were served in this order, so that the others come first next time, and then the first of
/// these: each turn is a moment later than the one before.
pub fn take(db: &mut Db, tenants: &[TenantId], now: Timestamp) -> Result<(), StoreError> {
    let mut served: BTreeMap<TenantId, Timestamp> = BTreeMap::new();
    let mut served_at = now;
    for tenant in tenants {
        served.entry(*tenant).or_insert(served_at);
        served_at = served_at.plus(MOMENT);
    }
    let turns: Vec<Turn> = served
        .into_iter()
        .map(|(tenant_id, served_at)| Turn {
            tenant_id,
            served_at,
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
