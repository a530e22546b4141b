//! Checks request bodies against the documented sizes and shapes.

use serde_json::Value;

use crate::calendar;
use crate::collection::Document;
use crate::message::Refusal;

/// A member of a request body and what it may hold.
pub type Field = (&'static str, Rule);

/// What a member may hold.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Text of so many characters.
    Text(usize, usize),
    /// An e-mail address.
    Email,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number in these bounds.
    Number(i64, i64),
    /// True or false.
    Flag,
    /// A point in time; empty text clears it.
    Time,
    /// An ISO 8601 period; empty text means none.
    Interval,
    /// A list of at most so many texts.
    Texts(usize),
    /// At most so many metadata rows.
    Metadata(usize),
    /// Meter attributes.
    Meters,
    /// An object, taken as it is.
    Object,
}

const VIEWERS: &[&str] = &["activation", "user", "organization", "reseller"];

const METADATA: &[Field] = &[
    ("key", Rule::Text(1, 256)),
    ("value", Rule::Text(0, 4096)),
    ("viewPermissions", Rule::Texts(10)),
    ("visible", Rule::Flag),
];

const METER: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("allowedUses", Rule::Number(-1, i64::MAX)),
    ("viewPermissions", Rule::Texts(10)),
    ("visible", Rule::Flag),
    ("floating", Rule::Flag),
];

/// The body as a document of known members without nulls, times in one spelling.
/// Unknown members are dropped, or refused when strict.
pub fn check(
    body: &[u8],
    fields: &[&[Field]],
    required: &[&str],
    is_strict: bool,
) -> Result<Document, Refusal> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("The body is not valid JSON: {error}")))?;
    let Value::Object(body) = body else {
        return Err(Refusal::invalid("The body must be a JSON object."));
    };
    check_members(body, fields, required, is_strict)
}

fn check_members(
    body: Document,
    fields: &[&[Field]],
    required: &[&str],
    is_strict: bool,
) -> Result<Document, Refusal> {
    let mut checked = Document::new();
    for (name, value) in body {
        let rule = fields
            .iter()
            .copied()
            .flatten()
            .find(|(field, _)| *field == name);
        match rule {
            None if is_strict => {
                return Err(Refusal::invalid(format!("The member {name} is unknown.")));
            }
            Some((_, rule)) if !value.is_null() => {
                let value = check_value(&name, value, *rule, is_strict)?;
                checked.insert(name, value);
            }
            _ => {}
        }
    }
    match required.iter().find(|name| !checked.contains_key(**name)) {
        Some(name) => Err(Refusal::invalid(format!("The member {name} is required."))),
        None => Ok(checked),
    }
}

fn check_value(name: &str, value: Value, rule: Rule, is_strict: bool) -> Result<Value, Refusal> {
    let wrong = |expected: &str| Refusal::invalid(format!("The member {name} must be {expected}."));
    match rule {
        Rule::Text(least, most) => match value.as_str().map(|text| text.chars().count()) {
            Some(length) if (least..=most).contains(&length) => Ok(value),
            _ => Err(wrong(&format!("a text of {least} to {most} characters"))),
        },
        Rule::Email => match value.as_str() {
            Some(text) if is_email(text) => Ok(value),
            _ => Err(wrong("an email address")),
        },
        Rule::Choice(words) => match value.as_str() {
            Some(text) if words.contains(&text) => Ok(value),
            _ => Err(wrong(&format!("one of {}", words.join(", ")))),
        },
        Rule::Number(least, most) => match value.as_i64() {
            Some(number) if (least..=most).contains(&number) => Ok(value),
            _ => Err(wrong(&format!("a whole number of {least} or more"))),
        },
        Rule::Flag if value.is_boolean() => Ok(value),
        Rule::Flag => Err(wrong("true or false")),
        Rule::Time => match value.as_str() {
            Some("") => Ok(value),
            text => match text.and_then(|text| calendar::time(text).ok()) {
                Some(time) => Ok(calendar::spell(time)),
                None => Err(wrong("a date-time such as 2027-01-13T00:00:00Z")),
            },
        },
        Rule::Interval => match value.as_str() {
            Some(text) if text.is_empty() || calendar::period(text).is_some() => Ok(value),
            _ => Err(wrong("a period such as P1M, P1Y or P30D")),
        },
        Rule::Texts(most) => match value.as_array() {
            Some(list) if list.len() <= most && list.iter().all(Value::is_string) => {
                check_viewers(name, list)?;
                Ok(value)
            }
            _ => Err(wrong(&format!("a list of at most {most} texts"))),
        },
        Rule::Metadata(most) => {
            check_rows(value, (METADATA, &["key", "value"]), most, is_strict)
                .ok_or_else(|| wrong(&format!("at most {most} rows of key and value")))?
        }
        Rule::Meters => check_rows(value, (METER, &["name", "allowedUses"]), 50, is_strict)
            .ok_or_else(|| wrong("a list of name and allowedUses"))?,
        Rule::Object if value.is_object() => Ok(value),
        Rule::Object => Err(wrong("an object")),
    }
}

