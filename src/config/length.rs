//! Lengths of time as people write them in settings: `300ms`, `5s`, `2m`, `12h`, `90d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time that was written with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(pub Duration);

/// Text that is no length; a bare number is none, since nobody would know its unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a length of time; write a whole number and one of ms, s, m, h, d, for example 30s"
)]
pub struct InvalidLength(String);

impl fmt::Display for Length {
    /// In the largest unit that gives a whole number.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        let (unit, size) = [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1_000),
        ]
        .into_iter()
        .find(|(_, size)| milliseconds.is_multiple_of(*size) && milliseconds > 0)
        .unwrap_or(("ms", 1));
        write!(formatter, "{}{unit}", milliseconds / size)
    }
}

impl FromStr for Length {
    type Err = InvalidLength;

    fn from_str(text: &str) -> Result<Self, InvalidLength> {
        let text = text.trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let milliseconds: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(InvalidLength(text.to_owned())),
        };
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(milliseconds))
            .map(|milliseconds| Self(Duration::from_millis(milliseconds)))
            .ok_or_else(|| InvalidLength(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_read() {
        for (text, milliseconds) in [
            ("300ms", 300),
            ("5s", 5_000),
            (" 2m ", 120_000),
            ("12h", 43_200_000),
            ("90d", 7_776_000_000),
            ("0s", 0),
        ] {
            assert_eq!(
                text.parse(),
                Ok(Length(Duration::from_millis(milliseconds))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_length_is_written_as_it_is_read() {
        for text in ["300ms", "1500ms", "90s", "2m", "12h", "90d", "0ms"] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "1.5h",
            "-1s",
            "1w",
            "5 s",
            "1h30m",
            "5S",
            "99999999999999999999d",
            "9999999999999999d",
        ] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }
}
