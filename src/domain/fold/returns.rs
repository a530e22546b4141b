//! Money that went back: kept with its order, and carried over to the subscriptions once the order is known.

use crate::domain::fact::Return;
use crate::domain::license::Root;
use crate::domain::record::{OrderKind, Records, ReturnRecord, ReturnedLine};
use crate::domain::refund::{self, Refunded};
use crate::domain::shop_id::OrderId;
use crate::domain::time::Timestamp;

/// Folds a return; the same return twice counts once, one without an order changes nothing.
pub fn returned(records: &mut Records, returned: &Return, occurred_at: Timestamp) {
    let Some(order) = &returned.order_id else {
        return;
    };
    let record = records.orders.entry(order.clone()).or_default();
    if record.reference.is_none() {
        record.reference.clone_from(&returned.order_reference);
    }
    let lines = returned.lines.iter().map(|line| ReturnedLine {
        product_path: line.product_path.clone(),
        subscription: line.subscription.clone(),
        subtotal: line.subtotal,
        is_full: line.is_full,
        quantity: line.quantity,
    });
    record.returns.insert(
        returned.id.clone(),
        ReturnRecord {
            at: Some(returned.returned_at.unwrap_or(occurred_at)),
            total: returned.total,
            order_total: returned.order_total,
            currency: returned.currency.clone(),
            lines: lines.collect(),
        },
    );
    settle(records, order);
}

/// Carries what went back of an order over to its subscriptions; before the order itself is known there are none.
pub fn settle(records: &mut Records, order_id: &OrderId) {
    let Some(order) = records.orders.get(order_id) else {
        return;
    };
    match &order.kind {
        OrderKind::Unknown => {
            for id in order.began.iter().filter(|_| order.is_charged_back) {
                let record = records.subscriptions.entry(id.clone()).or_default();
                record.charged_back_orders.insert(order_id.clone());
            }
        }
        OrderKind::First => {
            for (line, refunded) in order.lines.iter().zip(refund::of_lines(order)) {
                let Root::Subscription(id) = &line.root else {
                    continue;
                };
                let is_refunded = line.began().is_some() && refunded == Refunded::Full;
                if is_refunded || order.is_charged_back {
                    let record = records.subscriptions.entry(id.clone()).or_default();
                    record.is_purchase_returned |= is_refunded;
                    if order.is_charged_back {
                        record.charged_back_orders.insert(order_id.clone());
                    }
                }
            }
        }
        OrderKind::Charge { subscriptions } => {
            for id in subscriptions {
                let record = records.subscriptions.entry(id.clone()).or_default();
                let path = record.named_path.get().map(String::as_str);
                if refund::of_charge(order, id, path) == Refunded::Full {
                    let charge = record.charges.entry(order_id.clone()).or_default();
                    charge.is_returned = true;
                } else if subscriptions.len() == 1 {
                    let charge = record.charges.entry(order_id.clone()).or_default();
                    charge.returned_products = refund::products_in_full(order);
                }
                if order.is_charged_back {
                    record.charged_back_orders.insert(order_id.clone());
                }
            }
        }
    }
}
