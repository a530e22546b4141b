//! Keyed hashes by which people and license keys are found without being stored in the clear.

use std::collections::BTreeSet;

use crate::vault::tenant_keys::TenantKeys;

/// A hashed term: 16 bytes that mean nothing without the tenant's index key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermHash(pub [u8; 16]);

/// One word of a search, as everything that it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryWord {
    /// The word as typed, for what is stored in the clear (order ids, references, product paths).
    pub text: String,
    /// A person matches if *all* of these are among theirs; never matches when empty.
    pub person: Vec<TermHash>,
    /// The hash of the license key that this word would be.
    pub license_key: TermHash,
}

/// Bounds the work of one search and of one stored person.
const MOST_WORDS: usize = 32;

impl TenantKeys {
    /// What a person is found by: whole e-mail address, its domain, and the words of their names and company.
    pub fn terms_of_person(&self, email: Option<&str>, names: &[&str]) -> BTreeSet<TermHash> {
        let mut terms = BTreeSet::new();
        if let Some(email) = email.map(folded).filter(|email| !email.is_empty()) {
            terms.insert(self.term("email", &email));
            terms.extend(domain_of(&email).map(|domain| self.term("domain", domain)));
        }
        for piece in names.iter().flat_map(|name| name.split_whitespace()) {
            let piece = folded(piece);
            // A company may be called like a domain: a search for `acme.com` finds both.
            if is_domain(&piece) {
                terms.insert(self.term("domain", &piece));
            }
            terms.extend(
                words(&piece)
                    .take(MOST_WORDS)
                    .map(|word| self.term("word", word)),
            );
        }
        terms
    }

    /// The words of a search box, each as everything that it may be; a result must match every word.
    pub fn terms_of_query(&self, text: &str) -> Vec<QueryWord> {
        let query_word = |text: &str| QueryWord {
            text: text.to_owned(),
            person: self.person_terms_of(&folded(text)),
            license_key: self.license_key_term(text),
        };
        text.split_whitespace()
            .take(MOST_WORDS)
            .map(query_word)
            .collect()
    }

    /// The hash of a whole e-mail address, in any case, with or without blanks around it.
    pub fn email_term(&self, email: &str) -> TermHash {
        self.term("email", &folded(email))
    }

    /// The hash of a shop's account id.
    pub fn account_term(&self, account_id: &str) -> TermHash {
        self.term("account", account_id)
    }

    /// The hash of a license key, in any case, with or without its separators.
    pub fn license_key_term(&self, key: &str) -> TermHash {
        let bare: String = key
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_uppercase)
            .collect();
        self.term("license key", &bare)
    }

    fn person_terms_of(&self, word: &str) -> Vec<TermHash> {
        match word.split_once('@') {
            Some(("", domain)) => vec![self.term("domain", domain)],
            Some(_) => vec![self.term("email", word)],
            None if is_domain(word) => vec![self.term("domain", word)],
            None => words(word).map(|word| self.term("word", word)).collect(),
        }
    }

    fn term(&self, kind: &str, text: &str) -> TermHash {
        let hash = self.index_key().derive(&[kind.as_bytes(), text.as_bytes()]);
        let mut term = [0; 16];
        term.iter_mut()
            .zip(hash.expose())
            .for_each(|(to, from)| *to = *from);
        TermHash(term)
    }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn domain_of(email: &str) -> Option<&str> {
    email
        .rsplit_once('@')
        .map(|(_, domain)| domain)
        .filter(|domain| !domain.is_empty())
}

fn is_domain(word: &str) -> bool {
    let labels = || word.split('.');
    labels().count() > 1
        && labels().all(|label| {
            !label.is_empty()
                && label
                    .chars()
                    .all(|character| character.is_alphanumeric() || character == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str) -> bool {
        let keys = TenantKeys::fixed(1);
        let person = keys.terms_of_person(
            Some(" Jane.Doe@Example.com "),
            &["Jane", "Döe-Smith", "Acme.io Werke GmbH", ""],
        );
        keys.terms_of_query(query).iter().all(|word| {
            !word.person.is_empty() && word.person.iter().all(|term| person.contains(term))
        })
    }

    #[test]
    fn a_person_is_found_by_address_domain_and_words() {
        for query in [
            "jane.doe@example.com",
            "JANE.DOE@EXAMPLE.COM",
            "example.com",
            "@example.com",
            "jane",
            "DÖE",
            "döe-smith",
            "smith werke",
            "acme.io",
            "acme",
            "jane example.com",
        ] {
            assert!(finds(query), "{query}");
        }
    }

    #[test]
    fn a_person_is_not_found_by_anything_else() {
        for query in [
            "john.doe@example.com",
            "doe@example.com",
            "xample.com",
            "jan",
            "jane miller",
            "-",
            "@",
        ] {
            assert!(!finds(query), "{query}");
        }
    }

    #[test]
    fn a_license_key_is_found_however_it_is_typed() {
        let keys = TenantKeys::fixed(1);
        let stored = keys.license_key_term("9B4F2A-00C1D3");

        for typed in ["9b4f2a-00c1d3", "9B4F2A00C1D3", " 9B4F2A_00C1D3 "] {
            assert_eq!(keys.license_key_term(typed), stored, "{typed}");
            assert_eq!(keys.terms_of_query(typed)[0].license_key, stored, "{typed}");
        }
    }

    #[test]
    fn terms_of_two_tenants_and_of_two_kinds_differ() {
        let keys = TenantKeys::fixed(1);

        assert_ne!(
            keys.email_term("a@b.c"),
            TenantKeys::fixed(2).email_term("a@b.c")
        );
        assert_ne!(keys.term("word", "jane"), keys.term("domain", "jane"));
    }

    #[test]
    fn terms_never_change() {
        assert_eq!(
            hex::encode(TenantKeys::fixed(1).email_term("jane.doe@example.com").0),
            "8a40d78354a7e18a24dbde95a256aa88"
        );
    }
}
