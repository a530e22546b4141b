//! What the shop says of orders, and which subscriptions they belong to.

use diesel::insert_into;
use diesel::prelude::*;

use crate::domain::id::{CustomerId, StorefrontId, TenantId};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::{order_subscriptions, orders};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = orders, treat_none_as_default_value = false, treat_none_as_null = true, primary_key(tenant_id, storefront_id, order_id))]
pub struct Order {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// Its id at the shop.
    pub order_id: OrderId,
    /// The receipt number, once known.
    pub reference: Option<String>,
    /// False for test orders.
    pub live: bool,
    /// The person it concerns.
    pub customer_id: Option<CustomerId>,
    /// What the shop says, as JSON.
    pub record: String,
    /// When the shop last changed it.
    pub changed_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An order began or paid for a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = order_subscriptions, treat_none_as_default_value = false)]
pub struct OrderSubscription {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The order it names.
    pub order_id: OrderId,
    /// The subscription it names.
    pub subscription_id: SubscriptionId,
}

/// The order; `None` when nothing was said of it.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    order: &OrderId,
) -> Result<Option<Order>, StoreError> {
    Ok(orders::table
        .find((tenant, storefront, order))
        .first(db)
        .optional()?)
}

/// Those of these orders of a store that something was said of, by their ids.
pub fn list_by_ids(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    orders: &[OrderId],
) -> Result<Vec<Order>, StoreError> {
    Ok(orders::table
        .filter(orders::tenant_id.eq(tenant))
        .filter(orders::storefront_id.eq(storefront))
        .filter(orders::order_id.eq_any(orders))
        .order(orders::order_id)
        .load(db)?)
}

/// Orders with that id or receipt number, in any store of the tenant.
pub fn list_named(db: &mut Db, tenant: TenantId, name: &str) -> Result<Vec<Order>, StoreError> {
    Ok(orders::table
        .filter(orders::tenant_id.eq(tenant))
        .filter(
            orders::reference
                .eq(name)
                .or(orders::order_id.eq(name).nullable()),
        )
        .order(orders::order_id)
        .load(db)?)
}

/// Orders of a store with that receipt number.
pub fn find_by_reference(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    reference: &str,
) -> Result<Option<Order>, StoreError> {
    Ok(orders::table
        .filter(orders::tenant_id.eq(tenant))
        .filter(orders::storefront_id.eq(storefront))
        .filter(orders::reference.eq(reference))
        .order(orders::order_id)
        .first(db)
        .optional()?)
}

/// Writes an order, whether it is there or not. The caller has [locked](crate::store::records::lock) it.
pub fn put(db: &mut Db, order: &Order) -> Result<(), StoreError> {
    let key = (orders::tenant_id, orders::storefront_id, orders::order_id);
    kept::execute(
        db,
        insert_into(orders::table)
            .values(order)
            .on_conflict(key)
            .do_update()
            .set(order),
    )?;
    Ok(())
}

/// Notes that an order began or paid for a subscription; silent when that is known.
pub fn relate(db: &mut Db, relation: &OrderSubscription) -> Result<(), StoreError> {
    or_ignore(insert_into(order_subscriptions::table).values(relation)).execute(db)?;
    Ok(())
}

/// The subscriptions of an order.
pub fn list_subscriptions(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    order: &OrderId,
) -> Result<Vec<SubscriptionId>, StoreError> {
    Ok(order_subscriptions::table
        .filter(order_subscriptions::tenant_id.eq(tenant))
        .filter(order_subscriptions::storefront_id.eq(storefront))
        .filter(order_subscriptions::order_id.eq(order))
        .order(order_subscriptions::subscription_id)
        .select(order_subscriptions::subscription_id)
        .load(db)?)
}

/// The orders of a subscription.
pub fn list_of_subscription(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    subscription: &SubscriptionId,
) -> Result<Vec<OrderId>, StoreError> {
    Ok(order_subscriptions::table
        .filter(order_subscriptions::tenant_id.eq(tenant))
        .filter(order_subscriptions::storefront_id.eq(storefront))
        .filter(order_subscriptions::subscription_id.eq(subscription))
        .order(order_subscriptions::order_id)
        .select(order_subscriptions::order_id)
        .load(db)?)
}

/// Orders of a store by rising id, after that one.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    after: Option<&OrderId>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let mut query = orders::table
        .filter(orders::tenant_id.eq(tenant))
        .filter(orders::storefront_id.eq(storefront))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(orders::order_id.gt(after));
    }
    Ok(query.order(orders::order_id).limit(limit).load(db)?)
}

/// How many orders of a store are known.
pub fn count(db: &mut Db, tenant: TenantId, storefront: StorefrontId) -> Result<i64, StoreError> {
    Ok(orders::table
        .filter(orders::tenant_id.eq(tenant))
        .filter(orders::storefront_id.eq(storefront))
        .count()
        .get_result(db)?)
}
