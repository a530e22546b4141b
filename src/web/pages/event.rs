//! One message from FastSpring, told as a timeline: what came, what it means, what was done, the proof.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Headline, Icon, Id, Moment, Step, Way};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/event.html")]
pub struct EventPage {
    /// The frame.
    pub shell: Shell,
    /// What happened, to whom, how much.
    pub title: String,
    /// What came of it, and whose move it is.
    pub outcome: Headline,
    /// The license, order and subscription it is about.
    pub subjects: Vec<Subject>,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Run again, set aside: what may be done about it now.
    pub ways: Vec<Way>,
    /// What happened, step by step.
    pub steps: Vec<Step>,
    /// Where the steps refresh from while it is not settled; `None` afterwards.
    pub live_url: Option<String>,
    /// Why it was done so: sentences.
    pub why: Vec<String>,
    /// The rules that decided.
    pub rules: Option<Way>,
    /// Other messages about the same purchase, oldest first.
    pub related: Vec<Related>,
    /// FastSpring's type and id.
    pub source: Vec<Fact>,
    /// What FastSpring sent, pretty-printed; `None` after the retention time.
    pub payload: Option<String>,
}

/// Something the message is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// `Order`, `Subscription`, `License`.
    pub label: &'static str,
    /// Its id or number.
    pub id: Id,
    /// Its page or list.
    pub href: String,
}

/// Another message about the same purchase.
#[derive(Debug, Clone)]
pub struct Related {
    /// When it came.
    pub at: Moment,
    /// What happened.
    pub title: String,
    /// Its state.
    pub state: Badge,
    /// Its page; `None` for the message itself.
    pub href: Option<String>,
}

/// A name and a value.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The name.
    pub label: &'static str,
    /// The value.
    pub value: Id,
}
