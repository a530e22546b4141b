//! Checks request bodies, and refuses them with a message by field.

use serde_json::Value;

use crate::collection::Document;
use crate::licensespring::dates;
use crate::message::Refusal;

/// A member of a request body and what it may hold.
pub type Member = (&'static str, Form);

/// What a member may hold. Null is refused, save in the place of a day.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A text.
    Text,
    /// An e-mail address.
    Email,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number, 0 or more.
    Number,
    /// True or false.
    Flag,
    /// A day; null clears it.
    Day,
    /// A day, which may be written with a time.
    DayOfOrder,
    /// A duration in days, months or years.
    Duration,
    /// An object, taken as it is.
    Object,
    /// An object, written as text.
    ObjectAsText,
    /// A list, taken as it is.
    List,
    /// An object with these members.
    One(&'static [Member]),
    /// A list of objects with these members.
    Many(&'static [&'static [Member]]),
}

/// The body as a document of known members; unknown ones are dropped, or refused when strict.
pub fn read(body: &[u8], members: &[&[Member]], is_strict: bool) -> Result<Document, Refusal> {
    match object(body)? {
        body if body.is_empty() => Ok(body),
        body => check(body, members, is_strict),
    }
}

/// The body as an object, whatever its members; nothing at all is an object without any.
pub fn object(body: &[u8]) -> Result<Document, Refusal> {
    if body.is_empty() {
        return Ok(Document::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Refusal::invalid("Invalid data. Expected a dictionary.")),
        Err(error) => Err(Refusal::invalid(format!("JSON parse error - {error}"))),
    }
}

/// Refuses a document that lacks one of these members, or has an empty text or list in its place.
pub fn require(document: &Document, names: &[&str]) -> Result<(), Refusal> {
    let is_there = |name: &str| match document.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    };
    match names.iter().find(|name| !is_there(name)) {
        Some(name) => Err(Refusal::invalid_field(name, "This field is required.")),
        None => Ok(()),
    }
}

/// The document's known members, checked.
pub fn check(
    document: Document,
    members: &[&[Member]],
    is_strict: bool,
) -> Result<Document, Refusal> {
    let mut checked = Document::new();
    for (name, value) in document {
        let mut known = members.iter().copied().flatten();
        match known.find(|(member, _)| *member == name) {
            Some((_, form)) => {
                let value = check_value(&name, value, *form, is_strict)?;
                checked.insert(name, value);
            }
            None if is_strict => return Err(Refusal::invalid_field(&name, "Unknown field.")),
            None => {}
        }
    }
    Ok(checked)
}

fn check_value(name: &str, value: Value, form: Form, is_strict: bool) -> Result<Value, Refusal> {
    let wrong = |message: &str| Err(Refusal::invalid_field(name, message));
    let text = value.as_str();
    match form {
        Form::Day if value.is_null() => Ok(value),
        _ if value.is_null() => wrong("This field may not be null."),
        Form::Text if value.is_string() => Ok(value),
        Form::Text => wrong("Not a valid string."),
        Form::Email if text.is_some_and(is_email) => Ok(value),
        Form::Email => wrong("Enter a valid email address."),
        Form::Word(words) if text.is_some_and(|text| words.contains(&text)) => Ok(value),
        Form::Word(_) => wrong("This is not a valid choice."),
        Form::Number if value.as_i64().is_some_and(|number| number >= 0) => Ok(value),
        Form::Number => wrong("A valid integer is required."),
        Form::Flag if value.is_boolean() => Ok(value),
        Form::Flag => wrong("Must be a valid boolean."),
        Form::Day | Form::DayOfOrder => {
            let read = match form {
                Form::Day => dates::day,
                _ => dates::day_of_order,
            };
            match text.and_then(read) {
                Some(day) => Ok(Value::String(day.to_string())),
                None => wrong("Date has wrong format. Use YYYY-MM-DD."),
            }
        }
        Form::Duration if text.and_then(dates::duration).is_some() => Ok(value),
        Form::Duration => wrong("Use a number and d, m or y, for example 30d."),
        Form::Object if value.is_object() => Ok(value),
        Form::Object => wrong("Expected a dictionary of items."),
        Form::ObjectAsText => match text.map(serde_json::from_str::<Document>) {
            Some(Ok(_)) => Ok(value),
            _ => wrong("Value must be valid JSON, written as a string."),
        },
        Form::List if value.is_array() => Ok(value),
        Form::List => wrong("Expected a list of items."),
        Form::One(members) => one(name, value, &[members], is_strict),
        Form::Many(members) => match value {
            Value::Array(rows) => rows
                .into_iter()
                .map(|row| one(name, row, members, is_strict))
                .collect(),
            _ => wrong("Expected a list of items."),
        },
    }
}

