//! Text that something is found by.

use serde::{Deserialize, Serialize};

/// The most bytes of it: an index of a database holds no longer keys, several of which may stand beside one another.
pub const MOST_BYTES: usize = 500;

/// A text that something is found by: not blank, short enough for an index, and free of NUL, which no column holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchText(String);

/// Text that nothing can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSearchText {
    /// Nothing, or blanks alone.
    #[error("is empty; write what to look for")]
    Blank,
    /// More than an index holds.
    #[error("is longer than {MOST_BYTES} bytes")]
    TooLong,
    /// A NUL is in it.
    #[error("holds a NUL; leave that character out")]
    Nul,
}

impl SearchText {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether something can be found by it.
pub fn check(text: &str) -> Result<(), InvalidSearchText> {
    match text {
        _ if text.trim().is_empty() => Err(InvalidSearchText::Blank),
        _ if text.len() > MOST_BYTES => Err(InvalidSearchText::TooLong),
        _ if text.contains('\0') => Err(InvalidSearchText::Nul),
        _ => Ok(()),
    }
}

impl TryFrom<String> for SearchText {
    type Error = InvalidSearchText;

    fn try_from(text: String) -> Result<Self, InvalidSearchText> {
        check(&text).map(|()| Self(text))
    }
}

impl From<SearchText> for String {
    fn from(text: SearchText) -> Self {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_index_holds_is_refused() {
        for (text, expected) in [
            ("NWA-1".to_owned(), Ok(())),
            ("é".repeat(250), Ok(())),
            ("x".repeat(501), Err(InvalidSearchText::TooLong)),
            ("a\0b".to_owned(), Err(InvalidSearchText::Nul)),
            (" ".to_owned(), Err(InvalidSearchText::Blank)),
            (String::new(), Err(InvalidSearchText::Blank)),
        ] {
            assert_eq!(
                SearchText::try_from(text.clone()).map(drop),
                expected,
                "{text}"
            );
        }
    }
}
