//! Why an event is where it is: one table of codes, with their words and the way out.

mod code;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::kind::LicenseServerKind;

pub use code::ReasonCode;
pub use words::words;

use words::{NOT_UNDERSTOOD, ReasonWords};

/// The detail that names a field of an answer which could not be read.
pub const FIELD: &str = "field";

/// The detail that holds another's words, which may name people and keys.
pub const WORDS: &str = "words";

/// Why an event or a line ended as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code, as programs read it.
    pub code: ReasonCode,
    /// What fills the placeholders of the text; never personal data, save for [`WORDS`].
    #[serde(default)]
    pub details: BTreeMap<String, String>,
}

impl Reason {
    /// A reason without details.
    pub fn new(code: ReasonCode) -> Self {
        Self {
            code,
            details: BTreeMap::new(),
        }
    }

    /// The same with one more detail; a name given twice keeps the later value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.details.insert(name.to_owned(), value.to_string());
        self
    }

    /// Takes another's words out of it.
    pub fn take_words(&mut self) -> Option<String> {
        self.details.remove(WORDS)
    }

    fn words(&self) -> ReasonWords {
        match self.details.contains_key(FIELD) {
            true => NOT_UNDERSTOOD,
            false => words(self.code),
        }
    }

    /// What happened, in a merchant's words, with that license server's name; a detail that is not known reads as "…".
    pub fn text(&self, kind: LicenseServerKind) -> String {
        fill(&kind.named_in(self.words().text), &self.details)
    }

    /// The way out, in a merchant's words, with that license server's name; empty when there is nothing to do.
    pub fn fix(&self, kind: LicenseServerKind) -> String {
        fill(&kind.named_in(self.words().fix), &self.details)
    }
}

fn fill(template: &str, details: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        text.push_str(before);
        text.push_str(details.get(name).map_or("…", String::as_str));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    const CRYPTLEX: LicenseServerKind = LicenseServerKind::Cryptlex;

    #[test]
    fn every_code_has_words_and_one_spelling() {
        for code in ReasonCode::VARIANTS.iter().copied() {
            let reason = Reason::new(code);

            for text in [reason.text(CRYPTLEX), reason.fix(CRYPTLEX)] {
                assert!(!text.contains('{'), "{}", code.as_str());
            }
            assert!(reason.text(CRYPTLEX).len() > 10, "{}", code.as_str());
            assert_eq!(ReasonCode::parse(code.as_str()), Some(code));
            assert_eq!(
                serde_json::to_value(code).unwrap(),
                serde_json::json!(code.as_str())
            );
        }
    }

    #[test]
    fn details_fill_the_text_and_what_is_not_known_is_left_open() {
        let reason = Reason::new(ReasonCode::MappingInvalid)
            .with("product", "studio-pro")
            .with("attribute", "cryptlex_allowed_activations");

        assert_eq!(
            reason.text(CRYPTLEX),
            "studio-pro: cryptlex_allowed_activations says \"…\", which makes no sense."
        );
    }

    #[test]
    fn the_license_server_that_is_meant_is_named() {
        for kind in LicenseServerKind::VARIANTS.iter().copied() {
            let reason = Reason::new(ReasonCode::PlanLimit).with("what", "licenses");

            let name = kind.name();
            assert_eq!(
                reason.text(kind),
                format!("Your {name} plan allows no more licenses.")
            );
            assert_eq!(
                reason.fix(kind),
                format!("Open {name}'s plans, then try again.")
            );
        }
    }
}
