//! Why a page is not shown, and what is shown in its place.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use askama::Template as _;

use crate::accounts::setup::SetUpError;
use crate::pipeline::error::TenantKeysError;
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::web::body::Unread;
use crate::web::error::{Problem, ProblemCode};
use crate::web::pages::error::ErrorPage;
use crate::web::query::Query;

/// Why a page is not shown.
#[derive(Debug)]
pub enum PageError {
    /// Nobody is signed in, or the session has ended.
    NotSignedIn {
        /// The page that was asked for.
        next: String,
    },
    /// Whoever is signed in belongs to no company.
    NoCompany,
    /// The form does not carry the session's token.
    FormExpired,
    /// The form did not arrive whole.
    FormUnread(Unread),
    /// Anything else, judged where all errors are.
    Problem(Problem),
}

impl PageError {
    /// Not there, or another company's.
    pub fn not_found() -> Self {
        Self::Problem(Problem::not_found())
    }

    fn page(&self) -> ErrorPage {
        match self {
            Self::NotSignedIn { .. } | Self::FormExpired => ErrorPage::form_expired(),
            Self::NoCompany => ErrorPage::no_company(),
            Self::FormUnread(_) => ErrorPage::form_unread(),
            Self::Problem(problem) => match problem.code {
                ProblemCode::NotFound => ErrorPage::not_found(),
                ProblemCode::Unavailable => ErrorPage::unavailable(),
                ProblemCode::CompanySuspended => ErrorPage::suspended(),
                ProblemCode::RateBudget => match problem.retry_after_seconds {
                    Some(seconds) => ErrorPage::busy(seconds),
                    None => ErrorPage::broken(&problem.detail),
                },
                _ => ErrorPage::broken(&problem.detail),
            },
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotSignedIn { .. } => StatusCode::SEE_OTHER,
            Self::NoCompany | Self::FormExpired => StatusCode::FORBIDDEN,
            Self::FormUnread(Unread::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FormUnread(Unread::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::FormUnread(Unread::BrokenOff) => StatusCode::BAD_REQUEST,
            Self::Problem(problem) => problem.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.insert_header((CACHE_CONTROL, "private, no-store"));
        if let Self::Problem(problem) = self
            && let Some(seconds) = problem.retry_after_seconds
        {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        if let Self::NotSignedIn { next } = self {
            let sign_in = match next.as_str() {
                "/" => "/sign-in".to_owned(),
                next => Query::default().with("next", next).at("/sign-in"),
            };
            return answer.insert_header((LOCATION, sign_in)).finish();
        }
        answer
            .content_type(ContentType::html())
            .body(self.page().render().unwrap_or_default())
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSignedIn { .. } => formatter.write_str("nobody is signed in"),
            Self::NoCompany => formatter.write_str("the person belongs to no company"),
            Self::FormExpired => formatter.write_str("the form does not carry the session's token"),
            Self::FormUnread(_) => formatter.write_str("the form could not be read"),
            Self::Problem(problem) => problem.fmt(formatter),
        }
    }
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<TenantKeysError> for PageError {
    fn from(error: TenantKeysError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<VaultError> for PageError {
    fn from(error: VaultError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<SetUpError> for PageError {
    fn from(error: SetUpError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Problem(Problem::internal(&error))
    }
}
