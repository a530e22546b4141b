//! Product attributes: what is documented, and what the code understands.

use std::collections::{BTreeMap, BTreeSet};

use latchkey::domain::attribute::{Attributes, Vocabulary};
use latchkey::domain::kind::LicenseServerKind;
use latchkey::domain::rules::SINGLE_LICENSE;

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
    let vocabulary = Vocabulary::of(LicenseServerKind::Cryptlex);
    let attributes = BTreeMap::from([(vocabulary.full_name(&name), example.to_owned())]);
    vocabulary
        .read(&attributes)
        .is_ok_and(|parsed| parsed != Attributes::default())
}

/// The names that speak to the stores of Cryptlex; one of them is said in requests for keys only.
fn known() -> BTreeSet<String> {
    let vocabulary = Vocabulary::of(LicenseServerKind::Cryptlex);
    let names = vocabulary.names().iter().chain(vocabulary.families());
    names
        .filter(|name| **name != SINGLE_LICENSE)
        .map(|name| (*name).to_owned())
        .collect()
}
