//! People of a license beyond the one it was made for: who administers it, and further users.

use crate::domain::action::Action;
use crate::domain::addresses::addresses;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::fact::Fact;
use crate::domain::license::License;
use crate::domain::time::Timestamp;

/// Links them once; later news moves nobody.
pub fn link(draft: &mut Draft<'_>, license: &License, attributes: &Attributes, version: Timestamp) {
    if license.given.is_assigned {
        return;
    }
    let tag = attributes.end_users_from.clone();
    let users_from = tag.filter(|tag| has_addresses(draft.question.fact, tag));
    let is_managed = attributes.is_license_manager;
    if is_managed || users_from.is_some() {
        let action = Action::Assign {
            is_managed,
            users_from,
        };
        draft.act(license, action, version);
    }
}

/// Only a purchase carries the tags that were written at checkout.
fn has_addresses(fact: &Fact, tag: &str) -> bool {
    match fact {
        Fact::OrderCompleted(order) => order
            .tags
            .get(tag)
            .is_some_and(|text| !addresses(text).is_empty()),
        _ => false,
    }
}
