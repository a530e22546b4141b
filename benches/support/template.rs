//! Real-shaped webhook bodies by the thousand: a fixture in which every id is a fresh one.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// What every bench's shop signs with.
pub const SECRET: &str = "secret-of-the-bench";
/// The end of every id that is numbered.
const DIGITS: usize = 10;

/// A body whose ids end in a number.
pub struct Template {
    body: Vec<u8>,
    places: Vec<usize>,
}

impl Template {
    /// From a fixture's text, written as compactly as the shop does; `ids` are the texts that are numbered, each of ten
    /// letters or more.
    pub fn new(fixture: &str, ids: &[&str]) -> Result<Self> {
        let json: Value = serde_json::from_str(fixture).context("reading a fixture")?;
        let text = json.to_string();
        let mut places = Vec::new();
        for id in ids {
            let tail = id.len() - DIGITS;
            places.extend(text.match_indices(id).map(|(begin, _)| begin + tail));
        }
        Ok(Self {
            body: text.into_bytes(),
            places,
        })
    }

    /// The body of that number.
    pub fn body(&self, number: u64) -> Vec<u8> {
        let mut body = self.body.clone();
        let digits = format!("{number:010}");
        for place in &self.places {
            let end = (place + DIGITS).min(body.len());
            if let Some(id) = body.get_mut(*place..end) {
                id.copy_from_slice(digits.as_bytes());
            }
        }
        body
    }
}

/// The signature that goes with a body.
pub fn sign(body: &[u8]) -> Result<String> {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).context("a key of any length")?;
    Ok(STANDARD.encode(mac.chain_update(body).finalize().into_bytes()))
}
