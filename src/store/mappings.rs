//! What is licensed for a product path, and the product paths that were seen.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel::{delete, insert_into};

use crate::domain::id::{MappingId, StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::{mappings, products_seen};

/// What a product path gives.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = mappings, treat_none_as_default_value = false)]
pub struct Mapping {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The product path.
    pub product_path: String,
    /// Its id.
    pub id: MappingId,
    /// What it gives, as JSON.
    pub mapping: String,
    /// What signs license requests, sealed.
    pub fulfillment_key_sealed: Option<Vec<u8>>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A product path that events named.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = products_seen, treat_none_as_default_value = false)]
pub struct ProductSeen {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The product path.
    pub product_path: String,
    /// As the shop displays it.
    pub display: Option<String>,
    /// The attributes, as JSON; `None` while no event carried any.
    pub attributes: Option<String>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// When an order last carried a key of it that another generator had made; `None` = never.
    pub shop_key_at: Option<Timestamp>,
}

/// Adds a mapping, or puts it in place of the one of that path, whose id stays.
pub fn put(db: &mut Db, mapping: &Mapping) -> Result<(), StoreError> {
    // ON CONFLICT is not in the common subset.
    on_backend!(db, connection => insert_into(mappings::table)
        .values(mapping)
        .on_conflict((mappings::tenant_id, mappings::storefront_id, mappings::product_path))
        .do_update()
        .set((
            mappings::mapping.eq(excluded(mappings::mapping)),
            mappings::fulfillment_key_sealed.eq(excluded(mappings::fulfillment_key_sealed)),
            mappings::updated_at.eq(excluded(mappings::updated_at)),
        ))
        .execute(connection))?;
    Ok(())
}

/// The mapping of a path; `None` when nothing was said of it.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    product_path: &str,
) -> Result<Option<Mapping>, StoreError> {
    Ok(mappings::table
        .find((tenant, storefront, product_path))
        .first(db)
        .optional()?)
}

/// All mappings of a store, by path.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<Vec<Mapping>, StoreError> {
    Ok(mappings::table
        .filter(mappings::tenant_id.eq(tenant))
        .filter(mappings::storefront_id.eq(storefront))
        .order(mappings::product_path)
        .load(db)?)
}

/// Removes a mapping; false when there was none.
pub fn delete_one(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    product_path: &str,
) -> Result<bool, StoreError> {
    let one = mappings::table.find((tenant, storefront, product_path));
    Ok(delete(one).execute(db)? == 1)
}

/// Remembers product paths. Attributes and display that an event did not carry stay as they were.
///
/// To the minute: every event names a product, and those of one product would otherwise wait for each other's commit.
/// What `known` rows tell already, which may have been read a moment ago, is not looked at.
pub fn see(db: &mut Db, products: &[ProductSeen], known: &[ProductSeen]) -> Result<(), StoreError> {
    let is_known = |product: &ProductSeen| {
        let mut of_path = known
            .iter()
            .filter(|known| known.product_path == product.product_path);
        of_path.any(|known| is_told_already(known, product))
    };
    let mut products: Vec<&ProductSeen> = products
        .iter()
        .filter(|product| !is_known(product))
        .collect();
    products.sort_by_key(|product| {
        (
            product.tenant_id,
            product.storefront_id,
            &product.product_path,
        )
    });
    for product in products {
        let row = || {
            products_seen::table.find((
                product.tenant_id,
                product.storefront_id,
                &product.product_path,
            ))
        };
        let known: Option<ProductSeen> = row().first(db).optional()?;
        if known.is_some_and(|known| is_told_already(&known, product)) {
            continue;
        }
        let changed = diesel::update(row())
            .set((
                products_seen::last_seen_at.eq(product.last_seen_at),
                product
                    .display
                    .as_ref()
                    .map(|text| products_seen::display.eq(text)),
                product
                    .attributes
                    .as_ref()
                    .map(|text| products_seen::attributes.eq(text)),
                product
                    .shop_key_at
                    .map(|at| products_seen::shop_key_at.eq(at)),
            ))
            .execute(db)?;
        if changed == 0 {
            // Two events may show a new product at the same moment.
            or_ignore(insert_into(products_seen::table).values(product)).execute(db)?;
        }
    }
    Ok(())
}

/// Whether a product was seen within the minute, and nothing is said of it that is not known.
fn is_told_already(known: &ProductSeen, product: &ProductSeen) -> bool {
    let is_recent = product.last_seen_at.since(known.last_seen_at).as_secs() < 60;
    let is_new = |known: &Option<String>, said: &Option<String>| said.is_some() && known != said;
    is_recent
        && !is_new(&known.display, &product.display)
        && !is_new(&known.attributes, &product.attributes)
        && (known.shop_key_at.is_some() || product.shop_key_at.is_none())
}

/// The attributes with which a product path was last seen; `None` when none came with it.
pub fn attributes_seen(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    product_path: &str,
) -> Result<Option<BTreeMap<String, String>>, StoreError> {
    let row: Option<ProductSeen> = products_seen::table
        .find((tenant, storefront, product_path))
        .first(db)
        .optional()?;
    row.and_then(|row| row.attributes)
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| StoreError::corrupt("products_seen.attributes", error))
}

/// All product paths seen in a store, by path.
pub fn list_seen(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<Vec<ProductSeen>, StoreError> {
    Ok(products_seen::table
        .filter(products_seen::tenant_id.eq(tenant))
        .filter(products_seen::storefront_id.eq(storefront))
        .order(products_seen::product_path)
        .load(db)?)
}
