//! The cipher of everything that is sealed or wrapped: AES-256-GCM, its nonce before the ciphertext and its tag.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

use crate::vault::VaultError;
use crate::vault::secret_key::{SecretKey, random_bytes};

const NONCE_BYTES: usize = 12;

/// Encrypts with a fresh nonce; opens only with the same names.
#[expect(
    clippy::expect_used,
    reason = "AES-GCM refuses only more than 64 GiB, which never fit a field"
)]
pub(super) fn encrypt(key: &SecretKey, names: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = random_bytes();
    let payload = Payload {
        msg: plaintext,
        aad: names,
    };
    let ciphertext = Aes256Gcm::new(key.expose().into())
        .encrypt(&nonce.into(), payload)
        .expect("a field is smaller than 64 GiB");
    [&nonce[..], &ciphertext].concat()
}

/// Decrypts what was encrypted with that key and these names.
pub(super) fn decrypt(
    key: &SecretKey,
    names: &[u8],
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (nonce, ciphertext) = encrypted
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(VaultError::UnknownFormat)?;
    let payload = Payload {
        msg: ciphertext,
        aad: names,
    };
    Aes256Gcm::new(key.expose().into())
        .decrypt(nonce.into(), payload)
        .map(Zeroizing::new)
        .map_err(|_opaque| VaultError::DoesNotOpen)
}
