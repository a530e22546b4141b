//! Reading values of attributes: text in, types out.

use std::str::FromStr;

use crate::domain::time::{Period, PeriodUnit, Timestamp};

/// A value that makes no sense.
pub(super) struct Senseless;

/// Text; nothing is `None`.
pub(super) fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// What `read` makes of a value; nothing is `None`.
pub(super) fn optional<T>(
    value: &str,
    read: impl Fn(&str) -> Result<T, Senseless>,
) -> Result<Option<T>, Senseless> {
    (!value.is_empty()).then(|| read(value)).transpose()
}

/// A whole number.
pub(super) fn number<T: FromStr>(value: &str) -> Result<T, Senseless> {
    value.parse().or(Err(Senseless))
}

/// Yes or no in the spellings that shops know; nothing is no.
pub(super) fn yes_no(value: &str) -> Result<bool, Senseless> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" | "" => Ok(false),
        _ => Err(Senseless),
    }
}

/// ISO 8601, or a number with `d`, `w`, `m` or `y`.
pub(super) fn period(value: &str) -> Result<Period, Senseless> {
    value.parse().or_else(|_| short_period(value))
}

/// A number with `d`, `w`, `m` or `y`.
pub(super) fn short_period(value: &str) -> Result<Period, Senseless> {
    let unit = match value.chars().next_back() {
        Some('d' | 'D') => PeriodUnit::Day,
        Some('w' | 'W') => PeriodUnit::Week,
        Some('m' | 'M') => PeriodUnit::Month,
        Some('y' | 'Y') => PeriodUnit::Year,
        _ => return Err(Senseless),
    };
    let count: u32 = number(value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()))?;
    // A calendar has ten thousand years; more is a slip of the hand.
    (1..=3_650_000 / unit_days(unit))
        .contains(&count)
        .then(|| Period::of(count, unit))
        .ok_or(Senseless)
}

const fn unit_days(unit: PeriodUnit) -> u32 {
    match unit {
        PeriodUnit::Day => 1,
        PeriodUnit::Week => 7,
        PeriodUnit::Month => 31,
        PeriodUnit::Year => 366,
    }
}

/// A point in time, or a day, which then ends with it.
pub(super) fn date(value: &str) -> Result<Timestamp, Senseless> {
    value
        .parse()
        .or_else(|_| format!("{value}T00:00:00Z").parse())
        .or(Err(Senseless))
}
