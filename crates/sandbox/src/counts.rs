//! How many licenses there were of each order, key or mark: what tells doubles.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::collection::{Collection, Document};

/// How many licenses were ever made, by what they hold under a member; those that are gone count as they last were.
/// `metadata.unit` is what stands in their metadata under `unit`. What lacks the member is not counted.
pub fn by_member(licenses: &Collection, member: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for license in licenses.list().chain(licenses.removed()) {
        let held = held(license, member).map(spelled);
        if let Some(held) = held.filter(|held| !held.is_empty()) {
            *counts.entry(held).or_default() += 1;
        }
    }
    counts
}

/// What a license holds under a member, in an object or in rows of `key` and `value`.
fn held<'a>(license: &'a Document, member: &str) -> Option<&'a Value> {
    let Some((outer, inner)) = member.split_once('.') else {
        return license.get(member);
    };
    match license.get(outer)? {
        Value::Object(object) => object.get(inner),
        Value::Array(rows) => rows.iter().find(|row| row["key"] == inner)?.get("value"),
        _ => None,
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn licenses_are_counted_by_what_they_hold_and_those_that_are_gone_too() {
        let mut licenses = Collection::new(&[]);
        let now = Timestamp::UNIX_EPOCH;
        for license in [
            json!({ "id": 1, "order": "A", "metadata": { "unit": "A1" } }),
            json!({ "id": 2, "order": "A", "metadata": { "unit": "A1" } }),
            json!({ "id": "3", "order": "B", "metadata": [{ "key": "unit", "value": "B1" }] }),
            json!({ "id": "4", "order": null }),
        ] {
            licenses.put(now, license.as_object().unwrap().clone());
        }
        licenses.remove("2");

        let counts = |pairs: [(&str, usize); 2]| {
            BTreeMap::from(pairs.map(|(held, count)| (held.to_owned(), count)))
        };
        assert_eq!(by_member(&licenses, "order"), counts([("A", 2), ("B", 1)]));
        assert_eq!(
            by_member(&licenses, "metadata.unit"),
            counts([("A1", 2), ("B1", 1)])
        );
    }
}
