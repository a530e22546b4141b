//! One request and its answer, and what is known when there is none.

use std::error::Error;
use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::{Client, Method};
use url::Url;

use crate::outbound::UrlRefused;
use crate::outbound::resolve::ResolveError;

/// A request. Has no `Debug`: headers and body hold secrets and personal data.
#[derive(Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Names and values, sent as they are.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// From the first byte out to the last byte in, connecting included.
    pub timeout: Duration,
    /// A longer answer is a [`Lost`] one.
    pub max_body_bytes: usize,
}

/// An answer of whatever status, redirects too.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case; values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// No usable answer. Never holds text of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The request surely did not arrive: nothing happened there.
    #[error("the request was not sent: {0}")]
    NotSent(NotSent),
    /// The request may have arrived and may have been carried out.
    #[error("the answer was lost: {0}")]
    Lost(Lost),
}

/// Why a request did not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The guard does not let it out.
    #[error("{0}")]
    Refused(UrlRefused),
    /// The leave is for another origin.
    #[error("nobody granted leave to send to this address")]
    WithoutLeave,
    /// A header has characters that headers cannot have.
    #[error("the request cannot be written as HTTP")]
    Malformed,
    /// The host's name has no address.
    #[error("the name {0} cannot be found")]
    NameNotFound(String),
    /// Nobody answered in time.
    #[error("connecting took longer than {} s", CONNECT_TIMEOUT.as_secs())]
    ConnectTimeout,
    /// Refused, unreachable, or without a valid certificate.
    #[error("the connection could not be made")]
    ConnectFailed,
}

/// What became of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Not all of it came in time.
    #[error("it did not come in time")]
    Timeout,
    /// The connection broke, or what came was not HTTP.
    #[error("the connection broke")]
    Broken,
    /// Longer than the request's limit.
    #[error("it was longer than {0} bytes")]
    TooLarge(usize),
}

/// How long a call may take unless it says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// How long an answer may be unless the request says otherwise.
pub const LARGEST_BODY_BYTES: usize = 8 * 1024 * 1024;
/// How long connecting may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

impl Request {
    /// Without headers and body, with the usual limits.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body: None,
            timeout: TIMEOUT,
            max_body_bytes: LARGEST_BODY_BYTES,
        }
    }
}

impl Response {
    /// The first value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// How long the other side asks to wait: `Retry-After` in seconds, or as a date beside its own `Date`.
    pub fn retry_after(&self) -> Option<Duration> {
        let asked = self.header("retry-after")?.trim();
        if let Ok(seconds) = asked.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = |text: &str| rfc2822::parse(text).ok();
        let wait = date(asked)?.duration_since(&date(self.header("date")?)?);
        // One that is over is none.
        Duration::try_from(wait).ok()
    }
}

impl SendError {
    /// Whether the other side may have acted on the request.
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Lost(_))
    }
}

pub(super) async fn send(client: &Client, request: Request) -> Result<Response, SendError> {
    let max_body_bytes = request.max_body_bytes;
    let mut outgoing = client
        .request(request.method, request.url)
        .timeout(request.timeout);
    for (name, value) in request.headers {
        outgoing = outgoing.header(name, value);
    }
    if let Some(body) = request.body {
        outgoing = outgoing.body(body);
    }
    let response = outgoing.send().await.map_err(classify)?;
    read(response, max_body_bytes).await
}

async fn read(
    mut response: reqwest::Response,
    max_body_bytes: usize,
) -> Result<Response, SendError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > max_body_bytes {
            return Err(SendError::Lost(Lost::TooLarge(max_body_bytes)));
        }
        body.extend_from_slice(&chunk);
    }
    let text = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    Ok(Response {
        status: response.status().as_u16(),
        headers: response.headers().iter().filter_map(text).collect(),
        body,
    })
}

fn classify(error: reqwest::Error) -> SendError {
    SendError::NotSent(match resolve_error(&error) {
        Some(ResolveError::NotFound(name)) => NotSent::NameNotFound(name.clone()),
        Some(ResolveError::Private(name)) => NotSent::Refused(UrlRefused::Private(name.clone())),
        None if error.is_builder() => NotSent::Malformed,
        None if error.is_connect() && error.is_timeout() => NotSent::ConnectTimeout,
        None if error.is_connect() => NotSent::ConnectFailed,
        None => return lost(&error),
    })
}

fn lost(error: &reqwest::Error) -> SendError {
    SendError::Lost(if error.is_timeout() {
        Lost::Timeout
    } else {
        Lost::Broken
    })
}

fn resolve_error(error: &reqwest::Error) -> Option<&ResolveError> {
    std::iter::successors(error.source(), |cause| (**cause).source())
        .find_map(|cause| cause.downcast_ref())
}
