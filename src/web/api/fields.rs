//! Reads the fields of a request into a type, and says of each field that cannot be so what is wrong with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// Sentences by field.
pub type FieldErrors = BTreeMap<String, String>;

/// Reads all fields at once; on failure each field is tried alone, so that every wrong one is named.
pub fn read<T: DeserializeOwned>(fields: Map<String, Json>) -> Result<T, FieldErrors> {
    match serde_json::from_value(Json::Object(fields.clone())) {
        Ok(value) => Ok(value),
        Err(error) => {
            let mut errors = FieldErrors::new();
            for (name, value) in &fields {
                errors.extend(faults::<T>(name, value));
            }
            if errors.is_empty() {
                errors.extend(missing(&error.to_string()));
            }
            Err(errors)
        }
    }
}

/// A field that the program may leave out, leave empty (`null`) or fill: `None`, `Some(None)`, `Some(Some(…))`.
pub fn clearable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

fn faults<T: DeserializeOwned>(name: &str, value: &Json) -> FieldErrors {
    let Some(whole) = fault::<T>(alone(name, value.clone())) else {
        return FieldErrors::new();
    };
    if let Json::Object(inner) = value {
        let within: FieldErrors = inner
            .iter()
            .filter_map(|(key, value)| {
                let sentence = fault::<T>(alone(name, alone(key, value.clone())))?;
                Some((format!("{name}.{key}"), sentence))
            })
            .collect();
        if !within.is_empty() {
            return within;
        }
    }
    [(name.to_owned(), whole)].into()
}

fn alone(name: &str, value: Json) -> Json {
    Json::Object([(name.to_owned(), value)].into_iter().collect())
}

/// What is wrong with fields that are there; that others are missing does not count.
fn fault<T: DeserializeOwned>(fields: Json) -> Option<String> {
    let error = serde_json::from_value::<T>(fields).err()?.to_string();
    (!error.starts_with(MISSING)).then(|| sentence(&error))
}

const MISSING: &str = "missing field `";

fn missing(error: &str) -> FieldErrors {
    let name = error
        .strip_prefix(MISSING)
        .and_then(|rest| rest.split_once('`'))
        .map_or("body", |(name, _)| name);
    let sentence = if name == "body" {
        sentence(error)
    } else {
        "is missing; add it".to_owned()
    };
    [(name.to_owned(), sentence)].into()
}

/// What the reader of JSON says, in a sentence that names the fix.
fn sentence(error: &str) -> String {
    let parts = |prefix: &str| {
        error
            .strip_prefix(prefix)
            .and_then(|rest| rest.split_once(", "))
    };
    if let Some((_, known)) = parts("unknown field `") {
        let known = known
            .trim_start_matches("expected ")
            .trim_start_matches("one of ");
        return format!("is not known here; known are {known}");
    }
    if let Some((found, expected)) = parts("unknown variant ") {
        let allowed = expected
            .trim_start_matches("expected ")
            .trim_start_matches("one of ");
        return format!("cannot be {found}; allowed: {allowed}");
    }
    if let Some((found, expected)) = parts("invalid type: ").or_else(|| parts("invalid value: ")) {
        return format!("is {found}; {expected}");
    }
    error.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "only its reading is tested")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only its reading is tested")]
        size: Option<Size>,
        #[serde(default)]
        #[expect(dead_code, reason = "only its reading is tested")]
        rows: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "clearable")]
        note: Option<Option<String>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Size {
        Small,
        Large,
    }

    fn errors(json: Json) -> FieldErrors {
        let Json::Object(fields) = json else {
            return FieldErrors::new();
        };
        read::<Order>(fields).err().unwrap_or_default()
    }

    #[test]
    fn every_wrong_field_is_named_with_its_fix() {
        for (json, field, fix) in [
            (json!({}), "name", "is missing"),
            (json!({"name": 3}), "name", "expected a string"),
            (
                json!({"name": "a", "sice": 1}),
                "sice",
                "known are `name`, `size`",
            ),
            (
                json!({"name": "a", "size": "huge"}),
                "size",
                "allowed: `small` or `large`",
            ),
            (
                json!({"name": "a", "rows": {"b": 1}}),
                "rows.b",
                "expected a string",
            ),
            (json!({"size": "huge"}), "size", "cannot be `huge`"),
        ] {
            let errors = errors(json);

            let sentence = errors.get(field).cloned().unwrap_or_default();
            assert!(sentence.contains(fix), "{field}: {errors:?}");
        }
    }

    #[test]
    fn several_wrong_fields_are_named_at_once() {
        let errors = errors(json!({"name": 3, "size": 4, "colour": "red"}));

        assert_eq!(
            errors.keys().collect::<Vec<_>>(),
            ["colour", "name", "size"]
        );
    }

    #[test]
    fn an_emptied_field_differs_from_one_left_out() {
        let note = |json: Json| {
            let Json::Object(fields) = json else {
                return None;
            };
            read::<Order>(fields).unwrap().note
        };

        assert_eq!(note(json!({"name": "a"})), None);
        assert_eq!(note(json!({"name": "a", "note": null})), Some(None));
        assert_eq!(
            note(json!({"name": "a", "note": "b"})),
            Some(Some("b".to_owned()))
        );
    }
}
