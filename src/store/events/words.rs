//! What a license server said when it refused, sealed beside the event that it was said about.
//!
//! It may name people and keys, so it is in clear only where somebody reads it.

use std::collections::BTreeMap;

use crate::domain::id::EventId;
use crate::domain::reason::{Reason, WORDS};
use crate::store::error::StoreError;
use crate::store::events::{Event, Settlement};
use crate::vault::{Field, TenantKeys};

impl Settlement {
    /// The same with the words of its reason sealed for this event; words that are not sealed are not stored.
    #[must_use]
    pub fn sealed(mut self, keys: &TenantKeys, event: EventId) -> Self {
        let words = self.reason.as_mut().and_then(Reason::take_words);
        self.words_sealed =
            words.map(|words| keys.seal(Field::ReasonWords(event).place(), words.as_bytes()));
        self
    }
}

impl Event {
    /// Puts the words back into the reason, for somebody who reads it; nothing where there are none.
    pub fn open_words(&mut self, keys: &TenantKeys) -> Result<(), StoreError> {
        let Some(sealed) = self.words_sealed.take() else {
            return Ok(());
        };
        let words = keys
            .open(Field::ReasonWords(self.id).place(), &sealed)
            .map_err(|error| StoreError::corrupt("events.words_sealed", error))?;
        let corrupt = |error| StoreError::corrupt("events.reason_details", error);
        let details = self.reason_details.as_deref().unwrap_or("{}");
        let mut details: BTreeMap<String, String> =
            serde_json::from_str(details).map_err(corrupt)?;
        let words = String::from_utf8_lossy(&words).into_owned();
        details.insert(WORDS.to_owned(), words);
        self.reason_details = Some(serde_json::to_string(&details).map_err(corrupt)?);
        Ok(())
    }
}
