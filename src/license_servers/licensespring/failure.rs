//! What the vendor's refusals say: a sentence, or messages by field, and often a status that means more than one thing.

use serde_json::Value;

use crate::license_servers::http::failure::{BadAnswer, Words, class_of_status};
use crate::license_servers::reply::FailureClass;

/// The class of an answer that is not 2xx.
pub fn class(answer: BadAnswer<'_>, words: &Words) -> FailureClass {
    match class_of_status(answer) {
        // A key that is missing or wrong has no status of its own.
        FailureClass::Forbidden { .. } if speak_of_credentials(words) => FailureClass::Unauthorized,
        FailureClass::Forbidden { .. } if speak_of_plan(words) => FailureClass::PlanLimit,
        FailureClass::Rejected if answer.status == 400 && miss_in_plan(words) => {
            FailureClass::PlanLimit
        }
        FailureClass::Rejected if answer.status == 400 && say_it_exists(words) => {
            FailureClass::Conflict
        }
        class => class,
    }
}

/// What a body says: its sentence, or its messages with the fields that they are about.
pub fn words(body: &[u8]) -> Option<Words> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let mut said = Vec::new();
    gather("", &body, &mut said);
    let code = body.get("code").and_then(Value::as_str);
    Some(Words {
        message: said.join("; "),
        code: code.unwrap_or_default().to_owned(),
    })
}

/// Names that say nothing about what a message is about.
const PLAIN_NAMES: [&str; 5] = ["detail", "message", "error", "errors", "non_field_errors"];

