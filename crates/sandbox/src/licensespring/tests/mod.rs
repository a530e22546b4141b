//! The sandbox of this kind through its front door, without a socket.

mod access;
mod bundles;
mod catalog;
mod devices;
mod licenses;
mod lists;
mod orders;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::Sandbox;
use crate::licensespring::sample::codes;
use crate::limiter::RateLimit;
use crate::message::{Outcome, Request};
use crate::options::{Kind, PlanFeature, SandboxOptions};
use crate::shared::SharedSandbox;
use crate::snapshot::HandEdit;

const NOW: &str = "2027-01-31T10:00:00Z";

struct Caller {
    sandbox: SharedSandbox,
    now: Timestamp,
}

/// A caller of a strict sandbox with the sample catalog and no limits.
fn caller() -> Caller {
    caller_of(options())
}

fn caller_of(options: SandboxOptions) -> Caller {
    let now = NOW.parse().unwrap();
    let sandbox = SharedSandbox::new(Sandbox::sample(options, now));
    Caller { sandbox, now }
}

fn options() -> SandboxOptions {
    SandboxOptions {
        seed: Some(1),
        is_strict: true,
        rate_limit: RateLimit::off(),
        company_limit: RateLimit::off(),
        ..SandboxOptions::of(Kind::LicenseSpring)
    }
}

fn request(method: &str, url: &str, body: &Value) -> Request {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        api_key: Some("any".to_owned()),
        source_address: "192.0.2.1".to_owned(),
        body: match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        },
        ..Request::default()
    }
}

impl Caller {
    fn send(&self, method: &str, url: &str, body: Value) -> Outcome {
        let url = match url.starts_with('/') {
            true => url.to_owned(),
            false => format!("/api/v1/{url}"),
        };
        self.sandbox.handle(self.now, &request(method, &url, &body))
    }

    fn answer(&self, method: &str, url: &str, body: Value) -> (u16, Value) {
        let response = self.send(method, url, body).response;
        let body = serde_json::from_slice(&response.body).unwrap_or_default();
        (response.status, body)
    }

    /// What a call answers that must succeed.
    #[track_caller]
    fn done(&self, method: &str, url: &str, body: Value) -> Value {
        let (status, answer) = self.answer(method, url, body);
        assert!(status < 300, "{method} {url}: {status} {answer}");
        answer
    }

    /// An order of one license of a product.
    #[track_caller]
    fn order(&self, id: &str, product: &str, license: Value) -> Value {
        let item = json!({ "product_code": product, "licenses": [license] });
        let order = json!({ "id": id, "items": [item] });
        self.done("POST", "orders/create_order/", order)
    }

    /// The path of the first license of a fresh order, with what it is at first.
    #[track_caller]
    fn license(&self, product: &str, license: Value) -> (String, Value) {
        let order = self.order("O", product, license);
        let id = &order["order_items"][0]["licenses"][0]["id"];
        let path = format!("licenses/{id}/");
        let license = self.done("GET", &path, Value::Null);
        (path, license)
    }

    /// The refusal of an order of one license, by field; nothing may be left of it.
    #[track_caller]
    fn refused_order(&self, product: &str, license: &Value) -> (u16, String) {
        let item = json!({ "product_code": product, "licenses": [license] });
        let customer = json!({ "email": "buyer@example.com" });
        let order = json!({ "id": "refused", "items": [item], "customer": customer });
        let before = self.sandbox.licenses().len();
        let (status, refusal) = self.answer("POST", "orders/create_order/", order);
        let customers = self.done("GET", "customers/?email=buyer@example.com", Value::Null);
        let orders = self.done("GET", "orders/?store_id=refused", Value::Null);
        assert_eq!(
            (&customers["count"], &orders["count"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(self.sandbox.licenses().len(), before);
        (status, field_of(&refusal))
    }
}

/// The field that a refusal is about.
fn field_of(refusal: &Value) -> String {
    let fields = refusal.as_object().into_iter().flatten();
    fields.map(|(name, _)| name.as_str()).collect()
}
