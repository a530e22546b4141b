//! What a URL asks for after its question mark, and the same URL asking for something else.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use url::form_urlencoded;

use crate::domain::search_text::{self, InvalidSearchText};

/// The parameters of a URL; of a name that comes twice the last one counts, and empty ones are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    /// Those of a request.
    pub fn of(http: &HttpRequest) -> Self {
        Self::parse(http.query_string().as_bytes())
    }

    /// Those of a URL's end or of a form's body.
    pub fn parse(encoded: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(encoded).into_owned();
        Self(
            pairs
                .filter(|(_, value)| !value.trim().is_empty())
                .collect(),
        )
    }

    /// A parameter; `None` when it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether everything in it can be looked for; else the name of what cannot, and why.
    pub fn check(&self) -> Result<(), (&str, InvalidSearchText)> {
        self.pairs().try_for_each(|(name, value)| {
            search_text::check(value).map_err(|error| (name.as_str(), error))
        })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same asking for one more thing, or for something else instead.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The same without these.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.contains(&name.as_str()));
        self
    }

    /// Only these of it.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| names.contains(&name.as_str()));
        self
    }

    /// Every parameter.
    pub fn pairs(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    /// The address of a page that asks for this.
    pub fn at(&self, path: &str) -> String {
        if self.is_empty() {
            return path.to_owned();
        }
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(self.pairs());
        format!("{path}?{}", encoded.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_its_address() {
        let query = Query::parse(b"q=Anna+L%26B&state=&after=2026-12-03");

        assert_eq!(query.get("q"), Some("Anna L&B"));
        assert_eq!(query.get("state"), None);
        assert_eq!(
            query.at("/activity"),
            "/activity?after=2026-12-03&q=Anna+L%26B"
        );
    }

    #[test]
    fn parts_can_be_changed_and_left_out() {
        let query = Query::parse(b"q=a&cursor=b")
            .without(&["cursor"])
            .with("state", "parked");

        assert_eq!(query.at("/"), "/?q=a&state=parked");
        assert_eq!(Query::default().at("/licenses"), "/licenses");
    }
}
