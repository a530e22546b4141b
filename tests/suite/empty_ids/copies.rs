//! Copies of the kept events in which ids are missing, and what their events name.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

const FOLDER: &str = "tests/fixtures/fastspring";

/// Every event of every kept body, expanded and not.
pub fn events() -> Vec<Value> {
    let mut paths: Vec<_> = std::fs::read_dir(Path::new(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    // Numbers that few can read are another test's matter.
    let read = |path| serde_json::from_slice(&std::fs::read(path).unwrap()).ok();
    let bodies: Vec<Value> = paths.iter().filter_map(read).collect();
    assert!(
        bodies.len() + 1 >= paths.len(),
        "more than one is unreadable"
    );
    bodies
        .into_iter()
        .flat_map(|body| body["events"].as_array().cloned().unwrap_or(vec![body]))
        .collect()
}

/// The event with ids of its own, so that no other event speaks of its purchases.
pub fn renamed(event: &Value, suffix: &str) -> Value {
    let mut ids = BTreeSet::new();
    let is_own = |key: &str| is_id(key) && key != "product";
    collect(event, &is_own, &mut ids);
    rename(event, &ids, suffix)
}

fn rename(value: &Value, ids: &BTreeSet<String>, suffix: &str) -> Value {
    match value {
        Value::String(text) if ids.contains(text) => json!(format!("{text}{suffix}")),
        Value::Array(list) => list.iter().map(|one| rename(one, ids, suffix)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            let renamed: Map<String, Value> = members
                .map(|(key, member)| match key.as_str() {
                    "type" | "product" if member.is_string() => (key.clone(), member.clone()),
                    _ => (key.clone(), rename(member, ids, suffix)),
                })
                .collect();
            Value::Object(renamed)
        }
        other => other.clone(),
    }
}

/// Each id empty, null and absent; and all of them at once.
pub fn mutations(event: &Value) -> Vec<Value> {
    let sites: Vec<String> = sites(event, "")
        .into_iter()
        .filter(|site| site != "/id")
        .collect();
    let mut copies = Vec::new();
    for way in [Some(json!("")), Some(Value::Null), None] {
        for site in &sites {
            copies.push(without(event.clone(), site, way.as_ref()));
        }
        let none = |copy, site: &String| without(copy, site, way.as_ref());
        copies.push(sites.iter().fold(event.clone(), none));
    }
    for (number, copy) in copies.iter_mut().enumerate() {
        let id = event["id"].as_str().unwrap_or_default();
        copy["id"] = json!(format!("{id}-{number}"));
    }
    copies
}

/// The event with this in place of an id, or without it.
fn without(mut event: Value, site: &str, way: Option<&Value>) -> Value {
    let Some((parent, key)) = site.rsplit_once('/') else {
        return event;
    };
    match (event.pointer_mut(parent), way) {
        (Some(Value::Object(members)), None) => {
            members.remove(key);
        }
        (Some(Value::Object(members)), Some(way)) if members.contains_key(key) => {
            members.insert(key.to_owned(), way.clone());
        }
        (Some(Value::Array(list)), way) => {
            if let Some(one) = key
                .parse()
                .ok()
                .and_then(|place: usize| list.get_mut(place))
            {
                *one = way.cloned().unwrap_or(Value::Null);
            }
        }
        _ => {}
    }
    event
}

/// Whether a member holds an id, or stands in full where an id could stand.
fn is_id(key: &str) -> bool {
    const WORDS: [&str; 12] = [
        "id",
        "order",
        "reference",
        "subscription",
        "subscriptions",
        "parentSubscription",
        "account",
        "quote",
        "return",
        "product",
        "original",
        "event",
    ];
    let lower = key.to_lowercase();
    WORDS.contains(&key) || lower.ends_with("id") || lower.ends_with("reference")
}

/// Where ids stand, as JSON pointers.
fn sites(value: &Value, here: &str) -> Vec<String> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let pointer = format!("{here}/{}", key.replace('~', "~0").replace('/', "~1"));
                found.extend(sites(member, &pointer));
                if is_id(key) {
                    found.push(pointer);
                }
            }
        }
        Value::Array(list) => {
            for (place, one) in list.iter().enumerate() {
                let pointer = format!("{here}/{place}");
                found.extend(sites(one, &pointer));
                if one.is_string() {
                    found.push(pointer);
                }
            }
        }
        _ => {}
    }
    found
}

/// The ids of subscriptions that an event names.
pub fn subscriptions_of(event: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let keys = |key: &str| matches!(key, "subscription" | "parentSubscription" | "subscriptions");
    collect(&event["data"], &keys, &mut found);
    found
}

/// The ids and numbers of purchases that an event names.
pub fn names_of(event: &Value) -> BTreeSet<String> {
    let mut found = subscriptions_of(event);
    let keys = |key: &str| {
        let lower = key.to_lowercase();
        matches!(key, "order" | "reference")
            || lower.ends_with("orderid")
            || lower.ends_with("reference")
    };
    collect(&event["data"], &keys, &mut found);
    let kind = event["type"].as_str().unwrap_or_default();
    let of_purchase = ["order.", "subscription.", "chargeback.", "return."];
    if of_purchase.iter().any(|family| kind.starts_with(family)) {
        for pointer in ["/data/id", "/data/original/id"] {
            let id = event.pointer(pointer).and_then(Value::as_str);
            found.extend(id.filter(|id| !id.is_empty()).map(str::to_owned));
        }
    }
    for pointer in expanded(event) {
        let id = event
            .pointer(&format!("{pointer}/id"))
            .and_then(Value::as_str);
        found.extend(id.filter(|id| !id.is_empty()).map(str::to_owned));
    }
    found
}

/// Where orders and subscriptions stand in full.
fn expanded(event: &Value) -> Vec<String> {
    let mut pointers = sites(event, "");
    pointers.retain(|pointer| {
        let is_purchase = pointer.ends_with("/order") || pointer.ends_with("/subscription");
        is_purchase && event.pointer(pointer).is_some_and(Value::is_object)
    });
    pointers
}

/// All texts, not empty, under keys of that kind.
pub fn collect(value: &Value, is_wanted: &dyn Fn(&str) -> bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let texts = match member {
                    Value::Array(list) => list.as_slice(),
                    one => std::slice::from_ref(one),
                };
                if is_wanted(key) {
                    let texts = texts.iter().filter_map(Value::as_str);
                    found.extend(texts.filter(|text| !text.is_empty()).map(str::to_owned));
                }
                collect(member, is_wanted, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|one| collect(one, is_wanted, found)),
        _ => {}
    }
}
