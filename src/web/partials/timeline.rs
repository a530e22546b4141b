//! The steps of one event's story.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::partials::{Icon, Tone};

/// One step: when, what, and on request the call behind it.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/step.html")]
pub struct StoryStep {
    /// The clock time of the first step, `+23 ms` of later ones.
    pub when: String,
    /// The exact time, on hover.
    pub exact: String,
    /// How it went.
    pub tone: Tone,
    /// What happened.
    pub title: String,
    /// What it means; may be empty.
    pub text: String,
    /// What was or will be changed.
    pub change: Option<Change>,
    /// The call to the licensing account.
    pub call: Option<CallEvidence>,
}

impl HtmlSafe for StoryStep {}

impl StoryStep {
    /// A step that changed nothing and called nobody; when it was is told from the first one.
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            when: String::new(),
            exact: String::new(),
            tone,
            title: title.into(),
            text: text.into(),
            change: None,
            call: None,
        }
    }
}

/// A value before and after.
#[derive(Debug, Clone)]
pub struct Change {
    /// What is changed.
    pub label: String,
    /// The value before; empty when there was none.
    pub before: String,
    /// The value after.
    pub after: String,
}

/// One call as it went over the wire, for developers.
#[derive(Debug, Clone)]
pub struct CallEvidence {
    /// `502, 180 ms`.
    pub summary: String,
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// What was sent; empty after the retention time.
    pub request: String,
    /// What came back; empty when nothing did.
    pub response: String,
    /// `try 1 of 13`.
    pub attempt: String,
}
