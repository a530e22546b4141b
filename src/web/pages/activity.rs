//! Activity: everything FastSpring sent, one sentence per message, filtered by the URL.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Empty, Field, Icon, Moment, Pager, Select, Tab, Way};

/// The list.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/list.html")]
pub struct Activity {
    /// The frame.
    pub shell: Shell,
    /// Prepared filters: all, needs you, trying again, waiting, done, nothing to do.
    pub tabs: Vec<Tab>,
    /// Search, by anything a buyer may name.
    pub search: Field,
    /// Which store, which type, live or test.
    pub selects: Vec<Select>,
    /// Received from this day on.
    pub after: Field,
    /// Received until this day.
    pub before: Field,
    /// The state of the current tab, kept when the form is sent; empty for all.
    pub state: String,
    /// The messages, latest first.
    pub rows: Vec<Row>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Runs everything that the filter finds again; `None` where that makes no sense.
    pub run_again: Option<Way>,
    /// Further pages.
    pub pager: Pager,
    /// Where the rows refresh from; `None` on later pages.
    pub live_url: Option<String>,
}

/// The rows alone, as they refresh themselves; served at `/activity/live`.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/rows.html")]
pub struct Rows {
    /// The messages, latest first.
    pub rows: Vec<Row>,
}

/// One message.
#[derive(Debug, Clone)]
pub struct Row {
    /// The event's id.
    pub key: String,
    /// When it came.
    pub at: Moment,
    /// What happened: `Renewal paid`.
    pub title: String,
    /// About whom or what: buyer, product; may be empty.
    pub subject: String,
    /// Its state, with the time of the next try.
    pub state: Badge,
    /// Why it is not done; may be empty.
    pub reason: String,
    /// The order's number or the subscription's id; may be empty.
    pub reference: String,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Its page.
    pub href: String,
}
