//! A state as icon and words, never as color alone.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::assets;

/// Whose move it is, which decides icon and color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done and checked.
    Good,
    /// Latchkey is at it.
    Work,
    /// Something else has to come first.
    Wait,
    /// A person's move.
    Act,
    /// Broken or refused.
    Bad,
    /// Nothing was to do.
    Quiet,
}

impl Tone {
    /// The icon in the sprite.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Good => "check",
            Self::Work => "work",
            Self::Wait => "clock",
            Self::Act => "attention",
            Self::Bad => "cross",
            Self::Quiet => "dash",
        }
    }

    /// The class in the stylesheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "tone-good",
            Self::Work => "tone-work",
            Self::Wait => "tone-wait",
            Self::Act => "tone-act",
            Self::Bad => "tone-bad",
            Self::Quiet => "tone-quiet",
        }
    }
}

/// A state in a list.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/badge.html")]
pub struct Badge {
    /// Whose move it is.
    pub tone: Tone,
    /// The state in words.
    pub text: String,
}

impl HtmlSafe for Badge {}

impl Badge {
    /// A badge of these words.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
        }
    }
}

/// A sentence above a page: what has just been done, or what went wrong.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/notice.html")]
pub struct PageNotice {
    /// Whose move it is.
    pub tone: Tone,
    /// One sentence or two.
    pub text: String,
}

impl HtmlSafe for PageNotice {}

impl PageNotice {
    /// Something was done as asked.
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Good,
            text: text.into(),
        }
    }

    /// Something could not be done, or has to be set right.
    pub fn failed(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Bad,
            text: text.into(),
        }
    }
}

/// A drawing beside words; hidden from screen readers, which hear the words.
#[derive(Debug, Clone, Copy, Template)]
#[template(
    ext = "html",
    source = r#"<svg class="icon{% if let Some(tone) = tone %} {{ tone.class() }}{% endif %}" aria-hidden="true"><use href="{{ assets::url("icons.svg") }}#{{ name }}"/></svg>"#
)]
pub struct Icon {
    /// Its name in the sprite; an unknown one draws nothing.
    pub name: &'static str,
    /// Its color; `None` takes that of the text.
    pub tone: Option<Tone>,
}

impl HtmlSafe for Icon {}

impl Icon {
    /// An icon in the color of the text.
    pub const fn named(name: &'static str) -> Self {
        Self { name, tone: None }
    }

    /// The icon of a tone in its color.
    pub const fn of(tone: Tone) -> Self {
        Self {
            name: tone.icon(),
            tone: Some(tone),
        }
    }
}
