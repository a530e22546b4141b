//! Holds the code to its architecture: floors, rooms, no circles, confined names, sizes, words that stay in their place, and no credentials.
//!
//! Each rule reads the source as text and says what to do when it is broken.
//! The floors themselves are read from the table in `src/lib.rs`, so that documentation and check are one.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/floors.rs"]
mod floors;
#[path = "architecture/meanings.rs"]
mod meanings;
#[path = "architecture/names.rs"]
mod names;
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/places.rs"]
mod places;
#[path = "architecture/secrets.rs"]
mod secrets;
#[path = "architecture/services.rs"]
mod services;
#[path = "architecture/shape.rs"]
mod shape;
#[path = "architecture/source.rs"]
mod source;

use floors::Floors;
use source::Source;

#[test]
fn imports_point_down_only() {
    let sources = source::read_under("src");
    let floors = sources
        .iter()
        .find(|source| source.path == "src/lib.rs")
        .map(|source| Floors::read(&source.text))
        .unwrap_or_default();

    assert_eq!(
        floors.count(),
        6,
        "the table of floors in src/lib.rs must list floors 0 to 5"
    );
    hold(&sources, |source| floors.violations(source));
}

#[test]
fn rooms_of_the_pipeline_name_only_rooms_below_them() {
    let sources = source::read_under("src/pipeline");
    let rooms = sources
        .iter()
        .find(|source| source.path == "src/pipeline/mod.rs")
        .map(|source| Floors::of_folder(&["pipeline"], &source.text))
        .unwrap_or_default();

    assert!(
        rooms.count() > 1,
        "the documentation of src/pipeline/mod.rs must have a table of floors"
    );
    hold(&sources, |source| rooms.violations(source));
}

#[test]
fn files_do_not_import_one_another_in_circles() {
    let circles = circles::circles(&source::read_under("src"));

    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn names_stay_where_they_are_confined() {
    hold(&shipped(), names::violations);
}

#[test]
fn names_of_types_mean_one_thing() {
    assert_eq!(
        meanings::too_many_shared_names(&source::read_under("src")),
        None
    );
}

#[test]
fn event_names_of_the_shop_stay_in_its_folder() {
    hold(&shipped(), places::foreign_event_names);
}

#[test]
fn a_license_server_is_named_by_its_kind_alone() {
    hold(&source::read_under("src"), services::named_in_quotes);

    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let templates = services::named_in_templates(&root.join("templates"), root);
    assert_eq!(templates, Vec::<String>::new());
}

#[test]
fn platform_scopes_are_used_where_they_are_listed() {
    hold(&source::read_under("src"), places::unlisted_platform_uses);
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut sources = shipped();
    sources.extend(source::read_under("tests"));
    sources.extend(source::read_under("benches"));

    hold(&sources, shape::violations);
}

#[test]
fn no_credential_is_in_any_file() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));

    assert_eq!(secrets::found_below(root), Vec::<String>::new());
}

#[test]
fn the_two_databases_part_ways_seldom_and_for_a_reason() {
    let sources = source::read_under("src");

    assert_eq!(shape::too_many_backend_arms(&sources), None);
    hold(&sources, shape::backend_arms_without_reason);
}

/// The product and the crates beside it.
fn shipped() -> Vec<Source> {
    let mut sources = source::read_under("src");
    sources.extend(source::read_under("crates"));
    sources
}

/// Fails with every violation at once, so that one run shows all there is to mend.
#[track_caller]
fn hold(sources: &[Source], rule: impl Fn(&Source) -> Vec<String>) {
    let violations: Vec<String> = sources.iter().flat_map(rule).collect();

    assert!(
        violations.is_empty(),
        "{} to mend:\n{}",
        violations.len(),
        violations.join("\n")
    );
}
