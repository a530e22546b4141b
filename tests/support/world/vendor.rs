//! A vendor: somebody who makes requests, and whose shop posts webhooks.

use std::collections::BTreeMap;

use latchkey_sandbox::sample::ids;
use reqwest::{Client, Method};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Answer, World};
use crate::shop::{Event, KeyRequest, SIGNATURE_HEADER, body, sign};

/// What the samples give: product path, product, template, further attributes.
const MAPPINGS: [(&str, &str, &str); 4] = [
    ("studio-pro", ids::STUDIO_PRO, ids::MONTHLY),
    ("studio-lite", ids::STUDIO_LITE, ids::MONTHLY),
    ("reverb", ids::REVERB, ids::PERPETUAL),
    ("extra-seat", ids::STUDIO_LITE, ids::MONTHLY),
];

/// What requests for keys are signed with, where a test sets it as the store's.
pub const PRIVATE_KEY: &str = "0123456789abcdef0123456789abcdef";

/// A vendor. Clones are the same one.
#[derive(Clone)]
pub struct Vendor {
    /// The tenant.
    pub tenant_id: String,
    /// An API token with every scope.
    pub api_token: String,
    /// The Cryptlex account.
    pub license_server_id: String,
    /// The store.
    pub storefront_id: String,
    /// Where the shop posts.
    pub webhook_url: String,
    /// What the shop signs with.
    pub secret: String,
    base_url: String,
    http: Client,
}

impl Vendor {
    /// Creates the tenant as `admin create-tenant` does, and everything else through the API.
    pub async fn create(world: &World, number: usize, storefront: Value) -> Self {
        let mut vendor = Self::without_store(world, number).await;
        let url = world.license_server.url();
        let server = json!({
            "kind": "cryptlex", "name": "Cryptlex", "base_url": url, "access_token": format!("token-{number}"),
        });
        let server = vendor
            .post_json("/license-servers", &server)
            .await
            .expect(201)
            .json();
        vendor.license_server_id = text(&server["id"]);
        let mut store = json!({
            "kind": "fastspring", "name": "Northwind Audio", "webhook_secret": vendor.secret,
            "license_server_id": vendor.license_server_id,
        });
        for (name, value) in storefront.as_object().into_iter().flatten() {
            store[name] = value.clone();
        }
        let store = vendor
            .post_json("/storefronts", &store)
            .await
            .expect(201)
            .json();
        vendor.storefront_id = text(&store["id"]);
        vendor.webhook_url = text(&store["webhook_url"]);
        for (path, product, template) in MAPPINGS {
            vendor
                .map(
                    path,
                    &json!({ "license_product_id": product, "license_template_id": template }),
                )
                .await;
        }
        vendor
    }

    /// A tenant that has set up nothing.
    pub async fn without_store(world: &World, number: usize) -> Self {
        let (email, password) = owner(number);
        let made = world.app.create_tenant(&email, &password).await;
        Self {
            tenant_id: made.tenant_id,
            api_token: made.api_token,
            license_server_id: String::new(),
            storefront_id: String::new(),
            webhook_url: String::new(),
            secret: format!("secret-of-vendor-{number}"),
            base_url: world.app.url.clone(),
            http: world.http.clone(),
        }
    }

    /// The same vendor, whose shop calls the process at this address.
    pub fn at(&self, url: &str) -> Self {
        let token = self.webhook_url.rsplit('/').next().unwrap_or_default();
        Self {
            webhook_url: format!("{url}/hooks/{token}"),
            ..self.clone()
        }
    }

