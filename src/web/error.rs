//! The only place that turns errors into answers: problem documents (RFC 9457) with a code that programs can rely on.
//!
//! What the caller can mend is said to the caller; everything else is logged once, here, and answered with its id.

mod code;
mod sources;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::scope::ApiScope;
use crate::domain::search_text::InvalidSearchText;

pub use code::ProblemCode;

/// An answer to a request that could not be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong, as programs read it.
    pub code: ProblemCode,
    /// What went wrong, and what to do next.
    pub detail: String,
    /// One sentence per field that cannot be so.
    pub errors: BTreeMap<String, String>,
    /// When to come again.
    pub retry_after_seconds: Option<u64>,
}

/// A problem as it is written down.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Where the code is explained.
    r#type: String,
    /// The code in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What went wrong this time, and what to do next.
    detail: String,
    /// What went wrong, as programs read it.
    code: &'static str,
    /// One sentence per field that cannot be so; for `invalid` only.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: BTreeMap<String, String>,
}

impl Problem {
    /// A problem without fields.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: BTreeMap::new(),
            retry_after_seconds: None,
        }
    }

    /// No such thing here. Another tenant's thing is not found either.
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound, "There is no such thing here.")
    }

    /// The address is there, the method is not.
    pub fn wrong_method() -> Self {
        Self::new(
            ProblemCode::MethodNotAllowed,
            "This address does not have that method; the header Allow names those it has.",
        )
    }

    /// Too much is asked at once. Not logged: a flood of requests is to be no flood of lines.
    pub fn busy() -> Self {
        Self::new(
            ProblemCode::Unavailable,
            "Too many ask at the same time. Try again shortly.",
        )
        .retry_after(2)
    }

    /// The token has made as many requests as it may, until that time has passed.
    pub fn too_many_requests(wait: SignedDuration) -> Self {
        let seconds = whole_seconds(wait).max(1);
        let detail = format!(
            "This token has made as many requests as it may for now. Try again in {seconds} s."
        );
        Self::new(ProblemCode::RateLimit, detail).retry_after(seconds)
    }

    /// The token lacks a scope.
    pub fn missing_scope(scope: ApiScope) -> Self {
        let detail = format!("This token lacks the scope {scope}. Use a token that has it.");
        Self::new(ProblemCode::MissingScope, detail)
    }

    /// One field cannot be so.
    pub fn invalid(field: &str, sentence: impl Into<String>) -> Self {
        Self::invalid_fields([(field.to_owned(), sentence.into())].into())
    }

    /// What an address or a filter asks for cannot be looked for.
    pub fn not_searchable((field, error): (&str, InvalidSearchText)) -> Self {
        Self::invalid(field, error.to_string())
    }

    /// Several fields cannot be so.
    pub fn invalid_fields(errors: BTreeMap<String, String>) -> Self {
        let sentences: Vec<_> = errors
            .iter()
            .map(|(field, sentence)| format!("{field}: {sentence}"))
            .collect();
        Self {
            errors,
            ..Self::new(ProblemCode::Invalid, sentences.join("; "))
        }
    }

    /// The same, with the time after which another try makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// A fault that the caller cannot mend: logged with its causes, answered with its id.
    pub fn internal(error: &dyn Error) -> Self {
        let id = Uuid::new_v4().simple();
        tracing::error!(error.id = %id, error = chain(error), "a request failed");
        let detail = format!(
            "Something went wrong on our side; nothing is lost. If it stays so, tell support this number: {id}"
        );
        Self::new(ProblemCode::Internal, detail)
    }

    fn document(&self) -> ProblemDocument {
        let code = self.code.as_str();
        ProblemDocument {
            r#type: format!("/api/docs#problem-{code}"),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.detail.clone(),
            code,
            errors: self.errors.clone(),
        }
    }
}

/// So many that the time has passed by then.
pub fn whole_seconds(duration: SignedDuration) -> u64 {
    u64::try_from(duration.as_millis().max(0)).map_or(u64::MAX, |millis| millis.div_ceil(1_000))
}

/// An error with everything that led to it, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponseBuilder::new(self.status_code());
        answer.content_type("application/problem+json");
        if let Some(seconds) = self.retry_after_seconds {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        if self.code == ProblemCode::Unauthorized {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        answer.body(serde_json::to_string(&self.document()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_one_by_one_and_in_the_sentence() {
        let problem = Problem::invalid("base_url", "write the whole address");
        let document = serde_json::to_value(problem.document()).unwrap();

        assert_eq!(document["errors"]["base_url"], "write the whole address");
        assert_eq!(document["detail"], "base_url: write the whole address");
        assert_eq!(document["code"], "invalid");
        assert_eq!(document["status"], 422);
    }
}
