//! A process that logs all there is, servers that repeat what it tells them, and a company whose secrets it keeps.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use latchkey_sandbox::sample::ids;
use reqwest::Method;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::table::{
    ACCESS_TOKEN, MAIL_PASSWORD, OLDER_WEBHOOK_SECRET, PRODUCT_KEY, SHOP_API, STORE_KEY,
    WEBHOOK_SECRET,
};
use super::visitor::Visitor;
use crate::processes::license_server::LicenseServer;
use crate::processes::program::{Serving, Setup};
use crate::servers::Server;
use crate::shop::{Event, SIGNATURE_HEADER, body, sign};

/// The owner's address. Accounts are found by their addresses, so the database holds those, but no log does.
pub const OWNER: &str = "owner@northwind.example";
/// The end of the addresses of people who sign up.
pub const STRANGER: &str = "stranger@example.com";
/// What takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the license server that repeats answers to one request after the other; in the end it refuses the token.
pub const REFUSALS: &[u16] = &[400, 200, 422, 404, 409, 500, 403, 401];

/// All of it.
pub struct World {
    pub setup: Setup,
    pub serving: Serving,
    pub license_server: LicenseServer,
    /// The license server that repeats.
    pub repeater: Server,
    pub mail: Server,
    pub traces: Server,
    pub metrics_url: String,
    pub owner: Visitor,
    pub stranger: Visitor,
    pub company: Company,
    /// What was made here and opens something.
    pub secrets: Vec<String>,
    answers: TempDir,
}

/// A company with an account and a store.
pub struct Company {
    pub password: String,
    /// The path of the account in the API, and on pages below `/setup`.
    pub account: String,
    pub store: String,
    /// Where the shop posts.
    pub hook: String,
}

impl World {
    /// Each secret of the company is also sent where something else is wrong.
    pub async fn new(setup: Setup) -> Self {
        let license_server = LicenseServer::unlimited(&[]);
        let repeater = Server::of_http(REFUSALS).await;
        let shop = Server::of_http(&[400, 200, 404, 500, 403, 401]).await;
        let (mail, traces) = (Server::of_mail().await, Server::of_http(&[200]).await);
        let metrics = free_address();
        let mail_url = format!("smtp://mailer:{MAIL_PASSWORD}@{}", mail.address);
        let allowed = format!("{},{}", license_server.address, repeater.address);
        let url = |server: &Server| format!("http://{}", server.address);
        let setup = setup
            .with("LATCHKEY_LOG", "trace")
            .with("LATCHKEY_METRICS_LISTEN", metrics.to_string())
            .with("LATCHKEY_OTLP_ENDPOINT", url(&traces))
            .with("LATCHKEY_SMTP_URL", mail_url)
            .with("LATCHKEY_MAIL_FROM", "Latchkey <latchkey@example.com>")
            .with("LATCHKEY_SIGNUP", "open")
            .with("LATCHKEY_OUTBOUND_ALLOW", allowed)
            .with("LATCHKEY_FASTSPRING_API", url(&shop));
        let serving = setup.serve();
        let answers = tempfile::tempdir().expect("a temporary folder");
        let visitor = |name| Visitor::new(serving.address, answers.path().join(name));
        let mut owner = visitor("owner");
        let mut secrets = Vec::new();
        let company = Company::new(&setup, &mut owner, &license_server, &mut secrets).await;
        Self {
            stranger: visitor("stranger"),
            metrics_url: format!("http://{metrics}/metrics"),
            setup,
            serving,
            license_server,
            repeater,
            mail,
            traces,
            owner,
            company,
            secrets,
            answers,
        }
    }

    /// What was told the owner, and what strangers and operators; each answer is a file.
    pub fn answers(&self) -> [PathBuf; 2] {
        ["owner", "stranger"].map(|name| self.answers.path().join(name))
    }

    /// The database, its journal, and all that was logged.
    pub fn folder(&self) -> &Path {
        self.setup.folder()
    }

    /// The shop sends these in one delivery.
    pub async fn deliver(&mut self, events: &[Event]) {
        let body = body(events);
        let request = self.owner.request(Method::POST, &self.company.hook);
        let request = request.header(SIGNATURE_HEADER, sign(WEBHOOK_SECRET, &body));
        let answer = self.owner.send(request.body(body)).await;
        assert!(answer.contains(&events[0].id), "{answer}");
    }

