//! What a vendor should know of attributes that do not always count.

use crate::domain::attribute::{full_name, short_name};

/// Attributes that count for some licenses only, and for which.
const CONDITIONS: [(&str, &str); 3] = [
    ("expires_after", BOUGHT_ONCE),
    ("expires_at", BOUGHT_ONCE),
    (
        "user_max_activations",
        "counts for a license with one user; machines are counted per license, not per user",
    ),
];

const BOUGHT_ONCE: &str = "counts for what is bought once; under a subscription the license follows its interval or the date paid for";

/// A sentence for each of these names that does not always count; with or without the prefix.
pub fn notes<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names
        .into_iter()
        .map(short_name)
        .filter_map(|name| CONDITIONS.iter().find(|(known, _)| *known == name))
        .map(|(name, condition)| format!("{} {condition}", full_name(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_not_always_count_is_noted() {
        let names = ["cryptlex_expires_after", "expires_at", "trial", "other"];

        let notes = notes(names);

        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].starts_with("cryptlex_expires_after counts for what is bought once"));
        assert!(notes[1].starts_with("cryptlex_expires_at "));
    }
}
