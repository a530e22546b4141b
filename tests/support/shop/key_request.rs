//! The form by which the shop asks for keys while an order is being placed, signed as the shop signs it.

use md5::{Digest as _, Md5};

/// A request for one key of a product, for the receipt of that number.
pub fn key_request(reference: &str, product: &str) -> KeyRequest {
    let parameters = [
        ("company", ""),
        ("email", "mara.weber@example.com"),
        ("name", "Mara Weber"),
        ("product", product),
        ("quantity", "1"),
        ("reference", reference),
    ];
    KeyRequest(
        parameters
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
            .to_vec(),
    )
}

/// A form that is being filled in: names and the bytes of their values.
#[derive(Debug, Clone)]
pub struct KeyRequest(Vec<(String, Vec<u8>)>);

impl KeyRequest {
    /// So many keys.
    pub fn quantity(self, quantity: u32) -> Self {
        self.with("quantity", quantity.to_string())
    }

    /// With this parameter, in place of the one of that name.
    pub fn with(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        let mut form = self.without(name);
        form.0.push((name.to_owned(), value.into()));
        form
    }

    /// With this parameter beside the one of that name.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    /// Without this parameter.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// What the shop computes: the values in order of their names, then the private key.
    pub fn hash(&self, private_key: &str) -> String {
        let mut parameters = self.0.clone();
        parameters.sort();
        let mut digest = Md5::new();
        for (_, value) in parameters {
            digest.update(value);
        }
        hex::encode(digest.chain_update(private_key).finalize())
    }

    /// The form with its hash, as it is sent.
    pub fn signed(&self, private_key: &str) -> String {
        let hash = self.hash(private_key);
        self.clone().with("security_request_hash", hash).unsigned()
    }

    /// The form as it is, every byte of the values escaped.
    pub fn unsigned(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| {
                let value: String = value.iter().map(|byte| format!("%{byte:02X}")).collect();
                format!("{name}={value}")
            })
            .collect();
        pairs.join("&")
    }
}
