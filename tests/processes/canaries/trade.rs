//! What goes well and wrong between shop, company and license server.

use reqwest::Method;
use serde_json::{Value, json};

use super::table::{
    ACCESS_TOKEN, BUYER, BUYERS_ADDRESS, BUYERS_REFERENCE, GENERATED_KEY, HOME, PRODUCT_KEY,
    STORE_KEY, TAG,
};
use super::visitor::between;
use super::world::{REFUSALS, World, with};
use crate::shop::{Event, key_request, order, subscription};

/// Orders of all kinds, keys in receipts, and a license server that says again what it refuses.
pub async fn sell(world: &mut World) {
    let bought = subscription("S").by(BUYERS_ADDRESS);
    let with_key = order("D").line("delay", 1).delivered(&[GENERATED_KEY]);
    let events = [
        of_buyer(&order("A").line("reverb", 1).completed()),
        of_buyer(&order("B").line("unknown", 1).completed()),
        of_buyer(&with_key.completed()),
        bought.activated(),
        bought.first_order().completed(),
    ];
    world.deliver(&events).await;
    for (reference, key) in [("R-1", PRODUCT_KEY), ("R-2", STORE_KEY), ("R-3", "wrong")] {
        ask_for_key(world, reference, key).await;
    }
    world.settle().await;
    let repeat = "repeat,on=create".parse().expect("a fault");
    world.license_server.sandbox.set_faults(vec![repeat]);
    let refused = order("C").line("reverb", 1).completed();
    world.deliver(&[of_buyer(&refused)]).await;
    world.settle().await;
    world.license_server.sandbox.set_faults(Vec::new());
    for license in world.owner.ids("/licenses").await {
        let path = format!("/licenses/{license}/key");
        let request = world.owner.api(Method::GET, &path);
        let told = world.owner.ask_once(request).await;
        let key = between(&told, "\"key\":\"").expect("a key");
        world.secrets.push(key.to_owned());
    }
    assert!(world.secrets.len() >= 4, "no license was made");
}

/// The account moves to the license server that repeats, and everything that makes a call is done.
pub async fn be_repeated(world: &mut World) {
    let url = format!("http://{}", world.repeater.address);
    let moved = json!({ "base_url": url, "access_token": ACCESS_TOKEN });
    let (account, store) = (world.company.account.clone(), world.company.store.clone());
    let answer = world.owner.call(Method::PATCH, &account, &moved).await;
    assert_eq!(answer["base_url"], url, "{answer}");
    for number in 0..REFUSALS.len() {
        let bought = order(&format!("F-{number}")).line("reverb", 1).completed();
        world.deliver(&[of_buyer(&bought)]).await;
        ask_for_key(world, &format!("R-F{number}"), PRODUCT_KEY).await;
    }
    world.settle().await;
    for path in ["products", "templates", "entitlement-sets", "features"] {
        world.owner.get(&format!("{account}/{path}")).await;
    }
    world.owner.get(&format!("{store}/catalog-check")).await;
    for path in [format!("{account}/check"), format!("{store}/check-api")] {
        world.owner.call(Method::POST, &path, &Value::Null).await;
    }
    let heard = world.repeater.heard().concat();
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.contains(ACCESS_TOKEN), "it was told nothing");
}

/// The shop asks for a key, as whoever buys.
async fn ask_for_key(world: &mut World, reference: &str, signed_with: &str) {
    let asked = key_request(reference, "reverb").with("email", BUYERS_ADDRESS);
    let asked = asked.with("name", BUYER[1].1).signed(signed_with);
    let path = format!("{}/license", world.company.hook);
    let request = world.owner.request(Method::POST, &path);
    // It is answered with keys.
    world.owner.ask_once(request.body(asked)).await;
}

/// The same bought by somebody of whom everything is known.
pub fn of_buyer(event: &Event) -> Event {
    let buyer = with(json!({ "subscribed": false }), &BUYER);
    let address = with(json!({ "city": "Leipzig", "country": "DE" }), &HOME);
    let account = json!({ "id": "account", "contact": buyer, "address": address });
    event
        .with("customer", buyer.clone())
        .with("recipients", json!([{ "recipient": buyer }]))
        .with("account", account)
        .with("address", address)
        .with("buyerReference", json!(BUYERS_REFERENCE))
        .with("tags", json!({ "note": TAG }))
}
