//! How single values are written and read: days, lengths of time, ids, metadata.

use serde_json::{Map, Value};

use crate::domain::action::Metadata;
use crate::domain::time::{Period, Timestamp};
use crate::license_servers::http::fields::{Fields, UnreadableField};
use crate::license_servers::http::lenient::parse_time;
use crate::license_servers::http::operation::is_id;

/// A day, or a time as some answers have it; a day begins at midnight, so that no license looks longer than it is.
pub fn day(fields: &Fields<'_>, name: &'static str) -> Result<Option<Timestamp>, UnreadableField> {
    let Some(text) = fields.optional_text(name)? else {
        return Ok(None);
    };
    let text = text.trim();
    if text.is_empty() || text.starts_with("0000-00-00") || text.starts_with("0001-01-01") {
        return Ok(None);
    }
    let time = match text.len() == "2027-01-31".len() {
        true => parse_time(&format!("{text}T00:00:00Z")),
        false => parse_time(text),
    };
    time.map(Some).ok_or(UnreadableField(name))
}

/// An id, which is a number of up to sixteen digits; one that went through a float is none.
pub fn id(fields: &Fields<'_>, name: &'static str) -> Result<String, UnreadableField> {
    optional_id(fields, name)?.ok_or(UnreadableField(name))
}

/// The same of what may be left out; an object stands for the thing that has the id.
pub fn optional_id(
    fields: &Fields<'_>,
    name: &'static str,
) -> Result<Option<String>, UnreadableField> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    let id = match value {
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::String(text) => Some(text.clone()).filter(|text| is_id(text)),
        Value::Object(thing) => thing
            .get("id")
            .and_then(Value::as_u64)
            .map(|id| id.to_string()),
        _ => None,
    };
    id.map(Some).ok_or(UnreadableField(name))
}

/// A length of time as the API takes it (`10d`, `6m`, `1y`); `None` for one of mixed units, or of hours.
pub fn length(period: Period) -> Option<String> {
    let written = period.to_string();
    let mut rest = written.strip_prefix('P')?;
    let (mut months, mut days) = (0_u32, 0_u32);
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit())?;
        let (digits, unit) = rest.split_at(end);
        let count: u32 = digits.parse().ok()?;
        let mut unit = unit.chars();
        match unit.next()? {
            'Y' => months = months.checked_add(count.checked_mul(12)?)?,
            'M' => months = months.checked_add(count)?,
            'W' => days = days.checked_add(count.checked_mul(7)?)?,
            'D' => days = days.checked_add(count)?,
            _ => return None,
        }
        rest = unit.as_str();
    }
    match (months, days) {
        (0, 0) => None,
        (0, days) => Some(format!("{days}d")),
        (months, 0) if months % 12 == 0 => Some(format!("{}y", months / 12)),
        (months, 0) => Some(format!("{months}m")),
        _ => None,
    }
}

/// Rows as the members of an object. Who may see them cannot be said.
pub fn metadata_object(rows: &[Metadata]) -> Value {
    let members = rows
        .iter()
        .filter(|row| !row.key.trim().is_empty())
        .map(|row| (row.key.clone(), Value::from(row.value.clone())));
    Value::Object(members.collect::<Map<_, _>>())
}

/// The members of an object, or of one that is written as text, as rows; what is no text is kept as JSON.
pub fn metadata_rows(
    fields: &Fields<'_>,
    name: &'static str,
) -> Result<Vec<Metadata>, UnreadableField> {
    let parsed;
    let value = match fields.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(Vec::new()),
        Some(Value::String(text)) => {
            parsed = serde_json::from_str(text).map_err(|_no_json| UnreadableField(name))?;
            &parsed
        }
        Some(value) => value,
    };
    let members = Fields::of(value).ok_or(UnreadableField(name))?.members();
    let rows = members.map(|(key, value)| Metadata {
        key: key.to_owned(),
        value: match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        },
        is_visible: false,
    });
    Ok(rows.collect())
}

/// The same without members that say nothing: what is not said is left to the policy.
pub fn said(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (name, said(value)))
                .filter(|(_, value)| !is_nothing(value))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(said).collect()),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// A text that says something.
