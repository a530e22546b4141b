//! Locks by name, for rows that are not there yet.

use diesel::sql_types::{Array, Text};
use diesel::{RunQueryDsl, sql_query};

use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept::kept;

/// Waits for each of these names in turn until no other transaction holds it, then holds it until this one ends.
///
/// It serves rows that are not there yet, which no row lock can. On SQLite there is one writer, and nothing to wait for.
pub(super) fn lock_names(db: &mut Db, names: &[String]) -> Result<(), StoreError> {
    if let (Db::Postgres(connection), false) = (db, names.is_empty()) {
        kept(sql_query(LOCK).bind::<Array<Text>, _>(names)).execute(connection)?;
    }
    Ok(())
}

const LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1) AS names (name)";
