//! A vendor whose shop posts to whichever process is there.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use latchkey_sandbox::sample::ids;
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::license_server::LicenseServer;
use super::program::Setup;
use crate::shop::{Event, SIGNATURE_HEADER, body, sign};

/// What the shop signs with.
pub const SECRET: &str = "secret-of-the-shop";
/// What is sold: product path, product, template.
const MAPPINGS: [(&str, &str, &str); 2] = [
    ("studio-pro", ids::STUDIO_PRO, ids::MONTHLY),
    ("reverb", ids::REVERB, ids::PERPETUAL),
];
/// A license whose answer was lost stays untouched for 16 s; the rest is a busy machine.
const SETTLED_WITHIN: Duration = Duration::from_secs(120);
/// Events that stand so are not worked yet.
const OPEN: [&str; 5] = ["received", "working", "waiting", "retrying", "parked"];
/// Questions to the API at once.
const AT_ONCE: usize = 8;

/// How waiting for all events ended.
pub struct Settled {
    /// Those that are open still; none, unless time was over.
    pub open: Vec<Value>,
    /// How long it took.
    pub after: Duration,
}

/// A vendor with two products. Clones are the same one.
#[derive(Clone)]
pub struct Vendor {
    api_token: String,
    email: String,
    password: String,
    hook_path: String,
    storefront_id: String,
    http: Client,
}

impl Vendor {
    /// Makes the tenant on the command line and everything else through the API.
    pub async fn create(setup: &Setup, address: SocketAddr, server: &LicenseServer) -> Self {
        Self::create_named("northwind", setup, address, server).await
    }

    /// One of several.
    pub async fn create_named(
        name: &str,
        setup: &Setup,
        address: SocketAddr,
        server: &LicenseServer,
    ) -> Self {
        let email = format!("owner@{name}.example");
        let arguments = ["admin", "create-tenant", "--name", name, "--email", &email];
        let made = setup.run(&[&arguments[..], &["--json"]].concat());
        assert_eq!(made.code, Some(0), "{}", made.errors);
        let made: Value = serde_json::from_str(&made.output).expect("one line of JSON");
        let mut vendor = Self {
            api_token: text(&made["api_token"]),
            email,
            password: text(&made["password"]),
            hook_path: String::new(),
            storefront_id: String::new(),
            http: client(),
        };
        let body = json!({
            "kind": "cryptlex", "name": "Cryptlex", "access_token": "token",
            "base_url": format!("http://{}", server.address),
        });
        let made = vendor
            .send(address, Method::POST, "/license-servers", &body)
            .await;
        // Suspended rather than deleted: a crowd that ends at once would meet the brake. Unmapped products ask.
        let body = json!({
            "kind": "fastspring", "name": "Shop", "webhook_secret": SECRET, "license_server_id": made["id"],
            "policy": { "preset": "cryptlex", "deactivation": "suspend", "unmapped_product": "park" },
        });
        let store = vendor
            .send(address, Method::POST, "/storefronts", &body)
            .await;
        for (path, product, template) in MAPPINGS {
            let path = format!("/storefronts/{}/mappings/{path}", text(&store["id"]));
            let body = json!({ "license_product_id": product, "license_template_id": template });
            vendor.send(address, Method::PUT, &path, &body).await;
        }
        vendor.storefront_id = text(&store["id"]);
        let url = text(&store["webhook_url"]);
        let path = url.find("/hooks/").and_then(|from| url.get(from..));
        vendor.hook_path = path.expect("webhook URLs have a path").to_owned();
        vendor
    }

    /// Where the shop posts, at whichever process.
    pub fn hook_path(&self) -> &str {
        &self.hook_path
    }

    /// The shop posts these events in one delivery, over a connection of this client.
    pub async fn post(
        &self,
        http: &Client,
        address: SocketAddr,
        events: &[Event],
    ) -> reqwest::Result<Response> {
        let body = body(events);
        let request = http.post(format!("http://{address}{}", self.hook_path));
        let request = request.header("content-type", "application/json");
        let request = request.header(SIGNATURE_HEADER, sign(SECRET, &body));
        request.body(body).send().await
    }

    /// Every event that the API lists, those that the shop has not sent too.
    pub async fn list_events(&self, address: SocketAddr) -> Vec<Value> {
        self.list_filtered(address, "").await
    }

