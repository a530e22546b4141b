//! "Generate a License" by remote server request: a signed form, answered with keys.
//!
//! The scheme has neither time nor nonce, so a request may be replayed: whoever answers must be idempotent.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

use crate::domain::fact::Person;
use crate::domain::search_text;
use crate::domain::shop_id::SubscriptionId;
use crate::storefronts::SignatureError;
use crate::storefronts::key_request::{KeyRequest, KeyRequestError};

const HASH: &str = "security_request_hash";

/// Says which of the private keys the form was signed with; an empty key fits nothing.
pub fn verify(form: &[u8], keys: &[&[u8]]) -> Result<usize, SignatureError> {
    let mut parameters = parameters(form);
    let hashes: Vec<Vec<u8>> = parameters
        .extract_if(.., |(name, _)| name == HASH.as_bytes())
        .map(|(_, value)| value.trim_ascii().to_vec())
        .filter(|value| !value.is_empty())
        .collect();
    let hash = match hashes.as_slice() {
        [] => return Err(SignatureError::Missing),
        [hash] => hex::decode(hash).map_err(|_not_hexadecimal| SignatureError::Mismatch)?,
        _ => return Err(SignatureError::Mismatch),
    };
    parameters.sort_by(|(first, _), (second, _)| first.cmp(second));
    let as_sent: Vec<Vec<u8>> = parameters.into_iter().map(|(_, value)| value).collect();
    // Which bytes are hashed when the form is not in UTF-8 is written nowhere: those sent, or their text in UTF-8.
    let as_text: Vec<Vec<u8>> = as_sent
        .iter()
        .map(|value| text(value).into_bytes())
        .collect();
    keys.iter()
        .position(|key| fits(&as_sent, key, &hash) | fits(&as_text, key, &hash))
        .ok_or(SignatureError::Mismatch)
}

