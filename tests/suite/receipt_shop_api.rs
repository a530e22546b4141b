//! Keys in the receipt of a product that only the shop's own API speaks of.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::fulfillment::{ask, made};
use crate::shop::{key_request, order};
use crate::world::{PRIVATE_KEY, Vendor, World};

on_both! {
    a_product_that_nobody_named_is_asked_for_once,
    what_is_known_here_goes_before_the_shops_word,
    a_product_of_which_the_shop_says_nothing_is_not_mapped,
    a_shop_that_gives_no_answer_is_asked_again,
    refused_credentials_are_not_tried_again,
    what_the_shop_was_asked_stands_in_the_story_of_the_license,
}

async fn vendor(world: &World) -> Vendor {
    let store = json!({
        "fulfillment_key": PRIVATE_KEY, "api_username": "shop", "api_password": "right",
    });
    world.vendor_with(store).await
}

/// The product as the shop's API shows it.
fn shown(path: &str, attributes: &Value) -> Value {
    json!({ "products": [{ "product": path, "display": { "en": "Delay" }, "attributes": attributes }] })
}

async fn a_product_that_nobody_named_is_asked_for_once(world: &World) {
    let vendor = vendor(world).await;
    let attributes = json!({
        "cryptlex_product_id": ids::REVERB, "cryptlex_license_template_id": ids::PERPETUAL,
        "cryptlex_allowed_activations": "3",
    });
    world
        .shop_api
        .put("/products/delay", shown("delay", &attributes));

    let answered = ask(&vendor, "NWA-A", "delay", 2).await;
    ask(&vendor, "NWA-B", "delay", 1).await;
    world.work().await;
    vendor.post(&order("A").line("delay", 2).completed()).await;
    world.work().await;

    assert_eq!(world.shop_api.requests(), ["GET /products/delay"]);
    assert!(answered.iter().all(|key| made(world).contains(key)));
    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 3);
    for license in licenses {
        assert_eq!(license.allowed_activations, 3);
    }
}

async fn what_is_known_here_goes_before_the_shops_word(world: &World) {
    let vendor = vendor(world).await;
    let attributes = json!({ "cryptlex_product_id": ids::STUDIO_PRO });
    world
        .shop_api
        .put("/products/reverb", shown("reverb", &attributes));

    ask(&vendor, "NWA-A", "reverb", 1).await;

    assert_eq!(world.license_server.license().product_id, ids::REVERB);
    assert_eq!(world.shop_api.requests(), Vec::<String>::new());
}

async fn a_product_of_which_the_shop_says_nothing_is_not_mapped(world: &World) {
    let vendor = vendor(world).await;
    let request = key_request("NWA-A", "delay");
    for answer in [
        json!({ "products": [{ "product": "delay", "result": "error", "error": {} }] }),
        json!({ "products": [{ "product": "delay" }] }),
        shown("another", &json!({ "cryptlex_product_id": ids::REVERB })),
        shown("delay", &json!({ "color": "blue" })),
    ] {
        world.shop_api.put("/products/delay", answer.clone());

        let refused = vendor.ask_for_keys(&request).await.expect(422);

        assert!(refused.text.starts_with("product_not_mapped"), "{answer}");
    }
    assert!(world.license_server.licenses().is_empty());
}

async fn a_shop_that_gives_no_answer_is_asked_again(world: &World) {
    let vendor = vendor(world).await;
    let attributes = json!({ "cryptlex_product_id": ids::REVERB });
    world
        .shop_api
        .put("/products/delay", shown("delay", &attributes));
    let request = key_request("NWA-A", "delay");
    world.shop_api.trouble(&[(503, ""), (404, ""), (429, "1")]);

    for _ in 0..3 {
        let away = vendor.ask_for_keys(&request).await.expect(503);
        assert!(
            away.text.starts_with("shop_api_unreachable"),
            "{}",
            away.text
        );
    }

    assert_eq!(ask(&vendor, "NWA-A", "delay", 1).await.len(), 1);
}

async fn refused_credentials_are_not_tried_again(world: &World) {
    let vendor = vendor(world).await;
    world.shop_api.accept("another");
    let request = key_request("NWA-A", "delay");

    for _ in 0..2 {
        let refused = vendor.ask_for_keys(&request).await.expect(422);
        assert!(refused.text.starts_with("product_not_mapped"));
    }

    assert_eq!(world.shop_api.requests().len(), 1);
}

async fn what_the_shop_was_asked_stands_in_the_story_of_the_license(world: &World) {
    let vendor = vendor(world).await;
    let attributes = json!({ "cryptlex_product_id": ids::REVERB, "cryptlex_license_template_id": ids::PERPETUAL });
    world
        .shop_api
        .put("/products/delay", shown("delay", &attributes));

    ask(&vendor, "NWA-A", "delay", 1).await;
    world.work().await;

    let requested = vendor.list("/events?type=keys.requested").await;
    let id = requested[0]["id"].as_str().unwrap();
    let event = vendor
        .get(&format!("/events/{id}"))
        .await
        .expect(200)
        .json();
    let calls = event["calls"].as_array().unwrap();
    let asked: Vec<&Value> = calls.iter().filter(|call| is_of_product(call)).collect();
    assert_eq!(asked.len(), 1, "{calls:#?}");
    assert_eq!(
        (&asked[0]["method"], &asked[0]["status"]),
        (&json!("GET"), &json!(200))
    );
    assert!(asked[0]["response"].to_string().contains(ids::REVERB));
    assert!(!asked[0].to_string().contains("right"), "no credentials");

    let license = vendor.licenses().await[0]["id"].clone();
    let path = format!("/licenses/{}/history", license.as_str().unwrap());
    let history = vendor.list(&path).await;
    let told: Vec<&Value> = history
        .iter()
        .filter(|entry| entry["kind"] == "call" && is_of_product(&entry["call"]))
        .collect();
    assert_eq!(told.len(), 1, "{history:#?}");
    assert_eq!(told[0]["text"], "Asked FastSpring: GET answered 200.");
    let mut browser = world.signed_in().await;
    let page = browser
        .get(&format!("/activity/{id}"))
        .await
        .expect(200)
        .text;
    assert!(page.contains("Looked it up at FastSpring"), "{page}");
}

fn is_of_product(call: &Value) -> bool {
    call["url"]
        .as_str()
        .is_some_and(|url| url.ends_with("/products/delay"))
}
