//! Orders, their lines, and keys that could not be delivered with them.

use crate::domain::fact::{Fact, FulfillmentFailure, Notice, OrderLine, OrderSnapshot};
use crate::domain::shop_id::SubscriptionId;
use crate::storefronts::TranslateError;
use crate::storefronts::fastspring::payload::{Object, Value};
use crate::storefronts::fastspring::translate::{
    before_tax, ids, person, product, readable_count, subscription,
};

/// An order that was paid; one that says it is not completed is only a notice.
pub fn completed(data: &Object<'_>) -> Result<Fact, TranslateError> {
    if data.flag("completed") == Some(false) {
        return Ok(Fact::Notice(Notice::PaymentPending));
    }
    let id = ids::of_order(data).ok_or(TranslateError::Invalid { what: "order" })?;
    let items: Vec<_> = items(data).collect();
    // Money was paid for something: an order whose lines cannot be read is never one without licenses.
    if items.is_empty() {
        return Err(TranslateError::Invalid { what: "items" });
    }
    let subscriptions = items
        .iter()
        .filter_map(|item| item.object("subscription"))
        .filter_map(|nested| subscription::nested(&nested).transpose())
        .collect::<Result<_, _>>()?;
    Ok(Fact::OrderCompleted(Box::new(OrderSnapshot {
        id,
        reference: data.text("reference"),
        changed: data.date("changed"),
        buyer: person::buyer(data),
        recipients: person::recipients(data),
        lines: items
            .iter()
            .map(|item| line(item, &items))
            .collect::<Result<_, _>>()?,
        currency: data.text("currency"),
        total: before_tax(data, "total"),
        tags: data
            .object("tags")
            .map(|tags| tags.texts().collect())
            .unwrap_or_default(),
        subscriptions,
    })))
}

/// A key that a fulfillment could not give; the order is held back until someone acts.
pub fn fulfillment_failed(data: &Object<'_>) -> Fact {
    Fact::FulfillmentFailed(FulfillmentFailure {
        order_id: ids::of_order(data),
        reference: data.text("reference"),
        product_path: product::of(data).map(|product| product.path),
        subscription_id: ids::of_subscription(data, "subscription"),
        reason: data.text("reason"),
    })
}

/// The lines of an order, a return, or a charge's order.
pub fn items<'a>(order: &Object<'a>) -> impl Iterator<Item = Object<'a>> {
    order.list("items").into_iter().filter_map(Value::object)
}

fn line(item: &Object<'_>, items: &[Object<'_>]) -> Result<OrderLine, TranslateError> {
    let product = product::of_line(item).ok_or(TranslateError::Invalid {
        what: "items[].product",
    })?;
    let quantity = readable_count(item, "quantity", "items[].quantity")?.unwrap_or(1);
    let subscription = ids::of_subscription(item, "subscription");
    let bundle = driver(item, "bundle");
    // A bundle's members belong to the bundle, whatever else they carry. `isAddon` proves nothing: products that
    // are sold by themselves have it too.
    let parent_subscription = match bundle {
        Some(_) => None,
        None => parent(item, items).filter(|parent| Some(parent) != subscription.as_ref()),
    };
    Ok(OrderLine {
        product,
        quantity: quantity.max(1),
        subtotal: item.amount("subtotal"),
        subscription,
        parent_subscription,
        bundle,
        option_of: driver(item, "addon"),
        is_subscription: item.flag("isSubscription").unwrap_or(false),
        delivered_keys: delivered_keys(item),
    })
}

/// The path that drove a line, when the driver is of that kind.
fn driver(item: &Object<'_>, kind: &str) -> Option<String> {
    item.object("driver")
        .filter(|driver| driver.text("type").as_deref() == Some(kind))?
        .text("path")
}

/// The subscription that a line adds to; an add-on that names none adds to the subscription of its driver's line.
fn parent(item: &Object<'_>, items: &[Object<'_>]) -> Option<SubscriptionId> {
    ids::of_subscription(item, "parentSubscription").or_else(|| {
        let path = driver(item, "addon")?;
        items
            .iter()
            .filter(|other| product::of(other).is_some_and(|product| product.path == path))
            .find_map(|other| ids::of_subscription(other, "subscription"))
    })
}

/// The keys of all license generators; files and instructions stand in the same object.
fn delivered_keys(item: &Object<'_>) -> Vec<String> {
    let Some(fulfillments) = item.object("fulfillments") else {
        return Vec::new();
    };
    fulfillments
        .members()
        .flat_map(Value::list)
        .filter_map(Value::object)
        .filter_map(|delivered| delivered.text("license"))
        .collect()
}
