//! A list without rows: why it is empty, and what next.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::partials::Way;

/// An empty list.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/empty.html")]
pub struct Empty {
    /// What is not there.
    pub title: String,
    /// Why, and when it will be.
    pub text: String,
    /// What to do about it; `None` when waiting is all.
    pub way: Option<Way>,
}

impl HtmlSafe for Empty {}
