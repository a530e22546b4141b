//! The header `Forwarded` (RFC 7239): elements with commas between, each of pairs with semicolons between.

use crate::web::client_address::{Hop, address};

/// Whom each element names by `for`; `None` for a line that breaks the grammar, since a caller may have begun it.
pub fn hops(line: &str) -> Option<Vec<Hop>> {
    let elements = split(line, ',')?;
    let elements = elements.into_iter().map(str::trim);
    elements.filter(|text| !text.is_empty()).map(hop).collect()
}

fn hop(element: &str) -> Option<Hop> {
    let mut named = None;
    for pair in split(element, ';')? {
        let (name, value) = pair.trim().split_once('=')?;
        let value = value_of(value)?;
        if name.eq_ignore_ascii_case("for") && named.replace(address(&value)).is_some() {
            return None;
        }
    }
    Some(named.flatten())
}

/// The parts between separators that stand outside quotes; `None` when a quote is left open.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if character == separator && !is_quoted => {
                parts.push(text.get(start..at)?);
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!is_quoted).then_some(parts)
}

/// A token, or what stands between quotes.
fn value_of(text: &str) -> Option<String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let is_token = !text.contains(|c: char| c == '"' || c.is_whitespace());
        return is_token.then(|| text.to_owned());
    };
    let mut value = String::new();
    let mut characters = quoted.strip_suffix('"')?.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return None,
            '\\' => value.push(characters.next()?),
            _ => value.push(character),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_told_apart_outside_of_quotes() {
        for (line, names) in [
            (
                "for=192.0.2.1;proto=http,for=192.0.2.2",
                vec![Some("192.0.2.1"), Some("192.0.2.2")],
            ),
            (r#"for="[2001:db8::1]:80""#, vec![Some("2001:db8::1")]),
            (
                r#"host="a\",for=192.0.2.9";for=192.0.2.1"#,
                vec![Some("192.0.2.1")],
            ),
            (r#"for="1\92.0.2.1""#, vec![Some("192.0.2.1")]),
            ("for=_a1, , proto=http", vec![None, None]),
            ("", vec![]),
        ] {
            let names = names
                .into_iter()
                .map(|name| name.map(|name| name.parse().unwrap()));

            assert_eq!(hops(line), Some(names.collect()), "{line}");
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_not_read() {
        for line in [
            r#"for=192.0.2.9;x=", for=192.0.2.1"#,
            r#"for=192.0.2.9;x=", for="192.0.2.1:80""#,
            "for",
            "for=192.0.2.1;for=192.0.2.2",
            r#"for=a"b"#,
            r#"for="a\"#,
        ] {
            assert_eq!(hops(line), None, "{line}");
        }
    }
}
