//! What a status says: read once here, never seen by anyone else.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::masked;
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
    /// What the token must be allowed to do.
    pub scope: Option<&'static str>,
    /// Whether something may be different after the request.
    pub is_change: bool,
}

/// The class and text of an answer that is not 2xx.
pub fn classify(answer: BadAnswer<'_>) -> Failure {
    let words = words_of(answer.body);
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
    let class = class_of(answer, &words);
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

fn class_of(answer: BadAnswer<'_>, words: &Words) -> FailureClass {
    match answer.status {
        401 => FailureClass::Unauthorized,
        402 => FailureClass::PlanLimit,
        403 if words.speak_of_plan() => FailureClass::PlanLimit,
        403 => FailureClass::Forbidden {
            scope: answer.scope.map(str::to_owned),
        },
        404 => FailureClass::NotFound,
        408 => FailureClass::Transient,
        409 => FailureClass::Conflict,
        429 => FailureClass::RateLimited,
        400..500 if words.code == "DUPLICATE_FIELD_VALUE" => FailureClass::Conflict,
        300..500 => FailureClass::Rejected,
        _ => FailureClass::Transient,
    }
}

/// What an error body says.
#[derive(Debug, Default)]
struct Words {
    message: String,
    code: String,
}

impl Words {
    /// The API has no status of its own for a used-up plan.
    fn speak_of_plan(&self) -> bool {
        self.has(&["plan", "plans", "limit", "limits", "quota"])
            && !self.has(&["scope", "scopes", "permission", "permissions"])
    }

    /// Whether one of these words is among them.
    fn has(&self, wanted: &[&str]) -> bool {
        let text = format!("{} {}", self.message, self.code).to_lowercase();
        text.split(|character: char| !character.is_alphabetic())
            .any(|word| wanted.contains(&word))
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    message: Option<String>,
    code: Option<String>,
}

/// A 429 may be plain text, a proxy's error a page; a page says nothing worth showing.
fn words_of(body: &[u8]) -> Words {
    if let Ok(body) = serde_json::from_slice::<ErrorBody>(body) {
        return Words {
            message: said(&body.message.unwrap_or_default()),
            code: body.code.unwrap_or_default(),
        };
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.starts_with(['<', '{', '[']) {
        return Words::default();
    }
    Words {
        message: said(text),
        code: String::new(),
    }
}

/// Another's words may repeat what they were sent.
fn said(text: &str) -> String {
    masked::words(&shortened(text))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> BadAnswer<'_> {
        BadAnswer {
            status,
            retry_after: None,
            location: None,
            body: body.as_bytes(),
            scope: Some("license:write"),
            is_change: true,
        }
    }

    #[test]
    fn every_status_has_its_class() {
        let forbidden = FailureClass::Forbidden {
            scope: Some("license:write".to_owned()),
        };
        let taken = r#"{"message":"taken!","code":"DUPLICATE_FIELD_VALUE"}"#;
        for (status, body, class) in [
            (
                400,
                r#"{"message":"no","code":null}"#,
                FailureClass::Rejected,
            ),
            (400, taken, FailureClass::Conflict),
            (401, "", FailureClass::Unauthorized),
            (402, "", FailureClass::PlanLimit),
            (403, r#"{"message":"Forbidden"}"#, forbidden.clone()),
            (403, "no explanation", forbidden.clone()),
            (403, "the scope limits this token", forbidden),
            (
                403,
                r#"{"message":"Your plan allows 5 users"}"#,
                FailureClass::PlanLimit,
            ),
            (
                403,
                r#"{"message":"No","code":"USERS_LIMIT_REACHED"}"#,
                FailureClass::PlanLimit,
            ),
            (404, r#"{"message":"Not found"}"#, FailureClass::NotFound),
            (408, "", FailureClass::Transient),
            (409, taken, FailureClass::Conflict),
            (422, "", FailureClass::Rejected),
            (429, "API calls quota exceeded!", FailureClass::RateLimited),
            (302, "", FailureClass::Rejected),
            (500, "", FailureClass::Transient),
            (503, "<html>down</html>", FailureClass::Transient),
            (101, "", FailureClass::Transient),
        ] {
            assert_eq!(
                classify(answer(status, body)).class,
                class,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn only_a_fault_of_the_server_leaves_a_change_in_doubt() {
        assert!(classify(answer(502, "")).may_have_applied);
        assert!(!classify(answer(429, "")).may_have_applied);
        assert!(!classify(answer(400, "")).may_have_applied);
        let read = BadAnswer {
            is_change: false,
            ..answer(502, "")
        };
        assert!(!classify(read).may_have_applied);
    }

    #[test]
    fn who_asks_to_wait_is_heard_whatever_else_is_said() {
        for (status, body) in [
            (429, r#"{"message":"slow down"}"#),
            (429, "API calls quota exceeded! maximum admitted 50 per 5s."),
            (503, "<html>maintenance</html>"),
        ] {
            let after = Some(Duration::from_secs(4));
            let failure = classify(BadAnswer {
                retry_after: after,
                ..answer(status, body)
            });

            assert_eq!(failure.after, after, "{status} {body}");
            assert!(!failure.text.is_empty());
        }
    }

    #[test]
    fn the_text_is_the_servers_own_unless_it_is_a_page() {
        for (body, text) in [
            (
                r#"{"message":" Email address is already taken! "}"#,
                "Email address is already taken!",
            ),
            ("plain\nwords", "plain words"),
            (
                "<!DOCTYPE html><p>no</p>",
                "the license server answered 400",
            ),
            ("", "the license server answered 400"),
            (r#"{"errors":[1]}"#, "the license server answered 400"),
            (r#"["no"]"#, "the license server answered 400"),
        ] {
            assert_eq!(classify(answer(400, body)).text, text, "{body}");
        }
        assert_eq!(
            classify(answer(400, &"é".repeat(900))).text.chars().count(),
            500
        );
    }

    #[test]
    fn a_redirect_names_the_address_to_enter() {
        let failure = classify(BadAnswer {
            location: Some("https://api.eu.cryptlex.com/v3/me"),
            ..answer(301, "")
        });

        assert!(failure.text.contains("https://api.eu.cryptlex.com/v3/me"));
    }
}