    /// Says what a product path gives.
    pub async fn map(&self, path: &str, mapping: &Value) {
        let path = format!("/storefronts/{}/mappings/{path}", self.storefront_id);
        let answer = self.send(Method::PUT, &path, Some(mapping)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    /// The shop posts this event, and it must be taken.
    pub async fn post(&self, event: &Event) {
        self.post_together(std::slice::from_ref(event)).await;
    }

    /// The shop posts these events in one delivery, and it must be taken.
    pub async fn post_together(&self, events: &[Event]) {
        let answer = self.deliver(body(events)).await.expect(200);
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(answer.text.lines().collect::<Vec<_>>(), ids);
    }

    /// The shop posts this body, rightly signed.
    pub async fn deliver(&self, body: Vec<u8>) -> Answer {
        let signature = sign(&self.secret, &body);
        self.deliver_signed(body, &signature).await
    }

    /// Anybody posts this body with this signature.
    pub async fn deliver_signed(&self, body: Vec<u8>, signature: &str) -> Answer {
        let request = self.http.post(&self.webhook_url);
        let request = request.header("content-type", "application/json; charset=UTF-8");
        Answer::to(request.header(SIGNATURE_HEADER, signature).body(body)).await
    }

    /// The shop asks for keys, rightly signed with the store's private key.
    pub async fn ask_for_keys(&self, request: &KeyRequest) -> Answer {
        self.send_form("", request.signed(PRIVATE_KEY)).await
    }

    /// Anybody sends this form to where keys are asked for, `path` added.
    pub async fn send_form(&self, path: &str, form: String) -> Answer {
        let request = self
            .http
            .post(format!("{}/license{path}", self.webhook_url));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::to(request.body(form)).await
    }

    /// Calls the API.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Every item of a list of the API, page after page.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let first = format!("{path}{separator}limit=200");
        let mut items = Vec::new();
        let mut next = first.clone();
        loop {
            let page = self.get(&next).await.expect(200).json();
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{first}&cursor={cursor}"),
                None => return items,
            }
        }
    }

    /// Calls the API with a body.
    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Calls the API.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}/api/v1{path}", self.base_url);
        let mut request = self.http.request(method, url).bearer_auth(&self.api_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::to(request).await
    }

    /// Every event, newest first.
    pub async fn events(&self) -> Vec<Value> {
        self.list("/events").await
    }

    /// One event, whole.
    pub async fn event(&self, event: &Event) -> Value {
        self.event_with_id(&event.id).await
    }

    /// The event of this id of the shop, whole. What holds a number that few can read is a text: payloads are shown as they
    /// came.
    pub async fn event_with_id(&self, source_id: &str) -> Value {
        let events = self.events().await;
        let found = events
            .iter()
            .find(|row| row["source_event_id"] == source_id);
        let id = text(&found.expect("the event is known")["id"]);
        let shown = self.get(&format!("/events/{id}")).await.expect(200);
        let members: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&shown.text).expect("an object");
        let members = members.into_iter().map(|(name, member)| {
            let read = serde_json::from_str(member.get());
            (name, read.unwrap_or_else(|_| json!(member.get())))
        });
        Value::Object(members.collect())
    }

    /// How an event ended: its state, and the reason's code where there is one.
    pub async fn outcome(&self, event: &Event) -> String {
        outcome(&self.event(event).await)
    }

    /// Every license, as the API shows it.
    pub async fn licenses(&self) -> Vec<Value> {
        self.list("/licenses").await
    }

    /// The product paths that the shop has named so far.
    pub async fn seen_products(&self) -> Vec<String> {
        let products = self
            .list(&format!("/storefronts/{}/products", self.storefront_id))
            .await;
        products
            .iter()
            .map(|product| text(&product["product_path"]))
            .collect()
    }

    /// Lets the store run, watch or hold.
    pub async fn set_mode(&self, mode: &str) {
        let path = format!("/storefronts/{}", self.storefront_id);
        let change = json!({ "mode": mode });
        let set = self.send(Method::PATCH, &path, Some(&change)).await;
        set.expect(200);
    }

    /// Calls something of an event: `replay`, `discard`.
    pub async fn act(&self, event: &Event, verb: &str, body: &Value) -> Answer {
        let id = text(&self.event(event).await["id"]);
        self.post_json(&format!("/events/{id}/{verb}"), body).await
    }
}

/// Address and password of whoever owns the vendor of that number.
pub fn owner(number: usize) -> (String, String) {
    (
        format!("owner-{number}@vendor.example"),
        format!("correct horse {number}"),
    )
}

/// `done`, or `parked product_not_mapped`.
pub fn outcome(event: &Value) -> String {
    let state = text(&event["state"]);
    match event["reason"]["code"].as_str() {
        Some(code) => format!("{state} {code}"),
        None => state,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
