//! A way out: a link, or a form with one button.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::partials::{Icon, Tone};

/// What a sentence ends in. At most one way of a page is primary.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/way.html")]
pub struct Way {
    /// What the button says.
    pub label: String,
    /// Where it leads, or what it posts to.
    pub address: String,
    /// The session's form token; `None` makes it a link.
    pub csrf: Option<String>,
    /// What the form carries besides.
    pub hidden: Vec<(String, String)>,
    /// How it looks.
    pub look: WayLook,
    /// What is asked before it is done; `None` where pressing it is enough.
    pub question: Option<WayQuestion>,
}

impl HtmlSafe for Way {}

/// What a button undoes, asked with a reason before it is done.
#[derive(Debug, Clone)]
pub struct WayQuestion {
    /// What it undoes, and whether it shall be so all the same.
    pub text: String,
    /// The reason as it was written before.
    pub reason: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// How much a way out asks to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayLook {
    /// The one that most will take.
    Primary,
    /// One of several.
    Button,
    /// In passing.
    Link,
}

impl WayLook {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Button => "button",
            Self::Link => "link",
        }
    }
}

impl Way {
    /// A link in passing.
    pub fn link(label: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            address: address.into(),
            csrf: None,
            hidden: Vec::new(),
            look: WayLook::Link,
            question: None,
        }
    }

    /// A form with one button and the session's form token.
    pub fn post(label: impl Into<String>, address: impl Into<String>, csrf: &str) -> Self {
        Self {
            csrf: Some(csrf.to_owned()),
            look: WayLook::Button,
            ..Self::link(label, address)
        }
    }

    /// The same as the page's main way.
    pub fn primary(self) -> Self {
        Self {
            look: WayLook::Primary,
            ..self
        }
    }

    /// The same as a plain button.
    pub fn button(self) -> Self {
        Self {
            look: WayLook::Button,
            ..self
        }
    }

    /// The same in passing.
    pub fn quiet(self) -> Self {
        Self {
            look: WayLook::Link,
            ..self
        }
    }

    /// The same, done only by whoever has read this and says why.
    pub fn asking(self, text: impl Into<String>) -> Self {
        Self {
            question: Some(WayQuestion {
                text: text.into(),
                reason: String::new(),
                error: None,
            }),
            ..self
        }
    }

    /// The same with one more value in its form.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }
}
