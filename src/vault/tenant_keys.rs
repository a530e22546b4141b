//! The three keys of one tenant, open in memory.

use std::collections::BTreeMap;

use crate::domain::id::TenantId;
use crate::vault::VaultError;
use crate::vault::keyring::MasterKeys;
use crate::vault::secret_key::SecretKey;
use crate::vault::wrapped::{self, KeyPurpose, WrappedKey};

/// Seals, opens, hashes and derives for one tenant; wiped from memory when dropped.
///
/// What belongs to no tenant (a person's second factor, say) is sealed with the keys of the nil tenant.
#[derive(Clone)]
pub struct TenantKeys {
    sealing_version: u32,
    sealing_key: SecretKey,
    /// Data keys that only open: older ones, and a newer one that is being made known.
    opening: BTreeMap<u32, SecretKey>,
    index: SecretKey,
    license: SecretKey,
}

impl TenantKeys {
    /// New keys for a new tenant.
    pub fn generate() -> Self {
        Self {
            sealing_version: 1,
            sealing_key: SecretKey::generate(),
            opening: BTreeMap::new(),
            index: SecretKey::generate(),
            license: SecretKey::generate(),
        }
    }

    /// Opens a tenant's rows in any order; fails when one is missing, damaged or another tenant's.
    pub fn unwrap(
        master_keys: &MasterKeys,
        tenant: TenantId,
        rows: &[WrappedKey],
    ) -> Result<Self, VaultError> {
        let mut data = BTreeMap::new();
        let (mut index, mut license) = (None, None);
        for row in rows {
            let key = wrapped::unwrap(master_keys, tenant, row)?;
            match row.purpose {
                KeyPurpose::Data => {
                    data.insert(row.version, key);
                }
                KeyPurpose::Index => index = Some(key),
                KeyPurpose::License => license = Some(key),
            }
        }
        let sealing_version = sealing_version(rows);
        let sealing_key = data
            .remove(&sealing_version)
            .ok_or(VaultError::MissingKey(KeyPurpose::Data))?;
        Ok(Self {
            sealing_version,
            sealing_key,
            opening: data,
            index: index.ok_or(VaultError::MissingKey(KeyPurpose::Index))?,
            license: license.ok_or(VaultError::MissingKey(KeyPurpose::License))?,
        })
    }

    /// The rows to store, all under the active master key.
    pub fn wrap(&self, master_keys: &MasterKeys, tenant: TenantId) -> Vec<WrappedKey> {
        let opening = self
            .opening
            .iter()
            .map(|(version, key)| (KeyPurpose::Data, *version, key));
        [
            (KeyPurpose::Data, self.sealing_version, &self.sealing_key),
            (KeyPurpose::Index, 1, &self.index),
            (KeyPurpose::License, 1, &self.license),
        ]
        .into_iter()
        .chain(opening)
        .map(|(purpose, version, key)| WrappedKey {
            seals: purpose != KeyPurpose::Data || version <= self.sealing_version,
            ..wrapped::wrap(master_keys, tenant, purpose, version, key)
        })
        .collect()
    }

    /// A new data key to be stored beside these; it only opens, until its row says that it seals.
    pub fn next_data_key(&self, master_keys: &MasterKeys, tenant: TenantId) -> WrappedKey {
        let newest = self.opening.keys().copied().max().unwrap_or(0);
        let version = newest.max(self.sealing_version) + 1;
        let key = SecretKey::generate();
        WrappedKey {
            seals: false,
            ..wrapped::wrap(master_keys, tenant, KeyPurpose::Data, version, &key)
        }
    }

    /// The data key that seals now, and its version.
    pub(super) fn sealing_key(&self) -> (u32, &SecretKey) {
        (self.sealing_version, &self.sealing_key)
    }

    pub(super) fn data_key(&self, version: u32) -> Result<&SecretKey, VaultError> {
        if version == self.sealing_version {
            return Ok(&self.sealing_key);
        }
        self.opening
            .get(&version)
            .ok_or(VaultError::UnknownKeyVersion(version))
    }

    pub(super) fn index_key(&self) -> &SecretKey {
        &self.index
    }

    pub(super) fn license_root_key(&self) -> &SecretKey {
        &self.license
    }

    #[cfg(test)]
    pub(super) fn fixed(byte: u8) -> Self {
        let key = |byte| SecretKey::from_slice(&[byte; 32]).unwrap();
        Self {
            sealing_version: 1,
            sealing_key: key(byte),
            opening: BTreeMap::new(),
            index: key(byte.wrapping_add(1)),
            license: key(byte.wrapping_add(2)),
        }
    }

    /// Adds a data key that seals from now on; what was sealed before still opens.
    #[cfg(test)]
    pub(super) fn rotate_data_key(&mut self) {
        let older = std::mem::replace(&mut self.sealing_key, SecretKey::generate());
        self.opening.insert(self.sealing_version, older);
        self.sealing_version += 1;
    }

    /// What only they opened opens no longer.
    #[cfg(test)]
    pub(super) fn forget_older_data_keys(&mut self) {
        self.opening.clear();
    }
}

