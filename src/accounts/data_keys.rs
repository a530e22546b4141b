//! Renewing a tenant's data key while everything runs: what the old key sealed is sealed anew, piece by piece.
//!
//! Processes keep keys for a minute, so a new key is made known long before it seals, and the old ones are destroyed only
//! after a round through all columns that began long after that and found nothing of theirs.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use crate::accounts::audit::{author, keys_of};
use crate::accounts::master_keys::RotateError;
use crate::domain::act::Act;
use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::audit::Actor;
use crate::store::key_rotations::{self, KeyRotation};
use crate::store::sealed::{self, Outdated, Page, SEALED_COLUMNS, SealedColumn};
use crate::store::{Db, IdValue, PlatformUse, Scope, Store, StoreError, tenants};
use crate::vault::{MasterKeys, Place, TenantKeys};

const OPERATOR: Scope = Scope::Platform(PlatformUse::Operator);
/// From making a key known to sealing with it: several times what processes keep keys for.
pub const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(5);
/// From then until nothing is sealed with an older key any more, by work in hand neither.
pub const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Rows that are looked at in one statement, and sealed anew in one transaction.
const ROWS: u32 = 200;
/// Such statements in one go where nothing is to be done.
const LOOKS: usize = 10;

/// What is to be done next for a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing yet.
    Wait,
    /// The new key begins to seal.
    Seal,
    /// All columns are gone through once more.
    BeginRound,
    /// The next rows are looked at.
    Look,
    /// The older keys are destroyed.
    Destroy,
}

/// Makes a new data key for a tenant, which the processes that serve then go over to; one that is under way is left to go
/// on. `None` for a tenant whose keys were destroyed.
pub async fn begin(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Option<KeyRotation>, StoreError> {
    let master_keys = Arc::clone(master_keys);
    store
        .write(OPERATOR, move |db| {
            key_rotations::lock_keys(db, tenant)?;
            let known = key_rotations::find(db, tenant)?;
            if let Some(open) = known.filter(|known| known.finished_at.is_none()) {
                return Ok(Some(open));
            }
            if tenants::list_keys(db, tenant)?.is_empty() {
                return Ok(None);
            }
            let author = author(db, &master_keys, (tenant, Actor::Operator), now)?;
            let key = author.keys.next_data_key(&master_keys, tenant);
            tenants::add_key(db, tenant, &key, now)?;
            let version = i32::try_from(key.version).unwrap_or(i32::MAX);
            let begun = KeyRotation::begun(tenant, version, now);
            key_rotations::put(db, &begun)?;
            let details = json!({ "version": version });
            author.record(db, Act::DataKeyMake, tenant, &details)?;
            Ok(Some(begun))
        })
        .await
}

/// Goes one piece on with every renewal that is under way, and tells for how many there was something to do.
pub async fn step(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    now: Timestamp,
) -> Result<usize, RotateError> {
    let open = store.read(OPERATOR, key_rotations::list_open_across_tenants);
    let mut moved = 0;
    for rotation in open.await? {
        let stage = stage(&rotation, now);
        moved += usize::from(stage != Stage::Wait);
        match stage {
            Stage::Wait => {}
            Stage::Look => look(store, master_keys, rotation).await?,
            stage => change(store, master_keys, (rotation, stage), now).await?,
        }
    }
    Ok(moved)
}

fn stage(rotation: &KeyRotation, now: Timestamp) -> Stage {
    let Some(sealing_since) = rotation.sealing_since else {
        return match now >= rotation.begun_at.plus(KNOWN_FOR) {
            true => Stage::Seal,
            false => Stage::Wait,
        };
    };
    let settled_at = sealing_since.plus(SETTLED_AFTER);
    match rotation.round_begun_at {
        // A program that knows other columns began it.
        _ if rotation.column_count != columns() => Stage::BeginRound,
        None => Stage::BeginRound,
        Some(_) if rotation.column_number < columns() => Stage::Look,
        Some(begun_at) if rotation.found == 0 && begun_at >= settled_at => Stage::Destroy,
        Some(_) if rotation.found > rotation.unopened => Stage::BeginRound,
        Some(begun_at) if now >= settled_at && now >= begun_at.plus(SETTLED_AFTER) => {
            Stage::BeginRound
        }
        Some(_) => Stage::Wait,
    }
}

/// Writes down the next stage, unless another process did.
async fn change(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    (before, stage): (KeyRotation, Stage),
    now: Timestamp,
) -> Result<(), RotateError> {
    let (tenant, master_keys) = (before.tenant_id, Arc::clone(master_keys));
    let changed = store.write(OPERATOR, move |db| {
        let Some(mut rotation) = still(db, &before)? else {
            return Ok(());
        };
        match stage {
            Stage::Seal => {
                tenants::begin_to_seal(db, tenant, rotation.version, now)?;
                rotation.sealing_since = Some(now);
            }
            Stage::Destroy => {
                tenants::delete_older_data_keys(db, tenant, rotation.version)?;
                rotation.finished_at = Some(now);
                let author = author(db, &master_keys, (tenant, Actor::Operator), now)?;
                let details =
                    json!({ "kept": rotation.version, "sealed_anew": rotation.sealed_anew });
                author.record(db, Act::DataKeyDestroy, tenant, &details)?;
            }
            Stage::BeginRound | Stage::Look | Stage::Wait => {
                rotation.round += 1;
                rotation.round_begun_at = Some(now);
                rotation.column_count = columns();
                rotation.column_number = 0;
                rotation.after_row = IdValue::from(Uuid::nil());
                (rotation.found, rotation.unopened) = (0, 0);
            }
        }
        key_rotations::put(db, &rotation)
    });
    Ok(changed.await?)
}

/// Seals the next values anew; nothing is held while that is done.
async fn look(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    before: KeyRotation,
) -> Result<(), RotateError> {
    let (tenant, master_keys) = (before.tenant_id, Arc::clone(master_keys));
    let number = usize::try_from(before.column_number).unwrap_or(0);
    let Some(column) = SEALED_COLUMNS.get(number) else {
        return Ok(());
    };
    let version = u32::try_from(before.version).unwrap_or(0);
    let from = (before.after_row.as_uuid(), version);
    let scope = Scope::Tenant(tenant);
    let (keys, page) = store
        .read(scope, move |db| {
            let keys = keys_of(db, &master_keys, tenant)?;
            Ok::<_, StoreError>((keys, next_page(db, tenant, column, from)?))
        })
        .await?;
    let found = page.outdated.len();
    let anew = seal_anew(&keys, column, page.outdated);
    let (unopened, last) = (found - anew.len(), page.last);
    let written = store.write(scope, move |db| {
        let Some(mut rotation) = still(db, &before)? else {
            return Ok(());
        };
        let replaced = sealed::replace(db, tenant, column, &anew)?;
        rotation.found += i64::try_from(found).unwrap_or(i64::MAX);
        rotation.unopened += i64::try_from(unopened).unwrap_or(i64::MAX);
        rotation.sealed_anew += i64::try_from(replaced).unwrap_or(i64::MAX);
        rotation.after_row = IdValue::from(last.unwrap_or_else(Uuid::nil));
        rotation.column_number += i32::from(last.is_none());
        key_rotations::put(db, &rotation)
    });
    Ok(written.await?)
}

/// The next rows among which something is to be sealed anew; others are passed over.
fn next_page(
    db: &mut Db,
    tenant: TenantId,
    column: &SealedColumn,
    (mut after, version): (Uuid, u32),
) -> Result<Page, StoreError> {
    let mut looks = 0;
    loop {
        let page = sealed::look_through(db, tenant, column, (after, version), ROWS)?;
        looks += 1;
        match page.last {
            Some(last) if page.outdated.is_empty() && looks < LOOKS => after = last,
            _ => return Ok(page),
        }
    }
}

/// Those that open, each with what it becomes. One that does not keeps the older keys from being destroyed.
fn seal_anew(
    keys: &TenantKeys,
    column: &SealedColumn,
    values: Vec<Outdated>,
) -> Vec<(Outdated, Vec<u8>)> {
    let seal = |value: Outdated| {
        let field = (column.field)(value.row);
        let place = Place {
            bound_to: &value.bound_to,
            ..field.place()
        };
        match keys.seal_anew(place, &value.sealed) {
            Ok(anew) => Some((value, anew)),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                let (table, column) = (column.table, column.column);
                tracing::warn!(table, column, row = %value.row, error, "a value does not open");
                None
            }
        }
    };
    values.into_iter().filter_map(seal).collect()
}

