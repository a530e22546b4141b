//! A fact on one line, for tables.

use std::path::Path;

use super::{name_of, translate_all};
use crate::domain::fact::{
    Amount, BillingInterval, Charge, Fact, OrderLine, OrderSnapshot, Return, SubscriptionSnapshot,
};
use crate::storefronts::Translation;
use crate::storefronts::headline::headline;

/// One line per event of that file.
pub fn lines_of(file: &Path) -> Vec<String> {
    translate_all(&std::fs::read(file).unwrap())
        .into_iter()
        .map(|translation| {
            let says = match translation {
                Ok(translation) => essentials(&translation),
                Err(error) => error.to_string(),
            };
            format!("{} | {says}", name_of(file))
        })
        .collect()
}

/// The headline, what licenses depend on, and how much is missing.
fn essentials(translation: &Translation) -> String {
    let mut parts = vec![headline(&translation.fact)];
    match &translation.fact {
        Fact::OrderCompleted(order) => parts.extend(order_parts(order)),
        Fact::Subscription(_, snapshot) => parts.extend(subscription_parts(snapshot)),
        Fact::Charged(charge) | Fact::ChargeFailed(charge) => parts.extend(charge_parts(charge)),
        Fact::Group(_, group) => parts.extend(group.members.iter().flat_map(subscription_parts)),
        Fact::Returned(back) => parts.extend(return_parts(back)),
        _ => {}
    }
    if !translation.missing.is_empty() {
        parts.push(format!("{} missing", translation.missing.len()));
    }
    parts.join(", ")
}

fn order_parts(order: &OrderSnapshot) -> Vec<String> {
    let mut parts: Vec<_> = order.lines.iter().map(line).collect();
    parts.push(money("total", order.total));
    parts.push(format!("{} subscriptions", order.subscriptions.len()));
    parts
}

fn line(line: &OrderLine) -> String {
    let mut text = format!("{}x{}", line.quantity, line.product.path);
    for (is_so, word) in [
        (line.subscription.is_some(), " subscribed"),
        (line.parent_subscription.is_some(), " added"),
        (line.bundle.is_some(), " bundled"),
        (!line.delivered_keys.is_empty(), " delivered"),
        (line.product.attributes.is_none(), " bare"),
    ] {
        if is_so {
            text.push_str(word);
        }
    }
    text
}

fn subscription_parts(snapshot: &SubscriptionSnapshot) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(state) = snapshot.state {
        parts.push(format!("{state:?}"));
    }
    if let Some(quantity) = snapshot.quantity {
        parts.push(format!("x{quantity}"));
    }
    match snapshot.interval {
        Some(BillingInterval::Every(period)) => parts.push(period.to_string()),
        Some(BillingInterval::AdHoc) => parts.push("ad hoc".to_owned()),
        None => {}
    }
    for (name, date) in [
        ("next", snapshot.next),
        ("end", snapshot.end),
        ("deactivation", snapshot.deactivation_date),
        ("pause", snapshot.pause_date),
    ] {
        parts.extend(date.map(|date| format!("{name} {}", date.day())));
    }
    for addon in snapshot.addons.iter().flatten() {
        parts.push(format!("+{}x{}", addon.quantity, addon.product.path));
    }
    parts
}

fn charge_parts(charge: &Charge) -> Vec<String> {
    let mut parts = vec![money("total", charge.total)];
    parts.extend(charge.reason.clone());
    parts.extend(charge.subscription.iter().flat_map(subscription_parts));
    parts
}

fn return_parts(back: &Return) -> Vec<String> {
    let mut parts = vec![
        money("back", back.total),
        money("of", back.order_total),
        format!("{} subscriptions", back.subscriptions.len()),
    ];
    parts.extend(back.lines.iter().map(|line| {
        let kind = match line.is_full {
            Some(true) => "full",
            Some(false) => "partial",
            None => "unlabeled",
        };
        format!("{}x{} {kind}", line.quantity, line.product_path)
    }));
    parts
}

fn money(name: &str, amount: Option<Amount>) -> String {
    match amount {
        Some(Amount(millionths)) => format!("{name} {}", millionths / 10_000),
        None => format!("{name} unknown"),
    }
}
