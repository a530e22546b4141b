//! Form fields: label, hint, value, and what is wrong with it.

use std::borrow::Cow;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::partials::{Icon, Tone};

/// A line of text to fill in.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "partials/field.html")]
pub struct FormField {
    /// Its name in the form; unique on the page.
    pub name: &'static str,
    /// What to write.
    pub label: Cow<'static, str>,
    /// `text`, `email`, `password`, `url`, `date`, `search`.
    pub kind: &'static str,
    /// Where to find it, or what it is for; may be empty.
    pub hint: String,
    /// What was written before; stays empty for secrets.
    pub value: String,
    /// What is wrong, naming the way out.
    pub error: Option<String>,
    /// The browser's word for filling it in; `off` for secrets of others.
    pub autocomplete: &'static str,
    /// Whether it may stay empty.
    pub is_optional: bool,
}

impl HtmlSafe for FormField {}

impl FormField {
    /// A field of plain text.
    pub fn text(name: &'static str, label: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name,
            label: label.into(),
            kind: "text",
            autocomplete: "off",
            ..Self::default()
        }
    }

    /// A field that never shows what is in it.
    pub fn secret(name: &'static str, label: &'static str) -> Self {
        Self {
            kind: "password",
            ..Self::text(name, label)
        }
    }

    /// The signed-in person's own password, asked before a secret is changed.
    pub fn own_password() -> Self {
        Self {
            autocomplete: "current-password",
            hint: "Asked again because a secret is changed.".to_owned(),
            ..Self::secret("password", "Your password")
        }
    }

    /// The same with a hint.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: hint.into(),
            ..self
        }
    }

    /// The same, filled in.
    pub fn value(self, value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ..self
        }
    }

    /// The same, refused; `None` accepts it.
    pub fn error(self, error: Option<String>) -> Self {
        Self { error, ..self }
    }

    /// The same, allowed to stay empty.
    pub fn optional(self) -> Self {
        Self {
            is_optional: true,
            ..self
        }
    }

    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if self.error.is_some() {
            ids.push(format!("{}-error", self.name));
        }
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.name));
        }
        ids.join(" ")
    }
}

/// One of a few, each explained.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/choices.html")]
pub struct Choices {
    /// Its name in the form.
    pub name: &'static str,
    /// What is chosen.
    pub label: &'static str,
    /// The choices; one of them should be selected.
    pub choices: Vec<FieldChoice>,
}

impl HtmlSafe for Choices {}

/// Any of a few, each with a name of its own in the form.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/ticks.html")]
pub struct Ticks {
    /// What is ticked.
    pub label: Cow<'static, str>,
    /// The boxes, named by their values.
    pub choices: Vec<FieldChoice>,
    /// What is wrong, naming the way out.
    pub error: Option<String>,
}

impl HtmlSafe for Ticks {}

/// One of many, in a list that unfolds.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/select.html")]
pub struct Select {
    /// Its name in the form.
    pub name: &'static str,
    /// What is chosen.
    pub label: &'static str,
    /// Where the choices come from; may be empty.
    pub hint: String,
    /// What is wrong, naming the way out.
    pub error: Option<String>,
    /// The choices under their headings.
    pub groups: Vec<ChoiceGroup>,
}

impl HtmlSafe for Select {}

/// Choices under one heading; an empty heading shows none.
#[derive(Debug, Clone)]
pub struct ChoiceGroup {
    /// The heading.
    pub label: String,
    /// The choices.
    pub choices: Vec<FieldChoice>,
}

/// One choice.
#[derive(Debug, Clone)]
pub struct FieldChoice {
    /// What the form carries.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// What it does; may be empty.
    pub text: String,
    /// Whether it is chosen.
    pub is_selected: bool,
}

impl FieldChoice {
    /// A choice that is selected when its value is the current one.
    pub fn new(value: &str, label: &str, text: &str, current: &str) -> Self {
        Self {
            value: value.to_owned(),
            label: label.to_owned(),
            text: text.to_owned(),
            is_selected: value == current,
        }
    }
}

impl Select {
    /// A list without headings.
    pub fn plain(name: &'static str, label: &'static str, choices: Vec<FieldChoice>) -> Self {
        Self {
            name,
            label,
            hint: String::new(),
            error: None,
            groups: vec![ChoiceGroup {
                label: String::new(),
                choices,
            }],
        }
    }
}
