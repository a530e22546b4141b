//! The only place that turns errors into answers: problem documents (RFC 9457) with a code that programs can rely on.
//!
//! What the caller can mend is said to the caller; everything else is logged once, here, and answered with its id.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::scope::ApiScope;
use crate::accounts::setup::SetUpError;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::ask::NotAsked;
use crate::pipeline::consent::NotAnswered;
use crate::pipeline::dry_run::NotForeseen;
use crate::pipeline::link::NotLinked;
use crate::pipeline::vaults::VaultsError;
use crate::store::StoreError;
use crate::vault::VaultError;

/// What went wrong, as programs read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemCode {
    /// No token, or none that is known.
    Unauthorized,
    /// The token may not do this.
    MissingScope,
    /// No such thing, or another tenant's.
    NotFound,
    /// Not JSON at all.
    Malformed,
    /// Larger than is read.
    TooLarge,
    /// Fields that cannot be so.
    Invalid,
    /// What is there does not allow it.
    Conflict,
    /// The budget of calls is used, or the server itself asks to wait.
    RateBudget,
    /// The licensing account does not do what was asked.
    LicenseServer,
    /// The database is away.
    Unavailable,
    /// A fault of the program.
    Internal,
}

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

    /// The token lacks a scope.
    pub fn missing_scope(scope: ApiScope) -> Self {
        let detail = format!("This token lacks the scope {scope}. Use a token that has it.");
        Self::new(ProblemCode::MissingScope, detail)
    }

    /// One field cannot be so.
    pub fn invalid(field: &str, sentence: impl Into<String>) -> Self {
        Self::invalid_fields([(field.to_owned(), sentence.into())].into())
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

impl ProblemCode {
    /// Every code.
    pub const ALL: [Self; 11] = [
        Self::Unauthorized,
        Self::MissingScope,
        Self::NotFound,
        Self::Malformed,
        Self::TooLarge,
        Self::Invalid,
        Self::Conflict,
        Self::RateBudget,
        Self::LicenseServer,
        Self::Unavailable,
        Self::Internal,
    ];

    /// As programs read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::MissingScope => "missing_scope",
            Self::NotFound => "not_found",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::RateBudget => "rate_budget",
            Self::LicenseServer => "license_server",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "A token is needed",
            Self::MissingScope => "The token may not do this",
            Self::NotFound => "Not found",
            Self::Malformed => "The body cannot be read",
            Self::TooLarge => "The body is too large",
            Self::Invalid => "Some fields cannot be so",
            Self::Conflict => "What is there does not allow it",
            Self::RateBudget => "The calls allowed are used for now",
            Self::LicenseServer => "The licensing account did not answer as needed",
            Self::Unavailable => "Not available for a moment",
            Self::Internal => "A fault of ours",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::MissingScope => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::LicenseServer => StatusCode::BAD_GATEWAY,
            Self::RateBudget | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
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

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found(),
            StoreError::Conflict(_) => Self::new(
                ProblemCode::Conflict,
                "Something else was changed at the same moment. Look at it again, then try again.",
            ),
            StoreError::Unavailable(_) => {
                tracing::warn!(error = chain(&error), "the database is not available");
                Self::new(
                    ProblemCode::Unavailable,
                    "The database does not answer at the moment. Try again shortly.",
                )
                .retry_after(2)
            }
            StoreError::Corrupt { .. } | StoreError::Other(_) => Self::internal(&error),
        }
    }
}

impl From<VaultsError> for Problem {
    fn from(error: VaultsError) -> Self {
        match error {
            VaultsError::Store(error) => error.into(),
            VaultsError::Vault(_) => Self::internal(&error),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::internal(&error)
    }
}

impl From<SetUpError> for Problem {
    fn from(error: SetUpError) -> Self {
        match error {
            SetUpError::Invalid(fields) => Self::invalid_fields(
                fields
                    .into_iter()
                    .map(|error| (error.field, error.message))
                    .collect(),
            ),
            SetUpError::NotFound => Self::not_found(),
            SetUpError::InUse(sentence) => Self::new(ProblemCode::Conflict, sentence),
            SetUpError::Store(error) => error.into(),
            SetUpError::Vault(_) => Self::internal(&error),
        }
    }
}

impl From<NotAsked> for Problem {
    fn from(error: NotAsked) -> Self {
        match error {
            NotAsked::Store(error) => error.into(),
            NotAsked::Vault(error) => error.into(),
            NotAsked::Exhausted { seconds } => Self::new(
                ProblemCode::RateBudget,
                "The calls that the licensing account allows are used for the moment. Try again shortly.",
            )
            .retry_after(seconds),
        }
    }
}

impl From<NotForeseen> for Problem {
    fn from(error: NotForeseen) -> Self {
        match error {
            NotForeseen::Asked(error) => error.into(),
            NotForeseen::Malformed(_) => Self::new(
                ProblemCode::Malformed,
                "Send the body of a webhook as the shop posts it: {\"events\": […]}.",
            ),
        }
    }
}

impl From<NotLinked> for Problem {
    fn from(error: NotLinked) -> Self {
        match error {
            NotLinked::Asked(error) => error.into(),
            NotLinked::Failed(failure) => failure.into(),
            NotLinked::NoLicense => Self::invalid(
                "remote_license_id",
                "there is no license of this id at the licensing account; copy the id again",
            ),
            NotLinked::NoPurchase => Self::new(
                ProblemCode::Conflict,
                "This event names neither an order nor a subscription, so no license can be its own.",
            ),
            NotLinked::Taken => Self::new(
                ProblemCode::Conflict,
                "This license belongs to another purchase already.",
            ),
        }
    }
}

impl From<NotAnswered> for Problem {
    fn from(error: NotAnswered) -> Self {
        match error {
            NotAnswered::Store(error) => error.into(),
            NotAnswered::NotAsked => Self::new(
                ProblemCode::Conflict,
                "Nothing here waits for a yes or a no. Look at it again; it may have been answered meanwhile.",
            ),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let detail = match failure.class {
            FailureClass::Unauthorized => {
                "The licensing account refuses the access token. Give it a new one.".to_owned()
            }
            FailureClass::Forbidden { scope: Some(scope) } => {
                format!("The access token may not do this: {scope} is not ticked.")
            }
            FailureClass::Transient => {
                "The licensing account does not answer. Try again shortly.".to_owned()
            }
            _ => format!("The licensing account says: {}", failure.text),
        };
        Self::new(ProblemCode::LicenseServer, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_the_store_has_its_status() {
        for (error, status) in [
            (StoreError::NotFound, 404),
            (StoreError::Conflict("a row".into()), 409),
            (StoreError::Unavailable("away".into()), 503),
            (StoreError::Other("odd".into()), 500),
            (StoreError::corrupt("a column", "odd"), 500),
        ] {
            let problem = Problem::from(error);

            assert_eq!(problem.status_code().as_u16(), status, "{problem}");
        }
    }

    #[test]
    fn a_fault_of_ours_keeps_its_causes_to_itself() {
        let problem = Problem::from(StoreError::Other("column secret_name is odd".into()));

        assert!(!problem.to_string().contains("secret_name"), "{problem}");
    }

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
