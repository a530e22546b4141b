//! Sends one operation, keeps the exchange for the record, and reads the answer.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::domain::masked;
use crate::license_servers::Account;
use crate::license_servers::cryptlex::failure::{self, BadAnswer};
use crate::license_servers::cryptlex::operation::{Method, Operation, PAGE_SIZE};
use crate::license_servers::http::fields::{Fields, FromFields};
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
            let unreadable = || failure::unreadable(answer.status, is_change);
            let value: Value =
                serde_json::from_slice(&answer.body).map_err(|_no_json| unreadable())?;
            let fields = Fields::of(&value).ok_or_else(unreadable)?;
            T::read(&fields).map_err(|field| failure::not_understood(field, is_change))
        })
    }

    /// Sends the operation and takes the list that is answered; its items are read one by one.
    pub async fn list(self, operation: Operation) -> Reply<List> {
        let is_change = operation.is_change();
        self.send(operation).await.and_then(|answer| {
            serde_json::from_slice(&answer.body)
                .map(List)
                .map_err(|_no_list| failure::unreadable(answer.status, is_change))
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
                exchange.response =
                    recorded(&response.body, self.account.token.expose_secret().trim());
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
            ("authorization", format!("Bearer {token}")),
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

/// A list that was answered. One item that cannot be read is no reason not to read the others.
pub struct List(Vec<Value>);

impl List {
    /// A list of these.
    #[cfg(test)]
    pub fn of(items: &[Value]) -> Self {
        Self(items.to_vec())
    }

    /// No total is ever given: a page that is not full is the last.
    pub fn is_last(&self) -> bool {
        self.0.len() < PAGE_SIZE
    }

    /// What can be read. What cannot is passed over, unless it may be what was asked for.
    pub fn read<T: FromFields>(
        &self,
        may_be_wanted: impl Fn(&Fields<'_>) -> bool,
    ) -> Result<Vec<T>, Failure> {
        let mut items = Vec::new();
        for fields in self.objects() {
            match T::read(&fields) {
                Ok(item) => items.push(item),
                Err(field) if may_be_wanted(&fields) => {
                    return Err(failure::not_understood(field, false));
                }
                Err(_of_no_interest) => {}
            }
        }
        Ok(items)
    }

    /// Its items that are objects.
    pub fn objects(&self) -> impl Iterator<Item = Fields<'_>> {
        self.0.iter().filter_map(Fields::of)
    }
}

/// A server may repeat what it was sent.
fn without_secrets(account: &Account, operation: &Operation, mut failure: Failure) -> Failure {
    let mut secrets = operation.secrets();
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

fn judge(operation: &Operation, response: Response) -> Result<Answer, Failure> {
    if let 200..300 = response.status {
        return Ok(Answer {
            status: response.status,
            body: response.body,
        });
    }
    Err(failure::classify(BadAnswer {
        status: response.status,
        retry_after: response.retry_after(),
        location: response.header("location"),
        body: &response.body,
        scope: operation.scope,
        is_change: operation.is_change(),
    }))
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

/// `None` for an empty body; without the token, should it be repeated, and cut where it is long, never inside a character.
fn recorded(body: &[u8], token: &str) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let text = masked::without(&String::from_utf8_lossy(body), &[token]);
    if text.len() <= RECORDED_BYTES {
        return Some(text);
    }
    let kept = text.get(..text.floor_char_boundary(RECORDED_BYTES))?;
    Some(format!("{kept} … (cut)"))
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
