//! A Latchkey as a company runs it: the real program on a new SQLite file, with a sandbox license server beside it.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use latchkey::pipeline::clock::Clock;
use latchkey_sandbox::Sandbox;
use latchkey_sandbox::limiter::RateLimit;
use latchkey_sandbox::options::SandboxOptions;
use latchkey_sandbox::sample::ids;
use latchkey_sandbox::shared::SharedSandbox;
use latchkey_sandbox::socket;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::patience::eventually;
use crate::shop::{self, Order};

/// The person who looks after the company's licenses.
pub const EMAIL: &str = "ana@northwind.example";
/// Her password.
pub const PASSWORD: &str = "correct horse battery";
/// A product of the sandbox's sample catalog, as choices name it.
pub const LICENSE: &str = "Reverb";
const SECRET: &str = "a secret of the shop";

/// One company's Latchkey; all of it ends with this value.
pub struct Installation {
    /// Where the dashboard is.
    pub url: String,
    /// Where the license server is.
    pub license_server_url: String,
    api_token: String,
    _serve: Ending,
    folder: TempDir,
}

/// A store that was set up without the dashboard.
pub struct Store {
    /// Its id.
    pub id: String,
    /// The id of the account its licenses are made in.
    pub account_id: String,
    webhook_url: String,
}

/// A process that is killed when the test is done with it, or fails.
pub struct Ending(pub Child);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.kill().expect("a child of ours can be killed");
        self.0.wait().expect("a child of ours can be waited for");
    }
}