fn one(name: &str, value: Value, members: &[&[Member]], is_strict: bool) -> Result<Value, Refusal> {
    match value {
        Value::Object(row) => check(row, members, is_strict).map(Value::Object),
        _ => Err(Refusal::invalid_field(name, "Expected a dictionary.")),
    }
}

fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    let is_whole = parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    is_whole && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROW: &[Member] = &[("code", Form::Text)];
    const MEMBERS: &[Member] = &[
        ("name", Form::Text),
        ("email", Form::Email),
        ("type", Form::Word(&["perpetual"])),
        ("seats", Form::Number),
        ("is_trial", Form::Flag),
        ("ends", Form::Day),
        ("ends_in_order", Form::DayOfOrder),
        ("lasts", Form::Duration),
        ("metadata", Form::Object),
        ("metadata_in_order", Form::ObjectAsText),
        ("rows", Form::Many(&[ROW])),
        ("buyer", Form::One(ROW)),
    ];

    fn checked(body: &Value, is_strict: bool) -> Result<Value, Option<String>> {
        read(body.to_string().as_bytes(), &[MEMBERS], is_strict)
            .map(Value::Object)
            .map_err(|refusal| refusal.field)
    }

    #[test]
    fn good_members_pass_and_days_have_one_spelling() {
        for (body, expected) in [
            (json!({ "ends": "2026-01-31" }), None),
            (json!({ "ends": null }), None),
            (
                json!({ "ends_in_order": "2026-01-31 10:00:00" }),
                Some(json!({ "ends_in_order": "2026-01-31" })),
            ),
            (
                json!({ "lasts": "4m", "seats": 9_007_199_254_740_993_u64 }),
                None,
            ),
            (json!({ "metadata_in_order": "{\"a\": 1}" }), None),
            (json!({ "rows": [{ "code": "a" }], "buyer": {} }), None),
            (json!({ "unknown": 1 }), Some(json!({}))),
        ] {
            let expected = expected.unwrap_or_else(|| body.clone());

            assert_eq!(checked(&body, false), Ok(expected));
        }
    }

    #[test]
    fn bad_members_are_refused_by_name() {
        for (body, field) in [
            (json!({ "name": 1 }), "name"),
            (json!({ "name": null }), "name"),
            (json!({ "email": "nobody" }), "email"),
            (json!({ "type": "rented" }), "type"),
            (json!({ "seats": -1 }), "seats"),
            (json!({ "seats": "1" }), "seats"),
            (json!({ "is_trial": "true" }), "is_trial"),
            (json!({ "ends": "2026-01-31 10:00:00" }), "ends"),
            (json!({ "ends": "" }), "ends"),
            (json!({ "lasts": "2w" }), "lasts"),
            (json!({ "metadata": "{}" }), "metadata"),
            (json!({ "metadata_in_order": {} }), "metadata_in_order"),
            (json!({ "metadata_in_order": "[]" }), "metadata_in_order"),
            (json!({ "rows": {} }), "rows"),
            (json!({ "rows": [1] }), "rows"),
            (json!({ "rows": [{ "code": 1 }] }), "code"),
            (json!({ "unknown": 1 }), "unknown"),
        ] {
            assert_eq!(checked(&body, true), Err(Some(field.to_owned())), "{body}");
        }
    }
}
