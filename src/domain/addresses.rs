//! E-mail addresses as buyers write them into one field.

/// Addresses of one field that are looked at: whoever buys writes them, and each may become a user.
const MOST: usize = 50;
/// The longest address that there is.
const LENGTH: usize = 254;

/// Every address once, in the order in which they are written; what cannot be an address is passed over.
pub fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|character: char| character.is_whitespace() || ",;".contains(character))
    {
        if found.len() == MOST {
            break;
        }
        let word = word.trim_matches(['<', '>', '"', '\'']);
        let is_new = !found.iter().any(|known| known.eq_ignore_ascii_case(word));
        if is_address(word) && is_new {
            found.push(word.to_owned());
        }
    }
    found
}

fn is_address(word: &str) -> bool {
    let Some((mailbox, domain)) = word.rsplit_once('@') else {
        return false;
    };
    let is_plain = !word.contains(char::is_control) && word.len() <= LENGTH;
    is_plain && !mailbox.is_empty() && domain.contains('.') && !domain.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_stands_between_them() {
        for (text, expected) in [
            ("", vec![]),
            ("nobody", vec![]),
            ("a@example.com", vec!["a@example.com"]),
            (
                "a@example.com, B@example.com;c@example.com\n",
                vec!["a@example.com", "B@example.com", "c@example.com"],
            ),
            ("<a@example.com> A@EXAMPLE.COM", vec!["a@example.com"]),
            ("@example.com a@ a@example a@.com", vec![]),
        ] {
            assert_eq!(addresses(text), expected, "{text}");
        }
    }

    #[test]
    fn no_buyer_makes_more_than_fifty_users() {
        let many: Vec<String> = (0..80)
            .map(|number| format!("u{number}@example.com"))
            .collect();

        assert_eq!(addresses(&many.join(" ")).len(), 50);
    }
}
