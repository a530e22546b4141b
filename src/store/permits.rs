//! The budget of each origin: numbered slots, each free again some time after its answer.

use diesel::prelude::*;
use diesel::{insert_into, update};

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::permits;

/// The number under which it is kept until when room must be left.
const ROOM: i32 = -1;
/// The number of the row that whoever judges shares holds meanwhile.
const SHARES: i32 = -2;

/// For whom a slot is held that somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The company.
    pub tenant: TenantId,
    /// The person or program.
    pub asker: String,
}

/// A slot that somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// For whom.
    pub holder: Holder,
    /// When it is free again.
    pub free_at: Timestamp,
}

/// Takes a free slot below `slots` until `busy_until`; `None` when none is free.
///
/// The highest comes first, so that the low ones are left to those who may use no others.
pub fn acquire(
    db: &mut Db,
    origin: &str,
    (slots, holder): (u32, Option<&Holder>),
    (now, busy_until): (Timestamp, Timestamp),
) -> Result<Option<i32>, StoreError> {
    let slots = i32::try_from(slots).unwrap_or(i32::MAX);
    let mut free = find_free(db, origin, slots, now)?;
    if free.is_none() && make_missing(db, origin, slots, now)? {
        free = find_free(db, origin, slots, now)?;
    }
    let Some(slot) = free else {
        return Ok(None);
    };
    kept::execute(
        db,
        update(permits::table.find((origin, slot))).set((
            permits::free_at.eq(busy_until),
            permits::held_for.eq(holder.map(|holder| holder.tenant)),
            permits::held_by.eq(holder.map(|holder| holder.asker.clone())),
        )),
    )?;
    Ok(Some(slot))
}

/// The slots that somebody waits for, or whose answer came so lately that they are not free yet.
///
/// Whoever lists them is alone in it until the transaction ends, so that nobody takes a share of what is taken already.
pub fn list_held(db: &mut Db, origin: &str, now: Timestamp) -> Result<Vec<Held>, StoreError> {
    hold_row(db, origin, SHARES, now)?;
    let rows: Vec<(Option<TenantId>, Option<String>, Timestamp)> = permits::table
        .filter(permits::origin.eq(origin))
        .filter(permits::slot.ge(0))
        .filter(permits::held_for.is_not_null())
        .filter(permits::free_at.gt(now))
        .select((permits::held_for, permits::held_by, permits::free_at))
        .load(db)?;
    let held = rows.into_iter().filter_map(|(tenant, asker, free_at)| {
        let (tenant, asker) = (tenant?, asker?);
        let holder = Holder { tenant, asker };
        Some(Held { holder, free_at })
    });
    Ok(held.collect())
}

/// Tells when a slot is free again; silent when there is no such slot.
pub fn release(db: &mut Db, origin: &str, slot: i32, free_at: Timestamp) -> Result<(), StoreError> {
    kept::execute(
        db,
        update(permits::table.find((origin, slot))).set(permits::free_at.eq(free_at)),
    )?;
    Ok(())
}

/// Asks those who can wait to leave room until then.
pub fn ask_for_room(db: &mut Db, origin: &str, until: Timestamp) -> Result<(), StoreError> {
    hold_row(db, origin, ROOM, until)
}

/// Writes a time to the row of a slot that is none; others who would wait until the transaction ends.
fn hold_row(db: &mut Db, origin: &str, row: i32, time: Timestamp) -> Result<(), StoreError> {
    let new = (
        permits::origin.eq(origin),
        permits::slot.eq(row),
        permits::free_at.eq(time),
    );
    or_ignore(insert_into(permits::table).values(new)).execute(db)?;
    release(db, origin, row, time)
}

/// Whether room was asked for that must still be left.
pub fn is_room_asked(db: &mut Db, origin: &str, now: Timestamp) -> Result<bool, StoreError> {
    let until: Option<Timestamp> = permits::table
        .find((origin, ROOM))
        .select(permits::free_at)
        .first(db)
        .optional()?;
    Ok(until.is_some_and(|until| until > now))
}

/// When the next slot below `slots` is free; `None` when there is no slot yet.
pub fn earliest_free(
    db: &mut Db,
    origin: &str,
    slots: u32,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(permits::table
        .filter(permits::origin.eq(origin))
        .filter(permits::slot.ge(0))
        .filter(permits::slot.lt(i32::try_from(slots).unwrap_or(i32::MAX)))
        .order(permits::free_at)
        .select(permits::free_at)
        .first(db)
        .optional()?)
}

/// How many slots below `slots` are free now; slots that were never used count as free.
pub fn free_count(
    db: &mut Db,
    origin: &str,
    slots: u32,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let busy: i64 = permits::table
        .filter(permits::origin.eq(origin))
        .filter(permits::slot.ge(0))
        .filter(permits::slot.lt(i32::try_from(slots).unwrap_or(i32::MAX)))
        .filter(permits::free_at.gt(now))
        .count()
        .get_result(db)?;
    Ok(slots.saturating_sub(u32::try_from(busy).unwrap_or(u32::MAX)))
}

/// A slot that another transaction is about to take is passed over, rather than waited for.
fn find_free(
    db: &mut Db,
    origin: &str,
    slots: i32,
    now: Timestamp,
) -> Result<Option<i32>, StoreError> {
    let free = permits::table
        .filter(permits::origin.eq(origin))
        .filter(permits::slot.ge(0))
        .filter(permits::slot.lt(slots))
        .filter(permits::free_at.le(now))
        .order(permits::slot.desc())
        .select(permits::slot);
    let slot = match db {
        Db::Postgres(connection) => free
            .for_update()
            .skip_locked()
            .first(connection)
            .optional()?,
        Db::Sqlite(connection) => free.first(connection).optional()?,
    };
    Ok(slot)
}

/// Makes the slots of an origin that was never called, or whose budget grew; false when all were there.
fn make_missing(db: &mut Db, origin: &str, slots: i32, now: Timestamp) -> Result<bool, StoreError> {
    let there: i64 = permits::table
        .filter(permits::origin.eq(origin))
        .filter(permits::slot.ge(0))
        .filter(permits::slot.lt(slots))
        .count()
        .get_result(db)?;
    if there >= i64::from(slots) {
        return Ok(false);
    }
    for slot in 0..slots {
        let row = (
            permits::origin.eq(origin),
            permits::slot.eq(slot),
            permits::free_at.eq(now),
        );
        or_ignore(insert_into(permits::table).values(row)).execute(db)?;
    }
    Ok(true)
}
