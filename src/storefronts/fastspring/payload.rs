//! A tolerant, borrowed view of the shop's JSON.
//!
//! FastSpring leaves keys out, sends `null` or `{}` for nothing, spells numbers in five ways, and gives ids as text or as objects.
//! Here whatever is absent, empty or of an unexpected shape reads as nothing; of a doubled key the last one counts.
//! Values are only skipped over until they are asked for, so neither depth nor absurd numbers do harm.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::fact::Amount;
use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::date::date;
use crate::storefronts::fastspring::decimal::scaled;

/// The members of one JSON object.
#[derive(Debug, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// One JSON value, not yet looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a>(&'a str);

impl<'a> Object<'a> {
    /// `None` when the text is not one JSON object.
    pub fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// A member that is there and not null.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| *value)
            .filter(|value| value.0 != "null")
    }

    /// A non-empty text, or a number as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.text()
    }

    /// A non-empty object.
    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        self.get(name)?.object()
    }

    /// The members of a list; empty when there is none.
    pub fn list(&self, name: &str) -> Vec<Value<'a>> {
        self.get(name).map(Value::list).unwrap_or_default()
    }

    /// The id of a thing that is given as text or as an object with an `id` (or a member of its own `name`).
    pub fn reference(&self, name: &str) -> Option<String> {
        self.get(name)?.reference(name)
    }

    /// A yes or no, also as text.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.text_or_literal(name)?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// An amount of money in major units.
    pub fn amount(&self, name: &str) -> Option<Amount> {
        scaled(&self.text(name)?, 6).map(Amount)
    }

    /// A whole number that is not negative.
    pub fn count(&self, name: &str) -> Option<u32> {
        scaled(&self.text(name)?, 0).and_then(|count| u32::try_from(count).ok())
    }

    /// A date, from any of the twins that a date comes with.
    pub fn date(&self, name: &str) -> Option<Timestamp> {
        self.spellings(name).find_map(|text| date(&text))
    }

    /// Whether something stands for a date; 0 stands for none.
    pub fn says_date(&self, name: &str) -> bool {
        self.spellings(name).any(|text| scaled(&text, 0) != Some(0))
    }

    fn spellings(&self, name: &str) -> impl Iterator<Item = String> {
        let twins = ["", "Value", "InSeconds"];
        twins
            .into_iter()
            .filter_map(move |twin| self.text(&format!("{name}{twin}")))
    }

    /// All members that are texts or numbers.
    pub fn texts(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0
            .iter()
            .filter_map(|(key, value)| Some((key.clone().into_owned(), value.text_or_literal()?)))
    }

    /// The same with members that are empty texts, where to say nothing is to say something.
    pub fn texts_or_empty(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0.iter().filter_map(|(key, value)| {
            let empty = || value.exact_text().map(|_blank| String::new());
            let text = value.text_or_literal().or_else(empty)?;
            Some((key.clone().into_owned(), text))
        })
    }

    /// All members.
    pub fn members(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        self.0.iter().map(|(_, value)| *value)
    }

    fn text_or_literal(&self, name: &str) -> Option<String> {
        self.get(name)?.text_or_literal()
    }
}

impl<'a> Value<'a> {
    /// A non-empty text, or a number as text; NUL is dropped, since no database column holds it.
    pub fn text(self) -> Option<String> {
        let text = match self.0.as_bytes().first()? {
            b'"' => serde_json::from_str::<String>(self.0).ok()?,
            b'-' | b'0'..=b'9' => self.0.to_owned(),
            _ => return None,
        };
        let text = if text.contains('\0') {
            text.replace('\0', "")
        } else {
            text
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// Exactly the text of a JSON string, NUL included; `None` for everything else.
    pub fn exact_text(self) -> Option<Cow<'a, str>> {
        serde_json::from_str::<Key<'a>>(self.0)
            .ok()
            .map(|key| key.0)
    }

    /// A non-empty object.
    pub fn object(self) -> Option<Object<'a>> {
        self.0
            .starts_with('{')
            .then(|| Object::parse(self.0))?
            .filter(|object| !object.0.is_empty())
    }

    /// The members of a list; empty when it is none.
    pub fn list(self) -> Vec<Value<'a>> {
        serde_json::from_str::<Vec<&'a RawValue>>(self.0)
            .map(|members| members.into_iter().map(|raw| Value(raw.get())).collect())
            .unwrap_or_default()
    }

    /// The id of a thing that is given as text or as an object with an `id` (or a member called `name`).
    pub fn reference(self, name: &str) -> Option<String> {
        match self.object() {
            Some(object) => object.text("id").or_else(|| object.text(name)),
            None => self.text(),
        }
    }

    /// The value as it stands in the body.
    pub fn as_json(self) -> &'a str {
        self.0
    }

    fn text_or_literal(self) -> Option<String> {
        match self.0 {
            "true" | "false" => Some(self.0.to_owned()),
            _ => self.text(),
        }
    }
}

/// A JSON string that is borrowed unless it holds escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            members.push((key.0, Value(value.get())));
        }
        Ok(Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_from_any_of_its_twins() {
        for json in [
            r#"{"x":1751898991000,"xInSeconds":1}"#,
            r#"{"x":null,"xValue":1751898991000}"#,
            r#"{"x":{},"xInSeconds":1751898991}"#,
            r#"{"x":"7/7/25","xValue":"1751898991000"}"#,
        ] {
            let date = Object::parse(json).unwrap().date("x").unwrap();

            assert_eq!(date.to_string(), "2025-07-07T14:36:31Z", "{json}");
        }
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        for json in [
            "{}",
            r#"{"x":null}"#,
            r#"{"x":{}}"#,
            r#"{"x":""}"#,
            r#"{"x":[]}"#,
        ] {
            let object = Object::parse(json).unwrap();

            assert_eq!(object.text("x"), None, "{json}");
            assert!(object.object("x").is_none(), "{json}");
            assert!(object.list("x").is_empty(), "{json}");
            assert_eq!(object.reference("x"), None, "{json}");
            assert_eq!(object.amount("x"), None, "{json}");
            assert_eq!(object.flag("x"), None, "{json}");
        }
    }

    #[test]
    fn an_id_may_be_text_or_an_object() {
        for json in [
            r#"{"order":"A1"}"#,
            r#"{"order":{"id":"A1","order":"A1"}}"#,
            r#"{"order":{"order":"A1"}}"#,
            r#"{"order":"B2","order":"A1"}"#,
        ] {
            let id = Object::parse(json).unwrap().reference("order");

            assert_eq!(id.as_deref(), Some("A1"), "{json}");
        }
    }

    #[test]
    fn depth_does_no_harm() {
        let deep = format!(
            r#"{{"x":{}{},"id":"A1"}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );

        assert_eq!(
            Object::parse(&deep).unwrap().text("id").as_deref(),
            Some("A1")
        );
    }
}
