//! Compression of payloads and bodies with a dictionary that knows how they look.
//!
//! Which dictionary was used is noted beside the sealed value, so that a better one can be added later;
//! those that were ever released stay, or what they compressed is lost. `scripts/train-dictionary` made them.

use std::cell::RefCell;
use std::io;
use std::sync::LazyLock;

use zeroize::Zeroizing;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe;

use crate::vault::VaultError;

/// Nothing larger is compressed or expanded: a small value must not fill the memory.
pub const LARGEST_BYTES: usize = 8 * 1024 * 1024;

/// The dictionary that compresses now.
pub(super) const DICTIONARY: u8 = 1;

/// Beyond this level the gain is below one percent.
const LEVEL: i32 = 6;

static DICTIONARY_1: &[u8] = include_bytes!("dictionary.bin");
static ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY_1, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(DICTIONARY_1));

thread_local! {
    // Making one costs more than compressing a payload does.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses with [`DICTIONARY`].
pub(super) fn compress(plaintext: &[u8]) -> Result<Vec<u8>, VaultError> {
    if plaintext.len() > LARGEST_BYTES {
        return Err(VaultError::TooLarge);
    }
    COMPRESSOR
        .with_borrow_mut(|slot| {
            let compressor = match slot {
                Some(compressor) => compressor,
                None => slot.insert(Compressor::with_prepared_dictionary(&ENCODER)?),
            };
            compressor.compress(plaintext)
        })
        .map_err(VaultError::Compression)
}

/// Expands what was compressed with that dictionary, if it says that it fits.
pub(super) fn expand(dictionary: u8, compressed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    if dictionary != DICTIONARY {
        return Err(VaultError::UnknownFormat);
    }
    let mut plaintext = Zeroizing::new(Vec::with_capacity(expanded_bytes(compressed)?));
    DECOMPRESSOR
        .with_borrow_mut(|slot| {
            let decompressor = match slot {
                Some(decompressor) => decompressor,
                None => slot.insert(Decompressor::with_prepared_dictionary(&DECODER)?),
            };
            decompressor.decompress_to_buffer(compressed, &mut *plaintext)
        })
        .map_err(VaultError::Compression)?;
    Ok(plaintext)
}

fn expanded_bytes(compressed: &[u8]) -> Result<usize, VaultError> {
    let stated = zstd_safe::get_frame_content_size(compressed)
        .ok()
        .flatten()
        .ok_or_else(|| VaultError::Compression(io::ErrorKind::InvalidData.into()))?;
    usize::try_from(stated)
        .ok()
        .filter(|bytes| *bytes <= LARGEST_BYTES)
        .ok_or(VaultError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_expands_to_the_same() {
        for plaintext in [&b""[..], b"{}", &[0x5a; 100_000]] {
            let expanded = expand(DICTIONARY, &compress(plaintext).unwrap()).unwrap();

            assert_eq!(*expanded, plaintext);
        }
    }

    #[test]
    fn a_shop_event_becomes_much_smaller() {
        let event = r#"{"id":"TAUFmEVOQNmiOltXzPjoKA","active":true,"state":"active","changed":1738132720734,"changedValue":1738132720734,"changedInSeconds":1738132720,"live":true,"currency":"USD","quantity":1,"adhoc":false,"autoRenew":true,"price":914.0,"priceDisplay":"US$ 914.00","priceInPayoutCurrency":10.0}"#;

        let compressed = compress(event.as_bytes()).unwrap();

        assert!(compressed.len() * 3 < event.len(), "{}", compressed.len());
    }

    #[test]
    fn too_much_is_refused_on_the_way_in_and_out() {
        let bomb = zstd::bulk::compress(&vec![0; LARGEST_BYTES + 1], 19).unwrap();

        assert!(matches!(
            compress(&vec![0; LARGEST_BYTES + 1]),
            Err(VaultError::TooLarge)
        ));
        assert!(matches!(
            expand(DICTIONARY, &bomb),
            Err(VaultError::TooLarge)
        ));
    }

    #[test]
    fn an_unknown_dictionary_and_damaged_bytes_are_refused() {
        let compressed = compress(b"{\"events\":[]}").unwrap();

        assert!(expand(9, &compressed).is_err());
        assert!(expand(DICTIONARY, &compressed[..3]).is_err());
        assert!(expand(DICTIONARY, b"not zstd").is_err());
    }
}
