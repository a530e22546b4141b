//! The shape of files: length, first line, and how often the two databases are told apart.

use crate::source::{Source, find_word, line_of};

/// Nobody reads a longer file in one sitting.
const LINES_AT_MOST: usize = 500;

/// So seldom may a statement be written once per database.
const BACKEND_ARMS_AT_MOST: usize = 15;

/// A file that is too long, or does not begin by saying what it is for.
pub fn violations(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > LINES_AT_MOST {
        found.push(source.complain(
            lines,
            &format!(
                "{lines} lines, {LINES_AT_MOST} are the end: split it by what its parts are about"
            ),
        ));
    }
    if !source.text.starts_with("//! ") {
        found.push(source.complain(
            1,
            "begin with `//! ` and one sentence on what this module is for",
        ));
    }
    found
}

/// Says so when `on_backend!` is used more often than agreed.
pub fn too_many_backend_arms(sources: &[Source]) -> Option<String> {
    let count: usize = sources
        .iter()
        .map(|source| backend_arms(source).len())
        .sum();

    (count > BACKEND_ARMS_AT_MOST).then(|| {
        format!(
            "on_backend! is used {count} times, {BACKEND_ARMS_AT_MOST} are the end: \
             write for what both databases have in common"
        )
    })
}

/// Every `on_backend!` without a line comment above its statement.
pub fn backend_arms_without_reason(source: &Source) -> Vec<String> {
    backend_arms(source)
        .into_iter()
        .filter(|line| !has_comment_above(&source.text, *line))
        .map(|line| {
            source.complain(
                line,
                "say in a `//` line above this on_backend! why both databases cannot share the statement",
            )
        })
        .collect()
}

fn backend_arms(source: &Source) -> Vec<usize> {
    find_word(&source.shipped, "on_backend")
        .filter(|offset| {
            source
                .shipped
                .get(*offset..)
                .is_some_and(|rest| rest.starts_with("on_backend!"))
        })
        .map(|offset| line_of(&source.shipped, offset))
        .collect()
}

/// A statement may begin a line earlier (`let rows =`), so the two lines above are looked at.
fn has_comment_above(text: &str, line: usize) -> bool {
    text.lines()
        .skip(line.saturating_sub(3))
        .take(line.min(3) - 1)
        .any(|above| above.trim_start().starts_with("// "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_nameless_files_are_refused() {
        let long = format!("//! Long.\n{}", "\n".repeat(LINES_AT_MOST));

        assert_eq!(violations(&Source::new("src/a.rs", &long)).len(), 1);
        assert_eq!(
            violations(&Source::new("src/a.rs", "use std::fmt;\n")).len(),
            1
        );
        assert!(violations(&Source::new("src/a.rs", "//! Short.\n")).is_empty());
    }

    #[test]
    fn a_backend_arm_needs_a_reason() {
        let bare = Source::new("src/store/a.rs", "//! A.\n\nlet a = on_backend!(db, x);\n");
        let told = Source::new(
            "src/store/a.rs",
            "//! A.\n\n// ON CONFLICT differs.\nlet a =\n    on_backend!(db, x);\n",
        );

        assert_eq!(backend_arms_without_reason(&bare).len(), 1);
        assert!(backend_arms_without_reason(&told).is_empty());
    }

    #[test]
    fn backend_arms_are_counted_over_all_files_without_their_definition() {
        let text = format!(
            "macro_rules! on_backend {{}}\n{}",
            "on_backend!(db);\n".repeat(8)
        );
        let sources = [
            Source::new("src/store/a.rs", &text),
            Source::new("src/store/b.rs", &text),
        ];

        assert!(too_many_backend_arms(&sources).is_some());
        assert_eq!(too_many_backend_arms(sources.get(..1).unwrap()), None);
    }
}
