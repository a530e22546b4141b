//! One request to be made: where, with which filters and body, and under which scope.
//!
//! What must never be asked (an id that would change the path, a list with an empty filter) is noted here as a refusal
//! and never sent.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use strum::IntoStaticStr;
use url::form_urlencoded;

/// Long enough for a slow answer, short enough to hold a lease.
const TIMEOUT: Duration = Duration::from_secs(15);

/// For questions whose answer only says that the server is there.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest page that the API gives; it has no default worth relying on.
pub const PAGE_SIZE: usize = 100;

/// The longest id that the API takes.
const ID_LENGTH: usize = 256;

/// A request before it is sent.
#[derive(Clone)]
pub struct Operation {
    /// The HTTP method.
    pub method: Method,
    /// Path and query below the base URL.
    pub target: String,
    /// The same for the record: addresses and keys masked.
    pub shown_target: String,
    /// The JSON body.
    pub body: Option<Value>,
    /// What the token must be allowed to do; `None` = any token will do.
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
    /// A request below `/v3`. Every segment, fixed or not, must look like an id.
    pub fn new(method: Method, scope: &'static str, segments: &[&str]) -> Self {
        let mut target = String::from("/v3");
        for segment in segments {
            target.push('/');
            target.push_str(segment);
        }
        let refusal = segments
            .iter()
            .find(|segment| !is_id(segment))
            .map(|segment| no_id(segment));
        Self {
            method,
            shown_target: target.clone(),
            target,
            body: None,
            scope: Some(scope),
            timeout: TIMEOUT,
            refusal,
        }
    }

    /// A read that needs no scope and gives up early.
    pub fn probe() -> Self {
        Self {
            scope: None,
            timeout: PROBE_TIMEOUT,
            ..Self::new(Method::Get, "", &["me"])
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
        let page = page.max(1).to_string();
        self.append("page", &page, &page);
        let size = PAGE_SIZE.to_string();
        self.append("limit", &size, &size);
        self
    }

    /// The latest entries first.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.append("sort", "-createdAt", "-createdAt");
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
        if let Some(password) = body.get_mut("password") {
            *password = Value::from("***");
        }
        Some(body.to_string())
    }

    /// What of the body opens something.
    pub fn secrets(&self) -> Vec<&str> {
        let fields = self.body.iter().filter_map(Value::as_object).flatten();
        fields
            .filter(|(name, _)| ["key", "password"].contains(&name.as_str()))
            .filter_map(|(_, value)| value.as_str())
            .collect()
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

/// Ids are UUIDs in all that was ever seen; this much keeps them from changing the path.
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

    const SCOPE: &str = "license:read";

    #[test]
    fn filters_are_written_as_the_vendors_scripts_write_them() {
        let operation = Operation::new(Method::Get, SCOPE, &["licenses"])
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
    fn an_empty_filter_is_refused() {
        for value in ["", " ", "\t\n"] {
            let operation =
                Operation::new(Method::Get, SCOPE, &["licenses"]).filter("key[eq]", value);

            assert!(operation.refusal.is_some(), "{value:?}");
        }
        assert!(
            Operation::new(Method::Get, SCOPE, &["licenses"])
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
            let operation = Operation::new(Method::Delete, SCOPE, &["licenses", id]);

            assert!(operation.refusal.is_some(), "{id:?}");
        }
        assert!(
            Operation::new(Method::Get, SCOPE, &["licenses"])
                .ids("id[in]", &["good".to_owned(), "b,ad".to_owned()])
                .refusal
                .is_some()
        );
    }

    #[test]
    fn a_password_is_not_in_the_record() {
        let body = serde_json::json!({"email": "a@example.com", "password": "opensesame"});

        let operation = Operation::new(Method::Post, "user:write", &["users"]).json(body);

        let shown = operation.shown_body().unwrap();
        assert!(!shown.contains("opensesame") && shown.contains("***"));
    }
}
