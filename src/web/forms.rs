//! What is wrong with the fields of a form, for the person who filled it in.

use crate::accounts::setup::FieldError;

/// What is wrong with a field, naming it as its label does; `None` when it is right.
pub fn error(errors: &[FieldError], field: &str, label: &str) -> Option<String> {
    let error = errors.iter().find(|error| error.field == field)?;
    Some(format!("{label}: {}.", error.message))
}

/// What is wrong with fields that the form does not show; `None` when nothing is.
pub fn other_errors(errors: &[FieldError], shown: &[&str]) -> Option<String> {
    let others: Vec<String> = errors
        .iter()
        .filter(|error| !shown.contains(&error.field.as_str()))
        .map(|error| format!("{}: {}.", error.field, error.message))
        .collect();
    (!others.is_empty()).then(|| others.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_field_as_the_form_does() {
        let errors = [
            FieldError::new("name", "write a name"),
            FieldError::new("policy.overdue", "choose one"),
        ];

        assert_eq!(
            error(&errors, "name", "Name").as_deref(),
            Some("Name: write a name.")
        );
        assert_eq!(error(&errors, "base_url", "Address"), None);
        assert_eq!(
            other_errors(&errors, &["name"]).as_deref(),
            Some("policy.overdue: choose one.")
        );
    }
}
