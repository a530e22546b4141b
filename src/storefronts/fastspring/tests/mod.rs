//! Whole bodies through split and translate: our own, everybody's, and broken ones.

mod essentials;
mod mutated;
mod own;
mod shared;

use std::path::{Path, PathBuf};

use crate::storefronts::fastspring::{envelope, translate};
use crate::storefronts::{TranslateError, Translation};

/// The translation of every event of a body.
fn translate_all(body: &[u8]) -> Vec<Result<Translation, TranslateError>> {
    let envelope = envelope::split(body).unwrap();
    assert_eq!(envelope.malformed, 0);
    envelope
        .events
        .iter()
        .map(|event| translate::translate(&event.event_type, event.payload.as_bytes()))
        .collect()
}

/// The JSON files of a folder beside or inside the repository, in order of name; empty when there is no such folder.
fn json_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}
