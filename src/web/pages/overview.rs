//! Overview: is all well, what needs you, today in numbers, just now.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Empty, Headline, HourChart, Icon, Meter, Moment, Problem};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "overview.html")]
pub struct Overview {
    /// The frame.
    pub shell: Shell,
    /// Everything on it, for it all changes by itself.
    pub live: Live,
}

/// The part that refreshes itself; served alone at `/overview/live`.
#[derive(Debug, Clone, Template)]
#[template(path = "overview/live.html")]
pub struct Live {
    /// The answer to "is all well?".
    pub headline: Headline,
    /// The first problems, longest wait first.
    pub problems: Vec<Problem>,
    /// How many more there are on *To fix*.
    pub more_problems: u64,
    /// Today in numbers.
    pub today: Vec<TodayRow>,
    /// Messages per hour.
    pub chart: HourChart,
    /// From payment to license; `None` before the first license of the day.
    pub speed: Option<String>,
    /// Calls to Cryptlex in use.
    pub calls: Meter,
    /// The latest activity.
    pub recent: Vec<Recent>,
    /// In place of the latest activity when there is none.
    pub empty: Empty,
}

impl HtmlSafe for Live {}

/// One line of *Today*.
#[derive(Debug, Clone)]
pub struct TodayRow {
    /// What is counted.
    pub label: &'static str,
    /// The count since midnight.
    pub so_far: u64,
    /// The usual count by this time of the day; `None` until a week is known.
    pub usual: Option<u64>,
    /// The list that is counted.
    pub href: String,
    /// Whether it is a part of the line above.
    pub is_part: bool,
}

/// One line of *Just now*.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Its event's id.
    pub key: String,
    /// When it came.
    pub at: Moment,
    /// What happened.
    pub title: String,
    /// What came of it; may be empty.
    pub text: String,
    /// Its state.
    pub state: Badge,
    /// Its page.
    pub href: String,
}
