//! What can go wrong, as programs read it, with its words and its HTTP status.

use actix_web::http::StatusCode;
use strum::{IntoStaticStr, VariantArray};

/// What went wrong, as programs read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ProblemCode {
    /// No token, or none that is known.
    Unauthorized,
    /// The token may not do this.
    MissingScope,
    /// The operator has suspended the company, and nobody is called for it.
    CompanySuspended,
    /// No such thing, or another tenant's.
    NotFound,
    /// The address has other methods.
    MethodNotAllowed,
    /// Not JSON at all.
    Malformed,
    /// Larger than is read.
    TooLarge,
    /// Sent more slowly than is waited for.
    TooSlow,
    /// Fields that cannot be so.
    Invalid,
    /// What is there does not allow it.
    Conflict,
    /// More requests of one token than are taken.
    RateLimit,
    /// The budget of calls is used, or the server itself asks to wait.
    RateBudget,
    /// The licensing account does not do what was asked.
    LicenseServer,
    /// The database is away.
    Unavailable,
    /// A fault of the program.
    Internal,
}

impl ProblemCode {
    /// As programs read it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "A token is needed",
            Self::MissingScope => "The token may not do this",
            Self::CompanySuspended => "The company is suspended",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "The address has other methods",
            Self::Malformed => "The body cannot be read",
            Self::TooLarge => "The body is too large",
            Self::TooSlow => "The body came too slowly",
            Self::Invalid => "Some fields cannot be so",
            Self::Conflict => "What is there does not allow it",
            Self::RateLimit => "Too many requests of this token",
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
            Self::MissingScope | Self::CompanySuspended => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            Self::LicenseServer => StatusCode::BAD_GATEWAY,
            Self::RateBudget | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
