//! What the model's shop says: one story of a monthly subscription, and orders.

use std::collections::BTreeMap;

use crate::domain::compare::tests::world::{at, order_id, subscription_id};
use crate::domain::fact::{
    Amount, BillingInterval, Charge, Fact, OrderLine, OrderSnapshot, ProductReference, Return,
    ReturnLine, ShopState, SubscriptionNews, SubscriptionSnapshot,
};
use crate::domain::time::Timestamp;

pub(crate) type Told = (Fact, Timestamp);

pub(crate) fn product(path: &str) -> ProductReference {
    let rows: &[(&str, &str)] = match path {
        "studio-pro" => &[("license_template_id", "monthly")],
        "studio-max" => &[("license_template_id", "monthly")],
        "studio-team" => &[
            ("license_template_id", "monthly"),
            ("mappings_quantity", "allowed_activations"),
        ],
        "studio-year" => &[("license_template_id", "yearly")],
        "extra-effects" => &[("license_template_id", "perpetual")],
        "reverb" => &[("license_template_id", "perpetual")],
        "broken" => &[("mappings_quantity", "many")],
        "studio-bundle" => &[("is_bundle", "true")],
        _ => &[],
    };
    let is_mapped = !rows.is_empty() && path != "studio-bundle";
    let mut attributes: BTreeMap<String, String> = rows
        .iter()
        .map(|(name, value)| (format!("cryptlex_{name}"), (*value).to_owned()))
        .collect();
    if is_mapped {
        attributes.insert("cryptlex_product_id".to_owned(), format!("product-{path}"));
    }
    ProductReference {
        path: path.to_owned(),
        display: None,
        attributes: Some(attributes),
    }
}

pub(crate) fn line(path: &str, quantity: u32) -> OrderLine {
    OrderLine {
        product: product(path),
        quantity,
        subtotal: Some(Amount(19_000_000)),
        subscription: None,
        parent_subscription: None,
        bundle: None,
        option_of: None,
        is_subscription: false,
        delivered_keys: Vec::new(),
    }
}

pub(crate) fn order(id: &str, lines: Vec<OrderLine>) -> OrderSnapshot {
    let prices = lines.iter().filter_map(|line| line.subtotal);
    let total = Some(Amount(prices.map(|Amount(price)| price).sum()));
    OrderSnapshot {
        id: order_id(id),
        reference: Some(format!("REF-{id}")),
        changed: Some(at("2026-11-03T10:14:58Z")),
        buyer: None,
        recipients: Vec::new(),
        lines,
        currency: Some("EUR".to_owned()),
        total,
        tags: BTreeMap::new(),
        subscriptions: Vec::new(),
    }
}

pub(crate) fn completed(order: OrderSnapshot) -> Told {
    let changed = order.changed.unwrap();
    (Fact::OrderCompleted(Box::new(order)), changed)
}

pub(crate) fn snapshot(
    changed: &str,
    state: ShopState,
    next: Option<&str>,
) -> SubscriptionSnapshot {
    SubscriptionSnapshot {
        id: subscription_id("sub-1"),
        changed: Some(at(changed)),
        state: Some(state),
        trial: None,
        is_active: Some(state != ShopState::Deactivated),
        product: Some(product("studio-pro")),
        quantity: Some(1),
        addons: None,
        interval: Some(BillingInterval::Every("P1M".parse().unwrap())),
        begin: Some(at("2026-11-03")),
        next: next.map(at),
        end: None,
        deactivation_date: None,
        pause_date: None,
        sequence: None,
        remaining_periods: None,
        initial_order_id: Some(order_id("order-1")),
        initial_order_reference: None,
        buyer: None,
    }
}

pub(crate) fn news(news: SubscriptionNews, snapshot: SubscriptionSnapshot) -> Told {
    let changed = snapshot.changed.unwrap();
    (Fact::Subscription(news, Box::new(snapshot)), changed)
}

pub(crate) fn activated() -> Told {
    let snapshot = snapshot(
        "2026-11-03T10:15:00Z",
        ShopState::Active,
        Some("2026-12-03"),
    );
    news(SubscriptionNews::Activated, snapshot)
}

