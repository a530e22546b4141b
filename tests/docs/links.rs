//! Links between documents, and paths that they name.

use std::fs;
use std::path::{Path, PathBuf};

use crate::page::in_repository;

/// Folders whose contents documents may name in code style.
const FOLDERS: [&str; 10] = [
    "src/",
    "crates/",
    "tests/",
    "docs/",
    "scripts/",
    "helm/",
    "migrations/",
    "templates/",
    "static/",
    "benches/",
];

/// Every link and path that leads nowhere, in sentences.
pub fn broken() -> Vec<String> {
    documents()
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let folder = path.parent().unwrap_or(Path::new(""));
            let links = links(&text).filter(|link| !leads_somewhere(folder, link));
            let paths = paths(&text).filter(|path| !is_there(path));
            let name = path.strip_prefix(in_repository("")).unwrap_or(path);
            links
                .chain(paths)
                .map(|target| format!("{}: {target} is not there", name.display()))
                .collect::<Vec<String>>()
        })
        .collect()
}

/// Documents at the root, in `docs` and below, and beside the chart.
fn documents() -> Vec<PathBuf> {
    ["", "docs", "docs/adr", "helm/latchkey"]
        .into_iter()
        .flat_map(|folder| fs::read_dir(in_repository(folder)).into_iter().flatten())
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// A module may be named as `src/cli`, whether it is a file or a folder.
fn is_there(path: &str) -> bool {
    in_repository(path).exists() || in_repository(&format!("{path}.rs")).exists()
}

/// Targets of Markdown links within the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
}

fn leads_somewhere(folder: &Path, link: &str) -> bool {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    if file.is_empty() {
        return !heading.is_empty();
    }
    folder.join(file).exists()
}

/// Paths in code style that begin with a folder of ours and hold no placeholder.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter_map(|quoted| quoted.split_whitespace().next())
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        .filter(|word| !word.contains(['*', '<', '{', '…']))
}
