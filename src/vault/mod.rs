//! Keys and sealing: what is secret or personal leaves the process only through here.
//!
//! A tenant has three keys, each wrapped by the operator's [master key](MasterKeys): *data* seals fields and rotates,
//! *index* hashes search terms, *license* derives license keys and never rotates.
//! A sealed field opens only with its tenant's key and only at the table, row and column it was sealed for.
//! Whoever destroys a tenant's wrapped keys has erased the tenant.

mod chain;
mod cipher;
mod compressed;
mod field;
mod keyring;
mod license_key;
mod sealed;
mod search_terms;
mod secret_key;
mod tenant_keys;
mod token;
mod wrapped;

pub use compressed::LARGEST_BYTES;
pub use field::{AccessToken, Field};
pub use keyring::{MasterKeys, MasterKeysError};
pub use license_key::{InvalidKeyMask, KeyMask};
pub use sealed::{Place, is_bound_to_place_alone};
pub use search_terms::{QueryWord, TermHash};
pub use tenant_keys::TenantKeys;
pub use token::{digest, random_token};
pub use wrapped::{KeyPurpose, UnknownKeyPurpose, WrappedKey};

/// Why something could not be sealed or opened; never holds plaintext or keys.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Altered, moved to another place, or sealed by another tenant's key.
    #[error("a sealed value does not open with this key at this place")]
    DoesNotOpen,
    /// Too short, or written by a version of Latchkey that this one does not know.
    #[error("a sealed value has a format that this version of latchkey does not know")]
    UnknownFormat,
    /// Sealed under a data key that the tenant no longer has, or not yet.
    #[error("a value is sealed under data key version {0}, which this tenant does not have")]
    UnknownKeyVersion(u32),
    /// Wrapped by a master key that is not configured.
    #[error(
        "a tenant's key is wrapped by master key `{0}`, which LATCHKEY_MASTER_KEYS does not hold; add it again after the first entry"
    )]
    UnknownMasterKey(String),
    /// The wrapped keys of a tenant are not complete.
    #[error("this tenant has no {0} key")]
    MissingKey(KeyPurpose),
    /// Larger than [`LARGEST_BYTES`] when sealed, or when opened.
    #[error("a compressed value is larger than {LARGEST_BYTES} bytes")]
    TooLarge,
    /// The compressor refused; after opening this means that the value was sealed from damaged bytes.
    #[error("compressing or expanding a value")]
    Compression(#[source] std::io::Error),
}