/// `None` where the value is no list or too long a one.
fn check_rows(
    value: Value,
    (fields, required): (&[Field], &[&str]),
    most: usize,
    is_strict: bool,
) -> Option<Result<Value, Refusal>> {
    let Value::Array(rows) = value else {
        return None;
    };
    if rows.len() > most {
        return None;
    }
    let checked = rows.into_iter().map(|row| match row {
        Value::Object(row) => check_members(row, &[fields], required, is_strict).map(Value::Object),
        _ => Err(Refusal::invalid("Each row must be an object.")),
    });
    Some(checked.collect())
}

fn check_viewers(name: &str, list: &[Value]) -> Result<(), Refusal> {
    let mut words = list.iter().filter_map(Value::as_str);
    if name == "viewPermissions" && words.any(|word| !VIEWERS.contains(&word)) {
        let viewers = VIEWERS.join(", ");
        return Err(Refusal::invalid(format!(
            "The member viewPermissions may hold {viewers}."
        )));
    }
    Ok(())
}

fn is_email(text: &str) -> bool {
    let is_short = text.chars().count() <= 256;
    let has_gap = text.contains(char::is_whitespace);
    let parts = text.rsplit_once('@');
    is_short && !has_gap && parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        ("name", Rule::Text(1, 5)),
        ("email", Rule::Email),
        ("seats", Rule::Number(-1, i64::MAX)),
        ("endsAt", Rule::Time),
        ("interval", Rule::Interval),
        ("tags", Rule::Texts(2)),
        ("metadata", Rule::Metadata(1)),
    ];

    fn checked(body: &str) -> Result<Value, String> {
        check(body.as_bytes(), &[FIELDS], &["name"], true)
            .map(Value::Object)
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn a_good_body_passes_without_its_nulls_and_with_times_in_one_spelling() {
        for (body, expected) in [
            (r#"{"name":"a","email":null}"#, r#"{"name":"a"}"#),
            (
                r#"{"name":"a","endsAt":"2027-01-13T01:00:00+01:00"}"#,
                r#"{"name":"a","endsAt":"2027-01-13T00:00:00.0000000Z"}"#,
            ),
            (
                r#"{"name":"a","interval":""}"#,
                r#"{"name":"a","interval":""}"#,
            ),
            (
                r#"{"name":"a","metadata":[{"key":"k","value":""}]}"#,
                r#"{"name":"a","metadata":[{"key":"k","value":""}]}"#,
            ),
        ] {
            let expected = serde_json::from_str(expected).unwrap();

            assert_eq!(checked(body), Ok(expected));
        }
    }

    #[test]
    fn a_bad_body_is_refused_by_name() {
        for (body, named) in [
            ("", "JSON"),
            ("[]", "object"),
            ("{}", "name"),
            (r#"{"name":"a","nmae":"b"}"#, "nmae"),
            (r#"{"name":""}"#, "name"),
            (r#"{"name":"abcdef"}"#, "name"),
            (r#"{"name":"a","email":"nobody"}"#, "email"),
            (r#"{"name":"a","seats":1.5}"#, "seats"),
            (r#"{"name":"a","seats":-2}"#, "seats"),
            (r#"{"name":"a","endsAt":"tomorrow"}"#, "endsAt"),
            (r#"{"name":"a","interval":"1 month"}"#, "interval"),
            (r#"{"name":"a","tags":["1","2","3"]}"#, "tags"),
            (r#"{"name":"a","metadata":[{"key":"k"}]}"#, "value"),
            (
                r#"{"name":"a","metadata":[{"key":"k","value":"","viewPermissions":["all"]}]}"#,
                "viewPermissions",
            ),
        ] {
            let message = checked(body).unwrap_err();

            assert!(message.contains(named), "{body}: {message}");
        }
    }
}
