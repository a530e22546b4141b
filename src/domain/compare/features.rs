//! Features that a license has by itself: those of its product, and those of products that only give features.

use std::collections::BTreeMap;

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::Wanted;
use crate::domain::compare::{ending, slots};
use crate::domain::license::{Cause, License, Root};
use crate::domain::record::{LineRecord, LineRole, OrderRecord};
use crate::domain::rules::Product;
use crate::domain::time::Timestamp;

/// Sets the features that product and options give now; those that we set and nobody gives any more are taken off.
pub fn follow(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    version: Timestamp,
) {
    let features = of(draft, license, attributes);
    if license.given.features != features {
        let action = Action::SetEntitlements {
            entitlement_set_id: None,
            features: features.into_iter().collect(),
        };
        draft.act(license, action, version);
    }
}

/// Whether it gives features to another license of its purchase instead of a license of its own.
pub fn is_for_main_license(
    draft: &Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
) -> bool {
    attributes.is_feature
        && match wanted.role {
            LineRole::Addon { .. } => true,
            LineRole::OneTime => {
                let order = wanted.order_id.and_then(|id| draft.order(id));
                order.is_some_and(|order| {
                    let option = order.lines.iter().find(|line| line.slot == wanted.slot);
                    option.is_some_and(|option| receivers(draft, order, option).next().is_some())
                })
            }
            LineRole::Subscription(_) | LineRole::BundleMember { .. } => false,
        }
}

/// Brings the licenses in line that a line gives its features to; those still to be made get them then.
pub fn give_to_main(draft: &mut Draft<'_>, option: &Wanted<'_>, version: Timestamp) {
    let order = option.order_id.and_then(|id| draft.order(id));
    let line = order.and_then(|order| order.lines.iter().find(|line| line.slot == option.slot));
    match (&option.role, order, line) {
        (LineRole::OneTime, Some(order), Some(line)) => follow_line(draft, order, line, version),
        _ => follow_root(draft, &option.root, version),
    }
}

/// The same for a line of an order as the order has it.
pub fn follow_line(
    draft: &mut Draft<'_>,
    order: &OrderRecord,
    option: &LineRecord,
    version: Timestamp,
) {
    if let LineRole::Addon { .. } = option.role {
        return follow_root(draft, &option.root, version);
    }
    let roots: Vec<(Root, String)> = receivers(draft, order, option)
        .map(|line| (line.root.clone(), line.slot.clone()))
        .collect();
    for (root, slot) in roots {
        for license in draft.live(&root) {
            if license.identity.slot == slot {
                let attributes = draft.attributes_of(license);
                follow(draft, license, &attributes, version);
            }
        }
    }
}

/// Whether a line of an order gives features only.
pub fn is_option(draft: &Draft<'_>, line: &LineRecord) -> bool {
    let role = matches!(line.role, LineRole::Addon { .. } | LineRole::OneTime);
    role && features_of(draft, line).is_some()
}

fn follow_root(draft: &mut Draft<'_>, root: &Root, version: Timestamp) {
    for license in draft.live(root) {
        if is_main(draft, license) {
            let attributes = draft.attributes_of(license);
            follow(draft, license, &attributes, version);
        }
    }
}

fn of(draft: &Draft<'_>, license: &License, attributes: &Attributes) -> BTreeMap<String, String> {
    let mut features: BTreeMap<_, _> = attributes.features.iter().cloned().collect();
    let identity = &license.identity;
    for order in draft.question.records.orders.values() {
        let mut lines = order.lines.iter();
        let is_own = |line: &&LineRecord| line.root == identity.root && line.slot == identity.slot;
        if lines.any(|line| is_own(&line)) {
            features.extend(of_order(draft, order, license));
        }
    }
    let Root::Subscription(id) = &identity.root else {
        return features;
    };
    if !is_main(draft, license) {
        return features;
    }
    for wanted in slots::wanted(draft, id).into_iter().skip(1) {
        let rules = draft.question.rules;
        if let Ok(Product::Licensed(addon)) = rules.product(&wanted.product_path, wanted.attributes)
            && addon.is_feature
            && !is_taken_back(draft, &wanted.root, &wanted.slot, &addon)
        {
            features.extend(addon.features);
        }
    }
    features
}

/// What the options of an order that are bought once give to a license of the same order.
fn of_order(draft: &Draft<'_>, order: &OrderRecord, license: &License) -> Vec<(String, String)> {
    let identity = &license.identity;
    let options = order
        .lines
        .iter()
        .filter(|line| line.role == LineRole::OneTime);
    options
        .filter(|option| {
            receivers(draft, order, option)
                .any(|line| line.root == identity.root && line.slot == identity.slot)
        })
        .filter_map(|option| {
            let attributes = features_of(draft, option)?;
            let is_back = is_taken_back(draft, &option.root, &option.slot, &attributes);
            (!is_back).then_some(attributes.features)
        })
        .flatten()
        .collect()
}

/// The lines whose licenses get the features of a line that is bought once: the one it was an option of, else all.
fn receivers<'a>(
    draft: &Draft<'_>,
    order: &'a OrderRecord,
    option: &'a LineRecord,
) -> impl Iterator<Item = &'a LineRecord> {
    order.lines.iter().filter(move |line| {
        let is_meant = option
            .option_of
            .as_ref()
            .is_none_or(|path| line.product_path == *path);
        let gives_license = matches!(line.role, LineRole::OneTime | LineRole::Subscription(_))
            && matches!(
                draft.question.rules.product(&line.product_path, line.attributes.as_ref()),
                Ok(Product::Licensed(attributes)) if !attributes.is_feature
            );
        line.slot != option.slot && is_meant && gives_license
    })
}

fn features_of(draft: &Draft<'_>, line: &LineRecord) -> Option<Box<Attributes>> {
    let rules = draft.question.rules;
    match rules.product(&line.product_path, line.attributes.as_ref()) {
        Ok(Product::Licensed(attributes)) if attributes.is_feature => Some(attributes),
        _ => None,
    }
}

/// Whether the money for an option went back, as far as the rules count it.
fn is_taken_back(draft: &Draft<'_>, root: &Root, slot: &str, attributes: &Attributes) -> bool {
    ending::of_slot(draft, root, slot, attributes)
        .iter()
        .any(|(cause, _)| *cause == Cause::Refund)
}

fn is_main(draft: &Draft<'_>, license: &License) -> bool {
    let Root::Subscription(id) = &license.identity.root else {
        return false;
    };
    slots::wanted(draft, id)
        .first()
        .is_some_and(|main| main.slot == license.identity.slot)
}