/// The renewal as it is, with the tenant's keys locked; `None` when it is no longer where it was.
fn still(db: &mut Db, before: &KeyRotation) -> Result<Option<KeyRotation>, StoreError> {
    key_rotations::lock_keys(db, before.tenant_id)?;
    let now = key_rotations::find(db, before.tenant_id)?;
    Ok(now.filter(|now| now.is_where(before)))
}

fn columns() -> i32 {
    i32::try_from(SEALED_COLUMNS.len()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_microsecond(minute * 60_000_000)
    }

    /// At the end of a round that began at this minute and found so many, some of which do not open; sealing began at 5.
    fn round(begun: i64, found: i64, unopened: i64) -> KeyRotation {
        KeyRotation {
            sealing_since: Some(at(5)),
            round: 1,
            round_begun_at: Some(at(begun)),
            column_count: columns(),
            column_number: columns(),
            found,
            unopened,
            ..KeyRotation::begun(TenantId::from_uuid(Uuid::nil()), 2, at(0))
        }
    }

    #[test]
    fn a_new_key_is_made_known_before_it_seals() {
        let begun = KeyRotation::begun(TenantId::from_uuid(Uuid::nil()), 2, at(0));

        assert_eq!(stage(&begun, at(4)), Stage::Wait);
        assert_eq!(stage(&begun, at(5)), Stage::Seal);
    }

    #[test]
    fn older_keys_are_destroyed_after_a_late_round_that_found_nothing() {
        for (rotation, now, expected) in [
            // Work in hand may still seal with the old key.
            (round(6, 0, 0), 14, Stage::Wait),
            (round(6, 0, 0), 16, Stage::BeginRound),
            (round(15, 0, 0), 16, Stage::Destroy),
            (round(15, 3, 0), 16, Stage::BeginRound),
            // What does not open keeps them, and is looked at again now and then.
            (round(15, 1, 1), 16, Stage::Wait),
            (round(15, 1, 1), 25, Stage::BeginRound),
            (round(15, 2, 1), 16, Stage::BeginRound),
        ] {
            assert_eq!(stage(&rotation, at(now)), expected, "{rotation:?}");
        }
    }

    #[test]
    fn a_round_goes_through_all_columns_that_this_program_knows() {
        let half = KeyRotation {
            column_number: 3,
            ..round(15, 0, 0)
        };
        let by_another = KeyRotation {
            column_count: columns() - 1,
            column_number: columns() - 1,
            ..round(15, 0, 0)
        };

        assert_eq!(stage(&half, at(16)), Stage::Look);
        assert_eq!(stage(&by_another, at(16)), Stage::BeginRound);
    }
}
