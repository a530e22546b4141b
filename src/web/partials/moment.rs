//! A point in time as people say it, the exact one on hover.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;

/// A time on a page. `static/app.js` keeps relative words true while the page stays open.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<time datetime="{{ machine }}" title="{{ exact }}"{% if let Some(kind) = relative %} data-relative="{{ kind }}"{% endif %}>{{ shown }}</time>"#
)]
pub struct Moment {
    machine: String,
    exact: String,
    shown: String,
    relative: Option<&'static str>,
}

impl HtmlSafe for Moment {}

impl Moment {
    /// `2 h ago` within a week, the day otherwise.
    pub fn relative(at: Timestamp, now: Timestamp) -> Self {
        let seconds = now.since(at).as_secs();
        let is_relative = seconds.abs() < 7 * 86_400;
        let shown = if is_relative {
            relative_words(seconds)
        } else {
            at.long_day()
        };
        Self::shown(at, shown, is_relative.then_some("ago"))
    }

    /// `waiting 2 h`, for what somebody waits for since then.
    pub fn waiting(since: Timestamp, now: Timestamp) -> Self {
        let seconds = now.since(since).as_secs().max(0);
        let shown = format!("waiting {}", length_words(seconds.unsigned_abs()));
        Self::shown(since, shown, Some("waiting"))
    }

    /// `checked 2 h ago`, for what was so when somebody last looked.
    pub fn checked(at: Timestamp, now: Timestamp) -> Self {
        let words = relative_words(now.since(at).as_secs().max(0));
        Self::shown(at, format!("checked {words}"), None)
    }

    /// `3 December 2026, 21:00`, for an hour that is not today's.
    pub fn point(at: Timestamp) -> Self {
        Self::shown(at, format(at, "%-d %B %Y, %H:%M"), None)
    }

    /// `13 January 2027`.
    pub fn day(at: Timestamp) -> Self {
        Self::shown(at, at.long_day(), None)
    }

    fn shown(at: Timestamp, shown: String, relative: Option<&'static str>) -> Self {
        Self {
            machine: at.to_string(),
            exact: exact_words(at),
            shown,
            relative,
        }
    }
}

/// `3 December 2026, 08:14:02.118 UTC`.
pub fn exact_words(at: Timestamp) -> String {
    format(at, "%-d %B %Y, %H:%M:%S%.3f UTC")
}

/// The same words as in `static/app.js`.
fn relative_words(seconds: i64) -> String {
    let words = length_words(seconds.unsigned_abs());
    match seconds {
        -4..5 => "just now".to_owned(),
        ..-4 => format!("in {words}"),
        _ => format!("{words} ago"),
    }
}

fn length_words(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn format(at: Timestamp, pattern: &str) -> String {
    at.as_jiff()
        .to_zoned(TimeZone::UTC)
        .strftime(pattern)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_near_are_relative_and_times_far_are_days() {
        let now: Timestamp = "2026-12-03T10:42:00Z".parse().unwrap();
        for (at, shown) in [
            ("2026-12-03T10:41:58Z", "just now"),
            ("2026-12-03T10:41:20Z", "40 s ago"),
            ("2026-12-03T08:32:00Z", "2 h ago"),
            ("2026-12-03T10:51:00Z", "in 9 min"),
            ("2026-12-02T08:32:00Z", "1 day ago"),
            ("2026-11-13T08:32:00Z", "13 November 2026"),
        ] {
            let moment = Moment::relative(at.parse().unwrap(), now);

            assert_eq!(moment.shown, shown, "{at}");
        }
    }
}
