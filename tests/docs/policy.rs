//! The policy as the code knows it.

use latchkey::domain::policy::{FIELDS, Kind, Policy, Preset};
use serde_json::Value as Json;

use crate::SERVICE;
use crate::page::code;

/// Each field with what the presets say.
pub fn presets() -> Vec<Vec<String>> {
    let presets = [Preset::Cryptlex, Preset::Recommended, Preset::Licensespring]
        .map(|preset| Policy::preset(preset).to_json());
    FIELDS
        .iter()
        .map(|field| {
            let values = presets.iter().map(|preset| match &preset[field.name] {
                Json::String(text) => code(text),
                other => code(&other.to_string()),
            });
            [code(field.name), field.label.to_owned()]
                .into_iter()
                .chain(values)
                .collect()
        })
        .collect()
}

/// Each value of each field that is a choice, with its sentence.
pub fn choices() -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for field in FIELDS {
        let Kind::Choice(values) = field.kind else {
            continue;
        };
        for value in values {
            rows.push(vec![
                code(&format!("{}: {}", field.name, value.name)),
                SERVICE.named_in(value.sentence),
            ]);
        }
    }
    rows
}

/// The fields that are no choice, with what they may be.
pub fn numbers() -> Vec<Vec<String>> {
    FIELDS
        .iter()
        .filter(|field| !matches!(field.kind, Kind::Choice(_)))
        .map(|field| vec![code(field.name), field.allowed()])
        .collect()
}
