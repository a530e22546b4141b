//! The address of an account: a token is kept for it, and is sent to no other.

use latchkey::pipeline::calls::bound_tokens;
use latchkey::store::license_servers::{self, LicenseServerUpdate};
use latchkey::store::{Scope, StoreError};
use latchkey::vault::{AccessToken, Field};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::order;
use crate::world::{Answer, LicenseServer, Vendor, World, WorldOptions};

on_both! {
    a_new_address_asks_for_the_token_again,
    a_token_is_sent_to_no_other_server_whatever_the_row_says,
    a_token_of_an_earlier_release_is_bound_at_the_start,
}

async fn change(vendor: &Vendor, change: Value) -> Answer {
    let path = format!("/license-servers/{}", vendor.license_server_id);
    vendor.send(Method::PATCH, &path, Some(&change)).await
}

async fn check(vendor: &Vendor) -> Answer {
    let path = format!("/license-servers/{}/check", vendor.license_server_id);
    vendor.post_json(&path, &json!({})).await
}

fn another_server(world: &World) -> LicenseServer {
    LicenseServer::start(&world.clock, &WorldOptions::default())
}

async fn a_new_address_asks_for_the_token_again(world: &World) {
    let vendor = world.vendor().await;
    let other = another_server(world);
    let here = world.license_server.url();

    let alone = change(&vendor, json!({ "base_url": other.url() })).await;
    let refused = alone.expect(422).json();
    let path = format!("{here}/vendor");
    change(&vendor, json!({ "base_url": path }))
        .await
        .expect(422);
    let spelled = json!({ "base_url": format!("{here}/v3/"), "name": "Renamed" });
    let same = change(&vendor, spelled).await.expect(200).json();

    let sentence = refused["errors"]["access_token"].as_str().unwrap();
    assert!(sentence.contains("paste the access token too"), "{refused}");
    assert_eq!(refused["errors"].as_object().unwrap().len(), 1);
    assert_eq!(
        (&same["base_url"], &same["name"]),
        (&json!(here), &json!("Renamed"))
    );
    assert_eq!(other.ledger().entries().count(), 0);
    let moved = json!({ "base_url": other.url(), "access_token": "token-there" });
    let moved = change(&vendor, moved).await.expect(200).json();
    assert_eq!(
        (&moved["state"], &moved["base_url"]),
        (&json!("ok"), &json!(other.url()))
    );
    let bought = order("A").line("reverb", 1).completed();
    assert_eq!(world.tell(&vendor, &bought).await, "done");
    assert_eq!(other.licenses().len(), 1);
}

async fn a_token_is_sent_to_no_other_server_whatever_the_row_says(world: &World) {
    let vendor = world.vendor().await;
    let other = another_server(world);
    let account = world.literal(&vendor.license_server_id);
    let point_to = |url: &str| {
        format!(
            "UPDATE license_servers SET base_url = '{url}', token_version = token_version + 1 WHERE id = {account}"
        )
    };

    world.tamper(&point_to(&other.url()));
    check(&vendor).await.expect(500);
    let catalog = format!("/license-servers/{}/products", vendor.license_server_id);
    vendor.get(&catalog).await.expect(500);
    let bought = order("A").line("reverb", 1).completed();
    vendor.post(&bought).await;
    world.work().await;

    assert_eq!(other.ledger().entries().count(), 0);
    world.tamper(&point_to(&world.license_server.url()));
    assert_eq!(check(&vendor).await.expect(200).json()["state"], "ok");
    world.work_after(jiff::SignedDuration::from_mins(1)).await;
    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn a_token_of_an_earlier_release_is_bound_at_the_start(world: &World) {
    let vendor = world.vendor().await;
    let (tenant, id) = (
        vendor.tenant_id.parse().unwrap(),
        vendor.license_server_id.parse().unwrap(),
    );
    let (store, tenant_keys) = (&world.app.store, &world.app.tenant_keys);
    let keys = tenant_keys.of(tenant).await.unwrap();
    let unbound = keys.seal(Field::AccessToken(id).place(), b"token-of-before");
    let earlier = LicenseServerUpdate {
        access_token_sealed: Some(unbound),
        token_version: Some(7),
        ..LicenseServerUpdate::default()
    };
    let stored = store.write(Scope::Tenant(tenant), move |db| {
        license_servers::change(db, tenant, id, &earlier)
    });
    stored.await.unwrap();
    check(&vendor).await.expect(500);

    assert_eq!(bound_tokens::bind(store, tenant_keys).await.unwrap(), 1);
    assert_eq!(bound_tokens::bind(store, tenant_keys).await.unwrap(), 0);

    assert_eq!(check(&vendor).await.expect(200).json()["state"], "ok");
    let found = store.read(Scope::Tenant(tenant), move |db| {
        license_servers::find(db, tenant, id)?.ok_or(StoreError::NotFound)
    });
    let url = world.license_server.url();
    let place = AccessToken {
        account: id,
        base_url: &url,
    };
    let token = keys.open(place.place(), &found.await.unwrap().access_token_sealed);
    assert_eq!(**token.unwrap(), *b"token-of-before");
}
