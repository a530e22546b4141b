//! Whom a license is linked to at the license server.

use crate::domain::action::HolderRule;
use crate::domain::attribute::Attributes;
use crate::domain::policy::UserRule;

/// Whom a license is linked to, by rule and product.
pub fn of(rule: UserRule, attributes: &Attributes) -> HolderRule {
    match (attributes.assign_user, rule) {
        (Some(false), _) | (None, UserRule::None) => HolderRule::None,
        (_, UserRule::Recipient) => HolderRule::Recipient,
        (_, UserRule::Customer) | (Some(true), UserRule::None) => HolderRule::Customer,
    }
}

/// Whether a license is linked to a user.
pub fn is_linked(rule: UserRule, attributes: &Attributes) -> bool {
    of(rule, attributes) != HolderRule::None
}
