//! The kinds of storefront and license server that Latchkey knows.

use serde::{Deserialize, Serialize};

/// Where things are sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorefrontKind {
    /// FastSpring, contextual store.
    Fastspring,
}

/// Where licenses live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LicenseServerKind {
    /// Cryptlex, web API v3.
    Cryptlex,
}

impl StorefrontKind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::Fastspring];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fastspring => "fastspring",
        }
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl LicenseServerKind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::Cryptlex];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cryptlex => "cryptlex",
        }
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
