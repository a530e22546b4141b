//! The license server of a world: a sandbox on a socket, with its ledger and its faults.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use jiff::Timestamp;
use latchkey::pipeline::clock::Clock;
use latchkey_sandbox::Sandbox;
use latchkey_sandbox::ledger::Ledger;
use latchkey_sandbox::message::Request;
use latchkey_sandbox::options::SandboxOptions;
use latchkey_sandbox::sample::ids;
use latchkey_sandbox::shared::SharedSandbox;
use latchkey_sandbox::snapshot::{HandEdit, LicenseSnapshot};
use serde_json::{Value, json};

use super::WorldOptions;

/// The sandbox and where it listens.
pub struct LicenseServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// The sandbox itself.
    pub sandbox: SharedSandbox,
    clock: Clock,
}

impl LicenseServer {
    /// Starts one with the sample catalog; unknown members are refused.
    pub fn start(clock: &Clock, options: &WorldOptions) -> Self {
        let options = SandboxOptions {
            seed: Some(1),
            is_strict: true,
            is_catalog_closed: !options.is_catalog_open,
            rate_limit: options.rate_limit,
            ..SandboxOptions::default()
        };
        let sandbox = SharedSandbox::new(Sandbox::sample(options, clock.now().as_jiff()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let time = clock.clone();
        let now = Arc::new(move || time.now().as_jiff());
        let server = latchkey_sandbox::socket::serve(sandbox.clone(), listener, now);
        tokio::spawn(server.expect("the sandbox listens"));
        Self {
            address,
            sandbox,
            clock: clock.clone(),
        }
    }

    /// What vendors enter.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub fn ledger(&self) -> Ledger {
        self.sandbox.ledger()
    }

    /// How many requests of this kind there were.
    pub fn calls(&self, kind: &str) -> usize {
        let ledger = self.ledger();
        ledger.entries().filter(|entry| entry.kind == kind).count()
    }

    /// How many requests of this kind changed something.
    pub fn effects(&self, kind: &str) -> usize {
        let ledger = self.ledger();
        ledger
            .entries()
            .filter(|entry| entry.kind == kind && entry.took_effect)
            .count()
    }

    /// How many requests there were that might have changed something.
    pub fn writes(&self) -> usize {
        let ledger = self.ledger();
        ledger
            .entries()
            .filter(|entry| entry.method != "GET")
            .count()
    }

    /// The licenses there are, oldest first.
    pub fn licenses(&self) -> Vec<LicenseSnapshot> {
        self.sandbox.licenses()
    }

    /// The only license there is.
    #[track_caller]
    pub fn license(&self) -> LicenseSnapshot {
        let mut licenses = self.licenses();
        assert_eq!(licenses.len(), 1, "{licenses:#?}");
        licenses.remove(0)
    }

    /// The licenses that were deleted.
    pub fn deleted(&self) -> Vec<LicenseSnapshot> {
        self.sandbox.deleted_licenses()
    }

    /// Each license in a line: product, end, how it stands, and how many machines may use it.
    pub fn shown(&self) -> Vec<String> {
        let there = self.licenses();
        let gone = self.deleted();
        let there = there.iter().map(line);
        there
            .chain(
                gone.iter()
                    .map(|license| format!("{} deleted", product(license))),
            )
            .collect()
    }

    /// The license of a subscription in a line.
    pub fn shown_of(&self, subscription: &str) -> String {
        let licenses = self.licenses();
        let names = |license: &&LicenseSnapshot| {
            license
                .metadata
                .get("fastspring_subscription_id")
                .is_some_and(|id| id == subscription)
        };
        licenses
            .iter()
            .find(names)
            .map_or_else(|| "deleted".to_owned(), line)
    }

    /// What the license server answers to a question.
    pub fn ask(&self, path: &str) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        self.request(Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            ..Request::default()
        })
    }

    /// The features that a license has by itself, with their values.
    pub fn features(&self, license: &LicenseSnapshot) -> Vec<(String, String)> {
        let path = format!("/v3/licenses/{}/feature-entitlements", license.id);
        let rows = self.ask(&path);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = rows.as_array().expect("a list").iter();
        rows.map(|row| (text(&row["featureName"]), text(&row["value"])))
            .collect()
    }

    /// The user that a license is linked to.
    pub fn user_of(&self, license: &LicenseSnapshot) -> Value {
        let id = license.user_id.as_ref().expect("the license has a user");
        self.ask(&format!("/v3/users/{id}"))
    }

    /// A machine begins to use a license.
    pub fn activate(&self, license: &LicenseSnapshot) {
        let body = json!({ "key": license.key, "os": "linux", "hostname": "studio" });
        self.tell("/v3/activations", &body);
    }

    /// Something that somebody else posts there.
    pub fn tell(&self, path: &str, body: &Value) {
        self.request(Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            body: body.to_string().into_bytes(),
            ..Request::default()
        });
    }

    /// Something that somebody else changes below `/v3`.
    pub fn patch(&self, path: &str, body: &Value) {
        self.request(Request {
            method: "PATCH".to_owned(),
            path: format!("/v3/{path}"),
            body: body.to_string().into_bytes(),
            ..Request::default()
        });
    }

    /// Something that somebody removes below `/v3`.
    pub fn delete(&self, path: &str) {
        self.request(Request {
            method: "DELETE".to_owned(),
            path: format!("/v3/{path}"),
            ..Request::default()
        });
    }

    fn request(&self, request: Request) -> Value {
        let request = Request {
            bearer: Some("a person".to_owned()),
            source_address: "127.0.0.1".to_owned(),
            ..request
        };
        let outcome = self.sandbox.handle(self.now(), &request);
        let text = String::from_utf8_lossy(&outcome.response.body).into_owned();
        assert!(outcome.response.status < 300, "{}: {text}", request.path);
        if text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).expect("an answer in JSON")
    }

    /// What it shows at a path below `/v3`.
    pub fn at(&self, path: &str) -> Value {
        self.ask(&format!("/v3/{path}"))
    }

    /// Has a person add something below `/v3`, and gives its id.
    pub fn added(&self, path: &str, body: &Value) -> String {
        let added = self.request(Request {
            method: "POST".to_owned(),
            path: format!("/v3/{path}"),
            body: body.to_string().into_bytes(),
            ..Request::default()
        });
        added["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns when a request of this kind has come.
    pub async fn reached(&self, kind: &str) {
        self.asked_again(kind, 0).await;
    }

    /// Returns when more requests of this kind have come than these.
    pub async fn asked_again(&self, kind: &str, before: usize) {
        while self.calls(kind) <= before {
            tokio::task::yield_now().await;
        }
    }

    /// These faults and no others.
    pub fn faults(&self, faults: &[&str]) {
        let faults = faults.iter().map(|fault| fault.parse().expect("a fault"));
        self.sandbox.set_faults(faults.collect());
    }

    /// What a person changes there.
    pub fn edit_by_hand(&self, id: &str, edit: HandEdit) {
        let is_there = self.sandbox.edit_license_by_hand(self.now(), id, edit);
        assert!(is_there, "no license {id}");
    }

    fn now(&self) -> Timestamp {
        self.clock.now().as_jiff()
    }
}

fn line(license: &LicenseSnapshot) -> String {
    let end = match (license.expires_at, license.is_perpetual) {
        (Some(end), _) => format!("until {}", &end.to_string()[..16]),
        (None, true) => "for ever".to_owned(),
        (None, false) => "not begun".to_owned(),
    };
    let standing = match (license.is_revoked, license.is_suspended) {
        (true, _) => "revoked",
        (false, true) => "suspended",
        (false, false) => "runs",
    };
    format!("{} {end} {standing}", product(license))
}

fn product(license: &LicenseSnapshot) -> &'static str {
    match license.product_id.as_str() {
        ids::STUDIO_PRO => "Pro",
        ids::STUDIO_LITE => "Lite",
        ids::REVERB => "Reverb",
        _ => "other",
    }
}
