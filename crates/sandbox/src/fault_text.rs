//! The text that asks for a fault.
//!
//! A fault is a comma-separated line: one word for what happens, and conditions for when.
//!
//! | what happens | |
//! | --- | --- |
//! | `status=500` | that status; nothing is done (`when=after`: it is done first). With `retry-after=2` that header, with `plain` a text body |
//! | `repeat` | 400, and the words repeat the token and the body that were sent; nothing is done |
//! | `cut=before`, `cut=after` | the connection closes without an answer, before or after the work is done |
//! | `hang=30s` | nothing for so long, then the connection closes; nothing is done (`when=after`: it is done first) |
//! | `lie` | 200 and the right body, but nothing is done; `lie=1%` is `lie,rate=1%` |
//! | `garble` | the work is done, the body is unreadable |
//! | `misspell=suspended` | the work is done, and the first field of that name in the answer (of a list: in its first thing) is one that nobody can read |
//! | `slow-bytes`, `slow-bytes=200ms` | the answer comes one byte at a time with this pause (50 ms) |
//! | `stale-search=2s` | lists show what was so long ago |
//! | `latency=300ms` | the answer waits so long; alone or with any other |
//!
//! | when | |
//! | --- | --- |
//! | `on=renew` | only this kind of call: `create`, `get`, `list`, `patch`, `renew`, `set-term`, `delete`, `user-create`, `user-find`, `template-get`, … (at LicenseSpring also `generate-keys`, `disable`, `device-reset`, …), `any`; several with `+` |
//! | `method=POST` | only this verb |
//! | `about=TEXT` | only if the path, query, body or the license in the path contains it (an id, a key, a metadata value) |
//! | `skip=2`, `times=3` | not the first two, then three times |
//! | `rate=0.2`, `rate=20%` | each time with that chance |

use std::str::FromStr;
use std::time::Duration;

use crate::cryptlex;
use crate::fault::{Fault, Mischief, When};
use crate::licensespring;

/// A line that is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// A word that is not known.
    #[error("{0} is no part of a fault; see the list in the sandbox's documentation")]
    Unknown(String),
    /// A known word with a senseless value.
    #[error("{0} needs {1}")]
    Value(String, &'static str),
    /// A line without anything that happens.
    #[error("the fault says when but not what: add status=500, cut=after, latency=1s or the like")]
    Nothing,
    /// A line with two things that happen.
    #[error("the fault says two things at once; write two faults")]
    Twice,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut fault = Self {
            text: text.trim().to_owned(),
            mischief: Mischief::None,
            latency: None,
            kinds: Vec::new(),
            method: None,
            about: None,
            skip: 0,
            times: None,
            rate: 1.0,
        };
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let pairs: Vec<(&str, &str)> = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect();
        for (name, value) in &pairs {
            if let Some(mischief) = mischief(name, value, &pairs)? {
                if fault.mischief != Mischief::None {
                    return Err(FaultError::Twice);
                }
                fault.mischief = mischief;
                if *name == "lie" && !value.is_empty() {
                    fault.rate = rate(name, value)?;
                }
            } else {
                fault.set_condition(name, value)?;
            }
        }
        match fault {
            Self {
                mischief: Mischief::None,
                latency: None,
                ..
            } => Err(FaultError::Nothing),
            fault => Ok(fault),
        }
    }
}

impl Fault {
    fn set_condition(&mut self, name: &str, value: &str) -> Result<(), FaultError> {
        match name {
            "latency" => self.latency = Some(duration(name, value)?),
            "on" => self.kinds = kinds(value)?,
            "method" if !value.is_empty() => self.method = Some(value.to_uppercase()),
            "about" if !value.is_empty() => self.about = Some(value.to_owned()),
            "skip" => self.skip = number(name, value)?,
            "times" => self.times = Some(number(name, value)?),
            "rate" => self.rate = rate(name, value)?,
            // Read together with what happens.
            "when" | "retry-after" | "plain" => {}
            _ => return Err(FaultError::Unknown(name.to_owned())),
        }
        Ok(())
    }
}

