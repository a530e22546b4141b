//! The operator's master keys, which wrap the keys of all tenants.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::vault::secret_key::SecretKey;

/// Named keys; the first wraps, all unwrap. Never empty, names are unique.
#[derive(Clone)]
pub struct MasterKeys {
    active: (String, SecretKey),
    older: Vec<(String, SecretKey)>,
}

/// A wrong list of master keys; names the entry, never shows the key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeysError {
    /// No entry at all.
    #[error(
        "LATCHKEY_MASTER_KEYS is empty; make a key with `openssl rand -base64 32` and write it as main:KEY"
    )]
    Empty,
    /// An entry without a colon or a name.
    #[error(
        "entry {0} of LATCHKEY_MASTER_KEYS is not written `name:key`; write for example main:KEY"
    )]
    NoName(usize),
    /// A name with characters other than letters, digits, `-`, `_` and `.`.
    #[error(
        "the name of entry {0} of LATCHKEY_MASTER_KEYS may hold only letters, digits, `-`, `_` and `.`"
    )]
    BadName(usize),
    /// A key that is not base64 of 32 bytes.
    #[error(
        "the key of entry `{0}` of LATCHKEY_MASTER_KEYS is not base64 of 32 bytes; make one with `openssl rand -base64 32`"
    )]
    BadKey(String),
    /// Two entries of one name.
    #[error("LATCHKEY_MASTER_KEYS names `{0}` twice; give each key a name of its own")]
    Twice(String),
    /// The key file cannot be read or made.
    #[error("the master key file {0} (LATCHKEY_MASTER_KEY_FILE) cannot be read or made")]
    File(String, #[source] io::Error),
}

impl FromStr for MasterKeys {
    type Err = MasterKeysError;

    /// `name:base64 of 32 bytes`, separated by commas or line ends.
    fn from_str(text: &str) -> Result<Self, MasterKeysError> {
        let mut keys: Vec<(String, SecretKey)> = Vec::new();
        let entries = text.split([',', '\n']).map(str::trim);
        for (position, entry) in entries.filter(|entry| !entry.is_empty()).enumerate() {
            let (name, key) = parse_entry(position + 1, entry)?;
            if keys.iter().any(|(other, _)| *other == name) {
                return Err(MasterKeysError::Twice(name));
            }
            keys.push((name, key));
        }
        let mut keys = keys.into_iter();
        Ok(Self {
            active: keys.next().ok_or(MasterKeysError::Empty)?,
            older: keys.collect(),
        })
    }
}

impl MasterKeys {
    /// Reads a file that holds the same text as the setting.
    pub fn read_file(path: &Path) -> Result<Self, MasterKeysError> {
        let text = fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|error| MasterKeysError::File(path.display().to_string(), error))?;
        text.parse()
    }

    /// Makes a file with one new key, readable by its owner only; fails when the file is already there.
    pub fn generate_file(path: &Path) -> Result<Self, MasterKeysError> {
        let key = SecretKey::generate();
        let encoded = Zeroizing::new(STANDARD.encode(key.expose()));
        let text = Zeroizing::new(format!("main:{}\n", *encoded));
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                // Data sealed under a key that a power cut takes away is gone for good.
                file.sync_all()
            })
            .map_err(|error| MasterKeysError::File(path.display().to_string(), error))?;
        Ok(Self {
            active: ("main".to_owned(), key),
            older: Vec::new(),
        })
    }

    /// The name of the key that wraps now.
    pub fn active_name(&self) -> &str {
        &self.active.0
    }

    pub(super) fn active(&self) -> (&str, &SecretKey) {
        (&self.active.0, &self.active.1)
    }

    pub(super) fn find(&self, name: &str) -> Option<&SecretKey> {
        std::iter::once(&self.active)
            .chain(&self.older)
            .find(|(other, _)| other == name)
            .map(|(_, key)| key)
    }
}

fn parse_entry(number: usize, entry: &str) -> Result<(String, SecretKey), MasterKeysError> {
    let (name, encoded) = entry
        .split_once(':')
        .ok_or(MasterKeysError::NoName(number))?;
    let name = name.trim();
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if name.is_empty() {
        return Err(MasterKeysError::NoName(number));
    }
    if name.len() > 64 || !name.chars().all(is_plain) {
        return Err(MasterKeysError::BadName(number));
    }
    let bytes = STANDARD.decode(encoded.trim()).map(Zeroizing::new);
    bytes
        .ok()
        .and_then(|bytes| SecretKey::from_slice(&bytes))
        .map(|key| (name.to_owned(), key))
        .ok_or_else(|| MasterKeysError::BadKey(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn refusal(text: &str) -> String {
        text.parse::<MasterKeys>().err().unwrap().to_string()
    }

    #[test]
    fn the_first_entry_wraps_and_all_are_found() {
        let other = KEY.replace("AAEC", "BBEC");
        let keys: MasterKeys = format!(" new:{KEY} , old:{other},").parse().unwrap();

        assert_eq!(keys.active_name(), "new");
        assert!(keys.find("old").is_some());
        assert!(keys.find("gone").is_none());
    }

    #[test]
    fn a_wrong_entry_is_named_and_the_key_not_shown() {
        for (text, part) in [
            (String::new(), "is empty"),
            (KEY.to_owned(), "entry 1"),
            (format!("a:{KEY},{KEY}"), "entry 2"),
            (format!(":{KEY}"), "entry 1"),
            (format!("a b:{KEY}"), "name of entry 1"),
            ("main:AAEC".to_owned(), "`main`"),
            (format!("main:{KEY}x"), "`main`"),
            (format!("a:{KEY},a:{KEY}"), "`a` twice"),
        ] {
            let refusal = refusal(&text);

            assert!(refusal.contains(part), "{refusal}");
            assert!(refusal.contains("LATCHKEY_MASTER_KEYS"), "{refusal}");
            assert!(!refusal.contains("AAEC"), "{refusal}");
        }
    }

    #[test]
    fn a_generated_file_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latchkey.key");

        let made = MasterKeys::generate_file(&path).unwrap();
        let read = MasterKeys::read_file(&path).unwrap();

        assert_eq!(made.active().1.expose(), read.active().1.expose());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(
            MasterKeys::generate_file(&path).is_err(),
            "a key was overwritten"
        );
    }
}
