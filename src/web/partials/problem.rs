//! A cause that needs a person: what happened, what it means, one button.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::partials::{Moment, Way};

/// An item of *Needs you* and of the page *To fix*.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/problem.html")]
pub struct ProblemItem {
    /// Stays the same while the problem does.
    pub key: String,
    /// What happened, in one sentence.
    pub title: String,
    /// What it means, and what the button does.
    pub text: String,
    /// Since when somebody waits.
    pub since: Moment,
    /// The way out first, then the others.
    pub ways: Vec<Way>,
    /// The messages behind it, where each asks something.
    pub items: Vec<Item>,
    /// How many more there are.
    pub more: u64,
}

/// One message of a problem.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it asks.
    pub text: String,
    /// What would be done.
    pub preview: String,
    /// Its page.
    pub way: Way,
}

impl HtmlSafe for ProblemItem {}
