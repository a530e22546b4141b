//! 256 secret bits, wiped from memory when dropped.

use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key. Has neither `Debug` nor `Display`, and cannot be compared or copied by accident.
#[derive(Clone)]
pub(super) struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// A new key from the operating system's random source.
    pub(super) fn generate() -> Self {
        Self(Zeroizing::new(random_bytes()))
    }

    /// `None` unless there are exactly 32 bytes.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes
            .try_into()
            .ok()
            .map(|bytes: [u8; 32]| Self(Zeroizing::new(bytes)))
    }

    /// The bytes, for a cipher.
    pub(super) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 over the parts, each preceded by its length, so that no two lists of parts read the same.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    pub(super) fn derive(&self, parts: &[&[u8]]) -> Self {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of every length");
        mac.update(&framed(parts));
        Self(Zeroizing::new(mac.finalize().into_bytes().into()))
    }
}

/// The parts one after another, each preceded by its length in eight bytes.
pub(super) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Bytes from the operating system; without its random source the process must not go on.
pub(super) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_trade_characters() {
        assert_ne!(framed(&[b"ab", b"c"]), framed(&[b"a", b"bc"]));
        assert_ne!(framed(&[b"ab"]), framed(&[b"ab", b""]));
    }

    #[test]
    fn two_keys_differ() {
        assert_ne!(
            SecretKey::generate().expose(),
            SecretKey::generate().expose()
        );
    }
}
