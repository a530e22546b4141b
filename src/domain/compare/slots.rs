//! Which slot of a subscription serves what it asks for now, and which came with a change of its plan.

use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::{self, Wanted};
use crate::domain::license::{Cause, License, Root};
use crate::domain::record::LineRole;
use crate::domain::rules::Product;
use crate::domain::shop_id::SubscriptionId;

/// What a subscription asks for now, in the slots that its licenses have.
pub fn wanted<'a>(draft: &Draft<'a>, id: &SubscriptionId) -> Vec<Wanted<'a>> {
    let mut all = wanted::of_subscription(draft.question.records, id);
    let addons: Vec<String> = all.iter().skip(1).map(|addon| addon.slot.clone()).collect();
    if let Some(main) = all.first_mut() {
        settle(draft, main, &addons);
    }
    all
}

/// Gives what began a subscription the slot of the license that serves it already. A bundle's member may have begun it:
/// the subscription's own news does not say so.
pub fn settle(draft: &Draft<'_>, main: &mut Wanted<'_>, addons: &[String]) {
    let is_addon = matches!(main.role, LineRole::Addon { .. });
    if is_addon || !matches!(main.root, Root::Subscription(_)) {
        return;
    }
    let serving: Vec<&License> = draft
        .rows(&main.root)
        .filter(|row| row.deleted_at.is_none() && !row.given.is_revoked)
        .filter(|row| !row.given.causes.contains(&Cause::Replaced))
        .collect();
    if serving.iter().any(|row| row.identity.slot == main.slot) {
        return;
    }
    let Some(product) = product_of(draft, &main.product_path) else {
        return;
    };
    let is_main = |row: &&&License| {
        let slot = &row.identity.slot;
        !addons.contains(slot) && !was_addon(draft, &main.root, slot)
    };
    let is_same = |row: &&&License| product_of(draft, &row.product_path).as_ref() == Some(&product);
    if let Some(row) = serving.iter().filter(is_main).find(is_same) {
        main.slot.clone_from(&row.identity.slot);
    }
}

/// The licenses that took the place of what a subscription began with.
pub fn successors<'a>(draft: &Draft<'a>, root: &Root) -> Vec<&'a License> {
    let mut serving = draft.live(root);
    serving.retain(|license| {
        let given = &license.given;
        !given.is_revoked
            && !given.causes.contains(&Cause::Replaced)
            && is_successor(draft, root, &license.identity.slot)
    });
    serving
}

/// Whether a slot of a subscription came with a change of its plan: no order brought it, and it is no add-on.
pub fn is_successor(draft: &Draft<'_>, root: &Root, slot: &str) -> bool {
    let Root::Subscription(id) = root else {
        return false;
    };
    let orders = draft.question.records.orders.values();
    let mut lines = orders.flat_map(|order| &order.lines);
    let wanted = wanted(draft, id);
    let mut addons = wanted.iter().skip(1);
    !lines.any(|line| line.root == *root && line.slot == slot)
        && !addons.any(|addon| addon.slot == slot)
}

/// Whether an order brought a slot as an add-on of the subscription.
pub fn was_addon(draft: &Draft<'_>, root: &Root, slot: &str) -> bool {
    let orders = draft.question.records.orders.values();
    let mut lines = orders.flat_map(|order| &order.lines);
    lines.any(|line| {
        let is_addon = matches!(line.role, LineRole::Addon { .. });
        is_addon && line.root == *root && line.slot == slot
    })
}

/// The product at the license server that a product path gives.
fn product_of(draft: &Draft<'_>, path: &str) -> Option<String> {
    match draft.question.rules.product(path, None) {
        Ok(Product::Licensed(attributes)) => attributes.license_product_id,
        Ok(Product::Bundle | Product::Ignored | Product::Unmapped) | Err(_) => None,
    }
}
