//! A tenant's key as the store keeps it: encrypted by a master key, bound to tenant, purpose and version.

use std::fmt;
use std::str::FromStr;

use crate::domain::id::TenantId;
use crate::vault::VaultError;
use crate::vault::cipher::{decrypt, encrypt};
use crate::vault::keyring::MasterKeys;
use crate::vault::secret_key::{SecretKey, framed};

/// What a tenant's key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyPurpose {
    /// Seals fields; several versions may exist.
    Data,
    /// Hashes search terms; one.
    Index,
    /// Derives license keys; one, for ever.
    License,
}

/// Text that names no purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key's purpose is data, index or license")]
pub struct UnknownKeyPurpose;

/// One row of a tenant's keys; worthless without the master key it names.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Rises with each rotation; 1 where keys do not rotate.
    pub version: u32,
    /// The entry of `LATCHKEY_MASTER_KEYS` that opens it.
    pub master_key_name: String,
    /// Format, nonce and ciphertext.
    pub bytes: Vec<u8>,
    /// Whether it is used for what is new; a data key only opens until every process knows it.
    pub seals: bool,
}

const FORMAT: u8 = 1;

/// Wraps under the active master key.
pub(super) fn wrap(
    master_keys: &MasterKeys,
    tenant: TenantId,
    purpose: KeyPurpose,
    version: u32,
    key: &SecretKey,
) -> WrappedKey {
    let (name, master_key) = master_keys.active();
    let mut bytes = vec![FORMAT];
    bytes.extend(encrypt(
        master_key,
        &names(tenant, purpose, version),
        key.expose(),
    ));
    WrappedKey {
        purpose,
        version,
        master_key_name: name.to_owned(),
        bytes,
        seals: true,
    }
}

/// Opens with whichever master key the row names; fails for another tenant, purpose or version.
pub(super) fn unwrap(
    master_keys: &MasterKeys,
    tenant: TenantId,
    wrapped: &WrappedKey,
) -> Result<SecretKey, VaultError> {
    let master_key = master_keys
        .find(&wrapped.master_key_name)
        .ok_or_else(|| VaultError::UnknownMasterKey(wrapped.master_key_name.clone()))?;
    let Some((&FORMAT, encrypted)) = wrapped.bytes.split_first() else {
        return Err(VaultError::UnknownFormat);
    };
    let names = names(tenant, wrapped.purpose, wrapped.version);
    let bytes = decrypt(master_key, &names, encrypted)?;
    SecretKey::from_slice(&bytes).ok_or(VaultError::UnknownFormat)
}

impl WrappedKey {
    /// Whether these master keys open it.
    pub fn check(&self, master_keys: &MasterKeys, tenant: TenantId) -> Result<(), VaultError> {
        unwrap(master_keys, tenant, self).map(drop)
    }

    /// The same key under the active master key; `None` if it is wrapped by that one already.
    pub fn rewrapped(
        &self,
        master_keys: &MasterKeys,
        tenant: TenantId,
    ) -> Result<Option<Self>, VaultError> {
        if self.master_key_name == master_keys.active().0 {
            return Ok(None);
        }
        let key = unwrap(master_keys, tenant, self)?;
        let rewrapped = wrap(master_keys, tenant, self.purpose, self.version, &key);
        Ok(Some(Self {
            seals: self.seals,
            ..rewrapped
        }))
    }
}

impl fmt::Debug for WrappedKey {
    /// The bytes stay out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WrappedKey")
            .field("purpose", &self.purpose)
            .field("version", &self.version)
            .field("master_key_name", &self.master_key_name)
            .finish_non_exhaustive()
    }
}

impl KeyPurpose {
    /// As the store spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Index => "index",
            Self::License => "license",
        }
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for KeyPurpose {
    type Err = UnknownKeyPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownKeyPurpose> {
        match text {
            "data" => Ok(Self::Data),
            "index" => Ok(Self::Index),
            "license" => Ok(Self::License),
            _ => Err(UnknownKeyPurpose),
        }
    }
}

fn names(tenant: TenantId, purpose: KeyPurpose, version: u32) -> Vec<u8> {
    framed(&[
        b"latchkey tenant key",
        tenant.as_uuid().as_bytes(),
        purpose.as_str().as_bytes(),
        &version.to_be_bytes(),
    ])
}
