//! Who did what: every change of a person or program is on record.

use latchkey::accounts::scope::ApiScope;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::order;
use crate::world::{Vendor, World};

on_both! {
    every_change_of_a_token_is_on_record,
    a_change_of_the_rules_says_from_what_to_what,
    secrets_are_not_on_record,
    what_was_refused_is_not_on_record,
    licenses_that_are_made_are_nobodys_act,
    acts_are_filtered_and_paged,
    a_token_without_the_scope_sees_no_acts,
}

#[expect(clippy::too_many_lines, reason = "a table of changes")]
async fn every_change_of_a_token_is_on_record(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 1).completed();
    vendor.post(&event).await;
    world.work().await;
    let (server, store) = (&vendor.license_server_id, &vendor.storefront_id);
    let license = id(&vendor.licenses().await[0]);

    let rename = json!({ "name": "Other" });
    for (method, path, body) in [
        (
            Method::PATCH,
            format!("/license-servers/{server}"),
            rename.clone(),
        ),
        (Method::PATCH, format!("/storefronts/{store}"), rename),
        (
            Method::POST,
            format!("/storefronts/{store}/rotate-secret"),
            json!({}),
        ),
        (
            Method::DELETE,
            format!("/storefronts/{store}/mappings/studio-lite"),
            Value::Null,
        ),
        (Method::GET, format!("/licenses/{license}/key"), Value::Null),
    ] {
        let body = (!body.is_null()).then_some(body);
        let answer = vendor.send(method, &path, body.as_ref()).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }
    vendor.act(&event, "discard", &json!({})).await.expect(202);
    vendor.act(&event, "replay", &json!({})).await.expect(202);
    let all = json!({ "filter": { "order_id": "A" } });
    vendor.post_json("/events/replay", &all).await.expect(202);
    world.work().await;
    let acts = acts(&vendor).await;
    let done: Vec<&str> = acts.iter().rev().map(|act| text(&act["action"])).collect();

    assert_eq!(
        done,
        [
            "tenant.create",
            "license_server.create",
            "storefront.create",
            "mapping.put",
            "mapping.put",
            "mapping.put",
            "mapping.put",
            "license_server.change",
            "storefront.change",
            "storefront.rotate_secret",
            "mapping.delete",
            "license_key.show",
            "event.discard",
            "event.replay",
            "events.replay",
        ]
    );
    assert_eq!(acts[14]["actor"]["kind"], "operator");
    assert_eq!(acts[0]["actor"]["kind"], "token");
    assert_eq!(acts[0]["actor"]["name"], "First token");
    assert_eq!(acts[3]["target"], license.as_str());
}

async fn a_change_of_the_rules_says_from_what_to_what(world: &World) {
    let vendor = world.vendor().await;
    let change = json!({ "policy": { "grace_hours": 48, "refund": "revoke" } });
    let path = format!("/storefronts/{}", vendor.storefront_id);

    vendor
        .send(Method::PATCH, &path, Some(&change))
        .await
        .expect(200);

    let act = &acts(&vendor).await[0];
    assert_eq!(
        act["details"],
        json!({
            "policy.grace_hours": { "from": 0, "to": 48 },
            "policy.refund": { "from": "suspend", "to": "revoke" },
        })
    );
}

async fn secrets_are_not_on_record(world: &World) {
    let vendor = world.vendor().await;
    let (server, store) = (&vendor.license_server_id, &vendor.storefront_id);
    let token = json!({ "access_token": "secret-7f3a" });
    let keys = json!({ "fulfillment_key": "secret-7f3a", "api_password": "secret-7f3a" });
    let secret = json!({ "webhook_secret": "secret-7f3a" });

    let path = format!("/license-servers/{server}");
    vendor
        .send(Method::PATCH, &path, Some(&token))
        .await
        .expect(200);
    let path = format!("/storefronts/{store}");
    vendor
        .send(Method::PATCH, &path, Some(&keys))
        .await
        .expect(200);
    let path = format!("/storefronts/{store}/rotate-secret");
    vendor.post_json(&path, &secret).await.expect(200);

    let acts = acts(&vendor).await;
    assert_eq!(acts[2]["details"]["access_token"], "replaced");
    assert_eq!(acts[1]["details"]["fulfillment_key"], "replaced");
    assert_eq!(acts[1]["details"]["api_password"], "replaced");
    assert!(!json!(acts).to_string().contains("7f3a"));
}

async fn what_was_refused_is_not_on_record(world: &World) {
    let vendor = world.vendor().await;
    let before = acts(&vendor).await.len();
    let (server, store) = (&vendor.license_server_id, &vendor.storefront_id);

    let nonsense = json!({ "policy": { "refund": "shrug" } });
    let path = format!("/storefronts/{store}");
    vendor
        .send(Method::PATCH, &path, Some(&nonsense))
        .await
        .expect(422);
    let path = format!("/license-servers/{server}");
    vendor.send(Method::DELETE, &path, None).await.expect(409);
    let path = format!("/storefronts/{store}/mappings/nothing");
    vendor.send(Method::DELETE, &path, None).await.expect(404);

    assert_eq!(acts(&vendor).await.len(), before);
}

async fn licenses_that_are_made_are_nobodys_act(world: &World) {
    let vendor = world.vendor().await;
    let before = acts(&vendor).await.len();

    vendor.post(&order("A").line("reverb", 3).completed()).await;
    world.work().await;

    assert_eq!(vendor.licenses().await.len(), 3);
    assert_eq!(acts(&vendor).await.len(), before);
}

async fn acts_are_filtered_and_paged(world: &World) {
    let vendor = world.vendor().await;
    let store = &vendor.storefront_id;

    for (query, count) in [
        ("action=mapping.put".to_owned(), 4),
        (format!("target={store}"), 5),
        (format!("target={store}&action=storefront.create"), 1),
        ("after=2027-01-15T10:00:00Z".to_owned(), 7),
        ("before=2027-01-15T10:00:00Z".to_owned(), 0),
        ("user_id=usr_00000000000000000000000000000000".to_owned(), 0),
    ] {
        assert_eq!(
            vendor.list(&format!("/audit?{query}")).await.len(),
            count,
            "{query}"
        );
    }
    let first = vendor.get("/audit?limit=3").await.expect(200).json();
    let next = text(&first["next_cursor"]).to_owned();
    let second = vendor
        .get(&format!("/audit?limit=3&cursor={next}"))
        .await
        .expect(200)
        .json();
    let numbers = [&first, &second].map(|page| {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|act| act["number"].as_i64().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(numbers, [vec![7, 6, 5], vec![4, 3, 2]]);
    vendor.get("/audit?who=ana").await.expect(422);
}

async fn a_token_without_the_scope_sees_no_acts(world: &World) {
    let mut vendor = world.vendor().await;
    let scopes = [ApiScope::EventsRead, ApiScope::ConfigWrite];
    vendor.api_token = world.app.create_token(&vendor.tenant_id, &scopes).await;

    let answer = vendor.get("/audit").await.expect(403);

    assert_eq!(answer.json()["code"], "missing_scope");
    assert!(answer.text.contains("audit:read"), "{}", answer.text);
}

/// Every act, the latest first.
pub async fn acts(vendor: &Vendor) -> Vec<Value> {
    vendor.list("/audit").await
}

fn id(thing: &Value) -> String {
    text(&thing["id"]).to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
