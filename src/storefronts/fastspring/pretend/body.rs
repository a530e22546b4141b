//! The shop's JSON: events, orders, subscriptions, charges and returns, with the shop's own names.

use serde_json::{Value, json};

use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::pretend::sale::{
    Interval, Sale, SaleBuyer, SaleStanding, SaleSubscription, SoldProduct,
};

/// One event before it is numbered.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryEvent {
    /// The shop's name of its type.
    pub name: &'static str,
    /// When the shop made it.
    pub created: Timestamp,
    /// False for test orders.
    pub is_live: bool,
    /// What it is about.
    pub data: Value,
}

/// One POST with these events under these ids.
pub fn envelope(events: &[(String, StoryEvent)]) -> String {
    let events: Vec<Value> = events
        .iter()
        .map(|(id, event)| {
            json!({
                "id": id, "processed": false, "created": millis(event.created),
                "type": event.name, "live": event.is_live, "data": event.data,
            })
        })
        .collect();
    json!({ "events": events }).to_string()
}

/// An order as it was paid.
pub fn order(sale: &Sale) -> Value {
    let total = money(sale.cents());
    let mut order = order_names(&sale.order_id, &sale.reference);
    merge(
        &mut order,
        json!({
            "buyerReference": null, "completed": true, "changed": millis(sale.at),
            "language": sale.buyer.language, "live": sale.is_live, "currency": "USD",
            "payoutCurrency": "USD", "quote": null, "account": account(sale.account(), sale.buyer),
            "total": total, "tax": 0, "subtotal": total, "discount": 0.0,
            "payment": { "type": "creditcard", "creditcard": "visa", "cardEnding": "1881" },
            "customer": contact(sale.buyer),
            "recipients": [{ "recipient": contact(sale.buyer) }],
            "notes": [], "items": items(sale),
        }),
    );
    order
}

/// The order of a free trial: nothing was paid yet.
pub fn trial_order(begun: &SaleSubscription) -> Value {
    let mut trial_order = order(&begun.sale);
    let mut line = item(&begun.sale);
    let nothing = json!({ "total": 0.0, "subtotal": 0.0 });
    merge(&mut trial_order, nothing);
    let snapshot = subscription(begun, begun.sale.at);
    merge(
        &mut line,
        json!({ "subtotal": 0.0, "subscription": snapshot }),
    );
    merge(&mut trial_order, json!({ "items": [line] }));
    trial_order
}

/// A subscription as it stands.
pub fn subscription(subscription: &SaleSubscription, changed: Timestamp) -> Value {
    let sale = &subscription.sale;
    let (state, is_active) = match subscription.standing {
        SaleStanding::Trial => ("trial", true),
        SaleStanding::Paused => ("paused", true),
        SaleStanding::Active => ("active", true),
        SaleStanding::Overdue => ("overdue", true),
        SaleStanding::Canceled => ("canceled", true),
        SaleStanding::Ended => ("deactivated", false),
    };
    let ended = (subscription.standing == SaleStanding::Ended).then(|| millis(changed));
    let canceled = matches!(
        subscription.standing,
        SaleStanding::Canceled | SaleStanding::Ended
    );
    let paused = (subscription.standing == SaleStanding::Paused).then(|| millis(changed));
    let phases = match subscription.standing {
        SaleStanding::Trial => {
            json!([{ "type": "trial", "trialType": "FREE_WITH_PAYMENT", "isNotTrial": false }])
        }
        _ => json!([]),
    };
    json!({
        "id": subscription.id, "subscription": subscription.id, "quote": null,
        "active": is_active, "state": state, "isPauseScheduled": false,
        "changed": millis(changed), "live": sale.is_live, "currency": "USD", "pauseDate": paused,
        "account": account(sale.account(), sale.buyer), "product": product(&sale.product),
        "instructions": phases,
        "sku": sale.product.sku, "display": sale.product.display, "quantity": sale.quantity,
        "adhoc": false, "autoRenew": true, "price": money(sale.product.cents),
        "discount": 0.0, "subtotal": money(sale.cents()), "attributes": {},
        "next": millis(subscription.next), "end": ended,
        "canceledDate": canceled.then(|| millis(changed)),
        "deactivationDate": canceled.then(|| ended.unwrap_or(millis(subscription.next))),
        "sequence": subscription.sequence, "periods": null, "remainingPeriods": null,
        "begin": millis(sale.at), "intervalUnit": subscription.interval.as_str(), "intervalLength": 1,
        "nextChargeCurrency": "USD", "nextChargeDate": millis(subscription.next),
        "nextChargePreTax": money(sale.cents()), "nextChargeTotal": money(sale.cents()),
        "fulfillments": {}, "initialOrderId": sale.order_id,
        "initialOrderReference": sale.reference,
    })
}