/// Reads the form, verified or not.
pub fn read(form: &[u8]) -> Result<KeyRequest, KeyRequestError> {
    let mut parameters = once_each(form)?;
    let mut take = |name: &str| {
        let value = parameters.remove(name)?.replace('\0', "");
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    take(HASH);
    let reference = findable(take("reference"), "reference")?;
    let subscription = [take("subscription"), take("subscriptionReference")]
        .into_iter()
        .flatten()
        .find_map(|id| SubscriptionId::new(&id));
    let product_paths = [take("product"), take("internalProductName")]
        .into_iter()
        .map(|path| findable(path, "product"))
        .collect::<Result<Vec<_>, _>>()?;
    if reference.is_none() && subscription.is_none() {
        return Err(KeyRequestError::Invalid { what: "reference" });
    }
    let quantity = match take("quantity") {
        None => 1,
        Some(text) => text
            .parse()
            .ok()
            .filter(|quantity| *quantity >= 1)
            .ok_or(KeyRequestError::Invalid { what: "quantity" })?,
    };
    let (first_name, last_name) = names(take("name"));
    Ok(KeyRequest {
        reference,
        subscription,
        product_paths: product_paths.into_iter().flatten().collect(),
        quantity,
        person: Person {
            account_id: None,
            email: take("email"),
            first_name,
            last_name,
            company: take("company"),
        },
        is_test: take("test").is_some_and(|test| test.eq_ignore_ascii_case("true")),
        parameters,
    })
}

/// Every parameter by its name; one that is there twice was hashed twice, and nobody knows which value is meant.
fn once_each(form: &[u8]) -> Result<BTreeMap<String, String>, KeyRequestError> {
    let mut once = BTreeMap::new();
    for (name, value) in parameters(form) {
        let name = text(&name);
        if once.insert(name.clone(), text(&value)).is_some() {
            return Err(KeyRequestError::Doubled { what: name });
        }
    }
    Ok(once)
}

/// A text that its record is found by later.
fn findable(text: Option<String>, what: &'static str) -> Result<Option<String>, KeyRequestError> {
    match &text {
        Some(text) if search_text::check(text).is_err() => Err(KeyRequestError::Invalid { what }),
        _ => Ok(text),
    }
}

/// Names and values, decoded, in the order of the form; the store may be set to another encoding than UTF-8.
fn parameters(form: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    form.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => {
                    let (name, value) = pair.split_at(at);
                    (name, value.get(1..).unwrap_or_default())
                }
                None => (pair, &[][..]),
            };
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(part: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = part
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent_encoding::percent_decode(&spaced).collect()
}

/// UTF-8, else ISO-8859-1: the two that a store can be set to.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Values in the order of their names, then the key, without separators.
fn fits(values: &[Vec<u8>], key: &[u8], hash: &[u8]) -> bool {
    let mut digest = Md5::new();
    for value in values {
        digest.update(value);
    }
    digest.update(key);
    !key.is_empty() && bool::from(digest.finalize().as_slice().ct_eq(hash))
}

/// The form has one name; what stands before its last space is taken for the first name.
fn names(name: Option<String>) -> (Option<String>, Option<String>) {
    let Some(name) = name else {
        return (None, None);
    };
    match name.rsplit_once(' ') {
        Some((first, last)) => (Some(first.trim().to_owned()), Some(last.to_owned())),
        None => (None, Some(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef";
    const FORM: &str = "quantity=2&reference=NWA261203-1000-10001&name=Zo%C3%AB+van+Dam&company=\
                        &email=zoe%40example.com&product=studio-pro&Zone=eu&test=TRUE";

    /// `euzoe@example.comZoë van Damstudio-pro2NWA261203-1000-10001TRUE` and the key, hashed.
    fn signed() -> String {
        let text = "euzoe@example.comZoë van Damstudio-pro2NWA261203-1000-10001TRUE";
        let digest = Md5::new().chain_update(text).chain_update(KEY).finalize();
        format!("{FORM}&{HASH}={}", hex::encode(digest))
    }

    #[test]
    fn the_key_that_fits_is_named() {
        assert_eq!(verify(signed().as_bytes(), &[b"newer", KEY]), Ok(1));
    }

    #[test]
    fn a_changed_form_is_a_mismatch() {
        let changed = signed().replace("quantity=2", "quantity=9");

        assert_eq!(
            verify(changed.as_bytes(), &[KEY]),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            verify(signed().as_bytes(), &[b""]),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn a_form_without_hash_is_not_signed() {
        for form in [FORM.to_owned(), format!("{FORM}&{HASH}=")] {
            assert_eq!(
                verify(form.as_bytes(), &[KEY]),
                Err(SignatureError::Missing)
            );
        }
    }

    #[test]
    fn a_form_is_read() {
        let request = read(signed().as_bytes()).unwrap();

        assert_eq!(request.reference.as_deref(), Some("NWA261203-1000-10001"));
        assert_eq!(request.subscription, None);
        assert_eq!(request.product_paths, ["studio-pro"]);
        assert_eq!(request.quantity, 2);
        assert_eq!(request.person.first_name.as_deref(), Some("Zoë van"));
        assert_eq!(request.person.last_name.as_deref(), Some("Dam"));
        assert_eq!(request.person.company, None);
        assert!(request.is_test);
        assert_eq!(request.parameters.keys().collect::<Vec<_>>(), ["Zone"]);
    }

    #[test]
    fn a_form_in_another_encoding_is_believed_and_read() {
        let name = b"M\xFCller";
        for hashed in [&name[..], "Müller".as_bytes()] {
            let digest = Md5::new()
                .chain_update(hashed)
                .chain_update(b"R")
                .chain_update(KEY)
                .finalize();
            let form = format!("name=M%FCller&reference=R&{HASH}={}", hex::encode(digest));

            assert_eq!(verify(form.as_bytes(), &[KEY]), Ok(0));
            let request = read(form.as_bytes()).unwrap();
            assert_eq!(request.person.last_name.as_deref(), Some("Müller"));
        }
    }

    #[test]
    fn a_senseless_form_says_what_is_wrong() {
        for (form, what) in [
            ("", "reference"),
            ("reference=+&quantity=1", "reference"),
            ("reference=R&quantity=0", "quantity"),
            ("reference=R&quantity=many", "quantity"),
            ("reference=R&quantity=99999999999", "quantity"),
            (&format!("reference={}", "R".repeat(9_000)), "reference"),
            (
                &format!("reference=R&product={}", "p".repeat(9_000)),
                "product",
            ),
        ] {
            let error = KeyRequestError::Invalid { what };

            assert_eq!(read(form.as_bytes()), Err(error), "{form}");
        }
    }

    #[test]
    fn a_parameter_that_is_there_twice_is_refused() {
        for (form, what) in [
            ("reference=R&quantity=1&quantity=9", "quantity"),
            ("reference=R&Zone=a&Zone=a", "Zone"),
            ("reference=R&%72eference=S", "reference"),
        ] {
            let what = what.to_owned();

            assert_eq!(
                read(form.as_bytes()),
                Err(KeyRequestError::Doubled { what }),
                "{form}"
            );
        }
    }
}
