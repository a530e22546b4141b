//! A product as shops name it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A product as a line or a subscription names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProductReference {
    /// The product path, what a vendor maps.
    pub path: String,
    /// As the shop displays it.
    pub display: Option<String>,
    /// The product's attributes; `None` when the message does not carry any (they may then be known from elsewhere).
    pub attributes: Option<BTreeMap<String, String>>,
}
