//! A source file, split into what is code, what is text in quotes, and what is comment.

use std::fs;
use std::path::Path;

/// One file, named from the root of the repository with `/` between folders.
pub struct Source {
    pub path: String,
    pub text: String,
    /// The text with comments and the contents of quotes blanked; lines keep their numbers.
    pub code: String,
    /// `code` with items under `#[cfg(test)]` blanked as well.
    pub shipped: String,
    /// What stands in quotes, with the line it begins on; tests excepted.
    pub quotes: Vec<(usize, String)>,
}

impl Source {
    /// A file that is shipped, but for what it marks as tests.
    pub fn new(path: &str, text: &str) -> Self {
        Self::read(path, text, false)
    }

    fn read(path: &str, text: &str, is_for_tests: bool) -> Self {
        let (code, mut quotes) = strip(text);
        let shipped = if is_for_tests {
            code.chars().map(blank).collect()
        } else {
            without_tests(&code)
        };
        let is_shipped: Vec<bool> = shipped
            .lines()
            .map(|line| !line.trim().is_empty())
            .collect();
        quotes.retain(|(line, _)| is_shipped.get(line - 1).copied().unwrap_or(false));

        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            shipped,
            quotes,
        }
    }

    /// The beginnings of the paths of those modules that this file declares for tests alone.
    fn test_modules(&self) -> Vec<String> {
        let folder = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let folder = ["/mod", "/lib", "/main"]
            .iter()
            .find_map(|root| folder.strip_suffix(root))
            .unwrap_or(folder);
        self.code
            .split("#[cfg(test)]")
            .skip(1)
            .filter_map(|item| item.trim_start().strip_prefix("mod ")?.split_once(';'))
            .map(|(name, _)| name)
            .filter(|name| name.chars().all(is_identifier))
            .map(|name| format!("{folder}/{name}"))
            .collect()
    }

    /// The modules that lead to this file: `src/store/db.rs` is `["store", "db"]`, the crate's own root is empty.
    pub fn module_path(&self) -> Vec<&str> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let stem = inside.strip_suffix(".rs").unwrap_or(inside);
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);

        if stem == "lib" {
            Vec::new()
        } else {
            stem.split('/').collect()
        }
    }

    /// Says where something is wrong, in the form that editors turn into a link.
    pub fn complain(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// Every Rust file under `folder`, in the order of their paths; none if the folder is absent.
pub fn read_under(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    collect(root, &root.join(folder), &mut sources);
    sources.sort_by(|one, other| one.path.cmp(&other.path));

    let test_modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        if is_inside(&source.path, &test_modules) {
            *source = Source::read(&source.path, &source.text, true);
        }
    }
    sources
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let (Ok(text), Ok(inside)) = (fs::read_to_string(&path), path.strip_prefix(root))
        {
            let name = inside.to_string_lossy().replace('\\', "/");
            sources.push(Source::new(&name, &text));
        }
    }
}

/// The line, counted from one, that a byte of `text` stands on.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// Where `word` stands in `code` as a whole identifier (or path of identifiers).
pub fn find_word<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(offset, _)| offset)
        .filter(move |offset| {
            let before = code
                .get(..*offset)
                .and_then(|text| text.chars().next_back());
            let after = code
                .get(offset + word.len()..)
                .and_then(|text| text.chars().next());
            !before.is_some_and(is_identifier) && !after.is_some_and(is_identifier)
        })
}

