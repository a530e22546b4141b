//! Addresses that a vendor enters: none leads to a private network, in whatever spelling and through whichever door.

use std::net::TcpListener;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Browser, Vendor, World, WorldOptions, owner};

#[path = "../support/addresses.rs"]
mod corpus;

on_both! {
    in without_loopback:
    no_private_address_is_called,
    no_other_field_takes_an_address,
}

/// What fields for addresses are called, or called in part.
const CALLED: [&str; 6] = ["url", "uri", "host", "origin", "endpoint", "server_address"];

fn without_loopback() -> WorldOptions {
    WorldOptions {
        may_call_loopback: false,
        ..WorldOptions::default()
    }
}

async fn no_private_address_is_called(world: &World) {
    let vendor = Vendor::without_store(world, 1).await;
    let (email, password) = owner(1);
    let mut browser = Browser::new(world);
    browser.sign_in(&email, &password).await.expect(303);
    let known = add(&vendor, "https://localhost:1").await.expect(201).json();
    let known = format!("/license-servers/{}", known["id"].as_str().unwrap());
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = corpus::private(inside.local_addr().unwrap().port());
    assert!(addresses.len() >= 300, "{}", addresses.len());

    browser.get("/setup/accounts/new").await.expect(200);
    for address in &addresses {
        let added = add(&vendor, address).await.expect(422).json();
        assert!(
            added["errors"]["base_url"].is_string(),
            "{address}: {added}"
        );
        let change = json!({ "base_url": address, "access_token": "token" });
        let changed = vendor.send(Method::PATCH, &known, Some(&change)).await;
        let changed = changed.expect(422).json();
        assert!(
            changed["errors"]["base_url"].is_string(),
            "{address}: {changed}"
        );
        let form = [
            ("name", "Inside"),
            ("base_url", address.as_str()),
            ("access_token", "token"),
        ];
        browser.post("/setup/accounts", &form).await.expect(422);
    }

    // Names that lead inside show it only when they are resolved.
    let port = inside.local_addr().unwrap().port();
    for host in ["localhost", "LOCALHOST", "localhost."] {
        let added = add(&vendor, &format!("https://{host}:{port}"))
            .await
            .expect(201);
        assert_eq!(added.json()["state"], "unreachable", "{host}");
    }
    inside.set_nonblocking(true).unwrap();
    assert!(inside.accept().is_err(), "something connected");
    let servers = vendor.list("/license-servers").await;
    assert_eq!(servers.len(), 4, "{servers:#?}");
}

/// What the test above tries is every address that a vendor can enter, through the API and on pages.
async fn no_other_field_takes_an_address(world: &World) {
    let vendor = Vendor::without_store(world, 1).await;
    let (email, password) = owner(1);
    let mut browser = Browser::new(world);
    browser.sign_in(&email, &password).await.expect(303);
    let id = |answer: Value| answer["id"].as_str().unwrap().to_owned();
    let account = id(add(&vendor, "https://localhost:1").await.expect(201).json());
    let store = json!({
        "kind": "fastspring", "name": "Shop", "webhook_secret": "secret", "license_server_id": account,
    });
    let made = vendor.post_json("/storefronts", &store).await;
    let store = id(made.expect(201).json());
    let is_address = |name: &str| CALLED.iter().any(|called| name.contains(called));
    let document = browser.get("/api/openapi.json").await.expect(200).json();
    let mut fields = Vec::new();

    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            let body = &route["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let schema = body.as_str().map(|name| name.trim_start_matches('#'));
            let members = schema.and_then(|name| document.pointer(name)?["properties"].as_object());
            let names = members.into_iter().flat_map(|members| members.keys());
            let names = names.filter(|name| is_address(name));
            fields.extend(names.map(|name| format!("{method} {path} {name}")));
        }
    }
    for page in [
        "/setup/accounts/new",
        &format!("/setup/accounts/{account}"),
        "/setup/stores/new",
        &format!("/setup/stores/{store}"),
        &format!("/setup/stores/{store}/shop"),
        &format!("/products/{store}"),
        "/setup/tokens",
        "/sign-up",
    ] {
        let text = browser.get(page).await.expect(200).text;
        let inputs = text.split("<input ").skip(1);
        let tags = inputs.filter_map(|rest| rest.split('>').next());
        let tags = tags.filter(|tag| !tag.contains("readonly"));
        let names = tags.filter_map(|tag| tag.split(" name=\"").nth(1)?.split('"').next());
        let names = names.filter(|name| is_address(name));
        fields.extend(names.map(|name| format!("{page} {name}")));
    }

    fields.sort();
    assert_eq!(
        fields,
        [
            "/setup/accounts/new base_url",
            "patch /license-servers/{id} base_url",
            "post /license-servers base_url",
        ]
    );
}

async fn add(vendor: &Vendor, address: &str) -> crate::world::Answer {
    let account: Value = json!({ "kind": "cryptlex", "name": "Inside", "base_url": address, "access_token": "token" });
    vendor.post_json("/license-servers", &account).await
}
