//! Text of others without what opens something: license keys, tokens, and addresses of people.

/// Enough to tell two keys apart, too little to use one.
const SHOWN: usize = 6;
/// Keys and tokens are longer than what people call their things.
const LONG: usize = 12;

/// A license key or token by its end.
pub fn key(key: &str) -> String {
    let skipped = key.chars().count().saturating_sub(SHOWN);
    let end: String = key.chars().skip(skipped).collect();
    format!("…{end}")
}

/// Another's words: addresses are left out, and what looks like a key or a token is shown by its end.
///
/// Ids of things look like keys and are cut too; days are not.
pub fn words(text: &str) -> String {
    each(text, is_between_words, |word| match word.contains('@') {
        true => "…".to_owned(),
        false => each(word, is_between_keys, |part| match is_secret(part) {
            true => key(part),
            false => part.to_owned(),
        }),
    })
}

/// Changes what stands between separators, which stay as they are.
fn each(
    text: &str,
    is_separator: impl Fn(char) -> bool,
    change: impl Fn(&str) -> String,
) -> String {
    let mut changed = String::with_capacity(text.len());
    for piece in text.split_inclusive(&is_separator) {
        let word = piece.trim_end_matches(&is_separator);
        changed.push_str(&change(word));
        changed.push_str(piece.get(word.len()..).unwrap_or_default());
    }
    changed
}

fn is_between_words(character: char) -> bool {
    character.is_whitespace() || "\"'`“”‘’()[]{}<>,;=".contains(character)
}

fn is_between_keys(character: char) -> bool {
    !character.is_ascii_alphanumeric() && character != '-' && character != '_'
}

/// The same without these, wherever they stand; what is shorter than a key is left.
pub fn without(text: &str, secrets: &[&str]) -> String {
    let mut masked = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() > SHOWN) {
        masked = masked.replace(secret, &key(secret));
    }
    masked
}

fn is_secret(word: &str) -> bool {
    let has = |is: fn(char) -> bool| word.chars().any(is);
    let is_in_groups = word.matches('-').count() >= 2 && !has(|character| character.is_lowercase());
    let is_mixed = has(|character| character.is_ascii_digit());
    word.len() >= LONG && (is_mixed || is_in_groups) && !is_day(word)
}

/// `2026-12-03`, also with the hour behind it.
fn is_day(word: &str) -> bool {
    let shape: String = word
        .chars()
        .take(11)
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    shape.starts_with("0000-00-00") && word.len() <= "2026-12-03T10".len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_something_is_cut_and_the_rest_stays() {
        for (text, masked) in [
            (
                "Email address is already taken!",
                "Email address is already taken!",
            ),
            ("taken: a@example.com is in use", "taken: … is in use"),
            ("\"a@example.com\" is taken", "\"…\" is taken"),
            ("no such user: <ada+x@example.com>.", "no such user: <…>."),
            ("mail to a@example.com", "mail to …"),
            ("a@example.com.", "…"),
            ("key 04EE40-4D4211-C204E8 exists", "key …C204E8 exists"),
            ("key ABCDEF-GHIJKL-MNOPQR exists", "key …MNOPQR exists"),
            (
                "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlMQ",
                "Bearer …I1NiJ9.…jM0In0.…dXJlMQ",
            ),
            (
                "template 7e96ac40-9b4e-4b66-8f3d-d8a0a3d9c1aa not found",
                "template …d9c1aa not found",
            ),
            (
                "expiresAt must be after 2026-12-03T10:42:30Z",
                "expiresAt must be after 2026-12-03T10:42:30Z",
            ),
            (
                "allowedActivations must not be less than 0",
                "allowedActivations must not be less than 0",
            ),
            ("license:write", "license:write"),
            ("", ""),
        ] {
            assert_eq!(words(text), masked, "{text}");
        }
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        assert_eq!(
            without(
                "no opensesame for SHORTKEY, short",
                &["opensesame", "SHORTKEY", "short"]
            ),
            "no …sesame for …ORTKEY, short"
        );
    }
}
