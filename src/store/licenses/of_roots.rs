//! The licenses of purchases: all of them, or the units that one go looks at.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::max;
use diesel::prelude::*;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::license::{FIRST_UNIT, Root};
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::licenses::{Row, root_kind, root_of};
use crate::store::schema::licenses;

/// Units of each line of a purchase, and the first of each line besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units {
    /// The units before these are left out.
    pub after: u32,
    /// The last one.
    pub through: u32,
}

/// Every license of these purchases, deleted ones too; those of one purchase by slot, unit and generation.
pub fn list_of_roots(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    roots: &[Root],
) -> Result<Vec<Row>, StoreError> {
    let all = Units {
        after: 0,
        through: u32::MAX,
    };
    list_units_of_roots(db, (tenant, storefront), roots, all)
}

/// The same of some units.
pub fn list_units_of_roots(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    roots: &[Root],
    units: Units,
) -> Result<Vec<Row>, StoreError> {
    let of = |root: Option<&Root>| {
        licenses::table
            .filter(licenses::tenant_id.eq(tenant))
            .filter(licenses::storefront_id.eq(storefront))
            .filter(licenses::root_kind.eq(root.map_or("", root_kind)))
            .filter(licenses::root.eq(root.map_or("", Root::as_str).to_owned()))
            .filter(licenses::unit.le(number(units.through)))
            .filter(
                licenses::unit
                    .gt(number(units.after))
                    .or(licenses::unit.eq(number(FIRST_UNIT))),
            )
    };
    let mut rows: Vec<Row> = Vec::new();
    // As many as a usual purchase has, or any usual event, each by the index: what costs the same for all values
    // PostgreSQL plans once, what may cost less for some (a list, alternatives) it plans anew each time.
    for roots in roots.chunks(6) {
        let of = |place| of(roots.get(place));
        let three = of(0).union_all(of(1)).union_all(of(2));
        let some: Vec<Row> = if roots.len() <= 3 {
            // A union.
            on_backend!(db, connection => three.load(connection))?
        } else {
            let six = three.union_all(of(3)).union_all(of(4)).union_all(of(5));
            // A union.
            on_backend!(db, connection => six.load(connection))?
        };
        rows.extend(some);
    }
    rows.sort_by(|one, other| one.place().cmp(&other.place()));
    Ok(rows)
}

/// The highest unit of each slot of these purchases.
pub fn last_units(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    roots: &[Root],
) -> Result<BTreeMap<(Root, String), u32>, StoreError> {
    let kinds: BTreeSet<&str> = roots.iter().map(root_kind).collect();
    let names: BTreeSet<&str> = roots.iter().map(Root::as_str).collect();
    let rows: Vec<(String, String, String, Option<i32>)> = licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .filter(licenses::storefront_id.eq(storefront))
        .filter(licenses::root_kind.eq_any(kinds))
        .filter(licenses::root.eq_any(names))
        .group_by((licenses::root_kind, licenses::root, licenses::slot))
        .select((
            licenses::root_kind,
            licenses::root,
            licenses::slot,
            max(licenses::unit),
        ))
        .load(db)?;
    let mut last = BTreeMap::new();
    for (kind, root, slot, unit) in rows {
        let unit = u32::try_from(unit.unwrap_or_default()).unwrap_or_default();
        last.insert((root_of(&kind, &root)?, slot), unit);
    }
    Ok(last)
}

/// The units of one line that have a row.
pub fn units_of_slot(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    (root, slot): (&Root, &str),
) -> Result<BTreeSet<u32>, StoreError> {
    let units: Vec<i32> = licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .filter(licenses::storefront_id.eq(storefront))
        .filter(licenses::root_kind.eq(root_kind(root)))
        .filter(licenses::root.eq(root.as_str()))
        .filter(licenses::slot.eq(slot))
        .select(licenses::unit)
        .load(db)?;
    let units = units
        .into_iter()
        .filter_map(|unit| u32::try_from(unit).ok());
    Ok(units.collect())
}

/// As the column holds it.
fn number(unit: u32) -> i32 {
    i32::try_from(unit).unwrap_or(i32::MAX)
}
