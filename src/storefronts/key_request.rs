//! A shop's synchronous request for keys, made while an order is being placed.

use std::collections::BTreeMap;

use crate::domain::fact::Person;
use crate::domain::shop_id::SubscriptionId;

/// What a shop wants keys for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// The order's receipt number; all that later links the keys to the order.
    pub reference: Option<String>,
    /// The subscription that the line begins or renews.
    pub subscription: Option<SubscriptionId>,
    /// What may be the product's path, likeliest first; empty when only the URL tells.
    pub product_paths: Vec<String>,
    /// How many keys; at least 1.
    pub quantity: u32,
    /// Whom they are for.
    pub person: Person,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Everything else that was sent, such as a vendor's own parameters.
    pub parameters: BTreeMap<String, String>,
}

/// A request for keys that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRequestError {
    /// A part that nothing can be done without is absent or senseless.
    #[error("the parameter `{what}` is absent or cannot be read")]
    Invalid {
        /// The parameter, in the shop's spelling.
        what: &'static str,
    },
    /// A part is there more than once, so that nobody knows which is meant.
    #[error("the parameter `{what}` is there twice")]
    Doubled {
        /// The parameter, in the shop's spelling.
        what: String,
    },
}
