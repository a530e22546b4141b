//! What LicenseSpring does: each row of the document has one test of its name, and each test its row.

use std::collections::BTreeSet;
use std::fs;

use latchkey::domain::attribute::licensespring::VOCABULARY;

use crate::page::{Page, in_repository};

const PAGE: &str = "docs/licensespring.md";
const TESTS: &str = "tests/suite/licensespring";

/// What the tables of the document and the files of tests do not have in common, in sentences.
pub fn differences() -> Vec<String> {
    let page = Page::read(PAGE);
    let (tables, files) = (tables(), files());
    let mut differences: Vec<String> = tables
        .symmetric_difference(&files)
        .map(|name| format!("{name} is either no table of {PAGE} or no file in {TESTS}"))
        .collect();
    for name in tables.intersection(&files) {
        let rows = page.rows(name);
        let documented = rows.iter().filter_map(|row| row.first().cloned());
        let (documented, tested) = (documented.collect::<Vec<_>>(), tested(name));
        if documented != tested {
            differences.push(format!(
                "{PAGE}, table {name}: the rows {documented:?} differ from the tests {tested:?}"
            ));
        }
        let short = rows.iter().filter(|row| row.iter().any(String::is_empty));
        differences.extend(short.map(|row| format!("{PAGE}: an empty cell in {row:?}")));
    }
    differences.extend(unnamed_attributes());
    differences
}

/// Attributes that LicenseSpring's connection reads and of which the document says nothing, in sentences.
fn unnamed_attributes() -> impl Iterator<Item = String> {
    let text = fs::read_to_string(in_repository(PAGE)).unwrap();
    let names = VOCABULARY.names().iter().chain(VOCABULARY.families());
    names
        .filter(move |name| !text.contains(&format!("`{name}")))
        .map(|name| format!("{PAGE} says nothing of the attribute {name}"))
}

/// The names of the tables in the document.
fn tables() -> BTreeSet<String> {
    let text = fs::read_to_string(in_repository(PAGE)).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("<!-- table: ")?.strip_suffix(" -->"))
        .map(str::to_owned)
        .collect()
}

/// The names of the files with tests.
fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(in_repository(TESTS)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "mod")
        .collect()
}

/// The rows that the tests of a file are named after, in their order: `a_012_…` is `A-012`.
fn tested(name: &str) -> Vec<String> {
    let path = in_repository(TESTS).join(format!("{name}.rs"));
    let source = fs::read_to_string(path).unwrap();
    source
        .lines()
        .filter_map(|line| line.strip_prefix("async fn a_"))
        .filter_map(|rest| rest.split_once('_'))
        .map(|(number, _)| format!("A-{number}"))
        .collect()
}
