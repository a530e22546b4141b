//! Moving through a list, and choosing among its parts.

use askama::Template;
use askama::filters::HtmlSafe;

/// Links to the first and the following page; nothing where the list fits on one.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "partials/pager.html")]
pub struct Pager {
    /// The first page, when this is a later one.
    pub first: Option<String>,
    /// The following page, when there is more.
    pub next: Option<String>,
}

impl HtmlSafe for Pager {}

/// One of several prepared filters of a list.
#[derive(Debug, Clone)]
pub struct Tab {
    /// What it shows.
    pub label: String,
    /// Its URL.
    pub href: String,
    /// Whether it is the one that is shown.
    pub is_current: bool,
}
