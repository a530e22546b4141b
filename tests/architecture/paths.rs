//! The paths by which a file names what other modules hold.

use crate::source::{Source, find_word, is_identifier, line_of};

/// A path from the root of the crate, and the line that names it.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub path: Vec<String>,
}

/// The paths that begin at the crate in `code`, which is some of the source's: `crate::…`, in `main` also `latchkey::…`.
pub fn from_the_crate(source: &Source, code: &str) -> Vec<Named> {
    let mut found = from(code, "crate", &[]);
    if source.path == "src/main.rs" {
        found.extend(from(code, "latchkey", &[]));
    }
    found
}

/// The paths that begin at the file itself or above it: `self::…`, `super::…`. Tests climb from a module of their own, so
/// that they are left out.
pub fn from_the_file(source: &Source) -> Vec<Named> {
    let home: Vec<String> = source
        .module_path()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut found = from(&source.shipped, "self", &home);
    for climb in 1..=home.len() {
        let root = vec!["super"; climb].join("::");
        let above = home.get(..home.len() - climb).unwrap_or_default();
        found.extend(from(&source.shipped, &root, above));
    }
    found
}

/// The paths that begin with that root, and with nothing before or behind it that makes it longer.
fn from(code: &str, root: &str, home: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    for offset in find_word(code, root) {
        let before = code.get(..offset).unwrap_or_default();
        let rest = code.get(offset + root.len()..).unwrap_or_default();
        let Some(rest) = rest.strip_prefix("::") else {
            continue;
        };
        if before.ends_with("::") || rest.starts_with("super::") {
            continue;
        }
        let mut paths = Vec::new();
        expand(rest, home, &mut paths);
        let line = line_of(code, offset);
        found.extend(paths.into_iter().map(|path| Named { line, path }));
    }
    found
}

/// Reads `a::b`, or each of `{a::b, c::{d, e}}`, and hands back what follows.
fn expand<'a>(text: &'a str, home: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        while let Some((separator, after)) = split_first(rest) {
            rest = match separator {
                '}' => return after,
                ',' => after,
                _ => skip_alias(expand(rest, home, found)),
            };
        }
        return rest;
    }
    let end = text
        .find(|character| !is_identifier(character))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let mut path = home.to_vec();
    path.extend((!matches!(name, "" | "self")).then(|| name.to_owned()));
    match rest.strip_prefix("::") {
        Some(rest) if !name.is_empty() => expand(rest, &path, found),
        _ => {
            found.push(path);
            rest
        }
    }
}

fn split_first(text: &str) -> Option<(char, &str)> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    Some((first, text.get(first.len_utf8()..)?))
}

/// What follows a name in a group, another name for it included.
fn skip_alias(text: &str) -> &str {
    let end = text.find([',', '}']).unwrap_or(text.len());
    text.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(path, text);
        let mut found = from_the_crate(&source, &source.code);
        found.extend(from_the_file(&source));
        found.iter().map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn groups_are_seen_through() {
        let text = "use crate::{domain::x, web::{self, y, z as w}, store};\nfn a() -> crate::vault::Key<u8> {}";

        assert_eq!(
            named("src/a/b.rs", text),
            [
                "domain::x",
                "web",
                "web::y",
                "web::z",
                "store",
                "vault::Key"
            ]
        );
    }

    #[test]
    fn climbs_end_where_they_lead() {
        assert_eq!(named("src/a/b.rs", "use super::c;"), ["a::c"]);
        assert_eq!(named("src/a/b.rs", "use super::super::c::d;"), ["c::d"]);
        assert_eq!(named("src/a/mod.rs", "use self::c::d;"), ["a::c::d"]);
        assert_eq!(named("src/a.rs", "pub(super) fn b() {}").len(), 0);
    }

    #[test]
    fn only_the_program_names_its_library() {
        assert_eq!(named("src/main.rs", "use latchkey::cli;"), ["cli"]);
        assert_eq!(named("src/a.rs", "use latchkey::cli;").len(), 0);
    }
}
