//! Bodies as the shop sends them, spoiled: bytes changed, cut and doubled, values replaced, nested and turned to nothing.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// One thing that is done to a body.
#[derive(Debug, Clone)]
pub enum Spoil {
    /// Another byte at a place.
    Byte(Index, u8),
    /// Everything between two places is gone.
    Cut(Index, Index),
    /// What is between two places comes twice.
    Double(Index, Index),
    /// Another value in place of one.
    Value(Index, Value),
    /// A value inside so many lists.
    Nest(Index, usize),
}

/// Several spoils, one after another.
pub fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    prop::collection::vec(spoil(), 0..6)
}

/// Does them to a body, in their order.
pub fn spoiled(body: &[u8], spoils: &[Spoil]) -> Vec<u8> {
    spoils.iter().fold(body.to_vec(), apply)
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let place = any::<Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Spoil::Byte(at, byte)),
        (place(), place()).prop_map(|(from, to)| Spoil::Cut(from, to)),
        (place(), place()).prop_map(|(from, to)| Spoil::Double(from, to)),
        (place(), value()).prop_map(|(at, value)| Spoil::Value(at, value)),
        (place(), 1_usize..200).prop_map(|(at, depth)| Spoil::Nest(at, depth)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!("\u{0}")),
        Just(json!({})),
        Just(json!([])),
        Just(json!(true)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(|text| json!(text)),
        Just(json!("9999-12-31")),
        Just(json!(i64::MAX)),
        Just(json!(-62_135_596_800_000_i64)),
    ]
}

fn apply(mut body: Vec<u8>, spoil: &Spoil) -> Vec<u8> {
    if body.is_empty() {
        return body;
    }
    match spoil {
        Spoil::Byte(at, byte) => {
            *at.get_mut(&mut body) = *byte;
            body
        }
        Spoil::Cut(from, to) => {
            let (from, to) = range(&body, from, to);
            body.drain(from..to);
            body
        }
        Spoil::Double(from, to) => {
            let (from, to) = range(&body, from, to);
            let part = body.get(from..to).unwrap_or_default().to_vec();
            body.splice(to..to, part);
            body
        }
        Spoil::Value(at, value) => with_value(&body, at, |_| value.clone()),
        Spoil::Nest(at, depth) => with_value(&body, at, |value| {
            (0..*depth).fold(value, |inner, _| json!([inner]))
        }),
    }
}

fn range(body: &[u8], from: &Index, to: &Index) -> (usize, usize) {
    let (one, other) = (from.index(body.len()), to.index(body.len()));
    (one.min(other), one.max(other))
}

/// The body with one of its values changed; a body that is no JSON any more stays as it is.
fn with_value(body: &[u8], at: &Index, change: impl Fn(Value) -> Value) -> Vec<u8> {
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        return body.to_vec();
    };
    let mut places = Vec::new();
    list(&json, &mut String::new(), &mut places);
    if places.is_empty() {
        return body.to_vec();
    }
    let place = at.get(&places);
    if let Some(value) = json.pointer_mut(place) {
        *value = change(value.take());
    }
    json.to_string().into_bytes()
}

fn list(json: &Value, path: &mut String, places: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match json {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(place, value)| (place.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (name, value) in children {
        let length = path.len();
        path.push('/');
        path.push_str(&name);
        places.push(path.clone());
        list(value, path, places);
        path.truncate(length);
    }
}
