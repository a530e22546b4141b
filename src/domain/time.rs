//! Points in time and calendar periods.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many days a month's end is cut short at most: 28 February stands for the 31st too.
const CLAMPED_DAYS: i64 = 3;
/// A day without leap seconds.
const DAY_MICROSECONDS: i64 = 24 * 3_600 * 1_000_000;

/// A point in time, UTC, whole microseconds: what both databases can hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// Cuts off what is finer than a microsecond.
    pub fn new(time: jiff::Timestamp) -> Self {
        Self::from_microsecond(time.as_microsecond())
    }

    /// From microseconds since 1970; a number beyond the calendar is held at its edge.
    pub fn from_microsecond(microsecond: i64) -> Self {
        let edge = if microsecond < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        Self(jiff::Timestamp::from_microsecond(microsecond).unwrap_or(edge))
    }

    /// From milliseconds since 1970, as shops write them; `None` beyond the calendar.
    pub fn from_millisecond(millisecond: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(millisecond)
            .ok()
            .map(Self::new)
    }

    /// Microseconds since 1970.
    pub fn as_microsecond(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The calendar's own type, for formatting.
    pub fn as_jiff(self) -> jiff::Timestamp {
        self.0
    }

    /// This time moved by a signed length, held at the calendar's edge.
    pub fn plus(self, duration: SignedDuration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_microsecond(self.as_microsecond().saturating_add(micros))
    }

    /// This time moved forward by whole hours.
    pub fn plus_hours(self, hours: i64) -> Self {
        self.plus(SignedDuration::from_hours(hours))
    }

    /// This time moved by whole minutes, back when negative.
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus(SignedDuration::from_mins(minutes))
    }

    /// The signed length from `earlier` to this time.
    pub fn since(self, earlier: Timestamp) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }

    /// This time moved forward by a calendar period in UTC; a day that the month lacks becomes its last day.
    pub fn plus_period(self, period: Period) -> Self {
        let moved = self
            .0
            .to_zoned(TimeZone::UTC)
            .checked_add(period.0)
            .map(|zoned| zoned.timestamp())
            .unwrap_or(jiff::Timestamp::MAX);
        Self::new(moved)
    }

    /// This time moved back by a calendar period in UTC; a day that the month lacks becomes its last day.
    pub fn minus_period(self, period: Period) -> Self {
        let moved = self
            .0
            .to_zoned(TimeZone::UTC)
            .checked_sub(period.0)
            .map(|zoned| zoned.timestamp())
            .unwrap_or(jiff::Timestamp::MIN);
        Self::new(moved)
    }

    /// The latest time that the period moves forward to this one; months are clamped, so there may be several.
    pub fn latest_before(self, period: Period) -> Self {
        let earliest = self.minus_period(period);
        (1..=CLAMPED_DAYS)
            .rev()
            .map(|days| earliest.plus_hours(24 * days))
            .find(|later| later.plus_period(period) == self)
            .unwrap_or(earliest)
    }

    /// The last second of the day that this time falls on in UTC.
    pub fn end_of_day(self) -> Self {
        let begin = self.begin_of_day().as_microsecond();
        Self::from_microsecond(begin.saturating_add(DAY_MICROSECONDS - 1_000_000))
    }

    /// The first moment of the day that this time falls on in UTC.
    pub fn begin_of_day(self) -> Self {
        let days = self.as_microsecond().div_euclid(DAY_MICROSECONDS);
        Self::from_microsecond(days.saturating_mul(DAY_MICROSECONDS))
    }

    /// The day this time falls on in UTC, `2027-01-13`.
    pub fn day(self) -> String {
        self.0.to_zoned(TimeZone::UTC).date().to_string()
    }

    /// As merchants read a date: `13 January 2027`.
    pub fn long_day(self) -> String {
        self.0
            .to_zoned(TimeZone::UTC)
            .strftime("%-d %B %Y")
            .to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    /// RFC 3339; finer than microseconds is cut off.
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self::new)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(RightTime)
    }
}

/// What a time looks like, for whoever wrote something else.
struct RightTime;

impl Visitor<'_> for RightTime {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time such as 2026-12-03T09:30:00Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        let no_time = |_| E::invalid_value(Unexpected::Str(text), &self);
        text.parse().map_err(no_time)
    }
}

/// A length of time on the calendar, ISO 8601 (`P1M`, `P1Y`, `PT24H`); never negative, never empty.
#[derive(Clone, Copy)]
pub struct Period(Span);

/// Text that is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a period is written like P1M, P1Y or P30D")]
pub struct InvalidPeriod;

impl Period {
    /// `count` calendar units.
    pub fn of(count: u32, unit: PeriodUnit) -> Self {
        let count = i64::from(count);
        Self(match unit {
            PeriodUnit::Day => Span::new().days(count),
            PeriodUnit::Week => Span::new().weeks(count),
            PeriodUnit::Month => Span::new().months(count),
            PeriodUnit::Year => Span::new().years(count),
        })
    }

