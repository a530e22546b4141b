//! Who gives a buyer the key of a product: the shop's receipt, the license server's mail, the vendor, or nobody.

use strum::IntoStaticStr;

use crate::domain::holder;
use crate::domain::kind::LicenseServerKind;
use crate::domain::mapping::KeyGiver;
use crate::domain::rules::{Product, Rules};

/// Who gives the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum KeyDelivery {
    /// The shop's receipt, with a key that it asked for here.
    Receipt,
    /// The shop's receipt, with a key of the shop's own generator.
    Shop,
    /// The license server mails it.
    LicenseServer,
    /// The vendor, in a way that cannot be seen from here.
    Vendor,
    /// Nobody: buyers do not learn it.
    Nobody(Gap),
    /// The license server does not tell whether it mails keys, and the vendor did not say.
    Unknown,
}

/// Why buyers do not learn their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The license server mails no keys of this product.
    NotMailed,
    /// It would, but licenses are linked to nobody whom it could write to.
    NoUser,
    /// The receipt shows a key that no license has, and the license's key is not mailed.
    OtherKey,
}

/// What was seen of the way that a product's keys take.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    /// Whether the shop ever asked here for a key of the product.
    pub was_asked: bool,
    /// Whether an order ever carried a key that was not asked for here.
    pub shop_gave_own: bool,
}

/// Who gives buyers of a product their key; `None` where it gives no license, or not yet.
///
/// `is_mailed` says of a product at the license server whether its keys are mailed; `None` = it does not tell.
pub fn key_delivery(
    rules: &Rules,
    product_path: &str,
    seen: Seen,
    is_mailed: impl Fn(&str) -> Option<bool>,
) -> Option<KeyDelivery> {
    let Ok(Product::Licensed(attributes)) = rules.product(product_path, None) else {
        return None;
    };
    let evidence = Evidence {
        seen,
        is_mailed: is_mailed(attributes.license_product_id.as_ref()?),
        said: rules
            .mappings
            .get(product_path)
            .and_then(|mapping| mapping.key_delivery),
        has_user: holder::is_linked(rules.policy.user, &attributes),
    };
    Some(evidence.key_delivery())
}

/// Everything that tells who gives the key.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    seen: Seen,
    /// What the vendor says.
    said: Option<KeyGiver>,
    /// Whether the license server mails keys of the product; `None` = it did not tell.
    is_mailed: Option<bool>,
    /// Whether licenses are linked to a user, whom a mail could reach.
    has_user: bool,
}

impl Evidence {
    /// What was seen goes before what was said.
    const fn key_delivery(self) -> KeyDelivery {
        if self.seen.was_asked {
            return KeyDelivery::Receipt;
        }
        match (self.said, self.is_mailed) {
            (Some(KeyGiver::Shop), _) => KeyDelivery::Shop,
            (Some(KeyGiver::Vendor), _) => KeyDelivery::Vendor,
            (_, Some(true)) | (Some(KeyGiver::LicenseServer), None) if !self.has_user => {
                KeyDelivery::Nobody(Gap::NoUser)
            }
            (_, Some(true)) | (Some(KeyGiver::LicenseServer), None) => KeyDelivery::LicenseServer,
            (_, Some(false)) if self.seen.shop_gave_own => KeyDelivery::Nobody(Gap::OtherKey),
            (_, Some(false)) => KeyDelivery::Nobody(Gap::NotMailed),
            (None, None) => KeyDelivery::Unknown,
        }
    }
}

impl KeyDelivery {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The same in a merchant's words, with that license server's name.
    pub fn text(self, kind: LicenseServerKind) -> String {
        let text = match self {
            Self::Receipt => "FastSpring's receipt shows the key; FastSpring asks Latchkey for it.",
            Self::Shop => "FastSpring's own generator makes the key and shows it in the receipt.",
            Self::LicenseServer => "{service} mails the key.",
            Self::Vendor => "You hand the key over yourselves.",
            Self::Nobody(Gap::NotMailed) => {
                "Nobody gives buyers the key: FastSpring does not ask for it, and {service} does not mail it."
            }
            Self::Nobody(Gap::NoUser) => {
                "Nobody gives buyers the key: {service} would mail it, but the licenses are linked to no user whom it could write to."
            }
            Self::Nobody(Gap::OtherKey) => {
                "FastSpring's receipt shows a key of another generator, which no license has, and nobody gives buyers the license's key."
            }
            Self::Unknown => "{service} did not tell whether it mails the key.",
        };
        kind.named_in(text)
    }

