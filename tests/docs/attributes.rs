//! Product attributes: what is documented, and what the code understands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use latchkey::domain::attribute::{Attributes, full_name};

use crate::page::in_repository;

/// What the documented rows (name, example, meaning) and the code do not have in common, in sentences.
pub fn differences(rows: &[Vec<String>]) -> Vec<String> {
    let known = known();
    let mut documented = BTreeSet::new();
    let mut differences = Vec::new();
    for row in rows {
        let [name, example, ..] = row.as_slice() else {
            continue;
        };
        let name = name.trim_matches('`');
        let short = name.split('<').next().unwrap_or(name);
        documented.insert(short.to_owned());
        if !known.contains(short) {
            differences.push(format!(
                "{name} is documented, and the code does not know it"
            ));
        } else if !is_understood(name, example.trim_matches('`')) {
            differences.push(format!("the example of {name} says nothing to the code"));
        }
    }
    let missing = known.difference(&documented);
    differences.extend(missing.map(|name| format!("{name} is not in docs/attributes.md")));
    differences
}

/// Whether the example of an attribute reads as something else than saying nothing.
fn is_understood(name: &str, example: &str) -> bool {
    let name = name
        .replace("<name>", "example")
        .replace("<key>", "example");
    let attributes = BTreeMap::from([(full_name(&name), example.to_owned())]);
    Attributes::parse(&attributes).is_ok_and(|parsed| parsed != Attributes::default())
}

/// The names in the code that reads them: arms of its matches, and beginnings that it strips.
fn known() -> BTreeSet<String> {
    let source = fs::read_to_string(in_repository("src/domain/attribute/parse.rs")).unwrap();
    let shipped = source.split("#[cfg(test)]").next().unwrap_or_default();
    let reading = shipped
        .split_once("fn read(")
        .and_then(|(_, rest)| rest.split_once("fn row("))
        .map_or("", |(reading, _)| reading);
    let quoted = reading.split('"').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}
