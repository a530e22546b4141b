//! One license: what it is now, and its whole history.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Headline, Icon, Id, Moment, Way};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "licenses/license.html")]
pub struct LicensePage {
    /// The frame.
    pub shell: Shell,
    /// The product's name, and which of several.
    pub title: String,
    /// Whether it works, until when, and why.
    pub answer: Headline,
    /// What else is known of it.
    pub facts: Vec<Fact>,
    /// The ids, to copy.
    pub ids: Vec<(&'static str, Id)>,
    /// Everything that concerned it, newest first.
    pub history: Vec<Entry>,
    /// Where to go from here.
    pub ways: Vec<Way>,
}

/// A name and a value in words.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The name.
    pub label: &'static str,
    /// The value.
    pub text: String,
}

/// One entry of the history.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// What happened.
    pub title: String,
    /// What it did to the license; may be empty.
    pub text: String,
    /// How it went.
    pub state: Badge,
    /// The message behind it.
    pub href: String,
}
