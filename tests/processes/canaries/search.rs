//! Looks through files for texts that nobody may tell, however they are spelled there.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Bytes around what was found, for whoever reads of it.
const AROUND: usize = 120;
/// Every place below the folder where one of these texts stands, with what is around it.
pub fn places(folder: &Path, texts: &[&str]) -> Vec<String> {
    let spelled: BTreeSet<String> = texts.iter().flat_map(|text| spellings(text)).collect();
    let spelled: Vec<String> = spelled.into_iter().collect();
    let mut patterns = tempfile::NamedTempFile::new().expect("a temporary file");
    let written = patterns.write_all(spelled.join("\n").as_bytes());
    written.expect("it is ours");
    let found = Command::new("grep")
        .env("LC_ALL", "C")
        .args(["--recursive", "--text", "--ignore-case", "--fixed-strings"])
        .args(["--only-matching", "--byte-offset", "--null"])
        // Three lines of a file say as much as a thousand.
        .args(["--max-count=3", "--file"])
        .args([patterns.path(), folder])
        .output();
    let found = found.expect("grep is there");
    assert!(
        matches!(found.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
    let found = String::from_utf8_lossy(&found.stdout);
    found.lines().map(around).collect()
}

/// The text by itself and amid something else, as it is and encoded; the search leaves letters' case aside.
fn spellings(text: &str) -> Vec<String> {
    let mut spelled = vec![text.to_owned()];
    for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
        spelled.push(hex::encode(&text));
        for before in 0..3 {
            let bytes = [&[0; 2][..before], text.as_bytes()].concat();
            for encoded in [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)] {
                // The letters at both ends are also made of what stands there.
                let from = (before * 8).div_ceil(6);
                let to = encoded.trim_end_matches('=').len() - 1;
                spelled.push(encoded[from..to].to_owned());
            }
        }
    }
    spelled
}

/// What stands around a place that grep names: file, a zero, the place in it, a colon, what was found.
fn around(place: &str) -> String {
    let (file, rest) = place.split_once('\0').unwrap_or_default();
    let (at, found) = rest.split_once(':').unwrap_or_default();
    let at: usize = at.parse().expect("a number");
    let bytes = fs::read(file).unwrap_or_default();
    let to = bytes.len().min(at + AROUND);
    let around = bytes.get(at.saturating_sub(AROUND)..to);
    let around = String::from_utf8_lossy(around.unwrap_or_default());
    format!("{file} tells {found}:\n  …{around}…")
}

#[test]
fn a_text_is_found_in_every_spelling() {
    let text = "kanarie-\"1\"";
    let encoded = |before: &str| STANDARD.encode(format!("{before}{text} and more"));

    for told in [
        "a KANARIE-\"1\"",
        &encoded(""),
        &encoded("u"),
        &encoded("us"),
        &encoded("user:"),
        &format!("\\x00{}", hex::encode(text.to_uppercase())),
        &hex::encode_upper(text),
    ] {
        assert_eq!(told_in(told, text), 1, "{told}");
    }
    assert_eq!(told_in("kanari e-\"1\"", text), 0);
}

#[cfg(test)]
fn told_in(told: &str, text: &str) -> usize {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("told"), told).expect("the folder is ours");
    places(folder.path(), &[text]).len()
}