    /// Its calendar months and its exact seconds: what it is, however it is written. A day is 24 hours in UTC.
    fn measure(self) -> (i64, i64) {
        let months = i64::from(self.0.get_years()) * 12 + i64::from(self.0.get_months());
        let days = i64::from(self.0.get_weeks()) * 7 + i64::from(self.0.get_days());
        let hours = days * 24 + i64::from(self.0.get_hours());
        let seconds = (hours * 60)
            .saturating_add(self.0.get_minutes())
            .saturating_mul(60);
        (months, seconds.saturating_add(self.0.get_seconds()))
    }

    /// Its length in days when begun on an ordinary 1 January, for sorting.
    fn approximate_days(self) -> i64 {
        let begin = Timestamp::from_microsecond(1_735_689_600_000_000); // 2025-01-01
        begin.plus_period(self).since(begin).as_hours() / 24
    }

    /// As people say it: `a year`, `3 months`, `a month and 15 days`; else as it is written.
    pub fn in_words(self) -> String {
        let parts = [
            (i64::from(self.0.get_years()), "year"),
            (i64::from(self.0.get_months()), "month"),
            (i64::from(self.0.get_weeks()), "week"),
            (i64::from(self.0.get_days()), "day"),
        ];
        let words: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, unit)| match count {
                1 => format!("a {unit}"),
                _ => format!("{count} {unit}s"),
            })
            .collect();
        if words.is_empty() {
            return self.to_string();
        }
        words.join(" and ")
    }
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// 24 hours in UTC.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        text.trim()
            .parse::<Span>()
            .ok()
            .filter(|span| span.is_positive() && text.trim_start().starts_with(['P', 'p']))
            .map(Self)
            .ok_or(InvalidPeriod)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl PartialEq for Period {
    /// However they are written: `P1Y` is `P12M` and `P1W` is `P7D`, but no number of days is a month.
    fn eq(&self, other: &Self) -> bool {
        self.measure() == other.measure()
    }
}

impl Eq for Period {}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Period {
    /// By length; of the same length by months, so that it agrees with equality.
    fn cmp(&self, other: &Self) -> Ordering {
        self.approximate_days()
            .cmp(&other.approximate_days())
            .then_with(|| self.measure().cmp(&other.measure()))
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_follow_the_calendar() {
        for (begin, period, end) in [
            ("2027-01-31T10:00:00Z", "P1M", "2027-02-28T10:00:00Z"),
            ("2028-02-29T00:00:00Z", "P1Y", "2029-02-28T00:00:00Z"),
            ("2026-12-03T00:00:00Z", "P1M", "2027-01-03T00:00:00Z"),
            ("2026-12-03T00:00:00Z", "PT24H", "2026-12-04T00:00:00Z"),
            ("2026-12-03T00:00:00Z", "P2W", "2026-12-17T00:00:00Z"),
        ] {
            let begin: Timestamp = begin.parse().unwrap();
            let period: Period = period.parse().unwrap();

            assert_eq!(begin.plus_period(period).to_string(), end);
        }
    }

    #[test]
    fn the_latest_time_before_a_period_is_never_too_early() {
        for (end, period, expected) in [
            ("2027-03-15T10:00:00Z", "P1M", "2027-02-15T10:00:00Z"),
            ("2026-09-30T10:00:00Z", "P1M", "2026-08-31T10:00:00Z"),
            ("2027-02-28T10:00:00Z", "P1M", "2027-01-31T10:00:00Z"),
            ("2029-02-28T00:00:00Z", "P1Y", "2028-02-29T00:00:00Z"),
            ("2026-12-17T00:00:00Z", "P2W", "2026-12-03T00:00:00Z"),
        ] {
            let end: Timestamp = end.parse().unwrap();
            let period: Period = period.parse().unwrap();

            assert_eq!(end.latest_before(period).to_string(), expected);
        }
    }

    #[test]
    fn a_period_is_the_same_however_it_is_written() {
        for (one, other, is_same) in [
            ("P1Y", "P12M", true),
            ("P1W", "P7D", true),
            ("P1M0D", "P1M", true),
            ("P2Y6M", "P30M", true),
            ("PT24H", "P1D", true),
            ("P1M", "P30D", false),
            ("P1M", "P31D", false),
            ("P4W", "P1M", false),
            ("P1Y", "P365D", false),
        ] {
            let (one, other): (Period, Period) = (one.parse().unwrap(), other.parse().unwrap());

            assert_eq!(one == other, is_same, "{one} {other}");
            assert_eq!(one.cmp(&other) == Ordering::Equal, is_same, "{one} {other}");
        }
    }

    #[test]
    fn periods_are_told_in_words() {
        for (period, words) in [
            ("P1M", "a month"),
            ("P12M", "12 months"),
            ("P1Y", "a year"),
            ("P2Y6M", "2 years and 6 months"),
            ("P2W", "2 weeks"),
            ("P30D", "30 days"),
            ("PT24H", "PT24H"),
        ] {
            let period: Period = period.parse().unwrap();

            assert_eq!(period.in_words(), words);
        }
    }

    #[test]
    fn text_that_is_no_period_is_refused() {
        for text in ["", "P", "one month", "-P1M", "1 month", "P0D"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_finer_than_a_microsecond_is_cut_off() {
        let time: Timestamp = "2025-05-06T08:49:17.9361143Z".parse().unwrap();

        assert_eq!(time.to_string(), "2025-05-06T08:49:17.936114Z");
    }
}
