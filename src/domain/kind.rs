//! The kinds of storefront and license server that Latchkey knows.

use std::fmt;

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

/// Several license servers, as a sentence names them: `Cryptlex`, or with more of them `One, Two and Three`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceNames {
    names: Vec<&'static str>,
    word: &'static str,
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

impl ServiceNames {
    /// All of these; of none, whichever can be added.
    pub fn and(kinds: impl IntoIterator<Item = LicenseServerKind>) -> Self {
        Self::joined(kinds, " and ")
    }

    /// Any of these; of none, whichever can be added.
    pub fn or(kinds: impl IntoIterator<Item = LicenseServerKind>) -> Self {
        Self::joined(kinds, " or ")
    }

    /// Whichever can be added.
    pub fn addable() -> Self {
        Self::or(LicenseServerKind::VARIANTS.iter().copied())
    }

    /// A text with these names in the place of each `{service}`.
    pub fn named_in(&self, text: &str) -> String {
        text.replace("{service}", &self.to_string())
    }

    fn joined(kinds: impl IntoIterator<Item = LicenseServerKind>, word: &'static str) -> Self {
        let mut names: Vec<&str> = kinds.into_iter().map(LicenseServerKind::name).collect();
        names.sort_unstable();
        names.dedup();
        match names.is_empty() {
            true => Self::addable(),
            false => Self { names, word },
        }
    }
}

impl fmt::Display for ServiceNames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.as_slice() {
            [before @ .., last] if !before.is_empty() => {
                write!(formatter, "{}{}{last}", before.join(", "), self.word)
            }
            names => formatter.write_str(&names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_once_as_a_sentence_says_them() {
        let names = |names: &[&'static str], word| {
            ServiceNames {
                names: names.to_vec(),
                word,
            }
            .to_string()
        };
        let twice = [LicenseServerKind::Cryptlex; 2];

        assert_eq!(ServiceNames::and(twice).to_string(), "Cryptlex");
        assert_eq!(ServiceNames::and([]), ServiceNames::addable());
        assert_eq!(names(&["One", "Two"], " and "), "One and Two");
        assert_eq!(names(&["One", "Two", "Three"], " or "), "One, Two or Three");
    }
}
