//! Turns at the shop's records, and what is stored of them.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::id::{CustomerId, StorefrontId, TenantId};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::name_locks::lock_names;
use crate::store::schema::{orders, subscriptions};

/// What is stored of an order or a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Stored {
    /// What the shop says, as JSON.
    pub record: String,
    /// The person it concerns.
    pub customer_id: Option<CustomerId>,
}

/// Keeps others from folding these records until the transaction ends, those that are not there yet included.
///
/// Orders come first, then subscriptions, each by rising id, so that nobody waits in a circle.
pub fn lock(
    db: &mut Db,
    storefront: StorefrontId,
    orders: &BTreeSet<OrderId>,
    subscriptions: &BTreeSet<SubscriptionId>,
) -> Result<(), StoreError> {
    let store = storefront.as_uuid();
    let orders = orders.iter().map(|id| format!("order {store} {id}"));
    let subscriptions = subscriptions
        .iter()
        .map(|id| format!("subscription {store} {id}"));
    let names: Vec<String> = orders.chain(subscriptions).collect();
    lock_names(db, &names)
}

/// An order and a subscription, of which most events name one each; `None` where nothing was said of it.
pub fn find(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    order: Option<&OrderId>,
    subscription: Option<&SubscriptionId>,
) -> Result<(Option<Stored>, Option<Stored>), StoreError> {
    let order = orders::table
        .filter(orders::tenant_id.eq(tenant))
        .filter(orders::storefront_id.eq(storefront))
        .filter(orders::order_id.eq(order.map_or("", OrderId::as_str)))
        .select((
            true.into_sql::<Bool>(),
            (orders::record, orders::customer_id),
        ));
    let subscription = subscriptions::table
        .filter(subscriptions::tenant_id.eq(tenant))
        .filter(subscriptions::storefront_id.eq(storefront))
        .filter(subscriptions::subscription_id.eq(subscription.map_or("", SubscriptionId::as_str)))
        .select((
            false.into_sql::<Bool>(),
            (subscriptions::record, subscriptions::customer_id),
        ));
    let both = order.union_all(subscription);
    // A union.
    let rows: Vec<(bool, Stored)> = on_backend!(db, connection => both.load(connection))?;
    let mut found = (None, None);
    for (is_order, stored) in rows {
        match is_order {
            true => found.0 = Some(stored),
            false => found.1 = Some(stored),
        }
    }
    Ok(found)
}
