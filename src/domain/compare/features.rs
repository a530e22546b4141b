//! Features that a license has by itself: those of its product, and those of add-ons that only give features.

use std::collections::BTreeMap;

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::{self, Wanted};
use crate::domain::license::{License, Root};
use crate::domain::record::LineRole;
use crate::domain::rules::Product;
use crate::domain::time::Timestamp;

/// Sets the features that product and add-ons give now; those that we set and nobody gives any more are taken off.
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

/// Whether it gives features to the main license instead of a license of its own.
pub fn is_for_main_license(wanted: &Wanted<'_>, attributes: &Attributes) -> bool {
    attributes.is_feature && matches!(wanted.role, LineRole::Addon { .. })
}

/// Brings the licenses in line that an add-on gives its features to; those still to be made get them then.
pub fn give_to_main(draft: &mut Draft<'_>, addon: &Wanted<'_>, version: Timestamp) {
    for license in draft.live(&addon.root) {
        if is_main(draft, license) {
            let attributes = draft.attributes_of(license);
            follow(draft, license, &attributes, version);
        }
    }
}

fn of(draft: &Draft<'_>, license: &License, attributes: &Attributes) -> BTreeMap<String, String> {
    let mut features: BTreeMap<_, _> = attributes.features.iter().cloned().collect();
    let Root::Subscription(id) = &license.identity.root else {
        return features;
    };
    if !is_main(draft, license) {
        return features;
    }
    for wanted in wanted::of_subscription(draft.question.records, id) {
        let rules = draft.question.rules;
        if let Ok(Product::Licensed(addon)) = rules.product(&wanted.product_path, wanted.attributes)
            && is_for_main_license(&wanted, &addon)
        {
            features.extend(addon.features);
        }
    }
    features
}

fn is_main(draft: &Draft<'_>, license: &License) -> bool {
    let Root::Subscription(id) = &license.identity.root else {
        return false;
    };
    let main = draft
        .subscription(id)
        .and_then(|record| record.product_path.get());
    main == Some(&license.identity.slot)
}