pub fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_day_is_read_in_every_way_of_writing_it() {
        for (value, expected) in [
            (json!("2027-01-31"), Ok(Some("2027-01-31T00:00:00Z"))),
            (
                json!("2027-01-31T00:00:00Z"),
                Ok(Some("2027-01-31T00:00:00Z")),
            ),
            (
                json!("2027-01-31 10:20:30"),
                Ok(Some("2027-01-31T10:20:30Z")),
            ),
            (
                json!("2027-01-31T10:20:30.5+02:00"),
                Ok(Some("2027-01-31T08:20:30.5Z")),
            ),
            (json!(null), Ok(None)),
            (json!(""), Ok(None)),
            (json!("0000-00-00"), Ok(None)),
            (json!("0000-00-00 00:00:00"), Ok(None)),
            (json!("31.01.2027"), Err(())),
            (json!("2027-13-31"), Err(())),
            (json!(["2027-01-31"]), Err(())),
        ] {
            let object = json!({"validity_period": value});

            let read = day(&Fields::of(&object).unwrap(), "validity_period");

            let read = read.map(|day| day.map(|day| day.to_string()));
            let read = read.map_err(|UnreadableField(name)| assert_eq!(name, "validity_period"));
            assert_eq!(
                read.as_ref().map(|day| day.as_deref()),
                expected.as_ref().map(|day| *day),
                "{value}"
            );
        }
    }

    #[test]
    fn ids_keep_all_their_digits_and_never_were_floats() {
        for (value, expected) in [
            ("1733049840239917", Some("1733049840239917")),
            ("9007199254740993", Some("9007199254740993")),
            ("9999999999999999", Some("9999999999999999")),
            ("18446744073709551615", Some("18446744073709551615")),
            (r#""1733049840239917""#, Some("1733049840239917")),
            (
                r#"{"id":1733049840239917,"name":"x"}"#,
                Some("1733049840239917"),
            ),
            ("1733049840239917.0", None),
            ("1.733e15", None),
            ("-17", None),
            (r#""../users""#, None),
            ("true", None),
        ] {
            let object: Value = serde_json::from_str(&format!(r#"{{"id":{value}}}"#)).unwrap();

            let read = id(&Fields::of(&object).unwrap(), "id").ok();

            assert_eq!(read.as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn lengths_have_one_unit_and_weeks_are_days() {
        for (period, expected) in [
            ("P10D", Some("10d")),
            ("P2W", Some("14d")),
            ("P1W3D", Some("10d")),
            ("P6M", Some("6m")),
            ("P12M", Some("1y")),
            ("P1Y6M", Some("18m")),
            ("P2Y", Some("2y")),
            ("P1M10D", None),
            ("PT24H", None),
        ] {
            assert_eq!(
                length(period.parse().unwrap()).as_deref(),
                expected,
                "{period}"
            );
        }
    }

    #[test]
    fn metadata_is_an_object_or_one_written_as_text() {
        for (value, expected) in [
            (
                json!({"a": "1", "b": 2, "c": {"d": [true]}, "e": null}),
                Ok(vec![
                    ("a", "1"),
                    ("b", "2"),
                    ("c", r#"{"d":[true]}"#),
                    ("e", ""),
                ]),
            ),
            (json!(r#"{"a":"1"}"#), Ok(vec![("a", "1")])),
            (json!(null), Ok(vec![])),
            (json!(""), Ok(vec![])),
            (json!("none"), Err(())),
            (json!(["a"]), Err(())),
        ] {
            let object = json!({"metadata": value});

            let rows = metadata_rows(&Fields::of(&object).unwrap(), "metadata");

            let rows = rows.as_ref().map_err(|_named| ()).map(|rows| {
                let pairs = rows
                    .iter()
                    .map(|row| (row.key.as_str(), row.value.as_str()));
                pairs.collect::<Vec<_>>()
            });
            assert_eq!(rows, expected, "{value}");
        }
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        let body = json!({"a": null, "b": [], "c": {"d": null, "e": 0}, "f": [{"g": null}], "h": false, "i": ""});

        assert_eq!(
            said(body),
            json!({"c": {"e": 0}, "f": [{}], "h": false, "i": ""})
        );
    }
}
