//! Reading a date in any of the spellings that the shop uses.

use std::ops::Range;

use jiff::civil;
use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::decimal::scaled;

/// Milliseconds or seconds since 1970, an ISO day, RFC 3339 (UTC where the offset is missing), or the Java spelling that
/// some events have. `None` for what cannot be the date of a sale: the shop is younger than 2005, and nobody pays until
/// 2200.
pub fn date(text: &str) -> Option<Timestamp> {
    // No shop date lies before March 1973: what is smaller counts seconds.
    const FIRST_MILLISECOND: u64 = 100_000_000_000;

    let text = text.trim();
    let time = match scaled(text, 0) {
        Some(number) if number.unsigned_abs() < FIRST_MILLISECOND => {
            Timestamp::from_millisecond(scaled(text, 3)?)
        }
        Some(number) => Timestamp::from_millisecond(number),
        None => written_date(text),
    };
    time.filter(|time| SALES.contains(&time.as_microsecond()))
}

/// From the beginning of 2005 to the end of 2199, in microseconds.
const SALES: Range<i64> = 1_104_537_600_000_000..7_258_118_400_000_000;

fn written_date(text: &str) -> Option<Timestamp> {
    let utc = |time: civil::DateTime| {
        let zoned = time.to_zoned(TimeZone::UTC).ok()?;
        Some(Timestamp::new(zoned.timestamp()))
    };
    text.parse()
        .ok()
        .or_else(|| utc(text.parse::<civil::DateTime>().ok()?))
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
            ("2027-01-01T23:59:59", Some("2027-01-01T23:59:59Z")),
            ("2027-01-01 23:59", Some("2027-01-01T23:59:00Z")),
            ("28/01/25", None),
            ("20260115", None),
            ("2004-12-31", None),
            ("2200-01-01", None),
            ("1104537599", None),
            ("1104537600", Some("2005-01-01T00:00:00Z")),
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
