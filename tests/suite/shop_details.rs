//! What the shop's own API is asked for: before anything comes, in a dry run, and told with each message.

use serde_json::{Value, json};

use crate::shop::{Event, order};
use crate::shop_api::{QUARTER, bare_charge, renewed, running, vendor, vendor_with};
use crate::world::{Vendor, World};

on_both! {
    a_dry_run_asks_for_what_a_bare_charge_lacks,
    a_dry_run_says_what_would_become_of_an_event_without_an_answer,
    a_fetched_event_shows_the_call_that_brought_it,
}

async fn a_dry_run_asks_for_what_a_bare_charge_lacks(world: &World) {
    let vendor = vendor_with(world, json!({"policy": {"preset": "licensespring"}})).await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));
    let (writes, events) = (world.license_server.writes(), vendor.events().await.len());

    let told = foresee(&vendor, &bare_charge(&bought)).await;

    assert_eq!(told["outcome"], "actions", "{told:#}");
    assert_eq!(told["actions"][0]["kind"], "set_term");
    let end = told["actions"][0]["details"]["end"].as_str().unwrap();
    assert!(end.starts_with("2027-03-1"), "{end}");
    assert_eq!(world.shop_api.requests(), ["GET /subscriptions/S"]);
    assert_eq!(world.license_server.writes(), writes);
    assert_eq!(vendor.events().await.len(), events, "nothing is stored");
}

async fn a_dry_run_says_what_would_become_of_an_event_without_an_answer(world: &World) {
    let vendor = vendor(world).await;
    let bought = running(world, &vendor).await;
    let charge = bare_charge(&bought);
    let without = world.vendor().await;

    let unasked = foresee(&without, &charge).await;
    let unknown = foresee(&vendor, &charge).await;
    world.shop_api.accept("another password");
    let refused = foresee(&vendor, &charge).await;

    let told = |told: &Value| format!("{} {}", told["outcome"], told["reason"]["code"]);
    assert_eq!(told(&unasked), r#""parked" "expansion_off""#);
    assert_eq!(told(&unknown), r#""parked" "payload_invalid""#);
    assert_eq!(told(&refused), r#""waiting" "shop_api_unauthorized""#);
    let check = format!("/storefronts/{}/check-api", vendor.storefront_id);
    world.shop_api.accept("right");
    let state = vendor
        .post_json(&check, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(state["state"], "ok", "a dry run holds nothing: {state:#}");
}

/// What the dry run tells of one event.
async fn foresee(vendor: &Vendor, event: &Event) -> Value {
    let body = crate::shop::body(std::slice::from_ref(event));
    let body: Value = serde_json::from_slice(&body).unwrap();
    let plan = format!("/storefronts/{}/plan", vendor.storefront_id);
    let told = vendor.post_json(&plan, &body).await.expect(200).json();
    told["events"][0].clone()
}

async fn a_fetched_event_shows_the_call_that_brought_it(world: &World) {
    let vendor = vendor(world).await;
    let events = ["A", "B"].map(|id| order(id).line("reverb", 1).completed());
    for event in &events {
        world.shop_api.happened(event);
    }

    world.clock.advance(QUARTER);
    world.fill_gaps().await;

    for (event, other) in [(&events[0], &events[1]), (&events[1], &events[0])] {
        let shown = vendor.event(event).await;
        let calls = shown["calls"].as_array().unwrap();
        let fetched: Vec<&Value> = calls
            .iter()
            .filter(|call| {
                let url = call["url"].as_str().unwrap_or_default();
                call["method"] == "GET" && url.contains("/events/unprocessed")
            })
            .collect();
        assert_eq!(fetched.len(), 1, "{calls:#?}");
        assert_eq!(fetched[0]["status"], 200);
        let answer = fetched[0]["response"].to_string();
        assert!(answer.contains(&event.id), "{answer}");
        assert!(!answer.contains(&other.id), "only its own part: {answer}");
        let mut browser = world.signed_in().await;
        let page = format!("/activity/{}", shown["id"].as_str().unwrap());
        let story = browser.get(&page).await.expect(200).text;
        assert!(story.contains("Looked it up at FastSpring"), "{story}");
    }
}
