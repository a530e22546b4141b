//! One request to be made: where, with which filters and body, and under which scope.
//!
//! What must never be asked (an id that would change the path, a list with an empty filter) is noted here as a refusal
//! and never sent.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use strum::IntoStaticStr;
use url::form_urlencoded;

use crate::license_servers::http::Dialect;

/// Long enough for a slow answer, short enough to hold a lease.
const TIMEOUT: Duration = Duration::from_secs(15);

/// For questions whose answer only says that the server is there.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest id that is taken for one.
const ID_LENGTH: usize = 256;

/// A request before it is sent.
#[derive(Clone)]
pub struct Operation {
    /// The kind that understands it.
    pub dialect: &'static Dialect,
    /// The HTTP method.
    pub method: Method,
    /// Path and query below the base URL.
    pub target: String,
    /// The same for the record: addresses and keys masked.
    pub shown_target: String,
    /// The JSON body.
    pub body: Option<Value>,
    /// What of the body opens something and must not be repeated in the words of a failure.
    pub secrets: Vec<SecretString>,
    /// What the token must be allowed to do; `None` = any token will do, or the kind has no scopes.
    pub scope: Option<&'static str>,
    /// When to give up.
    pub timeout: Duration,
    /// Why it must not be sent.
    pub refusal: Option<String>,
}

/// The HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Adds.
    Post,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// As HTTP spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Operation {
    /// A request below the kind's prefix. Every segment, fixed or not, must look like an id.
    pub fn new(dialect: &'static Dialect, method: Method, segments: &[&str]) -> Self {
        let mut target = dialect.prefix.to_owned();
        for segment in segments {
            target.push('/');
            target.push_str(segment);
        }
        target.push_str(dialect.path_end);
        let refusal = segments
            .iter()
            .find(|segment| !is_id(segment))
            .map(|segment| no_id(segment));
        Self {
            dialect,
            method,
            shown_target: target.clone(),
            target,
            body: None,
            secrets: Vec::new(),
            scope: None,
            timeout: TIMEOUT,
            refusal,
        }
    }

    /// Notes what the token must be allowed to do.
    #[must_use]
    pub fn under(self, scope: &'static str) -> Self {
        Self {
            scope: Some(scope),
            ..self
        }
    }

    /// Gives up early.
    #[must_use]
    pub fn probing(self) -> Self {
        Self {
            timeout: PROBE_TIMEOUT,
            ..self
        }
    }

    /// Only what matches; an empty value is refused, since the server would take it for no filter.
    #[must_use]
    pub fn filter(self, name: &str, value: &str) -> Self {
        let shown = encoded(value);
        self.with_filter(name, value, &shown)
    }

    /// As [`Self::filter`], for a value that must not be in the record.
    #[must_use]
    pub fn private_filter(self, name: &str, value: &str) -> Self {
        self.with_filter(name, value, "***")
    }

    /// Only these ids; none at all is refused.
    #[must_use]
    pub fn ids(self, name: &str, ids: &[String]) -> Self {
        let refusal = ids.iter().find(|id| !is_id(id)).map(|id| no_id(id));
        let operation = self.filter(name, &ids.join(","));
        operation.refuse(refusal)
    }

    /// Notes that the body names this id; one that is no id is refused, since an empty one would unlink.
    #[must_use]
    pub fn names(self, id: &str) -> Self {
        let refusal = (!is_id(id)).then(|| no_id(id));
        self.refuse(refusal)
    }

    /// One page of a list, from 1.
    #[must_use]
    pub fn page(mut self, page: u32) -> Self {
        for (name, value) in self.dialect.paging.parameters(page) {
            self.append(name, &value, &value);
        }
        self
    }

    /// A parameter that is no filter, such as an order.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        let value = encoded(value);
        self.append(name, &value, &value);
        self
    }

    /// The body; one that cannot be written is a refusal.
    #[must_use]
    pub fn json(mut self, body: impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(body) => {
                self.body = Some(body);
                self
            }
            Err(error) => self.refuse(Some(error.to_string())),
        }
    }

    /// Notes what of the body opens something.
    #[must_use]
    pub fn secret(mut self, secret: &SecretString) -> Self {
        self.secrets.push(secret.clone());
        self
    }

    /// Notes why it must not be sent; the first reason stays.
    #[must_use]
    pub fn refuse(mut self, reason: Option<String>) -> Self {
        self.refusal = self.refusal.or(reason);
        self
    }

    /// Whether something may be different after it.
    pub fn is_change(&self) -> bool {
        self.method != Method::Get
    }

    /// The body for the record: passwords masked.
    pub fn shown_body(&self) -> Option<String> {
        let mut body = self.body.clone()?;
        mask(&mut body, self.dialect.masked_members);
        Some(body.to_string())
    }

    /// What of the body opens something.
    pub fn exposed_secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(ExposeSecret::expose_secret)
    }

    fn with_filter(mut self, name: &str, value: &str, shown: &str) -> Self {
        self.append(name, &encoded(value), shown);
        let refusal = value
            .trim()
            .is_empty()
            .then(|| format!("a list is never asked for with an empty {name}"));
        self.refuse(refusal)
    }

    /// Brackets and dots in names stay as they are, as in the vendor's own scripts.
    fn append(&mut self, name: &str, value: &str, shown: &str) {
        let separator = if self.target.contains('?') { '&' } else { '?' };
        self.target.push_str(&format!("{separator}{name}={value}"));
        self.shown_target
            .push_str(&format!("{separator}{name}={shown}"));
    }
}

