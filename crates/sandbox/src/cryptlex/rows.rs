//! Metadata rows and meter attributes: how a body's rows become the stored ones.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::calendar::spell;
use crate::collection::{Document, flag, rows, text};
use crate::cryptlex::state::State;
use crate::message::Refusal;
use crate::options::MetadataPatch;

/// The rows of `sent` merged by key into those of `document`, or in their place, as the options say.
pub fn merge_metadata(
    state: &mut State,
    now: Timestamp,
    document: &Document,
    sent: &[Value],
) -> Result<Value, Refusal> {
    let mut merged: Vec<Value> = match state.options.metadata_patch {
        MetadataPatch::Merge => rows(document, "metadata").to_vec(),
        MetadataPatch::Replace => Vec::new(),
    };
    merge(state, now, (&mut merged, "key"), sent, |row| {
        let viewers = viewers(row);
        json!({ "key": row["key"], "value": row["value"], "viewPermissions": viewers, "visible": !viewers.is_empty() })
    });
    if merged.len() > 50 {
        return Err(Refusal::invalid("At most 50 metadata rows are allowed."));
    }
    Ok(Value::Array(merged))
}

/// The meter attributes of `sent` merged by name into those of `document`; uses counted so far stay.
pub fn merge_meters(
    state: &mut State,
    now: Timestamp,
    document: &Document,
    sent: &[Value],
) -> Value {
    let held = rows(document, "meterAttributes").to_vec();
    let mut merged = held.clone();
    merge(state, now, (&mut merged, "name"), sent, |row| {
        let viewers = viewers(row);
        let before = held.iter().find(|held| held["name"] == row["name"]);
        let uses = |name: &str| before.map_or(0, |before| before[name].as_i64().unwrap_or(0));
        json!({
            "name": row["name"],
            "allowedUses": row["allowedUses"],
            "totalUses": uses("totalUses"),
            "grossUses": uses("grossUses"),
            "floating": row["floating"].as_bool().unwrap_or(false),
            "viewPermissions": viewers,
            "visible": !viewers.is_empty(),
        })
    });
    Value::Array(merged)
}

/// A later row of the same name wins over an earlier one of the same body.
fn merge(
    state: &mut State,
    now: Timestamp,
    (merged, identity): (&mut Vec<Value>, &str),
    sent: &[Value],
    build: impl Fn(&Value) -> Value,
) {
    for row in sent {
        let members = build(row).as_object().cloned().unwrap_or_default();
        let mut stored = state.stamped(now, members);
        match merged
            .iter_mut()
            .find(|held| held[identity] == row[identity])
        {
            Some(held) => {
                stored.insert("id".to_owned(), held["id"].clone());
                stored.insert("createdAt".to_owned(), held["createdAt"].clone());
                *held = Value::Object(stored);
            }
            None => merged.push(Value::Object(stored)),
        }
    }
}

/// The license that has a row with this id in this list.
pub fn owner(state: &State, list: &str, row_id: &str) -> Option<Document> {
    let mut licenses = state.licenses.list();
    let has_row = |license: &&Document| rows(license, list).iter().any(|row| row["id"] == row_id);
    licenses.find(has_row).cloned()
}

/// The list without the row of this id.
pub fn without(document: &Document, list: &str, row_id: &str) -> Value {
    let kept = rows(document, list)
        .iter()
        .filter(|row| row["id"] != row_id);
    Value::Array(kept.cloned().collect())
}

/// The document's `updatedAt` set to now.
pub fn touched(mut document: Document, now: Timestamp) -> Document {
    document.insert("updatedAt".to_owned(), spell(now));
    document
}

fn viewers(row: &Value) -> Vec<String> {
    let Some(row) = row.as_object() else {
        return Vec::new();
    };
    let named = rows(row, "viewPermissions")
        .iter()
        .filter_map(Value::as_str);
    let named: Vec<String> = named.map(str::to_owned).collect();
    // `visible` is the old word for what applications may read.
    if named.is_empty() && flag(row, "visible") {
        return vec!["activation".to_owned()];
    }
    named
}

/// Keys that must be there and are not.
pub fn missing<'a>(required: &'a [Value], held: &[Value], identity: &str) -> Option<&'a str> {
    let mut required = required.iter().filter_map(Value::as_str);
    required.find(|key| {
        let mut held = held.iter().filter_map(Value::as_object);
        !held.any(|row| text(row, identity) == *key)
    })
}