/// A renewal's charge; `order` is its own, not the first one.
pub fn charge(paid: &SaleSubscription, order: &Sale, at: Timestamp) -> Value {
    let mut renewal = order_names(&order.order_id, &order.reference);
    merge(
        &mut renewal,
        json!({
            "completed": true, "changed": millis(at), "live": order.is_live, "currency": "USD",
            "total": money(order.cents()), "tax": 0, "subtotal": money(order.cents()),
            "customer": contact(order.buyer), "acquisitionTransactionType": "REGULAR_PERIOD",
            "items": [{
                "product": order.product.path, "quantity": order.quantity,
                "display": order.product.display, "sku": order.product.sku,
                "subtotal": money(order.cents()), "attributes": {}, "isSubscription": true,
                "subscription": paid.id, "fulfillments": {},
            }],
        }),
    );
    json!({
        "order": renewal, "currency": "USD", "quote": null, "total": money(order.cents()),
        "status": "successful", "timestamp": millis(at), "sequence": paid.sequence,
        "periods": null, "account": account(order.account(), order.buyer),
        "subscription": subscription(paid, at),
    })
}

/// A charge that the bank refused.
pub fn failed_charge(unpaid: &SaleSubscription, at: Timestamp) -> Value {
    json!({
        "reason": "INSUFFICIENT_FUNDS", "quote": null,
        "account": account(unpaid.sale.account(), unpaid.sale.buyer),
        "subscription": subscription(unpaid, at),
    })
}

/// All money back for one order.
pub fn refund(sale: &Sale, id: &str, at: Timestamp) -> Value {
    let total = money(sale.cents());
    let mut original = order_names(&sale.order_id, &sale.reference);
    merge(
        &mut original,
        json!({
            "account": sale.account(), "currency": "USD", "total": total, "tax": 0,
            "subtotal": total, "notes": [],
        }),
    );
    json!({
        "return": id, "quote": null, "reference": format!("{}X", sale.reference),
        "completed": true, "changed": millis(at), "live": sale.is_live,
        "account": account(sale.account(), sale.buyer), "currency": "USD",
        "totalReturn": total, "tax": 0, "subtotal": total, "reason": "Customer request",
        "note": "", "type": "RETURN", "original": original, "customer": contact(sale.buyer),
        "items": [{
            "product": sale.product.path, "quantity": sale.quantity,
            "display": sale.product.display, "sku": sale.product.sku,
            "refundType": "Full Refund", "subtotal": total, "fulfillments": {},
        }],
    })
}

/// The line that was bought; of a bundle, what comes with it too.
fn items(sale: &Sale) -> Vec<Value> {
    let member = |product: &SoldProduct| {
        json!({
            "product": product.path, "quantity": sale.quantity, "display": product.display,
            "sku": product.sku, "subtotal": 0.0, "attributes": {}, "discount": 0.0,
            "fulfillments": {}, "driver": { "type": "bundle", "path": sale.product.path },
        })
    };
    std::iter::once(item(sale))
        .chain(sale.members.iter().map(member))
        .collect()
}

fn item(sale: &Sale) -> Value {
    let mut item = json!({
        "product": sale.product.path, "quantity": sale.quantity, "display": sale.product.display,
        "sku": sale.product.sku, "subtotal": money(sale.cents()), "attributes": {},
        "discount": 0.0, "fulfillments": {},
    });
    if let Some(bought) = sale.subscription() {
        let snapshot = subscription(&bought, sale.at);
        merge(
            &mut item,
            json!({ "isSubscription": true, "subscription": snapshot }),
        );
    }
    item
}

fn order_names(id: &str, reference: &str) -> Value {
    json!({ "order": id, "id": id, "reference": reference })
}

fn product(product: &SoldProduct) -> Value {
    json!({
        "product": product.path, "parent": null, "sku": product.sku,
        "display": { "en": product.display }, "attributes": {}, "format": "digital",
        "pricing": {
            "interval": product.interval.map(Interval::as_str),
            "intervalLength": 1, "price": { "USD": money(product.cents) },
        },
    })
}

fn account(id: String, person: &SaleBuyer) -> Value {
    json!({
        "id": id, "account": id, "contact": contact(person),
        "address": { "city": person.city, "country": person.country },
        "language": person.language, "country": person.country,
    })
}

fn contact(person: &SaleBuyer) -> Value {
    json!({
        "first": person.first, "last": person.last,
        "email": format!("{}@example.com", person.mailbox),
        "company": person.company, "phone": null, "subscribed": true,
    })
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

fn millis(time: Timestamp) -> i64 {
    time.as_microsecond() / 1_000
}

fn money(cents: u32) -> f64 {
    f64::from(cents) / 100.0
}
