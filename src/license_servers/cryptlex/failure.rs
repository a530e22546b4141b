//! What the vendor's refusals say.

use serde::Deserialize;

use crate::license_servers::http::failure::{BadAnswer, Words, class_of_status};
use crate::license_servers::reply::FailureClass;

/// The class of an answer that is not 2xx.
pub fn class(answer: BadAnswer<'_>, words: &Words) -> FailureClass {
    match class_of_status(answer) {
        FailureClass::Forbidden { .. } if speak_of_plan(words) => FailureClass::PlanLimit,
        FailureClass::Rejected if answer.status >= 400 && words.code == "DUPLICATE_FIELD_VALUE" => {
            FailureClass::Conflict
        }
        class => class,
    }
}

/// The API has no status of its own for a used-up plan.
fn speak_of_plan(words: &Words) -> bool {
    words.has(&["plan", "plans", "limit", "limits", "quota"])
        && !words.has(&["scope", "scopes", "permission", "permissions"])
}

#[derive(Deserialize)]
struct ErrorBody {
    message: Option<String>,
    code: Option<String>,
}

/// What a body of the usual form says.
pub fn words(body: &[u8]) -> Option<Words> {
    let body: ErrorBody = serde_json::from_slice(body).ok()?;
    Some(Words {
        message: body.message.unwrap_or_default(),
        code: body.code.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::license_servers::cryptlex::dialect::DIALECT;
    use crate::license_servers::http::failure;
    use crate::license_servers::reply::Failure;

    fn classify(answer: BadAnswer<'_>) -> Failure {
        failure::classify(&DIALECT, answer)
    }

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
