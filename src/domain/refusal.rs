//! Why a call of the shop was refused: one table of causes, with their words and the way out.

use crate::domain::kind::LicenseServerKind;
use crate::domain::reason::{Reason, ReasonCode};

/// Why a call was refused before anything of it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A webhook that is not signed.
    SignatureMissing,
    /// A webhook that is signed with another secret.
    SignatureMismatch,
    /// A body that no webhook has.
    Malformed,
    /// A request for keys that is not signed.
    KeyHashMissing,
    /// A request for keys that is signed with another private key, or while none is set.
    KeyHashMismatch,
    /// A request for keys that lacks a parameter.
    KeyRequestMalformed,
    /// A request for more keys than a line is given.
    TooManyKeys,
    /// A request for keys that a person must make possible first.
    NoKey(ReasonCode),
}

impl Refusal {
    /// Every cause that is no reason of an event.
    pub const ALL: [Self; 7] = [
        Self::SignatureMissing,
        Self::SignatureMismatch,
        Self::Malformed,
        Self::KeyHashMissing,
        Self::KeyHashMismatch,
        Self::KeyRequestMalformed,
        Self::TooManyKeys,
    ];

    /// As the API and the store spell it; requests for keys share the codes of reasons.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignatureMissing => "signature_missing",
            Self::SignatureMismatch => "signature_mismatch",
            Self::Malformed => "malformed",
            Self::KeyHashMissing => "key_hash_missing",
            Self::KeyHashMismatch => "key_hash_mismatch",
            Self::KeyRequestMalformed => "key_request_malformed",
            Self::TooManyKeys => "too_many_keys",
            Self::NoKey(code) => code.as_str(),
        }
    }

    /// The cause of that spelling; `None` when another version wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let own = Self::ALL.into_iter().find(|cause| cause.as_str() == text);
        own.or_else(|| ReasonCode::parse(text).map(Self::NoKey))
    }

    /// What is usually behind it, in a merchant's words, with that license server's name.
    pub fn text(self, kind: LicenseServerKind) -> String {
        match self {
            Self::NoKey(code) => no_key(code).map_or_else(
                || {
                    let why = Reason::new(code).text(kind);
                    format!("FastSpring asked for a key and got none. {why}")
                },
                |(text, _)| kind.named_in(text),
            ),
            _ => self.words().0.to_owned(),
        }
    }

    /// The way out, in a merchant's words, with that license server's name.
    pub fn fix(self, kind: LicenseServerKind) -> String {
        match self {
            Self::NoKey(code) => no_key(code).map_or_else(
                || Reason::new(code).fix(kind),
                |(_, fix)| {
                    let fix = kind.named_in(fix);
                    format!("{fix} Then resend the order's fulfillment at FastSpring.")
                },
            ),
            _ => self.words().1.to_owned(),
        }
    }

    /// What is behind it, and the way out.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SignatureMissing => (
                "FastSpring called without a signature: the secret field of this webhook is empty at FastSpring.",
                "Paste the secret there.",
            ),
            Self::SignatureMismatch => (
                "The signature does not match your secret. Most often a space was copied with it, or the secret of another webhook was used.",
                "Paste it again, or make a new secret on the store's page.",
            ),
            Self::Malformed => (
                "A call came that is not from FastSpring's webhooks.",
                "If you meant the key in the receipt, that address ends in /license.",
            ),
            Self::KeyHashMissing => (
                "FastSpring asked for a key without a signature: the fulfillment has no private key at FastSpring, or somebody else called.",
                "At FastSpring, open the product's “Generate a License” and its Security tab; paste the private key from there on the product's page or the store's page.",
            ),
            Self::KeyHashMismatch => (
                "FastSpring asked for a key and signed it with another private key than the one that is set here, or none is set here.",
                "At FastSpring, each product's “Generate a License” has its own private key on its Security tab; paste it on the product's page, or on the store's page where all products share one.",
            ),
            Self::KeyRequestMalformed => (
                "FastSpring asked for a key and did not say enough: the receipt number, the product or the quantity is absent or makes no sense.",
                "At FastSpring, tick the parameters reference, quantity and product of the product's “Generate a License”, or put the product path behind the address.",
            ),
            Self::TooManyKeys => (
                "FastSpring asked for more keys than one line is given.",
                "Sell one license with many seats instead: choose on the product's page what a quantity becomes.",
            ),
            Self::NoKey(_) => ("FastSpring asked for a key and got none.", ""),
        }
    }
}

/// Words for the usual reasons, whose own name a product or an answer that a count does not keep.
const fn no_key(code: ReasonCode) -> Option<(&'static str, &'static str)> {
    match code {
        ReasonCode::ProductNotMapped => Some((
            "FastSpring asked for the key of a product, and nobody has said which license it gives.",
            "Choose the license under Products.",
        )),
        ReasonCode::MappingInvalid => Some((
            "FastSpring asked for the key of a product that has an attribute which makes no sense.",
            "Correct what is shown under Products.",
        )),
        ReasonCode::NoLicensedProduct => Some((
            "FastSpring asked for the key of a product that gives no license.",
            "Choose a license for it under Products, or remove “Generate a License” from it at FastSpring.",
        )),
        ReasonCode::LicenseServerRejected => Some((
            "FastSpring asked for a key, and {service} refused to make the license.",
            "See under To fix what {service} said, and change the product's settings.",
        )),
        ReasonCode::LicenseServerMissingScope => Some((
            "FastSpring asked for a key, and your token at {service} may not make the license.",
            "Make a token with the ticks that are named under To fix.",
        )),
        ReasonCode::PlanLimit => Some((
            "FastSpring asked for a key, and your {service} plan allows no more licenses.",
            "Open {service}'s plans.",
        )),
        ReasonCode::DuplicateConnection => Some((
            "FastSpring asked for keys that another of your stores has given for the same order.",
            "Close one of the two.",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    const CRYPTLEX: LicenseServerKind = LicenseServerKind::Cryptlex;

    #[test]
    fn every_cause_has_one_spelling_a_sentence_and_a_way_out() {
        let usual = ReasonCode::VARIANTS
            .iter()
            .copied()
            .filter(|code| no_key(*code).is_some())
            .map(Refusal::NoKey);
        for cause in Refusal::ALL.into_iter().chain(usual) {
            let code = cause.as_str();

            assert_eq!(Refusal::parse(code), Some(cause));
            assert!(cause.text(CRYPTLEX).ends_with('.'), "{code}");
            assert!(cause.fix(CRYPTLEX).ends_with('.'), "{code}");
            let said = format!("{} {}", cause.text(CRYPTLEX), cause.fix(CRYPTLEX));
            assert!(!said.contains(['…', '{']) && !said.contains(code), "{said}");
        }
        assert_eq!(Refusal::parse("of a later version"), None);
    }

    #[test]
    fn a_rare_reason_says_why_in_its_own_words() {
        let cause = Refusal::NoKey(ReasonCode::RepeatedCrash);

        assert!(
            cause
                .text(CRYPTLEX)
                .starts_with("FastSpring asked for a key")
        );
        assert!(cause.text(CRYPTLEX).contains("stumbled over this message"));
        assert!(!cause.fix(CRYPTLEX).is_empty());
    }
}
