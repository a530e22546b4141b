//! Returns and chargebacks.

use crate::domain::fact::{Chargeback, Fact, Return, ReturnLine};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::storefronts::TranslateError;
use crate::storefronts::fastspring::payload::Object;
use crate::storefronts::fastspring::translate::{before_tax, ids, order, product, readable_count};

/// Money that the seller sent back, for an order that may be a renewal's.
pub fn returned(data: &Object<'_>) -> Result<Fact, TranslateError> {
    let id = data
        .text("return")
        .or_else(|| data.text("id"))
        .ok_or(TranslateError::Invalid { what: "return" })?;
    let original = data.object("original").unwrap_or_default();
    let lines: Vec<_> = order::items(data)
        .map(|item| line(&item))
        .collect::<Result<_, _>>()?;
    Ok(Fact::Returned(Box::new(Return {
        id,
        order_id: ids::of_order(&original),
        order_reference: original.text("reference"),
        order_total: before_tax(&original, "total"),
        total: before_tax(data, "totalReturn"),
        currency: data.text("currency"),
        subscriptions: subscriptions(&original, &lines),
        lines,
        reason: data.text("reason"),
        returned_at: data.date("changed"),
    })))
}

/// Money that the buyer's bank took back; the order is all that such an event names.
pub fn charged_back(data: &Object<'_>) -> Result<Fact, TranslateError> {
    let order_id: OrderId = ids::of_order(data).ok_or(TranslateError::Invalid { what: "order" })?;
    Ok(Fact::ChargedBack(Chargeback {
        order_id: Some(order_id),
        reason: data
            .text("reasonDescription")
            .or_else(|| data.text("reasonCode")),
    }))
}

fn line(item: &Object<'_>) -> Result<ReturnLine, TranslateError> {
    let product = product::of(item).ok_or(TranslateError::Invalid {
        what: "items[].product",
    })?;
    Ok(ReturnLine {
        product_path: product.path,
        subtotal: item.amount("subtotal"),
        is_full: item.text("refundType").and_then(|kind| is_full(&kind)),
        // Older partial refunds say 0.
        quantity: readable_count(item, "quantity", "items[].quantity")?.unwrap_or(0),
        subscription: ids::of_subscription(item, "subscription"),
    })
}

fn is_full(refund_type: &str) -> Option<bool> {
    let kind = refund_type.to_ascii_lowercase();
    if kind.starts_with("full") {
        Some(true)
    } else if kind.starts_with("partial") {
        Some(false)
    } else {
        None
    }
}

fn subscriptions(original: &Object<'_>, lines: &[ReturnLine]) -> Vec<SubscriptionId> {
    let of_order = original
        .list("subscriptions")
        .into_iter()
        .filter_map(|value| value.reference("subscription"))
        .filter_map(|id| SubscriptionId::new(&id));
    let mut subscriptions: Vec<_> = lines
        .iter()
        .filter_map(|line| line.subscription.clone())
        .chain(of_order)
        .collect();
    subscriptions.sort();
    subscriptions.dedup();
    subscriptions
}
