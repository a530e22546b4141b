//! Lines of orders for which the shop asked for keys.

use std::collections::BTreeSet;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::{insert_into, select, update};

use crate::domain::id::{KeyRequestId, StorefrontId, TenantId};
use crate::domain::license::Root;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::kept::kept;
use crate::store::licenses::{root_kind, root_of};
use crate::store::name_locks::lock_names;
use crate::store::schema::key_requests;
use crate::store::tenants::present;

/// A line for which keys were asked.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = key_requests, treat_none_as_default_value = false)]
pub struct Row {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: KeyRequestId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The receipt number.
    pub reference: Option<String>,
    /// The subscription that the request named.
    pub subscription_id: Option<SubscriptionId>,
    /// The product path.
    pub product_path: String,
    /// How many were bought.
    pub quantity: i32,
    /// `subscription`, `order` or `reference`.
    pub root_kind: String,
    /// The purchase that its licenses belong to.
    pub root: String,
    /// The line of the purchase.
    pub slot: String,
    /// The order, once known.
    pub order_id: Option<OrderId>,
    /// What the request said of the product, sealed.
    pub parameters_sealed: Option<Vec<u8>>,
    /// False for test orders.
    pub live: bool,
    /// When keys were first asked for.
    pub requested_at: Timestamp,
    /// When they were first handed out.
    pub answered_at: Option<Timestamp>,
}

/// What requests are found by.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// By their own ids.
    pub ids: Vec<KeyRequestId>,
    /// By receipt numbers.
    pub references: Vec<String>,
    /// By the purchases that their licenses belong to.
    pub roots: Vec<String>,
}

impl Row {
    /// The purchase that its licenses belong to.
    pub fn root(&self) -> Result<Root, StoreError> {
        root_of(&self.root_kind, &self.root)
    }

    /// What it is locked by.
    pub fn names(&self) -> BTreeSet<String> {
        let subscription = self.subscription_id.iter().map(ToString::to_string);
        self.reference.iter().cloned().chain(subscription).collect()
    }

    /// Writes a place into the row.
    pub fn set_place(&mut self, root: &Root, slot: &str) {
        root_kind(root).clone_into(&mut self.root_kind);
        root.as_str().clone_into(&mut self.root);
        slot.clone_into(&mut self.slot);
    }
}

/// Keeps others from asking for keys of these purchases, or linking them, until the transaction ends.
///
/// Whoever locks records too takes these last.
pub fn lock(
    db: &mut Db,
    storefront: StorefrontId,
    names: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("keys {} {name}", storefront.as_uuid()))
        .collect();
    lock_names(db, &names)
}

/// Puts a request on record.
pub fn create(db: &mut Db, row: &Row) -> Result<(), StoreError> {
    insert_into(key_requests::table).values(row).execute(db)?;
    Ok(())
}

/// The request; an error when it is not there.
pub fn get(db: &mut Db, tenant: TenantId, id: KeyRequestId) -> Result<Row, StoreError> {
    Ok(key_requests::table.find((tenant, id)).first(db)?)
}

/// Whether keys were ever asked for in that store.
pub fn exist(db: &mut Db, tenant: TenantId, storefront: StorefrontId) -> Result<bool, StoreError> {
    let of_store = key_requests::table
        .filter(key_requests::tenant_id.eq(tenant))
        .filter(key_requests::storefront_id.eq(storefront));
    Ok(select(exists(of_store)).get_result(db)?)
}

/// Requests with any of these names, the oldest first.
pub fn list_named(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    named: &Named,
) -> Result<Vec<Row>, StoreError> {
    // Arrays instead of lists of values.
    let rows = on_backend!(db, connection => kept(key_requests::table
        .filter(key_requests::tenant_id.eq(tenant))
        .filter(key_requests::storefront_id.eq(storefront))
        .filter(
            key_requests::id
                .eq_any(&named.ids)
                .nullable()
                .or(key_requests::reference.eq_any(&named.references))
                .or(key_requests::root.eq_any(&named.roots).nullable()),
        )
        .order(key_requests::id))
        .load(connection))?;
    Ok(rows)
}

/// The request of a line: by its subscription, else by receipt number and quantity.
///
/// Two lines of one order that differ in nothing are one request.
pub fn find(db: &mut Db, wanted: &Row) -> Result<Option<Row>, StoreError> {
    let of_product = || {
        key_requests::table
            .filter(key_requests::tenant_id.eq(wanted.tenant_id))
            .filter(key_requests::storefront_id.eq(wanted.storefront_id))
            .filter(key_requests::product_path.eq(&wanted.product_path))
            .order(key_requests::id)
    };
    if let Some(subscription) = &wanted.subscription_id {
        let found: Option<Row> = of_product()
            .filter(key_requests::subscription_id.eq(subscription))
            .first(db)
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let Some(reference) = &wanted.reference else {
        return Ok(None);
    };
    Ok(of_product()
        .filter(key_requests::reference.eq(reference))
        .filter(key_requests::quantity.eq(wanted.quantity))
        .filter(
            key_requests::subscription_id
                .is_null()
                .or(key_requests::subscription_id
                    .eq(&wanted.subscription_id)
                    .assume_not_null()),
        )
        .first(db)
        .optional()?)
}

/// Moves a request to where its line turned out to belong; an error when it is not there.
pub fn relink(
    db: &mut Db,
    tenant: TenantId,
    id: KeyRequestId,
    (root, slot): (&Root, &str),
    order_id: Option<&OrderId>,
) -> Result<(), StoreError> {
    let changed = update(key_requests::table.find((tenant, id)))
        .set((
            key_requests::root_kind.eq(root_kind(root)),
            key_requests::root.eq(root.as_str()),
            key_requests::slot.eq(slot),
            key_requests::order_id.eq(order_id),
        ))
        .execute(db)?;
    present(changed)
}

/// What a request said of its product, sealed, as it was said last; an error when it is not there.
pub fn set_parameters(
    db: &mut Db,
    tenant: TenantId,
    id: KeyRequestId,
    parameters_sealed: Option<&[u8]>,
) -> Result<(), StoreError> {
    let changed = update(key_requests::table.find((tenant, id)))
        .set(key_requests::parameters_sealed.eq(parameters_sealed))
        .execute(db)?;
    present(changed)
}

/// Notes that the keys were handed out; the first time stays.
pub fn answered(
    db: &mut Db,
    tenant: TenantId,
    id: KeyRequestId,
    now: Timestamp,
) -> Result<(), StoreError> {
    update(key_requests::table.find((tenant, id)))
        .filter(key_requests::answered_at.is_null())
        .set(key_requests::answered_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// Product paths of a store for which keys were ever asked.
pub fn list_products(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<BTreeSet<String>, StoreError> {
    let paths: Vec<String> = key_requests::table
        .filter(key_requests::tenant_id.eq(tenant))
        .filter(key_requests::storefront_id.eq(storefront))
        .select(key_requests::product_path)
        .distinct()
        .load(db)?;
    Ok(paths.into_iter().collect())
}
