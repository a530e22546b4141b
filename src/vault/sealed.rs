//! Sealed fields: a key per record, bound to the place where the field is stored.
//!
//! ```text
//! format (1 byte) ‖ data key version (4) ‖ dictionary (1, 0 = not compressed) ‖ nonce (12) ‖ ciphertext and tag
//! ```
//!
//! Format 1 is bound to its place alone, format 2 to something beyond that too.

use zeroize::Zeroizing;

use crate::vault::cipher::{decrypt, encrypt};
use crate::vault::secret_key::{SecretKey, framed};
use crate::vault::tenant_keys::TenantKeys;
use crate::vault::{VaultError, compressed};

/// Where a sealed field is stored. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The row's key; for keys of several columns their bytes one after another, all of fixed length.
    pub row: &'a [u8],
    /// The column.
    pub column: &'static str,
    /// What it belongs to beyond its place; empty for most. It opens together with nothing else.
    pub bound_to: &'a str,
}

/// Whether a value was sealed for its place alone, as those of a place that is bound to something were once.
pub fn is_bound_to_place_alone(sealed: &[u8]) -> bool {
    sealed.first() == Some(&FORMAT)
}

impl Place<'_> {
    const fn format(&self) -> u8 {
        match self.bound_to.is_empty() {
            true => FORMAT,
            false => BOUND_FORMAT,
        }
    }
}

const FORMAT: u8 = 1;
const BOUND_FORMAT: u8 = 2;
const HEADER_BYTES: usize = 6;
const NOT_COMPRESSED: u8 = 0;

impl TenantKeys {
    /// Seals under the data key that seals now; the same plaintext gives other bytes each time.
    pub fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Vec<u8> {
        self.seal_as(place, NOT_COMPRESSED, plaintext)
    }

    /// Compresses, then seals: for payloads and bodies. Refuses more than [`LARGEST_BYTES`](super::LARGEST_BYTES).
    pub fn seal_compressed(
        &self,
        place: Place<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let smaller = compressed::compress(plaintext)?;
        Ok(self.seal_as(place, compressed::DICTIONARY, &smaller))
    }

    /// Opens what either function sealed here, under whichever data key version; anything else fails.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        match self.decrypt(place, sealed)? {
            (NOT_COMPRESSED, plaintext) => Ok(plaintext),
            (dictionary, smaller) => compressed::expand(dictionary, &smaller),
        }
    }

    /// The number of the dictionary, and what was encrypted.
    fn decrypt(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<(u8, Zeroizing<Vec<u8>>), VaultError> {
        let (header, encrypted) = sealed
            .split_first_chunk::<HEADER_BYTES>()
            .ok_or(VaultError::UnknownFormat)?;
        let (format, version, dictionary) = parse_header(*header)?;
        if format != place.format() {
            return Err(VaultError::DoesNotOpen);
        }
        let record_key = record_key(self.data_key(version)?, place, version);
        let plaintext = decrypt(&record_key, &names(place, header), encrypted)?;
        Ok((dictionary, plaintext))
    }

    /// What was sealed here, sealed under the data key that seals now; fails where [`open`](Self::open) would, save that
    /// what is compressed stays so unseen.
    pub fn seal_anew(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (dictionary, plaintext) = self.decrypt(place, sealed)?;
        Ok(self.seal_as(place, dictionary, &plaintext))
    }

    fn seal_as(&self, place: Place<'_>, dictionary: u8, plaintext: &[u8]) -> Vec<u8> {
        let (version, data_key) = self.sealing_key();
        let [a, b, c, d] = version.to_be_bytes();
        let header = [place.format(), a, b, c, d, dictionary];
        let record_key = record_key(data_key, place, version);
        let encrypted = encrypt(&record_key, &names(place, &header), plaintext);
        [&header[..], &encrypted].concat()
    }
}

/// Format, data key version and dictionary.
fn parse_header(header: [u8; HEADER_BYTES]) -> Result<(u8, u32, u8), VaultError> {
    match header {
        [format @ (FORMAT | BOUND_FORMAT), a, b, c, d, dictionary] => {
            Ok((format, u32::from_be_bytes([a, b, c, d]), dictionary))
        }
        _ => Err(VaultError::UnknownFormat),
    }
}

fn record_key(data_key: &SecretKey, place: Place<'_>, version: u32) -> SecretKey {
    data_key.derive(&[
        place.table.as_bytes(),
        place.row,
        place.column.as_bytes(),
        &version.to_be_bytes(),
    ])
}

