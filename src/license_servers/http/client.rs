//! Sends one operation, keeps the exchange for the record, and reads the answer.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::domain::masked;
use crate::license_servers::Account;
use crate::license_servers::http::failure::{self, BadAnswer};
use crate::license_servers::http::fields::{Fields, FromFields};
use crate::license_servers::http::operation::{Method, Operation, mask};
use crate::license_servers::http::paging::List;
use crate::license_servers::reply::{Exchange, Failure, FailureClass, Reply};
use crate::outbound::{self, Leave, NotSent, Request, Response, SendError};

/// What the record keeps of an answer; lists may be longer.
const RECORDED_BYTES: usize = 64 * 1024;

/// One account at the vendor, and the leave to send it one operation.
pub struct Client {
    account: Account,
    leave: Leave,
}

impl Client {
    /// Sends nothing yet.
    pub const fn new(account: Account, leave: Leave) -> Self {
        Self { account, leave }
    }

    /// The access token.
    pub const fn token(&self) -> &SecretString {
        &self.account.token
    }

    /// Sends the operation and reads the object that is answered.
    pub async fn ask<T: FromFields>(self, operation: Operation) -> Reply<T> {
        let is_change = operation.is_change();
        self.send(operation).await.and_then(|answer| {
            let value = answer.json();
            let fields = value.as_ref().and_then(Fields::of);
            let fields = fields.ok_or_else(|| failure::unreadable(answer.status, is_change))?;
            T::read(&fields).map_err(|field| failure::not_understood(field, is_change))
        })
    }

    /// Sends the operation and takes the list that is answered; its items are read one by one.
    pub async fn list(self, operation: Operation) -> Reply<List> {
        let (paging, is_change) = (operation.dialect.paging, operation.is_change());
        self.send(operation).await.and_then(|answer| {
            let list = answer.json().and_then(|value| paging.list(value));
            list.ok_or_else(|| failure::unreadable(answer.status, is_change))
        })
    }

    /// Sends the operation and takes the texts that are answered in an array.
    pub async fn texts(self, operation: Operation) -> Reply<Vec<String>> {
        let is_change = operation.is_change();
        self.send(operation).await.and_then(|answer| {
            let texts = serde_json::from_slice(&answer.body);
            texts.map_err(|_no_texts| failure::unreadable(answer.status, is_change))
        })
    }

    /// Sends the operation; whatever a good answer says is of no interest.
    pub async fn tell(self, operation: Operation) -> Reply<()> {
        self.send(operation).await.map(|_answer| ())
    }

    async fn send(self, operation: Operation) -> Reply<Answer> {
        let mut exchange = Exchange {
            method: operation.method.as_str(),
            url: format!("{}{}", self.account.base_url.path(), operation.shown_target),
            status: None,
            duration: Duration::ZERO,
            request: operation.shown_body(),
            response: None,
            error: None,
        };
        let request = match self.request(&operation) {
            Ok(request) => request,
            Err(reason) => {
                exchange.error = Some(format!("not sent: {reason}"));
                return Reply {
                    result: Err(failure::refused(&reason)),
                    exchange,
                };
            }
        };

        let begin = Instant::now();
        let sent = self.account.outbound.send(self.leave, request).await;
        exchange.duration = begin.elapsed();
        let result = match sent {
            Ok(response) => {
                exchange.status = Some(response.status);
                let token = self.account.token.expose_secret().trim();
                exchange.response =
                    recorded(&response.body, token, operation.dialect.masked_members);
                judge(&operation, response)
                    .map_err(|failure| without_secrets(&self.account, &operation, failure))
            }
            Err(error) => {
                exchange.error = Some(error.to_string());
                Err(not_answered(&operation, &error))
            }
        };
        Reply { exchange, result }
    }

    /// What goes out, or why it must not.
    fn request(&self, operation: &Operation) -> Result<Request, String> {
        if let Some(reason) = &operation.refusal {
            return Err(reason.clone());
        }
        let url = format!("{}{}", self.account.base_url, operation.target);
        let url = Url::parse(&url).map_err(|error| error.to_string())?;
        let token = self.token().expose_secret().trim();
        let mut headers = vec![
            (
                "authorization",
                format!("{} {token}", operation.dialect.authorization),
            ),
            ("accept", "application/json".to_owned()),
        ];
        let body = operation.body.as_ref().map(|body| {
            headers.push(("content-type", "application/json".to_owned()));
            body.to_string().into_bytes()
        });
        if body.is_none() && operation.method == Method::Post {
            // Left out by the HTTP client, but web servers may answer 411 without it.
            headers.push(("content-length", "0".to_owned()));
        }
        Ok(Request {
            headers,
            body,
            timeout: operation.timeout,
            ..Request::new(method(operation.method), url)
        })
    }
}

/// A server may repeat what it was sent.
fn without_secrets(account: &Account, operation: &Operation, mut failure: Failure) -> Failure {
    let mut secrets: Vec<&str> = operation.exposed_secrets().collect();
    secrets.push(account.token.expose_secret().trim());
    failure.text = masked::without(&failure.text, &secrets);
    failure
}

const fn method(method: Method) -> outbound::Method {
    match method {
        Method::Get => outbound::Method::GET,
        Method::Post => outbound::Method::POST,
        Method::Patch => outbound::Method::PATCH,
        Method::Delete => outbound::Method::DELETE,
    }
}

/// A good answer.
struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

fn judge(operation: &Operation, response: Response) -> Result<Answer, Failure> {
    if let 200..300 = response.status {
        return Ok(Answer {
            status: response.status,
            body: response.body,
        });
    }
    let bad = BadAnswer {
        status: response.status,
        retry_after: response.retry_after(),
        location: response.header("location"),
        body: &response.body,
        scope: operation.scope,
        is_change: operation.is_change(),
    };
    Err(failure::classify(operation.dialect, bad))
}

fn not_answered(operation: &Operation, error: &SendError) -> Failure {
    // All headers but the token are ours.
    if *error == SendError::NotSent(NotSent::Malformed) {
        return Failure {
            class: FailureClass::Unauthorized,
            text: "the access token holds characters that no token has".to_owned(),
            after: None,
            may_have_applied: false,
        };
    }
    Failure {
        class: FailureClass::Transient,
        text: error.to_string(),
        after: None,
        may_have_applied: operation.is_change() && error.may_have_arrived(),
    }
}

/// `None` for an empty body; without the token, should it be repeated, without the values of masked members, and cut
/// where it is long, never inside a character.
fn recorded(body: &[u8], token: &str, masked_members: &[&str]) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let mut text = String::from_utf8_lossy(body).into_owned();
    // What has nothing to mask is kept as it came.
    if masked_members.iter().any(|name| text.contains(name))
        && let Ok(mut json) = serde_json::from_slice(body)
        && mask(&mut json, masked_members)
    {
        text = json.to_string();
    }
    let text = masked::without(&text, &[token]);
    if text.len() <= RECORDED_BYTES {
        return Some(text);
    }
    let kept = text.get(..text.floor_char_boundary(RECORDED_BYTES))?;
    Some(format!("{kept} … (cut)"))
}
