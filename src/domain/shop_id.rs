//! The names that a shop gives to orders and subscriptions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::search_text;

/// The shop's id of an order; opaque, case-sensitive, never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(String);

/// The shop's id of a subscription; opaque, case-sensitive, never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionId(String);

macro_rules! shop_id {
    ($name:ident) => {
        impl $name {
            /// `None` for empty text, so that nothing is ever looked up by an empty id, and for what nothing is found by.
            pub fn new(text: &str) -> Option<Self> {
                let text = text.trim();
                search_text::check(text)
                    .is_ok()
                    .then(|| Self(text.to_owned()))
            }

            /// As the shop wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

shop_id!(OrderId);
shop_id!(SubscriptionId);
