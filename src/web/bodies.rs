//! Bodies of messages and calls as they are shown: spelled as they came, license keys by their ends, unless somebody asked
//! for them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::domain::masked;
use crate::web::json_text;

/// How license keys are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// By their ends.
    Cut,
    /// Whole; that they were is on record.
    Whole,
}

/// A body as JSON, byte for byte but for keys that are cut; as text when it is none.
pub fn json(body: &[u8], keys: Keys) -> Result<Box<RawValue>, serde_json::Error> {
    match as_json(body) {
        Some(json) => RawValue::from_string(shown(json, keys).into_owned()),
        None => to_raw_value(&String::from_utf8_lossy(body)),
    }
}

/// The same for a person: JSON with its lines broken, anything else as it is.
pub fn pretty(body: &[u8], keys: Keys) -> String {
    match as_json(body) {
        Some(json) => json_text::indented(&shown(json, keys)),
        None => String::from_utf8_lossy(body).into_owned(),
    }
}

/// Whether something of a body is not shown.
pub fn holds_keys(body: &[u8]) -> bool {
    as_json(body).is_some_and(|json| shown(json, Keys::Cut) != json)
}

fn as_json(body: &[u8]) -> Option<&str> {
    let json: &RawValue = serde_json::from_slice(body).ok()?;
    Some(json.get())
}

/// JSON as it is spelled; only texts in which something is cut are written anew.
fn shown(json: &str, keys: Keys) -> Cow<'_, str> {
    match keys {
        Keys::Whole => Cow::Borrowed(json),
        Keys::Cut => Cow::Owned(cut(json)),
    }
}

fn cut(json: &str) -> String {
    let mut found = BTreeSet::new();
    if let Ok(body) = serde_json::from_str(json) {
        find(&body, &mut found);
    }
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let mut text = String::with_capacity(json.len());
    let mut words = json_text::words(json).peekable();
    // The two words before: a field's name and its colon.
    let mut before = ["", ""];
    while let Some(word) = words.next() {
        let is_name = words.peek().is_some_and(|next| next.spelled == ":");
        let name = (before[1] == ":").then_some(before[0]);
        let cut = match is_name {
            true => None,
            false => cut_text(word.spelled, name, &found),
        };
        text.push_str(word.blank);
        text.push_str(cut.as_deref().unwrap_or(word.spelled));
        before = [before[1], word.spelled];
    }
    text
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

/// Cut where it is a key, and wherever else it is repeated; `None` where nothing is.
fn cut_text(spelled: &str, name: Option<&str>, found: &[&str]) -> Option<String> {
    let text: String = serde_json::from_str(spelled).ok()?;
    let name: Option<String> = name.and_then(|name| serde_json::from_str(name).ok());
    let is_said = name.is_some_and(|name| WORDS.contains(&name.as_str()));
    let cut = match found.contains(&text.as_str()) {
        true => masked::key(&text),
        false => masked::without(&text, found),
    };
    let cut = if is_said { masked::words(&cut) } else { cut };
    (cut != text).then(|| Value::String(cut).to_string())
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

            let as_shown = |keys| -> Value {
                serde_json::from_str(json(&bytes, keys).unwrap().get()).unwrap()
            };
            assert_eq!(as_shown(Keys::Cut), shown);
            assert_eq!(as_shown(Keys::Whole), body);
            assert_eq!(holds_keys(&bytes), body != shown);
        }
    }

    #[test]
    fn what_is_not_cut_is_spelled_as_it_came() {
        let body = r#"{"total":0.10, "id":12345678901234567890123,"id":1e2, "license":"04EE40-4D4211","at":"A\/B"}"#;
        let cut = body.replace("04EE40-4D4211", "…4D4211");

        assert_eq!(json(body.as_bytes(), Keys::Whole).unwrap().get(), body);
        assert_eq!(json(body.as_bytes(), Keys::Cut).unwrap().get(), cut);
        assert_eq!(
            pretty(body.as_bytes(), Keys::Cut),
            "{\n  \"total\": 0.10,\n  \"id\": 12345678901234567890123,\n  \"id\": 1e2,\n  \"license\": \"…4D4211\",\n  \
             \"at\": \"A\\/B\"\n}"
        );
    }

    #[test]
    fn a_body_that_is_no_json_is_a_text() {
        assert_eq!(json(b"a \"b\"", Keys::Cut).unwrap().get(), r#""a \"b\"""#);
    }

    #[test]
    fn bodies_are_broken_into_lines_where_they_can_be() {
        assert_eq!(pretty(b"{\"a\":1}", Keys::Cut), "{\n  \"a\": 1\n}");
        assert_eq!(pretty(b"not json", Keys::Cut), "not json");
    }
}
