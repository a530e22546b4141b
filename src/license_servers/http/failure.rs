//! What an answer that is not as it should be comes to: read once here, never seen by anyone else.
//!
//! What statuses and words mean beyond HTTP's own meaning is each kind's matter.

use std::time::Duration;

use crate::domain::masked;
use crate::license_servers::http::Dialect;
use crate::license_servers::http::fields::UnreadableField;
use crate::license_servers::reply::{Failure, FailureClass};

/// The longest text that is handed on.
const TEXT_LENGTH: usize = 500;

/// An answer that is not 2xx.
#[derive(Debug, Clone, Copy)]
pub struct BadAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// How long the server asks to wait, if it says so.
    pub retry_after: Option<Duration>,
    /// The `Location` header.
    pub location: Option<&'a str>,
    /// The body: JSON, text or a page.
    pub body: &'a [u8],
    /// What the token must be allowed to do, where the kind has scopes.
    pub scope: Option<&'static str>,
    /// Whether something may be different after the request.
    pub is_change: bool,
}

/// The class and text of an answer that is not 2xx.
pub fn classify(dialect: &Dialect, answer: BadAnswer<'_>) -> Failure {
    let words = said(dialect, answer.body);
    let text = if let 300..400 = answer.status {
        let target = answer.location.unwrap_or("another address");
        shortened(&format!(
            "the base URL redirects to {target}; enter that address instead"
        ))
    } else if words.message.is_empty() {
        format!("the license server answered {}", answer.status)
    } else {
        words.message.clone()
    };
    let class = (dialect.class)(answer, &words);
    let may_have_applied = answer.is_change && class == FailureClass::Transient;
    Failure {
        class,
        text,
        after: answer.retry_after,
        may_have_applied,
    }
}

/// An answer that says it went well, in words that cannot be read.
pub fn unreadable(status: u16, is_change: bool) -> Failure {
    Failure {
        class: FailureClass::Transient,
        text: format!(
            "the license server answered {status} with something that is not its usual JSON; is the base URL right?"
        ),
        after: None,
        may_have_applied: is_change,
    }
}

/// An answer that says it went well, of which a field that is needed cannot be read.
pub fn not_understood(UnreadableField(field): UnreadableField, is_change: bool) -> Failure {
    Failure {
        class: FailureClass::Unreadable { field },
        text: format!(
            "the license server answered something that Latchkey does not understand: field {field}"
        ),
        after: None,
        may_have_applied: is_change,
    }
}

/// A request that was not sent because it makes no sense.
pub fn refused(reason: &str) -> Failure {
    Failure {
        class: FailureClass::Rejected,
        text: shortened(reason),
        after: None,
        may_have_applied: false,
    }
}

/// The class that a status has by itself.
pub fn class_of_status(answer: BadAnswer<'_>) -> FailureClass {
    match answer.status {
        401 => FailureClass::Unauthorized,
        402 => FailureClass::PlanLimit,
        403 => FailureClass::Forbidden {
            scope: answer.scope.map(str::to_owned),
        },
        404 => FailureClass::NotFound,
        408 => FailureClass::Transient,
        409 => FailureClass::Conflict,
        429 => FailureClass::RateLimited,
        300..500 => FailureClass::Rejected,
        _ => FailureClass::Transient,
    }
}

/// What the body of a bad answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// For people.
    pub message: String,
    /// For programs; empty where the kind has none.
    pub code: String,
}

impl Words {
    /// Whether one of these words is among them.
    pub fn has(&self, wanted: &[&str]) -> bool {
        let text = format!("{} {}", self.message, self.code).to_lowercase();
        text.split(|character: char| !character.is_alphabetic())
            .any(|word| wanted.contains(&word))
    }
}

/// A 429 may be plain text, a proxy's error a page; a page says nothing worth showing.
///
/// Another's words may repeat what they were sent.
fn said(dialect: &Dialect, body: &[u8]) -> Words {
    let words = (dialect.words)(body).unwrap_or_else(|| plain_words(body));
    Words {
        message: masked::words(&shortened(&words.message)),
        ..words
    }
}

fn plain_words(body: &[u8]) -> Words {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let is_plain = !text.starts_with(['<', '{', '[']);
    Words {
        message: if is_plain {
            text.to_owned()
        } else {
            String::new()
        },
        code: String::new(),
    }
}

fn shortened(text: &str) -> String {
    let characters = text.trim().chars();
    characters
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(TEXT_LENGTH)
        .collect()
}
