//! E-mail addresses as accounts know them.

use std::fmt;
use std::str::FromStr;

/// The longest address that mail can be sent to.
const MOST_BYTES: usize = 254;

/// An address in lower case, with one `@` and something on both of its sides. Personal: `Debug` prints nothing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address; write it like ana@example.com")]
pub struct InvalidEmail;

impl EmailAddress {
    /// As it is stored and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let is_odd = |character: char| character.is_whitespace() || character.is_control();
        match text.split_once('@') {
            Some((before, after))
                if !before.is_empty()
                    && !after.is_empty()
                    && !after.contains('@')
                    && !text.contains(is_odd)
                    && text.len() <= MOST_BYTES =>
            {
                Ok(Self(text))
            }
            _ => Err(InvalidEmail),
        }
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_around_do_not_matter() {
        let address: EmailAddress = " Ana@Example.COM ".parse().unwrap();

        assert_eq!(address.as_str(), "ana@example.com");
    }

    #[test]
    fn text_that_is_no_address_is_refused() {
        for text in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "a@b@c",
            "a b@example.com",
            "a@b\nc",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(InvalidEmail), "{text}");
        }
    }
}
