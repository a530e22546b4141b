//! What a vendor said in Latchkey itself about one product path.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

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

/// What a vendor says of the way that keys take, where it cannot be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum KeyGiver {
    /// The license server mails it.
    LicenseServer,
    /// The vendor hands it over.
    Vendor,
    /// The shop's own generator makes it; its license at the license server is adopted.
    Shop,
}

impl KeyGiver {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The one of that spelling; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
