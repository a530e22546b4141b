//! A document, and the tables in it that mirror the code.

use std::fs;
use std::path::PathBuf;

/// A document, named from the root of the repository.
pub struct Page {
    path: &'static str,
    text: String,
}

/// Text in code style, as tables show it.
pub fn code(text: &str) -> String {
    format!("`{text}`")
}

/// The file of that path in the repository.
pub fn in_repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file in the repository; one that is not there is empty.
pub fn text(path: &str) -> String {
    fs::read_to_string(in_repository(path)).unwrap_or_default()
}

impl Page {
    /// Reads a document; one that is not there is empty.
    pub fn read(path: &'static str) -> Self {
        let text = text(path);
        Self { path, text }
    }

    /// The rows of a table, cell by cell; none when there is no such table.
    pub fn rows(&self, table: &str) -> Vec<Vec<String>> {
        self.span(table)
            .map(|(first, last)| {
                let lines = self.text.lines().skip(first).take(last - first);
                lines.map(cells).collect()
            })
            .unwrap_or_default()
    }

    /// Holds the leading cells of each row to the code; further cells are the document's own.
    #[track_caller]
    pub fn assert_table(&self, table: &str, expected: Vec<Vec<String>>) {
        let found = self.rows(table);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            return Self::read(self.path).write(table, &expected, &found);
        }
        let path = self.path;
        for (row, expected) in expected.iter().enumerate() {
            let found = found.get(row).map_or(&[][..], Vec::as_slice);
            let found = found.get(..expected.len()).unwrap_or(found);
            assert_eq!(
                found,
                expected.as_slice(),
                "{path}: row {} of the table {table} differs from the code; mend it, or run with UPDATE_DOCS=1",
                row + 1
            );
        }
        assert_eq!(
            found.len(),
            expected.len(),
            "{path}: the table {table} has rows that the code does not know"
        );
    }

    fn write(&self, table: &str, expected: &[Vec<String>], found: &[Vec<String>]) {
        let (first, last) = self
            .span(table)
            .unwrap_or_else(|| panic!("{} has no table {table}", self.path));
        let columns = self
            .text
            .lines()
            .nth(first - 1)
            .map_or(0, |line| cells(line).len());
        let rows = expected.iter().map(|expected| {
            let old = found.iter().find(|row| row.first() == expected.first());
            let own = old.into_iter().flatten().skip(expected.len());
            let mut row: Vec<String> = expected.iter().chain(own).cloned().collect();
            row.resize(columns, String::new());
            format!("| {} |", row.join(" | "))
        });
        let lines: Vec<&str> = self.text.lines().collect();
        let text = lines[..first]
            .iter()
            .map(|line| (*line).to_owned())
            .chain(rows)
            .chain(lines[last..].iter().map(|line| (*line).to_owned()))
            .collect::<Vec<String>>()
            .join("\n");
        fs::write(in_repository(self.path), text + "\n").unwrap();
    }

    /// The lines of a table's rows, as first and one past the last.
    fn span(&self, table: &str) -> Option<(usize, usize)> {
        let mark = format!("<!-- table: {table} -->");
        let marked = self.text.lines().position(|line| line == mark)?;
        // The mark, an empty line, the head and the rule.
        let first = marked + 4;
        let rows = self.text.lines().skip(first);
        Some((
            first,
            first + rows.take_while(|line| line.starts_with('|')).count(),
        ))
    }
}

fn cells(line: &str) -> Vec<String> {
    line.trim()
        .trim_start_matches('|')
        .trim_end_matches('|')
        .split(" | ")
        .map(|cell| cell.trim().to_owned())
        .collect()
}
