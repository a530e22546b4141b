//! Credentials that somebody left in a file: known by what those who hand them out put before them.

use std::fs;
use std::path::Path;

/// What a credential begins with, and how many letters, digits, `-` and `_` follow at least.
const CREDENTIALS: &[(&str, usize, &str)] = &[
    ("lk_", 43, "an API token of Latchkey's"),
    ("whsec_", 32, "a webhook secret"),
    ("eyJ", 30, "a signed token, as Cryptlex's access tokens are"),
    ("AKIA", 16, "an AWS key"),
    ("ASIA", 16, "an AWS key"),
    ("AIza", 35, "a Google key"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("github_pat_", 22, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("sk_live_", 16, "a Stripe key"),
    ("rk_live_", 16, "a Stripe key"),
    ("npm_", 36, "an npm token"),
    ("pypi-", 50, "a PyPI token"),
    ("dop_v1_", 40, "a DigitalOcean token"),
];

/// Folders that are nobody's source.
const SKIPPED: &[&str] = &[".git", "target", "node_modules"];

/// Every credential in the files below this folder, by the name of its file and without its text.
pub fn found_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let kind = entry.file_type();
            if kind.as_ref().is_ok_and(fs::FileType::is_dir) {
                if !SKIPPED.iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let of_file = in_text(&text).into_iter();
                found.extend(of_file.map(|(line, what)| {
                    let path = path.strip_prefix(folder).unwrap_or(&path);
                    format!(
                        "{}:{line}: {what}; revoke it, and read it from the environment",
                        path.display()
                    )
                }));
            }
        }
    }
    found.sort();
    found
}

/// Lines with what stands on them.
fn in_text(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        found.extend(in_line(line).map(|what| (number + 1, what)));
    }
    found
}

fn in_line(line: &str) -> Option<&'static str> {
    if line.contains(&["-----BEGIN", " "].concat()) && line.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    let is_one = |(beginning, least, _what): &&(&str, usize, &str)| {
        line.match_indices(beginning).any(|(at, _)| {
            let is_inside_a_word = line
                .get(..at)
                .and_then(|before| before.chars().next_back())
                .is_some_and(is_of_credential);
            let rest = line.get(at + beginning.len()..).unwrap_or_default();
            !is_inside_a_word
                && rest
                    .chars()
                    .take_while(|one| is_of_credential(*one))
                    .count()
                    >= *least
        })
    };
    CREDENTIALS.iter().find(is_one).map(|(_, _, what)| *what)
}

fn is_of_credential(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

#[test]
fn credentials_are_told_from_words() {
    for (beginning, least, what) in CREDENTIALS {
        let credential = format!("{beginning}{}", "a1".repeat(*least));
        assert_eq!(
            in_text(&format!("first line\nx = \"{credential}\"")),
            [(2, *what)]
        );
        assert_eq!(
            in_text(&format!("{beginning}{}", "a".repeat(least - 1))),
            []
        );
        assert_eq!(in_text(&format!("word{credential}")), []);
    }
    assert_eq!(
        in_text(&["-----BEGIN", " RSA PRIVATE KEY-----"].concat()).len(),
        1
    );
}
