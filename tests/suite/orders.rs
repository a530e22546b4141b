//! The licenses of an order, as programs ask for them.

use serde_json::{Value, json};

use crate::shop::order;
use crate::world::World;

on_both! {
    an_order_tells_its_licenses_as_soon_as_they_exist,
    an_order_shows_keys_to_tokens_that_may_see_them,
    an_order_that_waits_for_a_person_says_so,
    an_order_of_nobody_is_not_found,
}

const ANNA: &str = "anna@lindqvist.example";

async fn an_order_tells_its_licenses_as_soon_as_they_exist(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").by(ANNA).line("reverb", 2);
    vendor.post(&bought.completed()).await;
    let path = "/orders/A/licenses";
    let before = vendor.get(path).await.expect(200).json();

    let waited = format!("{path}?wait=20s");
    let (answer, ()) = futures::join!(vendor.get(&waited), world.work());
    let after = answer.expect(200).json();
    let reference = bought.reference();
    let by_reference = vendor
        .get(&format!("/orders/{reference}/licenses"))
        .await
        .expect(200)
        .json();

    assert_eq!(before["state"], "pending");
    assert_eq!(after["state"], "ready", "{after:#}");
    assert_eq!(after["order_id"], "A");
    assert_eq!(after["licenses"].as_array().unwrap().len(), 2);
    assert!(after["licenses"][0]["remote_license_id"].is_string());
    assert_eq!(by_reference["licenses"], after["licenses"]);
}

async fn an_order_shows_keys_to_tokens_that_may_see_them(world: &World) {
    use latchkey::accounts::scope::ApiScope;

    let vendor = world.vendor().await;
    vendor
        .post(&order("A").by(ANNA).line("reverb", 1).completed())
        .await;
    world.work().await;
    let mut narrow = vendor.clone();
    let scopes = [ApiScope::LicensesRead];
    narrow.api_token = world.app.create_token(&vendor.tenant_id, &scopes).await;

    let with = vendor.get("/orders/A/licenses").await.expect(200).json();
    let without = narrow.get("/orders/A/licenses").await.expect(200).json();

    let key = world.license_server.license().key;
    assert_eq!(with["licenses"][0]["key"], key.as_str());
    assert_eq!(without["licenses"][0]["key"], Value::Null);
    let shown = vendor.list("/audit?action=license_key.show").await;
    assert_eq!(shown.len(), 1);
    assert_eq!(
        shown[0]["details"]["license_ids"][0],
        with["licenses"][0]["id"]
    );
}

async fn an_order_that_waits_for_a_person_says_so(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    vendor
        .post(&order("A").by(ANNA).line("delay", 1).completed())
        .await;
    world.work().await;

    let answer = vendor
        .get("/orders/A/licenses?wait=20s")
        .await
        .expect(200)
        .json();

    assert_eq!(answer["state"], "needs_you");
    assert_eq!(answer["licenses"], json!([]));
}

async fn an_order_of_nobody_is_not_found(world: &World) {
    let vendor = world.vendor().await;

    vendor.get("/orders/nothing/licenses").await.expect(404);
    vendor
        .get("/orders/nothing/licenses?wait=300ms")
        .await
        .expect(404);
    vendor
        .get("/orders/nothing/licenses?wait=soon")
        .await
        .expect(422);
}
