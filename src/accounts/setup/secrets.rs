//! Secrets as people paste them.

use secrecy::{ExposeSecret as _, SecretString};

use crate::accounts::setup::FieldError;

const MOST_CHARACTERS: usize = 8_192;

/// A secret without the blanks that pasting adds; refuses an empty one and one with blanks inside.
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
    if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
        return Err(FieldError::new(
            field,
            "there are blanks or line breaks inside; copy it again in one piece",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_secret_are_dropped_and_blanks_inside_refused() {
        let pasted = |text: &str| {
            super::pasted("webhook_secret", &text.into())
                .map(|secret| secret.expose_secret().to_owned())
                .map_err(|error| error.field)
        };

        assert_eq!(pasted(" s3cret\n").as_deref(), Ok("s3cret"));
        for text in ["", "  ", "two words", "two\nlines"] {
            assert_eq!(pasted(text), Err("webhook_secret".to_owned()), "{text:?}");
        }
    }
}
