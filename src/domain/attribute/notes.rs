//! What a vendor should know of attributes that are read and change nothing in this version.

use crate::domain::attribute::PREFIX;

/// Attributes that are read and have no effect so far.
const WITHOUT_EFFECT: [&str; 3] = [
    "end_users_from",
    "is_license_manager",
    "user_max_activations",
];

/// A sentence for each of these names that has no effect so far; with or without the prefix.
pub fn notes<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names
        .into_iter()
        .map(|name| name.strip_prefix(PREFIX).unwrap_or(name))
        .filter(|name| WITHOUT_EFFECT.contains(name))
        .map(|name| format!("{PREFIX}{name} has no effect in this version"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_no_effect_is_noted() {
        let names = [
            "cryptlex_end_users_from",
            "is_license_manager",
            "trial",
            "other",
        ];

        assert_eq!(
            notes(names),
            [
                "cryptlex_end_users_from has no effect in this version",
                "cryptlex_is_license_manager has no effect in this version"
            ]
        );
    }
}
