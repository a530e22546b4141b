//! Holds the documents to the code: tables that mirror it, and every path and link.
//!
//! A table is named by a comment in the line above it: `<!-- table: name -->`.
//! Run with `UPDATE_DOCS=1` to write the code's side into the documents; columns that the code does not know stay.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "docs/attributes.rs"]
mod attributes;
#[path = "docs/events.rs"]
mod events;
#[path = "docs/licensespring.rs"]
mod licensespring;
#[path = "docs/links.rs"]
mod links;
#[path = "docs/page.rs"]
mod page;
#[path = "docs/policy.rs"]
mod policy;
#[path = "docs/settings.rs"]
mod settings;

use strum::VariantArray as _;

use latchkey::domain::kind::LicenseServerKind;
use latchkey::domain::reason::ReasonCode;
use latchkey::domain::reason::words;
use latchkey::domain::refusal::Refusal;

use page::{Page, code};

/// The license server that the documents name in the place of any.
const SERVICE: LicenseServerKind = LicenseServerKind::Cryptlex;

#[test]
fn every_field_of_the_policy_is_described() {
    let page = Page::read("docs/policy.md");

    page.assert_table("presets", policy::presets());
    page.assert_table("choices", policy::choices());
    page.assert_table("numbers", policy::numbers());
}

#[test]
fn every_reason_has_its_words() {
    let rows = ReasonCode::VARIANTS.iter().copied().map(|reason| {
        let words = words(reason);
        vec![
            code(reason.as_str()),
            SERVICE.named_in(words.text),
            SERVICE.named_in(words.fix),
        ]
    });

    Page::read("docs/reasons.md").assert_table("reasons", rows.collect());
}

#[test]
fn every_refusal_has_its_words() {
    let rows = Refusal::ALL.into_iter().map(|cause| {
        vec![
            code(cause.as_str()),
            cause.text(SERVICE),
            cause.fix(SERVICE),
        ]
    });

    Page::read("docs/reasons.md").assert_table("refusals", rows.collect());
}

#[test]
fn every_setting_and_every_metric_is_described() {
    let page = Page::read("docs/operate.md");

    page.assert_table("settings", settings::all());
    page.assert_table("metrics", settings::metrics());
}

#[test]
fn every_attribute_is_described_and_its_example_is_understood() {
    let page = Page::read("docs/attributes.md");
    let tables = ["what", "term", "seats", "extras"];
    let rows: Vec<Vec<String>> = tables
        .into_iter()
        .flat_map(|table| page.rows(table))
        .collect();

    assert_eq!(attributes::differences(&rows), Vec::<String>::new());
}

#[test]
fn every_event_type_of_the_shop_is_described() {
    let page = Page::read("docs/events.md");
    let tables = [
        "purchases",
        "subscriptions",
        "money-back",
        "groups",
        "notices",
    ];
    let rows: Vec<Vec<String>> = tables
        .into_iter()
        .flat_map(|table| page.rows(table))
        .collect();

    assert_eq!(events::differences(&rows), Vec::<String>::new());
}

#[test]
fn every_row_of_what_licensespring_does_has_its_test() {
    assert_eq!(licensespring::differences(), Vec::<String>::new());
}

#[test]
fn links_and_paths_lead_somewhere() {
    assert_eq!(links::broken(), Vec::<String>::new());
}

#[test]
fn the_diff_that_contributors_follow_is_a_real_one() {
    let text = page::text("CONTRIBUTING.md");
    let diff = text.lines().skip_while(|line| *line != "```diff").skip(1);
    let mut file = String::new();
    let mut lines = 0;
    for line in diff.take_while(|line| *line != "```") {
        match (line.strip_prefix("--- "), line.strip_prefix('+')) {
            (Some(path), _) => file = page::text(path),
            (None, Some(added)) => {
                assert!(
                    file.lines().any(|line| line == added),
                    "no such line: {added}"
                );
                lines += 1;
            }
            (None, None) => panic!("neither a file nor an added line: {line}"),
        }
    }
    assert!(lines > 0, "there is no diff");
}
