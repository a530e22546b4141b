//! What a shop is told that asked for keys.

use secrecy::SecretString;

use crate::domain::kind::LicenseServerKind;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::refusal::Refusal;
use crate::storefronts::key_request::KeyRequestError;

/// What the shop is told. Whoever turns it into words adds nothing to the codes.
#[derive(Debug)]
pub enum KeyAnswer {
    /// The keys, in order of their units.
    Keys(Vec<SecretString>),
    /// The form cannot be read.
    Malformed(KeyRequestError),
    /// It is not signed.
    SignatureMissing,
    /// It is not signed with the private key that is set here.
    SignatureMismatch,
    /// No such hook, or its storefront was removed.
    UnknownHook,
    /// A person must change something before this can be answered.
    Refused {
        cause: Refusal,
        /// The sentence; free of personal data.
        text: String,
    },
    /// Not now; the shop must ask again.
    Unavailable(Words),
}

/// A code for programs, and a sentence for whoever reads the shop's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub code: &'static str,
    /// The sentence; free of personal data.
    pub text: String,
}

impl KeyAnswer {
    /// A person must change something, for this reason.
    pub fn refused(reason: &Reason, kind: LicenseServerKind) -> Self {
        Self::Refused {
            cause: Refusal::NoKey(reason.code),
            text: Words::of(reason, kind).text,
        }
    }

    /// Under which cause it is counted among the refused calls; `None` for what is no refusal.
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::SignatureMissing => Some(Refusal::KeyHashMissing),
            Self::SignatureMismatch => Some(Refusal::KeyHashMismatch),
            Self::Malformed(_) => Some(Refusal::KeyRequestMalformed),
            Self::Refused { cause, .. } => Some(*cause),
            Self::Keys(_) | Self::UnknownHook | Self::Unavailable(_) => None,
        }
    }

    /// Not now, for this reason.
    pub fn unavailable(reason: &Reason, kind: LicenseServerKind) -> Self {
        Self::Unavailable(Words::of(reason, kind))
    }

    /// Nothing could be stored.
    pub fn database_away() -> Self {
        Self::Unavailable(Words {
            code: "unavailable",
            text: "Nothing could be stored. Ask again.".to_owned(),
        })
    }
}

impl Words {
    fn of(reason: &Reason, kind: LicenseServerKind) -> Self {
        let text = match reason.code {
            ReasonCode::ProductNotMapped => format!(
                "{} Choose it in Latchkey under Products, or give the product at FastSpring the attribute {}, or the request the parameter of that name.",
                reason.text(kind),
                reason.details.get("attribute").map_or("", String::as_str)
            ),
            ReasonCode::ShadowMode => {
                "This store is on Watch only: no license is made, so no key is handed out. Switch it on first.".to_owned()
            }
            _ => reason.text(kind),
        };
        Self {
            code: reason.code.as_str(),
            text,
        }
    }
}
