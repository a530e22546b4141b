//! The ids by which objects name orders and subscriptions.

use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::storefronts::fastspring::payload::Object;

/// The id of an order object.
pub fn of_order(order: &Object<'_>) -> Option<OrderId> {
    order
        .reference("order")
        .and_then(|id| OrderId::new(&id))
        .or_else(|| OrderId::new(&order.text("id")?))
}

/// The id of the subscription that a member names, as text or in full.
pub fn of_subscription(object: &Object<'_>, name: &str) -> Option<SubscriptionId> {
    object
        .get(name)?
        .reference("subscription")
        .and_then(|id| SubscriptionId::new(&id))
}
