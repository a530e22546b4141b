//! The sandbox through its front door, without a socket.

mod faults;
mod licenses;
mod terms;
mod things;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::Sandbox;
use crate::cryptlex::sample::ids;
use crate::limiter;
use crate::message::{Ending, Outcome, Request};
use crate::options::{MetadataPatch, RenewalBase, SandboxOptions};
use crate::shared::SharedSandbox;
use crate::snapshot::HandEdit;

const NOW: &str = "2027-01-31T10:00:00Z";

struct Caller {
    sandbox: SharedSandbox,
    now: Timestamp,
}

fn caller(options: SandboxOptions) -> Caller {
    let now = NOW.parse().unwrap();
    let options = SandboxOptions {
        seed: Some(1),
        rate_limit: limiter::RateLimit::off(),
        ..options
    };
    let sandbox = SharedSandbox::new(Sandbox::sample(options, now));
    Caller { sandbox, now }
}

impl Caller {
    fn send(&self, method: &str, url: &str, body: Value) -> Outcome {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            bearer: Some("any".to_owned()),
            api_key: None,
            source_address: "192.0.2.1".to_owned(),
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        };
        self.sandbox.handle(self.now, &request)
    }

    fn answer(&self, method: &str, url: &str, body: Value) -> (u16, Value) {
        let response = self.send(method, url, body).response;
        let body = serde_json::from_slice(&response.body).unwrap_or_default();
        (response.status, body)
    }

    fn license(&self, body: Value) -> Value {
        let (status, license) = self.answer("POST", "/v3/licenses", body);
        assert_eq!(status, 201, "{license}");
        license
    }

    fn user(&self, email: &str) -> (u16, Value) {
        let body = json!({ "email": email, "firstName": "Ada", "password": "12345678" });
        self.answer("POST", "/v3/users", body)
    }
}
