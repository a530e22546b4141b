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
}

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

async fn add(vendor: &Vendor, address: &str) -> crate::world::Answer {
    let account: Value = json!({ "kind": "cryptlex", "name": "Inside", "base_url": address, "access_token": "token" });
    vendor.post_json("/license-servers", &account).await
}
