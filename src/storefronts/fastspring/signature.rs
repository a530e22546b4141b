//! The webhook signature: `X-FS-Signature`, base64 of HMAC-SHA256 over the raw body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::storefronts::SignatureError;

/// The header's name in lower case.
pub const HEADER: &str = "x-fs-signature";

/// Checks the header's values against each secret in turn and says which one fits.
///
/// A doubled header is refused even if one value fits: nobody honest sends two.
#[tracing::instrument(name = "verify_signature", level = "debug", skip_all)]
pub fn verify(values: &[&[u8]], body: &[u8], secrets: &[&[u8]]) -> Result<usize, SignatureError> {
    if values.iter().all(|value| value.trim_ascii().is_empty()) {
        return Err(SignatureError::Missing);
    }
    let [value] = values else {
        return Err(SignatureError::Mismatch);
    };
    let signature = STANDARD
        .decode(value.trim_ascii())
        .map_err(|_not_base64| SignatureError::Mismatch)?;
    secrets
        .iter()
        .position(|secret| fits(secret, body, &signature))
        .ok_or(SignatureError::Mismatch)
}

/// The header's value for a body of our own making; empty, so that nobody believes it, where there is no secret.
pub fn sign(body: &[u8], secret: &[u8]) -> String {
    if secret.is_empty() {
        return String::new();
    }
    Hmac::<Sha256>::new_from_slice(secret)
        .map(|mac| STANDARD.encode(mac.chain_update(body).finalize().into_bytes()))
        .unwrap_or_default()
}

/// Compares in constant time; an empty secret would let anybody sign.
fn fits(secret: &[u8], body: &[u8], signature: &[u8]) -> bool {
    !secret.is_empty()
        && Hmac::<Sha256>::new_from_slice(secret)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = "Schlüssel-2026".as_bytes();
    const BODY: &[u8] = br#"{"events":[]}"#;

    fn sign(secret: &[u8], body: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        STANDARD.encode(mac.chain_update(body).finalize().into_bytes())
    }

    #[test]
    fn the_secret_that_fits_is_named() {
        let signature = sign(SECRET, BODY);

        assert_eq!(
            verify(&[signature.as_bytes()], BODY, &[b"newer", SECRET]),
            Ok(1)
        );
    }

    #[test]
    fn space_around_the_signature_is_ignored() {
        let signature = format!(" {}\t", sign(SECRET, BODY));

        assert_eq!(verify(&[signature.as_bytes()], BODY, &[SECRET]), Ok(0));
    }

    #[test]
    fn an_absent_or_empty_signature_is_missing() {
        for values in [vec![], vec![b"".as_slice()], vec![b" ".as_slice(), b""]] {
            assert_eq!(
                verify(&values, BODY, &[SECRET]),
                Err(SignatureError::Missing)
            );
        }
    }

    #[test]
    fn anything_else_is_a_mismatch() {
        let right = sign(SECRET, BODY);
        let hexadecimal = hex::encode(STANDARD.decode(&right).unwrap());
        let unpadded = right.trim_end_matches('=').to_owned();
        let foreign = sign(b"somebody else's", BODY);
        let of_another_body = sign(SECRET, br#"{"events": []}"#);

        for wrong in [hexadecimal, unpadded, foreign, of_another_body] {
            assert_eq!(
                verify(&[wrong.as_bytes()], BODY, &[SECRET]),
                Err(SignatureError::Mismatch),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_doubled_header_is_refused() {
        let right = sign(SECRET, BODY);

        assert_eq!(
            verify(&[right.as_bytes(), right.as_bytes()], BODY, &[SECRET]),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn an_empty_secret_fits_nothing() {
        let signature = sign(b"", BODY);

        assert_eq!(
            verify(&[signature.as_bytes()], BODY, &[b""]),
            Err(SignatureError::Mismatch)
        );
    }
}