    /// Both in one text.
    pub fn sentences(self, kind: LicenseServerKind) -> String {
        format!("{} {}", self.text(kind), self.fix(kind))
            .trim_end()
            .to_owned()
    }

    /// What to do where buyers may not learn their key; empty where they do.
    pub fn fix(self, kind: LicenseServerKind) -> String {
        let fix = match self {
            Self::Receipt | Self::Shop | Self::LicenseServer | Self::Vendor => "",
            Self::Nobody(Gap::NotMailed) => {
                "Switch on the product's mail for new licenses at {service}, let FastSpring ask Latchkey for the key, or say on the product's page how buyers get it."
            }
            Self::Nobody(Gap::NoUser) => {
                "Let the rules link a user, let FastSpring ask Latchkey for the key, or say on the product's page how buyers get it."
            }
            Self::Nobody(Gap::OtherKey) => {
                "Remove that generator at FastSpring and let it ask Latchkey for the key; or say on the product's page that the keys of FastSpring's generator are those of your licenses."
            }
            Self::Unknown => {
                "Say on the product's page how buyers get it, or give the token the scope product:read."
            }
        };
        kind.named_in(fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_goes_before_what_was_said() {
        use KeyGiver::{LicenseServer, Shop, Vendor};
        let mailing = Evidence {
            is_mailed: Some(true),
            has_user: true,
            ..Evidence::default()
        };
        let silent = Evidence {
            is_mailed: Some(false),
            ..mailing
        };
        let untold = Evidence {
            is_mailed: None,
            ..mailing
        };
        let said = |evidence: Evidence, giver| Evidence {
            said: Some(giver),
            ..evidence
        };
        let lonely = |evidence: Evidence| Evidence {
            has_user: false,
            ..evidence
        };
        let asked = |evidence: Evidence| Evidence {
            seen: Seen {
                was_asked: true,
                ..evidence.seen
            },
            ..evidence
        };
        let odd = |evidence: Evidence| Evidence {
            seen: Seen {
                shop_gave_own: true,
                ..evidence.seen
            },
            ..evidence
        };
        for (evidence, expected) in [
            (mailing, KeyDelivery::LicenseServer),
            (asked(lonely(said(silent, Vendor))), KeyDelivery::Receipt),
            (said(mailing, Vendor), KeyDelivery::Vendor),
            (said(silent, Vendor), KeyDelivery::Vendor),
            (said(silent, Shop), KeyDelivery::Shop),
            (lonely(mailing), KeyDelivery::Nobody(Gap::NoUser)),
            (odd(mailing), KeyDelivery::LicenseServer),
            (silent, KeyDelivery::Nobody(Gap::NotMailed)),
            (odd(silent), KeyDelivery::Nobody(Gap::OtherKey)),
            (
                said(silent, LicenseServer),
                KeyDelivery::Nobody(Gap::NotMailed),
            ),
            (said(untold, LicenseServer), KeyDelivery::LicenseServer),
            (
                lonely(said(untold, LicenseServer)),
                KeyDelivery::Nobody(Gap::NoUser),
            ),
            (untold, KeyDelivery::Unknown),
        ] {
            assert_eq!(evidence.key_delivery(), expected, "{evidence:?}");
        }
    }

    #[test]
    fn only_where_nobody_gives_the_key_something_is_to_be_done() {
        let kind = LicenseServerKind::Cryptlex;
        for gap in [Gap::NotMailed, Gap::NoUser, Gap::OtherKey] {
            let nobody = KeyDelivery::Nobody(gap);

            assert!(nobody.text(kind).ends_with('.') && nobody.fix(kind).ends_with('.'));
        }
        for settled in [
            KeyDelivery::Receipt,
            KeyDelivery::Shop,
            KeyDelivery::LicenseServer,
            KeyDelivery::Vendor,
        ] {
            assert_eq!(settled.fix(kind), "");
        }
    }
}
