//! Reading numbers and times that are written in more ways than one.

use crate::domain::time::Timestamp;

/// Some platforms end at the end of the year 9999, a day after ours; a time that is so late is our last.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let is_last_day = text.starts_with("9999-12-3");
    text.parse()
        .or_else(|_no_offset| format!("{text}Z").parse())
        .ok()
        .or_else(|| is_last_day.then(|| Timestamp::from_microsecond(i64::MAX)))
}

/// Whether a time stands for none: the year in which calendars end.
pub fn is_never(time: Timestamp) -> bool {
    time.day().starts_with("9999-")
}

/// The whole part of a float.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond the range of integers is held at its edge"
)]
pub fn whole(number: f64) -> Option<i64> {
    number.is_finite().then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_any_number_of_digits() {
        for (text, expected) in [
            ("2025-05-06T08:49:17Z", "2025-05-06T08:49:17Z"),
            (
                "2025-05-06T08:49:17.9361143Z",
                "2025-05-06T08:49:17.936114Z",
            ),
            (
                "2025-05-06T08:49:17.123456789Z",
                "2025-05-06T08:49:17.123456Z",
            ),
            ("2025-05-06T10:49:17.5+02:00", "2025-05-06T08:49:17.5Z"),
            ("2025-05-06T08:49:17", "2025-05-06T08:49:17Z"),
        ] {
            assert_eq!(parse_time(text).unwrap().to_string(), expected, "{text}");
        }
        assert_eq!(parse_time("soon"), None);
        assert!(parse_time("9999-12-31T23:59:59.9999999Z").is_some());
    }
}
