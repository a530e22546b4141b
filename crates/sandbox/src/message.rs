//! What goes into the sandbox and what comes out of it, free of any socket.

use std::time::Duration;

use serde_json::Value;

/// One HTTP request as the sandbox sees it. It may carry a token, so it does not print itself.
#[derive(Clone, Default)]
pub struct Request {
    /// The verb in capitals.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query's pairs, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The text after `Bearer`; `None` without such a header.
    pub bearer: Option<String>,
    /// The text after `Api-Key`; `None` without such a header.
    pub api_key: Option<String>,
    /// Whom the rate limit counts.
    pub source_address: String,
    /// The body, empty when there is none.
    pub body: Vec<u8>,
}

/// One HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers, the content type among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the socket has to do for one request.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The request's place in the ledger; `None` for the control endpoints, which it does not list.
    pub number: Option<u64>,
    /// What to answer.
    pub response: Response,
    /// How long to wait first.
    pub delay: Option<Duration>,
    /// How the answer leaves.
    pub ending: Ending,
}

/// How an answer leaves the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As a whole.
    Whole,
    /// Not at all: the connection closes. Whether the work was done before is the ledger's to say.
    Dropped,
    /// One byte at a time with this pause after each.
    SlowBytes(Duration),
}

/// What a call comes to: an answer, or why not.
pub type Answer = Result<Response, Refusal>;

/// A request that is turned down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// For people; callers never branch on it.
    pub message: String,
    /// For programs; mostly absent, as on the real server.
    pub code: Option<&'static str>,
    /// The member of the body that it is about; `None` where it is about the whole.
    pub field: Option<String>,
}

impl Response {
    /// A JSON answer.
    pub fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body: value.to_string().into_bytes(),
        }
    }

    /// A plain-text answer.
    pub fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/plain".to_owned())],
            body: text.as_bytes().to_vec(),
        }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| *header == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Refusal {
    /// A refusal without a code.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            code: None,
            field: None,
        }
    }

    /// The body breaks a rule.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// A member of the body breaks a rule.
    pub fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::invalid(message)
        }
    }

    /// No such thing. The real server gives no code here.
    pub fn not_found(what: &str) -> Self {
        Self::new(404, format!("{what} not found!"))
    }

    /// A value that must be unique is taken.
    pub fn duplicate(message: impl Into<String>) -> Self {
        Self {
            status: 409,
            message: message.into(),
            code: Some("DUPLICATE_FIELD_VALUE"),
            field: None,
        }
    }
}
