//! Secrets as people paste them, and sealed.

use secrecy::{ExposeSecret as _, SecretString};

use crate::accounts::setup::{FieldError, Vendor};
use crate::vault::Field;

const MOST_CHARACTERS: usize = 8_192;

/// A secret without the blanks that pasting adds; refuses an empty one and one with line breaks inside.
///
/// Blanks inside stay: a shop's secret is whatever text its vendor chose.
pub fn pasted(field: &'static str, secret: &SecretString) -> Result<SecretString, FieldError> {
    let text = secret.expose_secret().trim();
    if text.is_empty() {
        return Err(FieldError::new(field, "paste the secret; it is empty"));
    }
    if text.chars().count() > MOST_CHARACTERS {
        return Err(FieldError::new(
            field,
            "this is longer than any such secret is",
        ));
    }
    if text.contains(char::is_control) {
        return Err(FieldError::new(
            field,
            "there are line breaks inside; copy it again in one piece",
        ));
    }
    Ok(text.into())
}

/// A secret that may be left out.
pub fn optional(
    field: &'static str,
    secret: Option<&SecretString>,
) -> Result<Option<SecretString>, FieldError> {
    secret.map(|secret| pasted(field, secret)).transpose()
}

/// Seals a secret for its place.
pub(super) fn seal(vendor: &Vendor, field: Field, secret: &SecretString) -> Vec<u8> {
    vendor
        .keys
        .seal(field.place(), secret.expose_secret().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_secret_are_dropped_and_line_breaks_inside_refused() {
        let pasted = |text: &str| {
            super::pasted("webhook_secret", &text.into())
                .map(|secret| secret.expose_secret().to_owned())
                .map_err(|error| error.field)
        };

        assert_eq!(pasted(" s3cret\n").as_deref(), Ok("s3cret"));
        assert_eq!(pasted("two words").as_deref(), Ok("two words"));
        for text in ["", "  ", "two\nlines"] {
            assert_eq!(pasted(text), Err("webhook_secret".to_owned()), "{text:?}");
        }
    }
}
