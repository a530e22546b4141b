//! What a vendor said in Latchkey itself about one product path.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::key_delivery::KeyGiver;

/// A mapping: overrides the product's attributes at the shop, and can replace them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The product at the license server; `None` = as the shop's attributes say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_product_id: Option<String>,
    /// The template there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_template_id: Option<String>,
    /// Further attributes, named without their prefix.
    pub attributes: BTreeMap<String, String>,
    /// The pattern of keys; `None` = the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_mask: Option<String>,
    /// Who gives buyers the key, where it cannot be seen; `None` = nothing was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_delivery: Option<KeyGiver>,
    /// Whether this product never gives a license.
    pub ignore: bool,
}
