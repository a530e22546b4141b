//! The kinds of storefront and license server that Latchkey knows.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Where things are sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum StorefrontKind {
    /// FastSpring, contextual store.
    Fastspring,
}

/// Where licenses live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum LicenseServerKind {
    /// Cryptlex, web API v3.
    #[default]
    Cryptlex,
}

impl StorefrontKind {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl LicenseServerKind {
    /// Its name, as people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cryptlex => "Cryptlex",
        }
    }

    /// A text with the name in the place of each `{service}`.
    pub fn named_in(self, text: &str) -> String {
        text.replace("{service}", self.name())
    }

    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