/// Takes the values of these members out, wherever they stand; whether there were any.
pub fn mask(body: &mut Value, members: &[&str]) -> bool {
    let mut is_masked = false;
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                if members.contains(&name.as_str()) && !value.is_null() {
                    *value = Value::from("***");
                    is_masked = true;
                } else {
                    is_masked |= mask(value, members);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                is_masked |= mask(item, members);
            }
        }
        _ => {}
    }
    is_masked
}

/// Ids are UUIDs and numbers in all that was ever seen; this much keeps them from changing the path.
pub fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= ID_LENGTH
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn no_id(text: &str) -> String {
    if text.is_empty() {
        "an id is missing".to_owned()
    } else {
        let shown: String = text.chars().take(60).collect();
        format!("{shown:?} is not an id of this license server")
    }
}

/// Percent-encoded in full; a space is `%20`, since `+` means a space only to some.
fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license_servers::http::paging::Paging;
    use crate::license_servers::reply::FailureClass;

    static NUMBERED: Dialect = Dialect {
        prefix: "/v3",
        path_end: "",
        authorization: "Bearer",
        paging: Paging::Numbered,
        masked_members: &["password"],
        words: |_| None,
        class: |_, _| FailureClass::Rejected,
    };
    static SLASHED: Dialect = Dialect {
        prefix: "/api/v1",
        path_end: "/",
        paging: Paging::Offset,
        ..NUMBERED
    };

    #[test]
    fn filters_are_written_as_the_vendors_scripts_write_them() {
        let operation = Operation::new(&NUMBERED, Method::Get, &["licenses"])
            .filter("metadata.key[eq]", "fastspring_subscription_id")
            .filter("metadata.value[eq]", "a b+c")
            .private_filter("email[eq]", "john+x@example.com")
            .page(2);

        assert_eq!(
            operation.target,
            "/v3/licenses?metadata.key[eq]=fastspring_subscription_id&metadata.value[eq]=a%20b%2Bc\
             &email[eq]=john%2Bx%40example.com&page=2&limit=100"
        );
        assert!(operation.shown_target.contains("email[eq]=***&"));
        assert_eq!(operation.refusal, None);
    }

    #[test]
    fn prefix_slash_and_paging_are_the_kinds_own() {
        let operation = Operation::new(&SLASHED, Method::Get, &["orders", "17"])
            .filter("store_id", "A/1")
            .page(2);

        assert_eq!(
            operation.target,
            "/api/v1/orders/17/?store_id=A%2F1&limit=100&offset=100"
        );
    }

    #[test]
    fn an_empty_filter_is_refused() {
        for value in ["", " ", "\t\n"] {
            let operation =
                Operation::new(&NUMBERED, Method::Get, &["licenses"]).filter("key[eq]", value);

            assert!(operation.refusal.is_some(), "{value:?}");
        }
        assert!(
            Operation::new(&NUMBERED, Method::Get, &["licenses"])
                .ids("id[in]", &[])
                .refusal
                .is_some()
        );
    }

    #[test]
    fn an_id_never_changes_the_path() {
        for id in [
            "", ".", "..", "../users", "a/b", "a?b", "%2e%2e", "a,b", "ä",
        ] {
            let operation = Operation::new(&NUMBERED, Method::Delete, &["licenses", id]);

            assert!(operation.refusal.is_some(), "{id:?}");
        }
        assert!(
            Operation::new(&NUMBERED, Method::Get, &["licenses"])
                .ids("id[in]", &["good".to_owned(), "b,ad".to_owned()])
                .refusal
                .is_some()
        );
    }

    #[test]
    fn a_password_is_not_in_the_record() {
        let body = serde_json::json!({"email": "a@example.com", "password": "opensesame",
            "users": [{"password": "opensesame"}]});

        let operation = Operation::new(&NUMBERED, Method::Post, &["users"]).json(body);

        let shown = operation.shown_body().unwrap();
        assert!(!shown.contains("opensesame") && shown.contains("***"));
    }
}
