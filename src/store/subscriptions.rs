//! What the shop says of subscriptions.

use diesel::insert_into;
use diesel::prelude::*;

use crate::domain::id::{CustomerId, StorefrontId, TenantId};
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept;
use crate::store::schema::subscriptions;

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = subscriptions, treat_none_as_default_value = false, treat_none_as_null = true, primary_key(tenant_id, storefront_id, subscription_id))]
pub struct Subscription {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// Its id at the shop.
    pub subscription_id: SubscriptionId,
    /// False for test orders.
    pub live: bool,
    /// The person it concerns.
    pub customer_id: Option<CustomerId>,
    /// The product path.
    pub product_path: Option<String>,
    /// What the shop says, as JSON.
    pub record: String,
    /// The shop's next date.
    pub next: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The subscription; `None` when nothing was said of it.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    subscription: &SubscriptionId,
) -> Result<Option<Subscription>, StoreError> {
    Ok(subscriptions::table
        .find((tenant, storefront, subscription))
        .first(db)
        .optional()?)
}

/// Writes a subscription, whether it is there or not. The caller has [locked](crate::store::records::lock) it.
pub fn put(db: &mut Db, subscription: &Subscription) -> Result<(), StoreError> {
    let key = (
        subscriptions::tenant_id,
        subscriptions::storefront_id,
        subscriptions::subscription_id,
    );
    kept::execute(
        db,
        insert_into(subscriptions::table)
            .values(subscription)
            .on_conflict(key)
            .do_update()
            .set(subscription),
    )?;
    Ok(())
}

/// Subscriptions of a store by rising id, after that one.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    after: Option<&SubscriptionId>,
    limit: i64,
) -> Result<Vec<Subscription>, StoreError> {
    let mut query = subscriptions::table
        .filter(subscriptions::tenant_id.eq(tenant))
        .filter(subscriptions::storefront_id.eq(storefront))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(subscriptions::subscription_id.gt(after));
    }
    Ok(query
        .order(subscriptions::subscription_id)
        .limit(limit)
        .load(db)?)
}

/// How many subscriptions of a store are known.
pub fn count(db: &mut Db, tenant: TenantId, storefront: StorefrontId) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::tenant_id.eq(tenant))
        .filter(subscriptions::storefront_id.eq(storefront))
        .count()
        .get_result(db)?)
}

/// The subscriptions of a store that were heard of last, the latest first; at most so many.
pub fn list_latest(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    limit: i64,
) -> Result<Vec<Subscription>, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::tenant_id.eq(tenant))
        .filter(subscriptions::storefront_id.eq(storefront))
        .order(subscriptions::updated_at.desc())
        .limit(limit)
        .load(db)?)
}
