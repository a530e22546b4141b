//! The members of an answered object, read as tolerantly as can be.
//!
//! Unknown members are ignored, `null` and absent are alike, numbers may be texts and floats. What is needed and cannot be
//! read is named, so that a person learns what the license server has come to say otherwise.

use serde_json::{Map, Value};

use crate::domain::time::Timestamp;
use crate::license_servers::http::lenient::{parse_time, whole};

/// A member that is needed and cannot be read, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableField(pub &'static str);

/// What can be read from an object.
pub trait FromFields: Sized {
    /// Reads it; an error names the first member that is needed and cannot be read.
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField>;
}

/// An answered object. Has no `Debug`: it may hold keys and people.
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The members of an object; `None` for anything else.
    pub fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// Whether there is such a member at all, `null` or not.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A member as it is; `None` = absent or `null`.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// All members with their names.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// An object inside this one; anything else reads as nothing.
    pub fn inner(&self, name: &str) -> Option<Fields<'a>> {
        self.get(name).and_then(Fields::of)
    }

    /// A text that must be there.
    pub fn text(&self, name: &'static str) -> Result<String, UnreadableField> {
        self.optional_text(name)?.ok_or(UnreadableField(name))
    }

    /// A text that may be left out or empty; a number stands for its digits.
    pub fn optional_text(&self, name: &'static str) -> Result<Option<String>, UnreadableField> {
        let text = self.value(name)?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// A text that may be left out, and means something else where it is empty.
    pub fn value(&self, name: &'static str) -> Result<Option<String>, UnreadableField> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        text_of(value).map(Some).ok_or(UnreadableField(name))
    }

    /// The same of what decides nothing: anything else reads as nothing.
    pub fn shown(&self, name: &'static str) -> String {
        let text = self.optional_text(name);
        text.ok().flatten().unwrap_or_default()
    }

    /// Yes or no, where one of them must be there.
    pub fn flag(&self, name: &'static str) -> Result<bool, UnreadableField> {
        self.optional_flag(name)?.ok_or(UnreadableField(name))
    }

    /// Yes or no; may be left out.
    pub fn optional_flag(&self, name: &'static str) -> Result<Option<bool>, UnreadableField> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let flag = value.as_bool().or_else(|| match text_of(value)?.trim() {
            "1" => Some(true),
            "0" => Some(false),
            text => text.to_lowercase().parse().ok(),
        });
        flag.map(Some).ok_or(UnreadableField(name))
    }

    /// A whole number, as integer, float or text; a fraction is cut off.
    pub fn integer(&self, name: &'static str) -> Result<Option<i64>, UnreadableField> {
        let Some(text) = self.written(name)? else {
            return Ok(None);
        };
        let number = text.parse().ok();
        let number = number.or_else(|| whole(text.parse().ok()?));
        number.map(Some).ok_or(UnreadableField(name))
    }

    /// A time; empty text is none.
    pub fn time(&self, name: &'static str) -> Result<Option<Timestamp>, UnreadableField> {
        match self.written(name)? {
            // What a date is there that was never set.
            Some(text) if text.starts_with("0001-01-01") => Ok(None),
            Some(text) => parse_time(&text).map(Some).ok_or(UnreadableField(name)),
            None => Ok(None),
        }
    }

    /// The texts of a list; may be left out.
    pub fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, UnreadableField> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let items = value.as_array().ok_or(UnreadableField(name))?.iter();
        let texts = items.map(|item| text_of(item).ok_or(UnreadableField(name)));
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// The objects of a list, each read by itself; one that lacks what it needs makes the list unreadable.
    pub fn objects<T: FromFields>(&self, name: &'static str) -> Result<Vec<T>, UnreadableField> {
        let Some(value) = self.get(name) else {
            return Ok(Vec::new());
        };
        let items = value.as_array().ok_or(UnreadableField(name))?.iter();
        let read = |item| T::read(&Fields::of(item)?).ok();
        let objects = items.map(|item| read(item).ok_or(UnreadableField(name)));
        objects.collect()
    }

    /// The objects of a list that decides nothing: what cannot be read is left out.
    pub fn shown_objects<T: FromFields>(&self, name: &'static str) -> Vec<T> {
        let items = self.get(name).and_then(Value::as_array);
        let items = items.into_iter().flatten();
        items
            .filter_map(|item| T::read(&Fields::of(item)?).ok())
            .collect()
    }

    /// Whether a text is this one, whatever the case of its letters, or cannot be read and so may be it.
    pub fn may_be(&self, name: &'static str, text: &str) -> bool {
        match self.optional_text(name) {
            Ok(Some(found)) => found.trim().to_lowercase() == text.to_lowercase(),
            Ok(None) => false,
            Err(UnreadableField(_)) => true,
        }
    }

    /// A number or time as it is written.
    fn written(&self, name: &'static str) -> Result<Option<String>, UnreadableField> {
        let text = self.optional_text(name)?;
        let text = text.map(|text| text.trim().to_owned());
        Ok(text.filter(|text| !text.is_empty()))
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_otherwise_is_read_all_the_same() {
        for (value, text, integer, flag) in [
            (json!("5"), Ok(Some("5")), Ok(Some(5)), Err(())),
            (json!(5), Ok(Some("5")), Ok(Some(5)), Err(())),
            (json!(5.9), Ok(Some("5.9")), Ok(Some(5)), Err(())),
            (json!(" 7 "), Ok(Some(" 7 ")), Ok(Some(7)), Err(())),
            (json!("True"), Ok(Some("True")), Err(()), Ok(Some(true))),
            (json!(false), Ok(Some("false")), Err(()), Ok(Some(false))),
            (json!("0"), Ok(Some("0")), Ok(Some(0)), Ok(Some(false))),
            (json!(null), Ok(None), Ok(None), Ok(None)),
            (json!(""), Ok(None), Ok(None), Err(())),
            (json!([1]), Err(()), Err(()), Err(())),
            (json!({"x": 1}), Err(()), Err(()), Err(())),
        ] {
            let object = json!({ "name": value });
            let fields = Fields::of(&object).unwrap();

            let named = |UnreadableField(name)| assert_eq!(name, "name");
            let read = fields.optional_text("name").map_err(named);
            assert_eq!(
                read.as_ref().map(Option::as_deref),
                text.as_ref().map(|text| *text),
                "{value}"
            );
            assert_eq!(fields.integer("name").map_err(named), integer, "{value}");
            assert_eq!(fields.optional_flag("name").map_err(named), flag, "{value}");
        }
    }

    #[test]
    fn what_is_not_there_is_missed_only_where_it_is_needed() {
        let object = json!({ "empty": null });
        let fields = Fields::of(&object).unwrap();

        assert_eq!(fields.text("empty"), Err(UnreadableField("empty")));
        assert_eq!(fields.flag("other"), Err(UnreadableField("other")));
        assert_eq!(fields.time("other"), Ok(None));
        assert_eq!(fields.texts("other"), Ok(None));
        assert_eq!(fields.shown("other"), "");
        assert!(Fields::of(&json!([])).is_none());
    }
}
