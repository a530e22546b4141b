//! What comes of one request to a license server: the answer or its failure, and the exchange for the record.

use std::fmt;
use std::time::Duration;

use strum::IntoStaticStr;

/// The outcome of one request, with what went over the wire.
#[derive(Debug)]
pub struct Reply<T> {
    /// What was sent and answered.
    pub exchange: Exchange,
    /// The answer in our words, or why there is none.
    pub result: Result<T, Failure>,
}

/// One request and its answer, as the timeline of an event shows them.
///
/// Bodies hold personal data and license keys: whoever stores an exchange seals them. Tokens are never in it, passwords
/// are masked, and so are addresses and keys in the query.
#[derive(Clone)]
pub struct Exchange {
    /// The HTTP method.
    pub method: &'static str,
    /// Path and query.
    pub url: String,
    /// The HTTP status; `None` when no answer came.
    pub status: Option<u16>,
    /// From sending to the last byte of the answer.
    pub duration: Duration,
    /// The body that was sent, if any.
    pub request: Option<String>,
    /// The body that was answered, if any; long ones are cut.
    pub response: Option<String>,
    /// Why no answer came; a sentence without personal data.
    pub error: Option<String>,
}

impl fmt::Debug for Exchange {
    /// Bodies stay out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("status", &self.status)
            .field("duration", &self.duration)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Why a request did not give what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What to do next depends on this alone.
    pub class: FailureClass,
    /// The server's words, 500 characters at most, without keys, tokens and addresses; for the vendor's eyes, not for logs.
    pub text: String,
    /// How long the server asks to wait, if it says so.
    pub after: Option<Duration>,
    /// Whether the change may have been made all the same, so that it must be settled before it is tried again.
    pub may_have_applied: bool,
}

/// The classes of failure; only the class decides what is done next.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum FailureClass {
    /// No answer, a broken answer, or a fault of the server: try again.
    Transient,
    /// Too many requests: try again later.
    RateLimited,
    /// The token is not accepted: everything of this server waits for a new one.
    Unauthorized,
    /// The token may not do this: actions of this kind wait for another one.
    Forbidden {
        /// The scope that the token lacks, as far as it can be told.
        scope: Option<String>,
    },
    /// No such thing there (any more).
    NotFound,
    /// Something of that name, key or address is there already, or the thing is in use.
    Conflict,
    /// Understood and refused: the same request will never succeed.
    Rejected,
    /// Answered well, but a field of the answer that is needed cannot be read: reading back tells what was done.
    Unreadable {
        /// The field, in the server's own words.
        field: &'static str,
    },
    /// The vendor's plan at the license server is used up.
    PlanLimit,
}

impl FailureClass {
    /// As the store and the log spell it.
    pub fn as_str(&self) -> &'static str {
        self.into()
    }

    /// Whether the server as a whole, not this one request, is at fault.
    pub const fn is_of_whole_server(&self) -> bool {
        matches!(
            self,
            Self::Transient | Self::RateLimited | Self::Unauthorized | Self::Forbidden { .. }
        )
    }
}

impl<T> Reply<T> {
    /// The same exchange with another answer.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        Reply {
            exchange: self.exchange,
            result: self.result.map(change),
        }
    }

    /// The same exchange with an answer that may turn out to be a failure.
    pub fn and_then<U>(self, change: impl FnOnce(T) -> Result<U, Failure>) -> Reply<U> {
        Reply {
            exchange: self.exchange,
            result: self.result.and_then(change),
        }
    }
}
