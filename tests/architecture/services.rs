//! The name of a license server, said by its kind alone.

use std::fs;
use std::path::Path;

use crate::source::Source;

/// The names that a vendor may have no use for.
const NAMES: &[&str] = &["Cryptlex"];

/// Where a name stands by right: who it is, its adapter, its attributes, and pages with examples.
const HOMES: &[&str] = &[
    "src/domain/kind.rs",
    "src/domain/attribute/cryptlex.rs",
    "src/license_servers/cryptlex/",
    "src/web/pages/preview/",
];

/// Texts that are about one service wherever they are read, with the file that says them.
const OF_ONE_SERVICE: &[(&str, &str)] = &[
    ("src/web/words.rs", "Like Cryptlex's script"),
    (
        "src/pipeline/event/open.rs",
        "its stored text, its store, or its Cryptlex account",
    ),
    (
        "templates/setup/account_new.html",
        "In Cryptlex's admin portal, open Access tokens",
    ),
    (
        "templates/setup/store.html",
        "Switch over from Cryptlex's script",
    ),
];

/// Every text in quotes that names a service, where the kind of the account should say which one is meant.
pub fn named_in_quotes(source: &Source) -> Vec<String> {
    let quotes = source.quotes.iter();
    quotes
        .filter(|(_, text)| is_named(&source.path, text))
        .map(|(line, text)| source.complain(*line, &advice(text)))
        .collect()
}

/// Every template below `folder` that does so.
pub fn named_in_templates(folder: &Path, root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(named_in_templates(&path, root));
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path);
        let name = name.to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let lines = (1..).zip(text.lines());
        let named = lines.filter(|(_, line)| is_named(&name, line));
        found.extend(named.map(|(number, _)| format!("{name}:{number}: {}", advice("it"))));
    }
    found
}

fn is_named(path: &str, text: &str) -> bool {
    if HOMES.iter().any(|home| path.starts_with(home)) {
        return false;
    }
    let own = OF_ONE_SERVICE.iter().filter(|(file, _)| *file == path);
    let rest = own.fold(text.to_owned(), |text, (_, words)| text.replace(words, ""));
    NAMES.iter().any(|name| rest.contains(name))
}

fn advice(text: &str) -> String {
    format!("\"{text}\" names a license server: take the name from the kind that is meant")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        named_in_quotes(&Source::new(path, text)).len()
    }

    #[test]
    fn a_service_is_named_by_its_kind() {
        let text = "let a = \"Asked at Cryptlex.\";";

        assert_eq!(count("src/domain/kind.rs", text), 0);
        assert_eq!(count("src/web/pages/event.rs", text), 1);
        assert_eq!(
            count("src/web/words.rs", "a(\"Like Cryptlex's script\")"),
            0
        );
        assert_eq!(count("src/web/page.rs", "a(\"Like Cryptlex's script\")"), 1);
        assert_eq!(count("src/web/page.rs", "// Cryptlex\nCryptlex::new()"), 0);
    }
}