    /// Until nothing is in line or in work.
    pub async fn settle(&mut self) {
        let begun = Instant::now();
        for state in ["received", "working", "received"] {
            let path = format!("/events?state={state}");
            while !self.owner.ids(&path).await.is_empty() {
                assert!(begun.elapsed() < PATIENCE, "some are {state} still");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }

    /// Until the log says this so often.
    pub async fn wait_for_log(&self, message: &str, times: usize) {
        let begun = Instant::now();
        while self.serving.log().matches(message).count() < times {
            assert!(begun.elapsed() < PATIENCE, "the log never says: {message}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Company {
    async fn new(
        setup: &Setup,
        owner: &mut Visitor,
        license_server: &LicenseServer,
        secrets: &mut Vec<String>,
    ) -> Self {
        let arguments = ["admin", "create-tenant", "--name", "northwind"];
        let made = setup.run(&[&arguments[..], &["--email", OWNER, "--json"]].concat());
        // It is told this once.
        fs::remove_file(setup.folder().join("1.out")).expect("the second command's answer");
        let made: Value = serde_json::from_str(&made.output).expect("one line of JSON");
        let member = |name: &str| made[name].as_str().expect("a text").to_owned();
        let password = member("password");
        owner.token = member("api_token");
        secrets.extend([password.clone(), owner.token.clone()]);
        let url = format!("http://{}", license_server.address);
        let body = json!({ "kind": "cryptlex", "name": "Cryptlex", "base_url": url, "access_token": ACCESS_TOKEN });
        let account = create(owner, "/license-servers", "base_url", &body).await;
        let policy = json!({ "preset": "cryptlex", "unmapped_product": "park" });
        let id = account.trim_start_matches("/license-servers/");
        let body = json!({
            "kind": "fastspring", "name": "Shop", "license_server_id": id, "policy": policy,
            "webhook_secret": OLDER_WEBHOOK_SECRET, "fulfillment_key": STORE_KEY,
        });
        let store = create(owner, "/storefronts", "mode", &with(body, &SHOP_API)).await;
        let shown = owner.get(&store).await;
        let url = shown["webhook_url"].as_str().expect("an address");
        let hook = url[url.find("/hooks/").expect("a path")..].to_owned();
        let secret = json!({ "webhook_secret": WEBHOOK_SECRET, "overlap_hours": 48 });
        let path = format!("{store}/rotate-secret");
        let request = owner.api(Method::POST, &path).json(&secret);
        // It is told this once.
        owner.ask_once(request).await;
        for product in [json!(7), json!(ids::REVERB)] {
            let product = json!({ "license_product_id": product, "fulfillment_key": PRODUCT_KEY });
            let path = format!("{store}/mappings/reverb");
            owner.call(Method::PUT, &path, &product).await;
        }
        Self {
            password,
            account,
            store,
            hook,
        }
    }
}

/// Makes it through the API, after everything that can be wrong with it; tells its path.
async fn create(owner: &mut Visitor, path: &str, spoiled: &str, right: &Value) -> String {
    let members = right.as_object().expect("an object");
    let mut wrong: Vec<Value> = members
        .iter()
        .map(|(name, value)| replaced(right, name, json!([value])))
        .collect();
    wrong.push(replaced(right, spoiled, json!("no such thing")));
    for body in wrong {
        owner.call(Method::POST, path, &body).await;
    }
    let text = right.to_string();
    for cut in [text.len() - 1, text.len() / 2] {
        let request = owner.api(Method::POST, path);
        let request = request.header("content-type", "application/json");
        owner.send(request.body(text[..cut].to_owned())).await;
    }
    let made = owner.call(Method::POST, path, right).await;
    let id = made["id"].as_str();
    format!("{path}/{}", id.unwrap_or_else(|| panic!("{made}")))
}

fn replaced(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[name] = value;
    object
}

/// Where nobody listens yet.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}

/// With these members too.
pub fn with(object: Value, members: &[(&str, &str)]) -> Value {
    let mut object: Map<String, Value> = object.as_object().cloned().unwrap_or_default();
    for (name, text) in members {
        object.insert((*name).to_owned(), json!(text));
    }
    Value::Object(object)
}