/// Letters, digits and the underscore.
pub fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Whether a path is one of the modules, or lies in its folder.
fn is_inside(path: &str, modules: &[String]) -> bool {
    modules
        .iter()
        .filter_map(|module| path.strip_prefix(module.as_str()))
        .any(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn blank(character: char) -> char {
    if character == '\n' { '\n' } else { ' ' }
}

/// Blanks comments and the contents of quotes, and hands the latter back by line.
fn strip(text: &str) -> (String, Vec<(usize, String)>) {
    let mut code = String::with_capacity(text.len());
    let mut quotes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let previous = code.chars().next_back();
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((open, length, close)) = quote(rest, previous) {
            let content = rest.get(open..length - close).unwrap_or_default();
            quotes.push((line_of(&code, code.len()), content.to_owned()));
            length
        } else {
            0
        };
        if length == 0 {
            code.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        } else {
            let (gone, remaining) = rest.split_at(length);
            code.extend(gone.chars().map(blank));
            rest = remaining;
        }
    }
    (code, quotes)
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut offset = 0;
    while let Some(rest) = text.get(offset..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            offset += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            offset += 2;
            if depth == 0 {
                return offset;
            }
        } else {
            offset += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The opening, whole and closing length of a string or character that begins here; a lifetime is none.
fn quote(text: &str, previous: Option<char>) -> Option<(usize, usize, usize)> {
    if previous.is_some_and(is_identifier) {
        return None;
    }
    let bare = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - bare.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = bare.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw.get(hashes..)?.strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let open = prefix + hashes + 2;
        let length = body
            .find(&close)
            .map_or(body.len(), |end| end + close.len());
        return Some((open, open + length, close.len().min(length)));
    }
    if let Some(body) = bare.strip_prefix('"') {
        return Some((prefix + 1, prefix + 1 + escaped_end(body, '"'), 1));
    }
    let body = bare.strip_prefix('\'')?;
    let second = body.chars().nth(1);
    (body.starts_with('\\') || second == Some('\''))
        .then(|| (prefix + 1, prefix + 1 + escaped_end(body, '\''), 1))
}

fn escaped_end(body: &str, close: char) -> usize {
    let mut is_escaped = false;
    for (offset, character) in body.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if character == '\\' {
            is_escaped = true;
        } else if character == close {
            return offset + 1;
        }
    }
    body.len()
}

/// Blanks what a `#[cfg(test)]` stands on: up to the end of its braces, or to the semicolon.
fn without_tests(code: &str) -> String {
    let mut shipped = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        let (before, item) = rest.split_at(start);
        let (gone, remaining) = item.split_at(item_length(item));
        shipped.push_str(before);
        shipped.extend(gone.chars().map(blank));
        rest = remaining;
    }
    shipped.push_str(rest);
    shipped
}

fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (offset, character) in item.char_indices() {
        match character {
            ';' if depth == 0 => return offset + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return offset + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_quotes_are_no_code() {
        let source = Source::new(
            "src/a.rs",
            "//! crate::web\nlet a = \"crate::web \\\" x\"; /* crate::web */ let b = '\"'; let c: &'static str = r#\"\"crate::web\"#;\n",
        );

        assert!(!source.code.contains("crate::web"), "{}", source.code);
        assert!(
            source.code.contains("let c: &'static str"),
            "{}",
            source.code
        );
        assert_eq!(source.quotes.len(), 3);
    }

    #[test]
    fn test_modules_are_not_shipped() {
        let source = Source::new(
            "src/a.rs",
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { c(\"x\") }\n}\nfn d() {}\n",
        );

        assert!(!source.shipped.contains("fn b"));
        assert!(source.shipped.contains("fn d"));
        assert!(source.code.contains("fn b"));
        assert!(source.quotes.is_empty());
    }

    #[test]
    fn files_of_test_modules_are_not_shipped() {
        let text = "#[cfg(test)]\nmod preview;\n#[cfg(test)]\nmod tests { fn a() {} }\nmod page;\n";
        let modules = Source::new("src/web/mod.rs", text).test_modules();

        assert_eq!(modules, ["src/web/preview"]);
        assert!(is_inside("src/web/preview/page.rs", &modules));
        assert!(is_inside("src/web/preview.rs", &modules));
        assert!(!is_inside("src/web/previews.rs", &modules));
    }

    #[test]
    fn a_file_knows_its_modules() {
        let path = |path| Source::new(path, "").module_path().join("::");

        assert_eq!(path("src/lib.rs"), "");
        assert_eq!(path("src/store/mod.rs"), "store");
        assert_eq!(path("src/store/db.rs"), "store::db");
    }
}