/// The first order, as it is without webhook expansion: it does not carry the subscription.
pub(crate) fn subscribed(path: &str, quantity: u32) -> Told {
    let mut line = line(path, quantity);
    line.subscription = Some(subscription_id("sub-1"));
    line.is_subscription = true;
    completed(order("order-1", vec![line]))
}

pub(crate) fn charged(order: &str, when: &str, next: &str) -> Told {
    let changed = at(when);
    let fact = Fact::Charged(Box::new(Charge {
        subscription_id: Some(subscription_id("sub-1")),
        subscription: Some(snapshot(when, ShopState::Active, Some(next))),
        order_id: Some(order_id(order)),
        order_reference: None,
        charged_at: Some(changed),
        total: Some(Amount(19_000_000)),
        reason: None,
    }));
    (fact, changed)
}

pub(crate) fn overdue(when: &str) -> Told {
    let snapshot = snapshot(when, ShopState::Overdue, Some("2027-01-03"));
    news(SubscriptionNews::Overdue, snapshot)
}

pub(crate) fn ended(when: &str) -> Told {
    let snapshot = snapshot(when, ShopState::Deactivated, None);
    news(SubscriptionNews::Ended, snapshot)
}

pub(crate) fn canceled(when: &str) -> Told {
    let snapshot = snapshot(when, ShopState::Canceled, Some("2027-01-03"));
    news(SubscriptionNews::Canceled, snapshot)
}

pub(crate) fn paused(when: &str, from: Option<&str>) -> Told {
    let mut snapshot = snapshot(when, ShopState::Active, Some("2026-12-03"));
    snapshot.pause_date = from.map(at);
    news(SubscriptionNews::Paused, snapshot)
}

pub(crate) fn resumed(when: &str) -> Told {
    let snapshot = snapshot(when, ShopState::Active, Some("2026-12-03"));
    news(SubscriptionNews::Resumed, snapshot)
}

pub(crate) fn updated(when: &str, path: &str, quantity: u32) -> Told {
    let mut snapshot = snapshot(when, ShopState::Active, Some("2026-12-03"));
    snapshot.product = Some(product(path));
    snapshot.quantity = Some(quantity);
    news(SubscriptionNews::Updated, snapshot)
}

pub(crate) fn returned(order: &str, lines: &[(&str, Option<bool>)]) -> Told {
    let lines: Vec<_> = lines
        .iter()
        .map(|(path, is_full)| ReturnLine {
            product_path: (*path).to_owned(),
            subtotal: Some(Amount(if *is_full == Some(true) {
                19_000_000
            } else {
                5_000_000
            })),
            is_full: *is_full,
            quantity: 0,
            subscription: None,
        })
        .collect();
    let total = lines
        .iter()
        .filter_map(|line| line.subtotal)
        .map(|amount| amount.0)
        .sum();
    let fact = Fact::Returned(Box::new(Return {
        id: format!("return-of-{order}"),
        order_id: Some(order_id(order)),
        order_reference: None,
        order_total: None,
        total: Some(Amount(total)),
        currency: None,
        subscriptions: Vec::new(),
        lines,
        reason: None,
        returned_at: None,
    }));
    (fact, at("2026-12-10T12:00:00Z"))
}

/// The same news about another product.
pub(crate) fn sold_as(fact: Fact, path: &str) -> Fact {
    match fact {
        Fact::Subscription(news, mut snapshot) => {
            snapshot.product = Some(product(path));
            snapshot.interval = Some(BillingInterval::Every(
                if path == "studio-year" { "P1M" } else { "P1Y" }
                    .parse()
                    .unwrap(),
            ));
            Fact::Subscription(news, snapshot)
        }
        other => other,
    }
}

pub(crate) fn trial_began() -> Told {
    let snapshot = snapshot("2026-11-03T10:15:00Z", ShopState::Trial, Some("2026-11-17"));
    news(SubscriptionNews::Activated, snapshot)
}