/// Messages may be texts, lists of texts, and lists of maps as deep as what was sent.
fn gather(field: &str, value: &Value, said: &mut Vec<String>) {
    match value {
        Value::String(text) if field.is_empty() => said.push(text.trim().to_owned()),
        Value::String(text) => said.push(format!("{field}: {}", text.trim())),
        Value::Array(items) => items.iter().for_each(|item| gather(field, item, said)),
        Value::Object(members) => {
            for (name, value) in members {
                if PLAIN_NAMES.contains(&name.as_str()) {
                    gather(field, value, said);
                } else if field.is_empty() && name != "code" {
                    gather(name, value, said);
                } else if !field.is_empty() {
                    gather(&format!("{field}.{name}"), value, said);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn speak_of_credentials(words: &Words) -> bool {
    let names_key = words.message.to_lowercase().replace('-', " ");
    let is_refused_key = names_key.contains("api key")
        && words.has(&[
            "invalid", "wrong", "unknown", "expired", "revoked", "inactive",
        ]);
    is_refused_key
        || words.has(&[
            "credentials",
            "credential",
            "authentication",
            "authenticated",
        ])
        || words.code == "authentication_failed"
}

/// A refusal by the plan names what the plan lacks; one by the key's rights names those.
fn speak_of_plan(words: &Words) -> bool {
    words.has(&[
        "plan", "plans", "upgrade", "feature", "features", "limit", "limits", "quota",
    ]) && !words.has(&["permission", "permissions", "role", "roles"])
}

/// Among refusals of fields, `feature` may be a feature of the product.
fn miss_in_plan(words: &Words) -> bool {
    words.has(&["plan", "plans", "upgrade"])
        && words.has(&[
            "feature",
            "features",
            "available",
            "allow",
            "allows",
            "allowed",
            "include",
            "includes",
            "included",
            "support",
            "supports",
            "supported",
            "upgrade",
            "lack",
            "lacks",
        ])
}

fn say_it_exists(words: &Words) -> bool {
    let is_there_already =
        words.has(&["already"]) && words.has(&["exist", "exists", "taken", "used", "use"]);
    is_there_already || words.has(&["unique", "duplicate"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license_servers::http::failure::{self, classify};
    use crate::license_servers::licensespring::dialect::DIALECT;
    use crate::license_servers::reply::Failure;

    fn refused(status: u16, body: &str) -> Failure {
        classify(
            &DIALECT,
            failure::BadAnswer {
                status,
                retry_after: None,
                location: None,
                body: body.as_bytes(),
                scope: None,
                is_change: true,
            },
        )
    }

    #[test]
    fn a_403_means_what_its_words_say() {
        let forbidden = FailureClass::Forbidden { scope: None };
        for (body, class) in [
            (
                r#"{"detail":"Authentication credentials were not provided."}"#,
                FailureClass::Unauthorized,
            ),
            (
                r#"{"detail":"Authentication credentials are not valid."}"#,
                FailureClass::Unauthorized,
            ),
            (
                r#"{"detail":"Invalid API key."}"#,
                FailureClass::Unauthorized,
            ),
            (
                r#"{"detail":"This api-key was revoked"}"#,
                FailureClass::Unauthorized,
            ),
            (
                r#"{"detail":"No.","code":"authentication_failed"}"#,
                FailureClass::Unauthorized,
            ),
            (
                r#"{"detail":"You do not have permission to perform this action."}"#,
                forbidden.clone(),
            ),
            (
                r#"{"detail":"This API key has no permission for the feature orders"}"#,
                forbidden.clone(),
            ),
            (
                r#"{"detail":"Your plan does not include floating licenses."}"#,
                FailureClass::PlanLimit,
            ),
            (
                r#"{"detail":"The feature maintenance is not enabled."}"#,
                FailureClass::PlanLimit,
            ),
            ("", forbidden.clone()),
            ("<html>blocked</html>", forbidden),
        ] {
            assert_eq!(refused(403, body).class, class, "{body}");
        }
    }

    #[test]
    fn every_other_status_has_its_class() {
        let exists = r#"{"id":["Order with this id already exists."]}"#;
        for (status, body, class) in [
            (400, exists, FailureClass::Conflict),
            (
                400,
                r#"{"detail":"id must be unique"}"#,
                FailureClass::Conflict,
            ),
            (
                400,
                r#"{"items":[{"product_code":["Product with code x does not exist."]}]}"#,
                FailureClass::Rejected,
            ),
            (
                400,
                r#"{"product_features":["Unknown feature x."]}"#,
                FailureClass::Rejected,
            ),
            (
                400,
                r#"{"is_floating_cloud":["Not available in your plan."]}"#,
                FailureClass::PlanLimit,
            ),
            (401, "", FailureClass::Unauthorized),
            (402, "", FailureClass::PlanLimit),
            (404, exists, FailureClass::NotFound),
            (405, "", FailureClass::Rejected),
            (409, "", FailureClass::Conflict),
            (429, "slow down", FailureClass::RateLimited),
            (301, "", FailureClass::Rejected),
            (302, "", FailureClass::Rejected),
            (500, exists, FailureClass::Transient),
            (502, "<html>", FailureClass::Transient),
        ] {
            assert_eq!(refused(status, body).class, class, "{status} {body}");
        }
    }

    #[test]
    fn the_text_is_the_sentence_or_the_messages_by_field() {
        for (body, text) in [
            (r#"{"detail":" Not found. "}"#, "Not found."),
            (r#"{"message":"No."}"#, "No."),
            (r#"["one","two"]"#, "one; two"),
            (r#""only words""#, "only words"),
            (r#"{"note":["too long"],"status":400}"#, "note: too long"),
            (
                r#"{"items":[{},{"licenses":[{"policy_code":["Unknown."]}]}]}"#,
                "items.licenses.policy_code: Unknown.",
            ),
            (
                r#"{"non_field_errors":["validity_period needs is_trial"],"code":"invalid"}"#,
                "validity_period needs is_trial",
            ),
            (
                r#"{"customer":{"email":["ada@example.com is no address"]}}"#,
                "customer.email: … is no address",
            ),
            (r#"{"code":"x"}"#, "the license server answered 400"),
            ("{}", "the license server answered 400"),
            ("<p>no</p>", "the license server answered 400"),
        ] {
            assert_eq!(refused(400, body).text, text, "{body}");
        }
    }

    #[test]
    fn only_a_fault_of_the_server_leaves_a_change_in_doubt() {
        for (status, is_in_doubt) in [
            (500, true),
            (502, true),
            (400, false),
            (403, false),
            (429, false),
        ] {
            assert_eq!(
                refused(status, "").may_have_applied,
                is_in_doubt,
                "{status}"
            );
        }
    }
}
