//! The first line of a page: the answer to the question that a person came with.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::partials::{Icon, Tone, Way};

/// A sentence, what follows from it, and the way out.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/headline.html")]
pub struct Headline {
    /// Whose move it is.
    pub tone: Tone,
    /// The answer.
    pub title: String,
    /// What follows from it; may be empty.
    pub text: String,
    /// What to do, if anything.
    pub ways: Vec<Way>,
}

impl HtmlSafe for Headline {}

impl Headline {
    /// An answer without a way out.
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            tone,
            title: title.into(),
            text: text.into(),
            ways: Vec::new(),
        }
    }

    /// The same with one more way out.
    pub fn way(mut self, way: Way) -> Self {
        self.ways.push(way);
        self
    }
}
