//! What the record says a buyer should have: slots with product and quantity.

use std::collections::BTreeMap;

use crate::domain::fold::numbered;
use crate::domain::license::Root;
use crate::domain::record::{
    AddonRecord, LineRecord, LineRole, OrderRecord, Records, SubscriptionRecord,
};
use crate::domain::shop_id::{OrderId, SubscriptionId};

/// A slot and what belongs there.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted<'a> {
    /// The purchase.
    pub root: Root,
    /// The slot within it.
    pub slot: String,
    /// The product path.
    pub product_path: String,
    /// How many; at least 1.
    pub quantity: u32,
    /// What part it plays.
    pub role: LineRole,
    /// The attributes that the order carried, if they are this product's.
    pub attributes: Option<&'a BTreeMap<String, String>>,
    /// The order that brought it, where known.
    pub order_id: Option<&'a OrderId>,
}

/// What the lines of an order ask for now: subscriptions as they stand, the rest as bought.
pub fn of_order<'a>(
    records: &'a Records,
    id: &'a OrderId,
    order: &'a OrderRecord,
) -> Vec<Wanted<'a>> {
    order
        .lines
        .iter()
        .map(|line| of_line(records, id, line))
        .collect()
}

fn of_line<'a>(records: &'a Records, id: &'a OrderId, line: &'a LineRecord) -> Wanted<'a> {
    let as_bought = Wanted {
        root: line.root.clone(),
        slot: line.slot.clone(),
        product_path: line.product_path.clone(),
        quantity: line.quantity.max(1),
        role: line.role.clone(),
        attributes: line.attributes.as_ref(),
        order_id: Some(id),
    };
    let Root::Subscription(subscription_id) = &line.root else {
        return as_bought;
    };
    let now = of_subscription(records, subscription_id);
    match &line.role {
        LineRole::Subscription(_) => now.into_iter().next().unwrap_or(as_bought),
        LineRole::Addon { .. } => now
            .into_iter()
            .find(|wanted| wanted.slot == line.slot)
            .unwrap_or(as_bought),
        LineRole::OneTime | LineRole::BundleMember { .. } => as_bought,
    }
}

/// What a subscription asks for now: itself first, then its add-ons; empty before its product is known.
pub fn of_subscription<'a>(records: &'a Records, id: &SubscriptionId) -> Vec<Wanted<'a>> {
    let Some(record) = records.subscriptions.get(id) else {
        return Vec::new();
    };
    let root = Root::Subscription(id.clone());
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let mut wanted = Vec::new();
    if let Some(path) = record.product_path.get() {
        taken.insert(path.clone(), 1);
        let (order_id, attributes) = line_of(records, &root, path);
        wanted.push(Wanted {
            root: root.clone(),
            slot: path.clone(),
            product_path: path.clone(),
            quantity: record.quantity.get().copied().unwrap_or(1).max(1),
            role: LineRole::Subscription(id.clone()),
            attributes,
            order_id: order_id.or_else(|| initial_order(records, record)),
        });
    }
    for addon in addons(record) {
        let count = taken.entry(addon.product_path.clone()).or_default();
        *count += 1;
        let (order_id, attributes) = line_of(records, &root, &addon.product_path);
        wanted.push(Wanted {
            root: root.clone(),
            slot: numbered(addon.product_path.clone(), *count),
            product_path: addon.product_path,
            quantity: addon.quantity.max(1),
            role: LineRole::Addon { parent: id.clone() },
            attributes,
            order_id,
        });
    }
    wanted
}

/// The add-ons now: as the subscription lists them, unless an order since then brought more.
fn addons(record: &SubscriptionRecord) -> Vec<AddonRecord> {
    let newest_order = record
        .addon_orders
        .values()
        .map(|order| order.ordered_at)
        .max();
    let listed = record.addons.get().cloned().unwrap_or_default();
    if record.addons.version() >= newest_order && record.addons.version().is_some() {
        return listed;
    }
    let mut all = listed;
    let mut ordered: BTreeMap<&str, u32> = BTreeMap::new();
    for addon in record.addon_orders.values().flat_map(|order| &order.addons) {
        *ordered.entry(&addon.product_path).or_default() += addon.quantity.max(1);
    }
    for (path, quantity) in ordered {
        match all.iter_mut().find(|addon| addon.product_path == path) {
            Some(addon) => addon.quantity = addon.quantity.max(quantity),
            None => all.push(AddonRecord {
                product_path: path.to_owned(),
                quantity,
            }),
        }
    }
    all
}

fn line_of<'a>(
    records: &'a Records,
    root: &Root,
    path: &str,
) -> (Option<&'a OrderId>, Option<&'a BTreeMap<String, String>>) {
    records
        .orders
        .iter()
        .find_map(|(id, order)| {
            let line = order
                .lines
                .iter()
                .find(|line| line.root == *root && line.product_path == path)?;
            Some((Some(id), line.attributes.as_ref()))
        })
        .unwrap_or_default()
}

fn initial_order<'a>(records: &'a Records, record: &'a SubscriptionRecord) -> Option<&'a OrderId> {
    let id = record.initial_order.as_ref()?;
    records.orders.contains_key(id).then_some(id)
}