fn names(place: Place<'_>, header: &[u8; HEADER_BYTES]) -> Vec<u8> {
    let mut names = vec![
        place.table.as_bytes(),
        place.row,
        place.column.as_bytes(),
        header,
    ];
    if place.format() == BOUND_FORMAT {
        names.push(place.bound_to.as_bytes());
    }
    framed(&names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place {
        table: "licenses",
        row: b"row 1",
        column: "key",
        bound_to: "",
    };
    const TEXT: &[u8] = br#"{"events":[{"id":"EVWB4J7DPIMVPSNYM6RPIRF77URSIR"}]}"#;

    #[test]
    fn what_was_sealed_opens_at_its_place() {
        let keys = TenantKeys::fixed(1);
        let plain = keys.seal(PLACE, TEXT);
        let compressed = keys.seal_compressed(PLACE, TEXT).unwrap();

        assert_eq!(*keys.open(PLACE, &plain).unwrap(), TEXT);
        assert_eq!(*keys.open(PLACE, &compressed).unwrap(), TEXT);
        assert_ne!(plain, keys.seal(PLACE, TEXT), "a nonce was used twice");
        assert_eq!(*keys.open(PLACE, &keys.seal(PLACE, b"")).unwrap(), b"");
    }

    #[test]
    fn it_opens_at_no_other_place() {
        let keys = TenantKeys::fixed(1);
        let sealed = keys.seal(PLACE, TEXT);
        for elsewhere in [
            Place {
                table: "customers",
                ..PLACE
            },
            Place {
                row: b"row 2",
                ..PLACE
            },
            Place {
                column: "note",
                ..PLACE
            },
            Place {
                table: "licensesr",
                row: b"ow 1",
                ..PLACE
            },
            Place {
                row: b"row 1k",
                column: "ey",
                ..PLACE
            },
            Place {
                bound_to: "https://a.example",
                ..PLACE
            },
        ] {
            assert!(
                matches!(keys.open(elsewhere, &sealed), Err(VaultError::DoesNotOpen)),
                "{elsewhere:?}"
            );
        }
    }

    #[test]
    fn what_is_bound_opens_with_nothing_else() {
        let keys = TenantKeys::fixed(1);
        let bound = |bound_to| Place { bound_to, ..PLACE };
        let sealed = keys.seal(bound("https://a.example"), TEXT);

        assert_eq!(
            *keys.open(bound("https://a.example"), &sealed).unwrap(),
            TEXT
        );
        assert!(!is_bound_to_place_alone(&sealed));
        assert!(is_bound_to_place_alone(&keys.seal(PLACE, TEXT)));
        let mut relabeled = sealed.clone();
        relabeled[0] = FORMAT;
        for (place, sealed) in [
            (bound("https://b.example"), &sealed),
            (bound(""), &sealed),
            (bound(""), &relabeled),
        ] {
            assert!(
                matches!(keys.open(place, sealed), Err(VaultError::DoesNotOpen)),
                "{place:?}"
            );
        }
    }

    #[test]
    fn it_does_not_open_for_another_tenant() {
        let sealed = TenantKeys::fixed(1).seal(PLACE, TEXT);

        let opened = TenantKeys::fixed(2).open(PLACE, &sealed);

        assert!(matches!(opened, Err(VaultError::DoesNotOpen)));
    }

    #[test]
    fn it_does_not_open_with_any_bit_changed() {
        let keys = TenantKeys::fixed(1);
        for sealed in [
            keys.seal(PLACE, TEXT),
            keys.seal_compressed(PLACE, TEXT).unwrap(),
        ] {
            for position in 0..sealed.len() {
                for bit in 0..8 {
                    let mut changed = sealed.clone();
                    changed[position] ^= 1 << bit;
                    assert!(keys.open(PLACE, &changed).is_err(), "byte {position}");
                }
            }
        }
    }

    #[test]
    fn it_does_not_open_when_cut_or_lengthened() {
        let keys = TenantKeys::fixed(1);
        let sealed = keys.seal(PLACE, TEXT);
        for length in 0..sealed.len() {
            assert!(keys.open(PLACE, &sealed[..length]).is_err());
        }

        assert!(keys.open(PLACE, &[&sealed[..], b"!"].concat()).is_err());
    }

    #[test]
    fn an_older_version_opens_after_a_rotation() {
        let mut keys = TenantKeys::fixed(1);
        let older = keys.seal(PLACE, TEXT);

        keys.rotate_data_key();
        let newer = keys.seal(PLACE, TEXT);

        assert_eq!(*keys.open(PLACE, &older).unwrap(), TEXT);
        assert!(matches!(
            TenantKeys::fixed(1).open(PLACE, &newer),
            Err(VaultError::UnknownKeyVersion(2))
        ));
    }

    #[test]
    fn what_is_sealed_anew_opens_without_the_older_key() {
        let mut keys = TenantKeys::fixed(1);
        let plain = keys.seal(PLACE, TEXT);
        let compressed = keys.seal_compressed(PLACE, TEXT).unwrap();
        keys.rotate_data_key();

        let anew = [plain, compressed].map(|sealed| keys.seal_anew(PLACE, &sealed).unwrap());

        keys.forget_older_data_keys();
        for sealed in anew {
            assert_eq!(*keys.open(PLACE, &sealed).unwrap(), TEXT);
            assert_eq!(sealed[1..5], 2_u32.to_be_bytes());
        }
    }

    #[test]
    fn what_does_not_open_is_not_sealed_anew() {
        let keys = TenantKeys::fixed(1);
        let sealed = keys.seal(PLACE, TEXT);
        let elsewhere = Place {
            row: b"row 2",
            ..PLACE
        };

        assert!(keys.seal_anew(elsewhere, &sealed).is_err());
        assert!(keys.seal_anew(PLACE, &sealed[1..]).is_err());
    }

    #[test]
    fn a_version_written_over_another_does_not_open() {
        let mut keys = TenantKeys::fixed(1);
        let mut sealed = keys.seal(PLACE, TEXT);
        keys.rotate_data_key();

        sealed[4] = 2;

        assert!(matches!(
            keys.open(PLACE, &sealed),
            Err(VaultError::DoesNotOpen)
        ));
    }

    #[test]
    fn an_unknown_format_is_told_apart() {
        let keys = TenantKeys::fixed(1);
        let mut sealed = keys.seal(PLACE, TEXT);

        sealed[0] = 9;

        assert!(matches!(
            keys.open(PLACE, &sealed),
            Err(VaultError::UnknownFormat)
        ));
    }
}
