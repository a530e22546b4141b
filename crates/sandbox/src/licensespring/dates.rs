//! Days, durations and points in time as LicenseSpring reads and writes them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use serde_json::Value;

use crate::calendar;

/// Reads a day, `yyyy-mm-dd`.
pub fn day(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// Reads a day, which an order may write with a time: `yyyy-mm-dd hh:mm:ss`, or with `T` and `Z`.
pub fn day_of_order(text: &str) -> Option<Date> {
    let plain = text.trim_end_matches('Z');
    let with_time = || plain.parse::<DateTime>().ok().map(DateTime::date);
    day(text).or_else(with_time)
}

/// Reads a duration in days, months or years (`35d`, `4m`, `2y`); weeks it does not know.
pub fn duration(text: &str) -> Option<Span> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<i32>().ok().filter(|number| *number > 0)?;
    match unit {
        _ if !is_number => None,
        "d" => 0.days().try_days(number).ok(),
        "m" => 0.days().try_months(number).ok(),
        "y" => 0.days().try_years(number).ok(),
        _ => None,
    }
}

/// The day on which something ends that begins at `start` and lasts so long.
pub fn day_after(start: Timestamp, length: Span) -> Value {
    let end = calendar::plus_period(start, length);
    Value::String(day_of(end).to_string())
}

/// The day of a point in time.
pub fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// The first moment of a day.
pub fn start_of(day: Date) -> Timestamp {
    let start = day.to_zoned(TimeZone::UTC);
    start.map_or(Timestamp::MAX, |start| start.timestamp())
}

/// A point in time as the API writes it.
pub fn moment(time: Timestamp) -> Value {
    Value::String(format!("{time:.6}"))
}

/// A day as the answer to an order writes it: with a time. What is no day stays as it is.
pub fn day_with_time(value: &Value) -> Value {
    match value.as_str().and_then(day) {
        Some(day) => Value::String(format!("{day}T00:00:00Z")),
        None => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_days_months_or_years() {
        let start = "2026-01-31T10:00:00Z".parse().unwrap();
        for (text, end) in [
            ("10d", Some("2026-02-10")),
            ("1m", Some("2026-02-28")),
            ("2y", Some("2028-01-31")),
            ("2w", None),
            ("0d", None),
            ("-1d", None),
            ("+1d", None),
            ("d", None),
            ("", None),
            ("1", None),
            ("P1M", None),
        ] {
            let read = duration(text).map(|length| day_after(start, length));

            assert_eq!(read, end.map(Value::from), "{text}");
        }
    }

    #[test]
    fn an_order_may_write_a_day_with_a_time() {
        for (text, as_day, in_order) in [
            ("2026-01-31", true, true),
            ("2026-01-31 23:59:59", false, true),
            ("2026-01-31T00:00:00Z", false, true),
            ("2026-02-31", false, false),
            ("31.01.2026", false, false),
            ("", false, false),
        ] {
            assert_eq!(day(text).is_some(), as_day, "{text}");
            assert_eq!(day_of_order(text).is_some(), in_order, "{text}");
        }
    }

    #[test]
    fn the_answer_to_an_order_writes_days_with_a_time() {
        for (day, written) in [("2026-01-31", "2026-01-31T00:00:00Z"), ("", "")] {
            assert_eq!(day_with_time(&day.into()), written);
        }
        assert_eq!(day_with_time(&Value::Null), Value::Null);
    }
}