/// The newest that seals; a row from before there was that mark seals if there is no other.
fn sealing_version(rows: &[WrappedKey]) -> u32 {
    let data = || rows.iter().filter(|row| row.purpose == KeyPurpose::Data);
    let newest = data().filter(|row| row.seals).map(|row| row.version).max();
    let oldest = data().map(|row| row.version).min();
    newest.or(oldest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PURPOSES: [KeyPurpose; 3] = [KeyPurpose::Data, KeyPurpose::Index, KeyPurpose::License];

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    fn master_keys(names: &[&str]) -> MasterKeys {
        let entries: Vec<String> = names
            .iter()
            .map(|name| {
                let byte = name.as_bytes()[0];
                let key =
                    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [byte; 32]);
                format!("{name}:{key}")
            })
            .collect();
        entries.join(",").parse().unwrap()
    }

    #[test]
    fn wrapped_keys_open_again() {
        let masters = master_keys(&["a"]);
        let keys = TenantKeys::generate();

        let reopened =
            TenantKeys::unwrap(&masters, tenant(1), &keys.wrap(&masters, tenant(1))).unwrap();

        assert_eq!(reopened.index.expose(), keys.index.expose());
        assert_eq!(reopened.license.expose(), keys.license.expose());
        assert_eq!(
            reopened.data_key(1).unwrap().expose(),
            keys.data_key(1).unwrap().expose()
        );
    }

    #[test]
    fn a_new_data_key_only_opens_until_its_row_says_that_it_seals() {
        let masters = master_keys(&["a"]);
        let keys = TenantKeys::generate();
        let mut rows = keys.wrap(&masters, tenant(1));
        rows.push(keys.next_data_key(&masters, tenant(1)));
        let version = |rows: &[WrappedKey]| {
            let keys = TenantKeys::unwrap(&masters, tenant(1), rows).unwrap();
            assert!(keys.data_key(1).is_ok() && keys.data_key(2).is_ok());
            keys.sealing_key().0
        };

        assert_eq!(version(&rows), 1);
        rows[3].seals = true;
        assert_eq!(version(&rows), 2);
        rows.iter_mut().for_each(|row| row.seals = false);
        assert_eq!(version(&rows), 1, "rows from before there was the mark");
    }

    #[test]
    fn wrapped_keys_do_not_open_for_another_tenant() {
        let masters = master_keys(&["a"]);
        let rows = TenantKeys::generate().wrap(&masters, tenant(1));

        let moved = TenantKeys::unwrap(&masters, tenant(2), &rows);

        assert!(matches!(moved.err(), Some(VaultError::DoesNotOpen)));
    }

    #[test]
    fn wrapped_keys_do_not_open_as_another_purpose_or_version() {
        let masters = master_keys(&["a"]);
        for row in TenantKeys::generate().wrap(&masters, tenant(1)) {
            for purpose in PURPOSES.into_iter().filter(|other| *other != row.purpose) {
                let changed = WrappedKey {
                    purpose,
                    ..row.clone()
                };
                assert!(wrapped::unwrap(&masters, tenant(1), &changed).is_err());
            }
            let changed = WrappedKey {
                version: 2,
                ..row.clone()
            };
            assert!(wrapped::unwrap(&masters, tenant(1), &changed).is_err());
        }
    }

    #[test]
    fn a_wrapped_key_with_any_byte_changed_does_not_open() {
        let masters = master_keys(&["a"]);
        let row = TenantKeys::generate().wrap(&masters, tenant(1)).remove(0);
        for position in 0..row.bytes.len() {
            let mut changed = row.clone();
            changed.bytes[position] ^= 1;

            assert!(wrapped::unwrap(&masters, tenant(1), &changed).is_err());
        }
    }

    #[test]
    fn another_master_key_of_the_same_name_does_not_open() {
        let rows = TenantKeys::generate().wrap(&master_keys(&["a"]), tenant(1));
        let other: MasterKeys = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            .parse()
            .unwrap();

        assert!(TenantKeys::unwrap(&other, tenant(1), &rows).is_err());
    }

    #[test]
    fn keys_move_under_a_new_master_key_and_the_old_one_may_go() {
        let old = master_keys(&["old"]);
        let both = master_keys(&["new", "old"]);
        let new = master_keys(&["new"]);
        let rows = TenantKeys::generate().wrap(&old, tenant(1));

        let moved: Vec<WrappedKey> = rows
            .iter()
            .map(|row| row.rewrapped(&both, tenant(1)).unwrap().unwrap())
            .collect();

        assert!(TenantKeys::unwrap(&new, tenant(1), &moved).is_ok());
        assert_eq!(moved[0].rewrapped(&both, tenant(1)).unwrap(), None);
        assert!(matches!(
            TenantKeys::unwrap(&new, tenant(1), &rows).err(),
            Some(VaultError::UnknownMasterKey(name)) if name == "old"
        ));
    }

    #[test]
    fn a_missing_key_is_named() {
        let masters = master_keys(&["a"]);
        let rows = TenantKeys::generate().wrap(&masters, tenant(1));
        for (position, purpose) in PURPOSES.into_iter().enumerate() {
            let mut incomplete = rows.clone();
            incomplete.remove(position);

            assert!(matches!(
                TenantKeys::unwrap(&masters, tenant(1), &incomplete).err(),
                Some(VaultError::MissingKey(missing)) if missing == purpose
            ));
        }
    }
}