impl Installation {
    /// Starts the license server and Latchkey, and makes the company.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let license_server = serve_licenses();
        let port = free_port();
        let settings = [
            (
                "LATCHKEY_DATABASE_URL",
                format!("sqlite://{}", folder.path().join("latchkey.db").display()),
            ),
            ("LATCHKEY_OUTBOUND_ALLOW", license_server.clone()),
            ("LATCHKEY_LISTEN", format!("127.0.0.1:{port}")),
            ("LATCHKEY_METRICS_LISTEN", "off".to_owned()),
            ("LATCHKEY_SIGNUP", "open".to_owned()),
            // Nobody listens there: the shop's API does not answer.
            ("LATCHKEY_FASTSPRING_API", "http://127.0.0.1:1".to_owned()),
            ("LATCHKEY_LOG", "warn".to_owned()),
            // Nobody waits for calls here.
            ("LATCHKEY_BUDGETS", "*=5000/5s".to_owned()),
        ];
        let serve = program(&settings).arg("serve").spawn().unwrap();
        let serve = Ending(serve);
        let url = format!("http://127.0.0.1:{port}");
        eventually("a Latchkey that is ready", async || {
            let answer = Client::new().get(format!("{url}/readyz")).send().await;
            answer.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        Self {
            api_token: make_company(program(&settings)),
            license_server_url: format!("http://{license_server}"),
            _serve: serve,
            folder,
            url,
        }
    }

    /// Where files of this test may lie.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sets up an account and a store in which `studio` gives a license.
    pub async fn with_store(&self) -> Store {
        let account = json!({
            "kind": "cryptlex", "name": "Cryptlex", "base_url": self.license_server_url,
            "access_token": "a-token",
        });
        let account = self.call(Method::POST, "/license-servers", account).await;
        let store = json!({
            "kind": "fastspring", "name": "Northwind Audio",
            "license_server_id": account["id"], "webhook_secret": SECRET,
        });
        let store = self.call(Method::POST, "/storefronts", store).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mapping = json!({ "license_product_id": ids::REVERB });
        let path = format!("/storefronts/{}/mappings/studio", text(&store["id"]));
        self.call(Method::PUT, &path, mapping).await;
        Store {
            id: text(&store["id"]),
            account_id: text(&account["id"]),
            webhook_url: text(&store["webhook_url"]),
        }
    }

    /// Has the store ask before it takes anything away, and before it leaves a product out.
    pub async fn let_ask(&self, store: &Store) {
        let change = json!({
            "policy": { "endings": "ask", "unmapped_product": "park" },
            "api_username": "shop", "api_password": "a password", "fulfillment_key": "a key",
        });
        let path = format!("/storefronts/{}", store.id);
        self.call(Method::PATCH, &path, change).await;
    }

    /// Lets a product of the store give this.
    pub async fn map(&self, store: &Store, product: &str, mapping: Value) {
        let product = utf8_percent_encode(product, NON_ALPHANUMERIC);
        let path = format!("/storefronts/{}/mappings/{product}", store.id);
        self.call(Method::PUT, &path, mapping).await;
    }

    /// A machine of that name begins to use a license.
    pub async fn activate(&self, license: &str, machine: &str) {
        let key = self
            .call(
                Method::GET,
                &format!("/licenses/{license}/key"),
                Value::Null,
            )
            .await;
        let body = json!({ "key": key["key"], "os": "linux", "hostname": machine });
        let request = Client::new()
            .post(format!("{}/v3/activations", self.license_server_url))
            .bearer_auth("a-machine");
        let answer = request.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// Calls a product or template at the license server so.
    pub async fn rename_at_license_server(&self, list: &str, id: &str, name: &str) {
        let url = format!("{}/v3/{list}/{id}", self.license_server_url);
        let names = match list {
            "products" => json!({ "name": name, "displayName": name }),
            _ => json!({ "name": name }),
        };
        let request = Client::new()
            .patch(url)
            .bearer_auth("a-person")
            .json(&names);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// The bank takes back what was paid for an order, and nothing more happens.
    pub async fn charge_back(&self, store: &Store, order: &Order<'_>) {
        shop::charge_back(&store.webhook_url, SECRET, order).await;
        self.settle().await;
    }

    /// Sends an order to the store, and waits until nothing more happens with what came so far.
    pub async fn sell(&self, store: &Store, order: &Order<'_>) {
        self.send(store, order).await;
        self.settle().await;
    }

    /// Sends an order to the store.
    pub async fn send(&self, store: &Store, order: &Order<'_>) {
        shop::send(&store.webhook_url, SECRET, order).await;
    }

    /// Sends the store these events; tells whether they were taken.
    pub async fn deliver(&self, store: &Store, events: &[Value]) -> bool {
        let status = shop::deliver(&store.webhook_url, SECRET, events).await;
        assert!(!status.is_server_error(), "{status}");
        status.is_success()
    }

    /// Calls the store and its account so.
    pub async fn rename(&self, store: &Store, name: &str) {
        for path in [
            format!("/storefronts/{}", store.id),
            format!("/license-servers/{}", store.account_id),
        ] {
            self.call(Method::PATCH, &path, json!({ "name": name }))
                .await;
        }
    }

    /// Waits until nothing more happens with what came so far.
    pub async fn settle(&self) {
        eventually("orders that are done or wait for a person", async || {
            let open = self.ids("/events?state=received,working,retrying").await;
            open.is_empty().then_some(())
        })
        .await;
    }

    /// The ids under `items` of a list of the API, the newest first.
    pub async fn ids(&self, list: &str) -> Vec<String> {
        let list = self.call(Method::GET, list, Value::Null).await;
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let mut call = Client::new()
            .request(method, format!("{}/api/v1{path}", self.url))
            .bearer_auth(&self.api_token);
        if !body.is_null() {
            call = call.json(&body);
        }
        let answer = call.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// The program, told by these settings alone where to keep what and whom to answer.
fn program(settings: &[(&str, String)]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    program.envs(settings.iter().map(|(name, value)| (name, value)));
    program
}

/// Makes the company and its owner; returns its API token.
fn make_company(mut program: Command) -> String {
    let mut child = program
        .args(["admin", "create-tenant", "--name", "Northwind"])
        .args(["--email", EMAIL, "--password-stdin", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{PASSWORD}").unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    made["api_token"].as_str().unwrap().to_owned()
}

/// Serves the sample catalog from this process; returns its address.
fn serve_licenses() -> String {
    let clock = Clock::system();
    let options = SandboxOptions {
        rate_limit: RateLimit::off(),
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::sample(options, clock.now().as_jiff());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sandbox = SharedSandbox::new(sandbox);
    let server = socket::serve(sandbox, listener, Arc::new(move || clock.now().as_jiff()));
    tokio::spawn(server.unwrap());
    address
}

/// A port of this machine that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
