//! The calendar of UTC: times in whole microseconds, periods, and how they are read and written.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::Value;

/// Reads a point in time, RFC 3339; what is finer than a microsecond is cut off.
pub fn time(text: &str) -> Result<Timestamp, jiff::Error> {
    text.parse().map(whole)
}

/// Reads a period, ISO 8601 (`P1M`, `P30D`, `PT24H`); `None` where it is empty, negative or something else.
pub fn period(text: &str) -> Option<Span> {
    let text = text.trim();
    let span = text.parse::<Span>().ok()?;
    (span.is_positive() && text.starts_with(['P', 'p'])).then_some(span)
}

/// A point in time as the API writes it: seven digits of fraction.
pub fn spell(time: Timestamp) -> Value {
    Value::String(format!("{time:.7}"))
}

/// A time moved by a signed length, held at the calendar's edge.
pub fn plus(time: Timestamp, length: SignedDuration) -> Timestamp {
    let edge = if length.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    time.checked_add(length).unwrap_or(edge)
}

/// A time moved forward by a period; a day that the month lacks becomes its last day.
pub fn plus_period(time: Timestamp, period: Span) -> Timestamp {
    let moved = time.to_zoned(TimeZone::UTC).checked_add(period);
    moved.map_or(Timestamp::MAX, |moved| whole(moved.timestamp()))
}

fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_follow_the_calendar() {
        for (begin, text, end) in [
            ("2027-01-31T10:00:00Z", "P1M", "2027-02-28T10:00:00Z"),
            ("2028-02-29T00:00:00Z", "P1Y", "2029-02-28T00:00:00Z"),
            ("2026-12-03T00:00:00Z", "PT24H", "2026-12-04T00:00:00Z"),
            (
                "9999-12-01T00:00:00Z",
                "P1Y",
                "9999-12-30T22:00:00.999999999Z",
            ),
        ] {
            let moved = plus_period(time(begin).unwrap(), period(text).unwrap());

            assert_eq!(moved.to_string(), end);
        }
    }

    #[test]
    fn text_that_is_no_period_is_refused() {
        for text in ["", "P", "one month", "-P1M", "1 month", "P0D"] {
            assert!(period(text).is_none(), "{text}");
        }
    }

    #[test]
    fn times_are_kept_to_the_microsecond_and_written_with_seven_digits() {
        let read = time("2025-05-06T08:49:17.9361143Z").unwrap();

        assert_eq!(spell(read), "2025-05-06T08:49:17.9361140Z");
    }

    #[test]
    fn a_length_beyond_the_calendar_ends_at_its_edge() {
        let now = Timestamp::UNIX_EPOCH;

        assert_eq!(plus(now, SignedDuration::MAX), Timestamp::MAX);
        assert_eq!(plus(now, SignedDuration::MIN), Timestamp::MIN);
    }
}
