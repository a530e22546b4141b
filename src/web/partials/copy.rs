//! Texts that people carry elsewhere.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::partials::Icon;

/// A whole line to copy, such as a webhook URL.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/copy_field.html")]
pub struct CopyField {
    /// What it is, read before the text by screen readers.
    pub label: String,
    /// The text itself.
    pub text: String,
}

impl HtmlSafe for CopyField {}

/// An id in small grey type with a copy button.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/id.html")]
pub struct CopyableId {
    /// The id in full.
    pub text: String,
}

impl HtmlSafe for CopyableId {}

impl CopyableId {
    /// An id of any kind.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}
