//! A vendor whose shop posts to whichever process is there.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use latchkey::license_servers::sandbox::sample::ids;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::license_server::LicenseServer;
use crate::program::Setup;
use crate::shop::{Delivery, PRODUCT, SECRET, sign};

/// A license whose answer was lost stays untouched for 16 s; the rest is a busy machine.
const SETTLED_WITHIN: Duration = Duration::from_secs(120);

/// A vendor with one product. Clones are the same one.
#[derive(Clone)]
pub struct Vendor {
    api_token: String,
    hook_path: String,
    http: Client,
}

impl Vendor {
    /// Makes the tenant on the command line and everything else through the API.
    pub async fn create(setup: &Setup, address: SocketAddr, server: &LicenseServer) -> Self {
        let made = setup.run(&[
            "admin",
            "create-tenant",
            "--name",
            "Northwind Audio",
            "--email",
            "owner@northwind.example",
            "--json",
        ]);
        assert_eq!(made.code, Some(0), "{}", made.errors);
        let made: Value = serde_json::from_str(&made.output).expect("one line of JSON");
        let mut vendor = Self {
            api_token: text(&made["api_token"]),
            hook_path: String::new(),
            http: client(),
        };
        let body = json!({
            "kind": "cryptlex", "name": "Cryptlex", "access_token": "token",
            "base_url": format!("http://{}", server.address),
        });
        let made = vendor
            .send(address, Method::POST, "/license-servers", &body)
            .await;
        let body = json!({
            "kind": "fastspring", "name": "Shop", "webhook_secret": SECRET, "license_server_id": made["id"],
        });
        let store = vendor
            .send(address, Method::POST, "/storefronts", &body)
            .await;
        let path = format!("/storefronts/{}/mappings/{PRODUCT}", text(&store["id"]));
        let body =
            json!({ "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY });
        vendor.send(address, Method::PUT, &path, &body).await;
        let url = text(&store["webhook_url"]);
        let path = url.find("/hooks/").and_then(|from| url.get(from..));
        vendor.hook_path = path.expect("webhook URLs have a path").to_owned();
        vendor
    }

    /// The shop posts once, over a connection of this client.
    pub async fn post(
        &self,
        http: &Client,
        address: SocketAddr,
        delivery: &Delivery,
    ) -> reqwest::Result<Response> {
        let request = http.post(format!("http://{address}{}", self.hook_path));
        let request = request.header("content-type", "application/json");
        let request = request.header("X-FS-Signature", sign(&delivery.body));
        request.body(delivery.body.clone()).send().await
    }

    /// The shop posts once; whether it was told that the event is taken.
    pub async fn is_acknowledged(&self, address: SocketAddr, delivery: &Delivery) -> bool {
        let Ok(answer) = self.post(&self.http, address, delivery).await else {
            return false;
        };
        let is_ok = answer.status() == 200;
        let body = answer.text().await.unwrap_or_default();
        is_ok && body.lines().eq([delivery.id.as_str()])
    }

    /// Every event that the shop has posted, by its id there; none may be there twice.
    pub async fn events(&self, address: SocketAddr) -> HashMap<String, Value> {
        let mut events = HashMap::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .get(address, &format!("/events?limit=200{cursor}"))
                .await;
            for event in page["items"].as_array().expect("a list") {
                if let Some(id) = event["source_event_id"].as_str() {
                    let twin = events.insert(id.to_owned(), event.clone());
                    assert_eq!(twin, None, "an event is there twice");
                }
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return events,
            }
        }
    }

    /// Every event, once each of them is done or has nothing to do.
    pub async fn settled_events(&self, address: SocketAddr) -> HashMap<String, Value> {
        let begun = Instant::now();
        loop {
            let events = self.events(address).await;
            let open: Vec<&Value> = events
                .values()
                .filter(|event| event["state"] != "done" && event["state"] != "ignored")
                .collect();
            if open.is_empty() {
                return events;
            }
            assert!(begun.elapsed() < SETTLED_WITHIN, "not settled: {open:#?}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Asks the API.
    pub async fn get(&self, address: SocketAddr, path: &str) -> Value {
        self.send(address, Method::GET, path, &Value::Null).await
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

/// A client that opens a connection for each request, as one must towards processes that come and go.
fn client() -> Client {
    let builder = Client::builder().no_proxy().pool_max_idle_per_host(0);
    builder.build().expect("a client")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