fn mischief(
    name: &str,
    value: &str,
    pairs: &[(&str, &str)],
) -> Result<Option<Mischief>, FaultError> {
    let other = |wanted: &str| {
        pairs
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| *value)
    };
    let when = other("when").map_or(Ok(When::Before), |value| when("when", value))?;
    let mischief = match name {
        "status" => Mischief::Status {
            status: match number(name, value)? {
                status @ 100..=599 => u16::try_from(status).unwrap_or(500),
                _ => {
                    return Err(FaultError::Value(
                        name.to_owned(),
                        "a status from 100 to 599",
                    ));
                }
            },
            retry_after: other("retry-after")
                .map(|value| number("retry-after", value))
                .transpose()?,
            is_plain: other("plain").is_some(),
            when,
        },
        "repeat" => Mischief::Repeat,
        "cut" => Mischief::Cut(self::when(name, value)?),
        "hang" => Mischief::Hang(duration(name, value)?, when),
        "lie" => Mischief::Lie,
        "garble" => Mischief::Garble,
        "misspell" if value.is_empty() => {
            return Err(FaultError::Value(name.to_owned(), "the name of a field"));
        }
        "misspell" => Mischief::Misspell(value.to_owned()),
        "slow-bytes" if value.is_empty() => Mischief::SlowBytes(Duration::from_millis(50)),
        "slow-bytes" => Mischief::SlowBytes(duration(name, value)?),
        "stale-search" => Mischief::StaleSearch(duration(name, value)?),
        _ => return Ok(None),
    };
    Ok(Some(mischief))
}

fn when(name: &str, value: &str) -> Result<When, FaultError> {
    match value {
        "before" => Ok(When::Before),
        "after" => Ok(When::After),
        _ => Err(FaultError::Value(name.to_owned(), "before or after")),
    }
}

fn kinds(value: &str) -> Result<Vec<String>, FaultError> {
    let kinds: Vec<&str> = value
        .split('+')
        .map(str::trim)
        .filter(|kind| *kind != "any")
        .collect();
    let is_known = |kind: &str| cryptlex::has_kind(kind) || licensespring::has_kind(kind);
    match kinds.iter().find(|kind| !is_known(kind)) {
        Some(unknown) => Err(FaultError::Unknown(format!("on={unknown}"))),
        None => Ok(kinds.into_iter().map(str::to_owned).collect()),
    }
}

fn number(name: &str, value: &str) -> Result<u32, FaultError> {
    let number = value.parse().ok();
    number.ok_or_else(|| FaultError::Value(name.to_owned(), "a whole number"))
}

fn rate(name: &str, value: &str) -> Result<f64, FaultError> {
    let (digits, divisor) = match value.strip_suffix('%') {
        Some(digits) => (digits, 100.0),
        None => (value, 1.0),
    };
    let rate = digits.parse::<f64>().ok().map(|rate| rate / divisor);
    let rate = rate.filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| FaultError::Value(name.to_owned(), "a share such as 0.2 or 20%"))
}

/// `300ms`, `2s`, `1m`; a bare number is seconds.
fn duration(name: &str, value: &str) -> Result<Duration, FaultError> {
    let end = value
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(value.len());
    let (digits, unit) = value.split_at(end);
    let milliseconds = match unit {
        "ms" => 1,
        "s" | "" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    let length = digits.parse::<u64>().ok().filter(|_| milliseconds > 0);
    length
        .map(|length| Duration::from_millis(length.saturating_mul(milliseconds)))
        .ok_or_else(|| FaultError::Value(name.to_owned(), "a length of time such as 300ms or 2s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_goes_wrong_and_when() {
        let fault: Fault =
            "status=429,retry-after=2,plain,on=renew+create,times=2,skip=1,rate=20%,latency=300ms"
                .parse()
                .unwrap();

        assert_eq!(
            fault.mischief,
            Mischief::Status {
                status: 429,
                retry_after: Some(2),
                is_plain: true,
                when: When::Before
            }
        );
        assert_eq!(fault.kinds, ["renew", "create"]);
        assert_eq!((fault.skip, fault.times, fault.rate), (1, Some(2), 0.2));
        assert_eq!(fault.latency, Some(Duration::from_millis(300)));
    }

    #[test]
    fn each_kind_of_mischief_is_understood() {
        let second = Duration::from_secs(1);
        for (text, mischief) in [
            ("repeat", Mischief::Repeat),
            ("cut=after", Mischief::Cut(When::After)),
            ("hang=1s", Mischief::Hang(second, When::Before)),
            ("hang=1,when=after", Mischief::Hang(second, When::After)),
            ("lie=1%", Mischief::Lie),
            ("garble", Mischief::Garble),
            ("slow-bytes", Mischief::SlowBytes(Duration::from_millis(50))),
            ("stale-search=1s,on=any", Mischief::StaleSearch(second)),
            ("latency=1s", Mischief::None),
        ] {
            assert_eq!(text.parse::<Fault>().unwrap().mischief, mischief, "{text}");
        }
    }

    #[test]
    fn a_senseless_line_is_refused_by_name() {
        for (text, message) in [
            ("", "says when but not what"),
            ("times=2", "says when but not what"),
            ("colour=red", "colour is no part"),
            ("status=500,on=renewal", "on=renewal is no part"),
            ("status=abc", "status needs"),
            ("status=99", "status needs"),
            ("cut=during", "cut needs"),
            ("latency=2h", "latency needs"),
            ("lie=200%", "lie needs"),
            ("cut=after,lie", "two things"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();

            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
