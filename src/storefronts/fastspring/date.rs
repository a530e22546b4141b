//! Reading a date in any of the spellings that the shop uses.

use jiff::civil;
use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::decimal::scaled;

/// Milliseconds or seconds since 1970, an ISO day, RFC 3339, or the Java spelling that some events have.
pub fn date(text: &str) -> Option<Timestamp> {
    // No shop date lies before March 1973: what is smaller counts seconds.
    const FIRST_MILLISECOND: u64 = 100_000_000_000;

    let text = text.trim();
    match scaled(text, 0) {
        Some(0) => None,
        Some(number) if number.unsigned_abs() < FIRST_MILLISECOND => {
            Timestamp::from_millisecond(scaled(text, 3)?)
        }
        Some(number) => Timestamp::from_millisecond(number),
        None => written_date(text),
    }
}

fn written_date(text: &str) -> Option<Timestamp> {
    let utc = |time: civil::DateTime| {
        let zoned = time.to_zoned(TimeZone::UTC).ok()?;
        Some(Timestamp::new(zoned.timestamp()))
    };
    text.parse()
        .ok()
        .or_else(|| utc(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0)))
        .or_else(|| utc(civil::DateTime::strptime("%a %b %d %H:%M:%S UTC %Y", text).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_date_is_read() {
        for (text, expected) in [
            ("1751898991200", Some("2025-07-07T14:36:31.2Z")),
            ("1751898991", Some("2025-07-07T14:36:31Z")),
            ("1751898991.2", Some("2025-07-07T14:36:31.2Z")),
            ("1.7518989912E12", Some("2025-07-07T14:36:31.2Z")),
            ("2025-08-15", Some("2025-08-15T00:00:00Z")),
            ("2025-12-01T00:00:00.000Z", Some("2025-12-01T00:00:00Z")),
            ("2025-08-15T01:02:03+02:00", Some("2025-08-14T23:02:03Z")),
            ("Fri May 09 17:00:00 UTC 2025", Some("2025-05-09T17:00:00Z")),
            ("28/01/25", None),
            ("0", None),
            ("", None),
            ("1e400", None),
            ("9999999999999999", None),
        ] {
            let date = date(text);

            assert_eq!(
                date.map(|date| date.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
