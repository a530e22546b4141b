//! Turns at the shop's records.

use std::collections::BTreeSet;

use crate::domain::fact::{OrderId, SubscriptionId};
use crate::domain::id::StorefrontId;
use crate::store::db::{Db, lock_names};
use crate::store::error::StoreError;

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
