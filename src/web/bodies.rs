//! Bodies of messages and calls as they are shown: license keys by their ends, unless somebody asked for them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::masked;

/// How license keys are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// By their ends.
    Cut,
    /// Whole; that they were is on record.
    Whole,
}

/// A body as JSON; as text when it is none.
pub fn json(body: &[u8], keys: Keys) -> Value {
    let whole = serde_json::from_slice(body)
        .unwrap_or_else(|_no_json| Value::String(String::from_utf8_lossy(body).into_owned()));
    match keys {
        Keys::Whole => whole,
        Keys::Cut => cut(whole),
    }
}

/// The same for a person: JSON with its lines broken, anything else as it is.
pub fn pretty(body: &[u8], keys: Keys) -> String {
    match json(body, keys) {
        Value::String(text) => text,
        json => serde_json::to_string_pretty(&json).unwrap_or_default(),
    }
}

/// Whether something of a body is not shown.
pub fn holds_keys(body: &[u8]) -> bool {
    json(body, Keys::Cut) != json(body, Keys::Whole)
}

fn cut(body: Value) -> Value {
    let mut found = BTreeSet::new();
    find(&body, &mut found);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    without(body, &found)
}

/// The keys of a body. A metadata row has a `key` too, which is a name.
fn find(body: &Value, found: &mut BTreeSet<String>) {
    match body {
        Value::Array(items) => items.iter().for_each(|item| find(item, found)),
        Value::Object(fields) => {
            let is_row = fields.contains_key("value");
            for (name, value) in fields {
                match value {
                    Value::String(key) if NAMES.contains(&name.as_str()) && !is_row => {
                        found.insert(key.clone());
                    }
                    value => find(value, found),
                }
            }
        }
        _ => {}
    }
}

/// What license servers and shops call a license key.
const NAMES: [&str; 4] = ["key", "license", "licenseKey", "license_key"];
/// Where license servers put their words when they refuse.
const WORDS: [&str; 4] = ["message", "error", "detail", "description"];

/// Cut where it is a key, and wherever else it is repeated.
fn without(body: Value, found: &[&str]) -> Value {
    match body {
        Value::String(text) if found.contains(&text.as_str()) => Value::String(masked::key(&text)),
        Value::String(text) => Value::String(masked::without(&text, found)),
        Value::Array(items) => items.into_iter().map(|item| without(item, found)).collect(),
        Value::Object(fields) => {
            let field = |(name, value): (String, Value)| match value {
                Value::String(text) if WORDS.contains(&name.as_str()) => {
                    let text = masked::words(&masked::without(&text, found));
                    (name, Value::String(text))
                }
                value => (name, without(value, found)),
            };
            Value::Object(fields.into_iter().map(field).collect())
        }
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_keeps_the_end_of_its_keys_and_the_names_of_its_metadata() {
        for (body, shown) in [
            (
                json!([{"key": "04EE40-4D4211", "metadata": [{"key": "order", "value": "a"}]}]),
                json!([{"key": "…4D4211", "metadata": [{"key": "order", "value": "a"}]}]),
            ),
            (
                json!({"fulfillments": {"a": [{"license": "04EE40-4D4211", "type": "license"}]}, "note": "Yours: 04EE40-4D4211."}),
                json!({"fulfillments": {"a": [{"license": "…4D4211", "type": "license"}]}, "note": "Yours: …4D4211."}),
            ),
            (
                json!({"message": "04EE40-4D4211-C204E8 of ada@example.com exists", "name": "ada@example.com"}),
                json!({"message": "…C204E8 of … exists", "name": "ada@example.com"}),
            ),
            (json!({"license": {"id": 1}}), json!({"license": {"id": 1}})),
        ] {
            let bytes = body.to_string().into_bytes();

            assert_eq!(json(&bytes, Keys::Cut), shown);
            assert_eq!(json(&bytes, Keys::Whole), body);
            assert_eq!(holds_keys(&bytes), body != shown);
        }
    }

    #[test]
    fn bodies_are_broken_into_lines_where_they_can_be() {
        assert_eq!(pretty(b"{\"a\":1}", Keys::Cut), "{\n  \"a\": 1\n}");
        assert_eq!(pretty(b"not json", Keys::Cut), "not json");
    }
}