    /// Those that this filter lets through, such as `&state=parked`.
    async fn list_filtered(&self, address: SocketAddr, filter: &str) -> Vec<Value> {
        let mut events = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/events?limit=200{filter}{cursor}");
            let page = self.get(address, &path).await;
            events.extend(page["items"].as_array().expect("a list").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return events,
            }
        }
    }

    /// Every event that the shop has sent, by its id there; none may be there twice.
    pub async fn events(&self, address: SocketAddr) -> HashMap<String, Value> {
        let mut events = HashMap::new();
        for event in self.list_events(address).await {
            if let Some(id) = event["source_event_id"].as_str() {
                let twin = events.insert(id.to_owned(), event.clone());
                assert_eq!(twin, None, "an event is there twice");
            }
        }
        events
    }

    /// Until each event is done or has nothing to do, or time is over.
    pub async fn wait_until_settled(&self, address: SocketAddr, within: Duration) -> Settled {
        self.wait_until(address, within, |_| false).await
    }

    /// The same, where an event may also be left so.
    pub async fn wait_until(
        &self,
        address: SocketAddr,
        within: Duration,
        may_be_left: impl Fn(&Value) -> bool,
    ) -> Settled {
        let begun = Instant::now();
        let is_open = |event: &Value| {
            event["state"] != "done" && event["state"] != "ignored" && !may_be_left(event)
        };
        loop {
            let mut open = self.list_in(address, &OPEN).await;
            let after = begun.elapsed();
            if !open.iter().any(is_open) {
                // One that goes from state to state may have slipped through the lists of each.
                open = self.events(address).await.into_values().collect();
            }
            open.retain(is_open);
            if open.is_empty() || after > within {
                return Settled { open, after };
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Events of the shop that stand so.
    async fn list_in(&self, address: SocketAddr, states: &[&str]) -> Vec<Value> {
        let mut events = Vec::new();
        for state in states {
            events.extend(
                self.list_filtered(address, &format!("&state={state}"))
                    .await,
            );
        }
        events.retain(|event| event["source_event_id"].is_string());
        events
    }

    /// Every event, once each of them is done or has nothing to do.
    pub async fn settled_events(&self, address: SocketAddr) -> HashMap<String, Value> {
        let open = self.wait_until_settled(address, SETTLED_WITHIN).await.open;
        assert!(open.is_empty(), "not settled: {open:#?}");
        self.events(address).await
    }

    /// The same events with all that the API tells of each, save bodies: there may be hundreds of thousands.
    pub async fn details(&self, address: SocketAddr, events: &[Value]) -> Vec<Value> {
        let paths: Vec<String> = events
            .iter()
            .map(|event| format!("/events/{}", text(&event["id"])))
            .collect();
        let questions = paths
            .iter()
            .map(async |path| without_bodies(self.get(address, path).await));
        stream::iter(questions).buffered(AT_ONCE).collect().await
    }

    /// What the browser of its owner sends along once it has signed in.
    pub async fn signed_in(&self, address: SocketAddr) -> String {
        let builder = Client::builder().redirect(Policy::none()).no_proxy();
        let http = builder.build().expect("a client");
        let url = format!("http://{address}/sign-in");
        let page = http.get(&url).send().await.expect("the process answers");
        let cookies = cookies(&page);
        let page = page.text().await.expect("a whole page");
        let token = page.split("name=\"csrf\" value=\"").nth(1);
        let token = token.and_then(|rest| rest.split('"').next());
        let fields = [
            ("csrf", token.expect("a form")),
            ("email", &self.email),
            ("password", &self.password),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let sent = http.post(&url).header(COOKIE, &cookies).body(body);
        let answer = sent.send().await.expect("the process answers");
        assert_eq!(answer.status(), 303);
        format!("{cookies}; {}", self::cookies(&answer))
    }

    /// Asks the API and hears no more than the status.
    pub async fn ask(&self, http: &Client, address: SocketAddr, path: &str) -> u16 {
        let request = http.get(format!("http://{address}/api/v1{path}"));
        status(request.bearer_auth(&self.api_token)).await
    }

    /// Asks the API.
    pub async fn get(&self, address: SocketAddr, path: &str) -> Value {
        self.send(address, Method::GET, path, &Value::Null).await
    }

    /// What this body would lead to, asked over a connection of this client.
    pub async fn plan(
        &self,
        http: &Client,
        address: SocketAddr,
        body: Vec<u8>,
    ) -> reqwest::Result<Response> {
        let path = format!("/api/v1/storefronts/{}/plan", self.storefront_id);
        let request = http.post(format!("http://{address}{path}"));
        let request = request.bearer_auth(&self.api_token);
        let request = request.header("content-type", "application/json");
        request.body(body).send().await
    }

    /// How the API answers a question whatever that is; 0 without an answer.
    pub async fn answer(&self, address: SocketAddr, method: Method, path: &str) -> u16 {
        let url = format!("http://{address}/api/v1{path}");
        status(self.http.request(method, url).bearer_auth(&self.api_token)).await
    }

    async fn send(&self, address: SocketAddr, method: Method, path: &str, body: &Value) -> Value {
        let request = self
            .http
            .request(method, format!("http://{address}/api/v1{path}"));
        let mut request = request.bearer_auth(&self.api_token);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.expect("the process answers");
        let (status, body) = (
            answer.status(),
            answer.text().await.expect("a whole answer"),
        );
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or_default()
    }
}

/// The status of an answer that was read to its end; 0 where there is none.
pub async fn status(request: RequestBuilder) -> u16 {
    let Ok(answer) = request.send().await else {
        return 0;
    };
    let status = answer.status().as_u16();
    answer.bytes().await.map_or(0, |_read| status)
}

fn cookies(answer: &Response) -> String {
    let set = answer.headers().get_all(SET_COOKIE).iter();
    let pairs = set.filter_map(|value| value.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

fn without_bodies(mut event: Value) -> Value {
    event["payload"].take();
    let calls = event["calls"].as_array_mut();
    for call in calls.into_iter().flatten() {
        call["request"].take();
        call["response"].take();
    }
    event
}

/// A client that opens a connection for each request, as one must towards processes that come and go.
pub fn client() -> Client {
    let builder = Client::builder().no_proxy().pool_max_idle_per_host(0);
    builder.build().expect("a client")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
