//! License keys, derived from what was bought, so that asking twice gives the same key.

use std::str::FromStr;

use secrecy::SecretString;

use crate::domain::license::Identity;
use crate::vault::secret_key::SecretKey;
use crate::vault::tenant_keys::TenantKeys;

/// How a license key is written: each `X` becomes a hexadecimal digit, all else stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMask(String);

/// A mask that would give guessable keys, or keys that license servers refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyMask {
    /// Under 24 digits, which is 96 bits.
    #[error(
        "a key mask needs at least 24 times the letter X, this one has {0}; write for example {DEFAULT_MASK}"
    )]
    TooFewDigits(usize),
    /// Outside 16 to 256 characters.
    #[error(
        "a key mask has 16 to 256 characters, this one has {0}; write for example {DEFAULT_MASK}"
    )]
    Length(usize),
    /// Something that cannot be typed from a receipt.
    #[error(
        "a key mask may hold only letters, digits and signs of an English keyboard without blanks; write for example {DEFAULT_MASK}"
    )]
    Character,
}

const DEFAULT_MASK: &str = "XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX";
const DIGIT: char = 'X';
const FEWEST_DIGITS: usize = 24;

impl TenantKeys {
    /// The key of that license; the same for ever. After a relink it is read from its row, never derived again.
    pub fn license_key(&self, identity: &Identity, mask: &KeyMask) -> SecretString {
        let seed = self.license_root_key().derive(&[
            identity.root.as_str().as_bytes(),
            identity.slot.as_bytes(),
            &identity.unit.to_be_bytes(),
            &identity.generation.to_be_bytes(),
        ]);
        SecretString::from(mask.fill(&seed))
    }
}

impl KeyMask {
    /// The mask as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn fill(&self, seed: &SecretKey) -> String {
        let mut digits = digits(seed);
        let write = |character| match character {
            DIGIT => digits.next(),
            literal => Some(literal),
        };
        self.0.chars().filter_map(write).collect()
    }
}

impl Default for KeyMask {
    fn default() -> Self {
        Self(DEFAULT_MASK.to_owned())
    }
}

impl FromStr for KeyMask {
    type Err = InvalidKeyMask;

    fn from_str(text: &str) -> Result<Self, InvalidKeyMask> {
        let length = text.chars().count();
        let digits = text.matches(DIGIT).count();
        if !text.chars().all(|character| character.is_ascii_graphic()) {
            return Err(InvalidKeyMask::Character);
        }
        if !(16..=256).contains(&length) {
            return Err(InvalidKeyMask::Length(length));
        }
        if digits < FEWEST_DIGITS {
            return Err(InvalidKeyMask::TooFewDigits(digits));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Upper-case hexadecimal digits without end: HMAC-SHA256(seed, 0), HMAC-SHA256(seed, 1), …
fn digits(seed: &SecretKey) -> impl Iterator<Item = char> {
    (0u32..)
        .flat_map(|block| {
            hex::encode_upper(seed.derive(&[&block.to_be_bytes()]).expose()).into_bytes()
        })
        .map(char::from)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::domain::license::Root;
    use crate::domain::shop_id::SubscriptionId;

    fn identity(slot: &str, unit: u32, generation: u32) -> Identity {
        Identity {
            root: Root::Subscription(SubscriptionId::new("TAUFmEVOQNmiOltXzPjoKA").unwrap()),
            slot: slot.to_owned(),
            unit,
            generation,
        }
    }

    fn key(identity: &Identity, mask: &str) -> String {
        TenantKeys::fixed(1)
            .license_key(identity, &mask.parse().unwrap())
            .expose_secret()
            .to_owned()
    }

    // If this fails, customers' keys would change: the derivation is at fault, never the test.
    #[test]
    fn keys_never_change() {
        for (identity, mask, expected) in [
            (
                identity("editor", 1, 1),
                DEFAULT_MASK,
                "14407F-421FF4-D2FD64-16D696-D25B75-4875CF",
            ),
            (
                identity("suite/editor#2", 12, 3),
                DEFAULT_MASK,
                "D492C6-C95093-AF2FA9-372C0F-AABD7C-D1EA4D",
            ),
            (
                identity("editor", 1, 1),
                &"X".repeat(130),
                "14407F421FF4D2FD6416D696D25B754875CF123E4BECF0F6C119A2989440DA288E6F597CB6DA2BA1D1CC9CB2028BC2B973434EEA258AFCE2B39AD4A5708F46212D",
            ),
        ] {
            assert_eq!(key(&identity, mask), expected);
        }
    }

    #[test]
    fn every_part_of_the_identity_changes_the_key() {
        let keys = [
            identity("editor", 1, 1),
            identity("editor", 2, 1),
            identity("editor", 1, 2),
            identity("editor#2", 1, 1),
        ]
        .map(|identity| key(&identity, DEFAULT_MASK));

        for (position, this) in keys.iter().enumerate() {
            assert!(!keys[..position].contains(this));
        }
    }

    #[test]
    fn two_tenants_have_different_keys() {
        let mask = KeyMask::default();
        let identity = identity("editor", 1, 1);

        let [one, other] =
            [1, 2].map(|tenant| TenantKeys::fixed(tenant).license_key(&identity, &mask));

        assert_ne!(one.expose_secret(), other.expose_secret());
    }

    #[test]
    fn the_mask_keeps_what_is_no_digit() {
        let key = key(
            &identity("editor", 1, 1),
            "ACME/xxXXXXXXXXXXXX_XXXXXXXXXXXX",
        );

        assert!(key.starts_with("ACME/xx"), "{key}");
        assert_eq!(key.find('_'), Some(19), "{key}");
        assert!(!key.contains('X'), "{key}");
    }

    #[test]
    fn a_weak_or_unusable_mask_is_refused() {
        let x = |count| "X".repeat(count);
        for (mask, refused) in [
            (String::new(), InvalidKeyMask::Length(0)),
            (x(15), InvalidKeyMask::Length(15)),
            (x(257), InvalidKeyMask::Length(257)),
            (x(23), InvalidKeyMask::TooFewDigits(23)),
            (
                "xxxxxx-xxxxxx-xxxxxx".to_owned(),
                InvalidKeyMask::TooFewDigits(0),
            ),
            (format!("{} {}", x(12), x(12)), InvalidKeyMask::Character),
            (format!("ü{}", x(24)), InvalidKeyMask::Character),
        ] {
            assert_eq!(mask.parse::<KeyMask>(), Err(refused), "{mask}");
        }
        assert_eq!(DEFAULT_MASK.parse(), Ok(KeyMask::default()));
    }
}
