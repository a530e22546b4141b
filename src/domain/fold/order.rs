//! A completed order: its lines with their places, and what they say of subscriptions.

use std::collections::BTreeMap;

use crate::domain::fact::{OrderLine, OrderSnapshot};
use crate::domain::fold::{returns, subscription};
use crate::domain::license::Root;
use crate::domain::record::{AddonOrder, AddonRecord, LineRecord, LineRole, OrderKind, Records};
use crate::domain::shop_id::OrderId;
use crate::domain::time::Timestamp;

/// Folds a purchase; the places of its lines are assigned by the first copy and stay.
pub fn completed(records: &mut Records, order: &OrderSnapshot, occurred_at: Timestamp) {
    let version = order.changed.unwrap_or(occurred_at);
    let record = records.orders.entry(order.id.clone()).or_default();
    if record.kind == OrderKind::Unknown {
        record.kind = OrderKind::First;
    }
    record.changed = record.changed.max(Some(version));
    if record.reference.is_none() {
        record.reference.clone_from(&order.reference);
    }
    record.total = record.total.or(order.total);
    if record.lines.is_empty() {
        record.lines = lines(order);
    }
    let is_purchase = record.kind == OrderKind::First;
    if is_purchase {
        for line in &order.lines {
            began(records, order, line, version);
        }
        addons(records, order, version);
    }
    returns::settle(records, &order.id);
}

/// What a line says of the subscription it began.
fn began(records: &mut Records, order: &OrderSnapshot, line: &OrderLine, version: Timestamp) {
    let Some(id) = &line.subscription else {
        return;
    };
    if line.parent_subscription.is_some() {
        return;
    }
    let record = records.subscriptions.entry(id.clone()).or_default();
    if record.initial_order.is_none() {
        record.initial_order = Some(order.id.clone());
    }
    if record.initial_reference.is_none() {
        record.initial_reference.clone_from(&order.reference);
    }
    let snapshot = order
        .subscriptions
        .iter()
        .find(|snapshot| snapshot.id == *id);
    if let Some(snapshot) = snapshot {
        let version = snapshot.changed.unwrap_or(version);
        subscription::standing_data(record, snapshot, version);
        subscription::purchased(record, snapshot, version);
    }
    if snapshot.is_none_or(|snapshot| snapshot.product.is_none()) {
        record.product_path.put(version, line.product.path.clone());
    }
    if snapshot.is_none_or(|snapshot| snapshot.quantity.is_none()) {
        record.quantity.put(version, line.quantity);
    }
}

fn addons(records: &mut Records, order: &OrderSnapshot, version: Timestamp) {
    for line in &order.lines {
        let Some(parent) = &line.parent_subscription else {
            continue;
        };
        let record = records.subscriptions.entry(parent.clone()).or_default();
        record
            .addon_orders
            .entry(order.id.clone())
            .or_insert_with(|| AddonOrder {
                ordered_at: version,
                addons: addons_of(order, parent.as_str()),
            });
    }
}

fn addons_of(order: &OrderSnapshot, parent: &str) -> Vec<AddonRecord> {
    order
        .lines
        .iter()
        .filter(|line| {
            line.parent_subscription
                .as_ref()
                .is_some_and(|id| id.as_str() == parent)
        })
        .map(|line| AddonRecord {
            product_path: line.product.path.clone(),
            quantity: line.quantity,
        })
        .collect()
}

/// The lines with their places: within one root each product path is a slot, further lines of it `#2`, `#3`.
///
/// The line that began a subscription comes before its add-ons, wherever the shop lists it.
fn lines(order: &OrderSnapshot) -> Vec<LineRecord> {
    let mut taken: BTreeMap<(Root, String), u32> = BTreeMap::new();
    let mut places: BTreeMap<usize, LineRecord> = BTreeMap::new();
    let (addons, others): (Vec<_>, Vec<_>) = order
        .lines
        .iter()
        .enumerate()
        .partition(|(_, line)| line.parent_subscription.is_some());
    for (index, line) in others.into_iter().chain(addons) {
        let (root, role) = place(&order.id, line);
        let name = match &role {
            LineRole::BundleMember { bundle } => format!("{bundle}/{}", line.product.path),
            LineRole::OneTime | LineRole::Subscription(_) | LineRole::Addon { .. } => {
                line.product.path.clone()
            }
        };
        let count = taken.entry((root.clone(), name.clone())).or_default();
        *count += 1;
        places.insert(
            index,
            LineRecord {
                root,
                slot: numbered(name, *count),
                product_path: line.product.path.clone(),
                quantity: line.quantity,
                subtotal: line.subtotal,
                role,
                option_of: line.option_of.clone(),
                attributes: line.product.attributes.clone(),
            },
        );
    }
    places.into_values().collect()
}

/// The name of the `count`th slot of the same path.
pub fn numbered(name: String, count: u32) -> String {
    if count <= 1 {
        name
    } else {
        format!("{name}#{count}")
    }
}

fn place(order: &OrderId, line: &OrderLine) -> (Root, LineRole) {
    if let Some(bundle) = &line.bundle {
        let root = match &line.subscription {
            Some(id) => Root::Subscription(id.clone()),
            None => Root::Order(order.clone()),
        };
        let bundle = bundle.clone();
        return (root, LineRole::BundleMember { bundle });
    }
    if let Some(parent) = &line.parent_subscription {
        let role = LineRole::Addon {
            parent: parent.clone(),
        };
        return (Root::Subscription(parent.clone()), role);
    }
    match &line.subscription {
        Some(id) => (
            Root::Subscription(id.clone()),
            LineRole::Subscription(id.clone()),
        ),
        None => (Root::Order(order.clone()), LineRole::OneTime),
    }
}
