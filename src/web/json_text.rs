//! JSON of others as they spelled it: taken apart into its words and put together again, so that no number, escape or
//! order of fields changes by being shown.

use std::str::CharIndices;

/// A word of JSON: a bracket, a comma, a colon, a text with its quotes, or anything else that is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// The blanks before it.
    pub blank: &'a str,
    /// The word itself, as it is spelled.
    pub spelled: &'a str,
}

/// The words of a text that is JSON; put together again they are that text.
pub fn words(json: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = json.trim_end();
    std::iter::from_fn(move || {
        let (blank, after) = rest.split_at(rest.len() - rest.trim_start().len());
        let first = after.chars().next()?;
        let length = match first {
            '"' => end_of_text(after.char_indices()),
            '{' | '[' | '}' | ']' | ',' | ':' => 1,
            _ => after.find(is_end).unwrap_or(after.len()),
        };
        let (spelled, after) = after.split_at(length);
        rest = after;
        Some(Word { blank, spelled })
    })
}

/// The same JSON with its lines broken, every word as it is spelled.
pub fn indented(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut is_empty = false;
    for Word { spelled, .. } in words(json) {
        let is_end = matches!(spelled, "}" | "]");
        if is_end {
            depth = depth.saturating_sub(1);
        }
        if is_end != is_empty || text.ends_with(',') {
            break_line(&mut text, depth);
        }
        text.push_str(spelled);
        is_empty = matches!(spelled, "{" | "[");
        if is_empty {
            depth += 1;
        }
        if spelled == ":" {
            text.push(' ');
        }
    }
    text
}

fn break_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth));
}

/// Where a text that begins here ends, behind its closing quote.
fn end_of_text(characters: CharIndices<'_>) -> usize {
    let mut is_escaped = false;
    let mut length = 0;
    for (at, character) in characters {
        length = at + character.len_utf8();
        match character {
            '"' if at > 0 && !is_escaped => break,
            '\\' if !is_escaped => is_escaped = true,
            _ => is_escaped = false,
        }
    }
    length
}

fn is_end(character: char) -> bool {
    character.is_whitespace() || "{}[],:\"".contains(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof};
    use proptest::{collection, proptest};
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_word_stays_as_it_is_spelled() {
        let json =
            r#" {"b":12345678901234567890123,"a":[0.10,1E+2,-0], "é\"\\":"A\/","b":{},"c":[ ]}"#;

        assert_eq!(
            indented(json),
            "{\n  \"b\": 12345678901234567890123,\n  \"a\": [\n    0.10,\n    1E+2,\n    -0\n  ],\n  \
             \"é\\\"\\\\\": \"A\\/\",\n  \"b\": {},\n  \"c\": []\n}"
        );
    }

    fn json() -> impl Strategy<Value = Value> {
        let plain = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        plain.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn lines_are_broken_as_everybody_breaks_them(value in json()) {
            let usual = serde_json::to_string_pretty(&value).unwrap();

            assert_eq!(indented(&value.to_string()), usual);
        }
    }
}
