//! The shop's own API: what expansion would have brought.

//! The shop's own API: what expansion would have brought, and events that never came.

use crate::shop::{Event, Subscription, order, subscription};
use crate::world::{Vendor, World};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

on_both! {
    a_bare_charge_is_filled_in_and_renews,
    a_bare_order_is_filled_in_before_it_is_issued,
    a_known_subscription_of_a_bare_order_is_not_asked_for,
    a_bare_group_is_filled_in,
    an_unknown_buyer_is_asked_for_once,
    without_credentials_a_bare_charge_waits_for_them,
    refused_credentials_are_one_problem_until_they_are_replaced,
    a_shop_that_turns_us_away_is_asked_again_when_it_says,
    a_not_found_is_doubted_before_it_is_believed,
    a_shop_that_does_not_answer_is_tried_by_the_schedule,
    an_answer_about_another_subscription_is_none,
}

/// Within which nothing is missing any more.
pub const QUARTER: SignedDuration = SignedDuration::from_mins(15);

/// A vendor who has credentials for the shop's API.
pub async fn vendor(world: &World) -> Vendor {
    vendor_with(world, json!({})).await
}

/// The same with more members in the request that creates the store.
pub async fn vendor_with(world: &World, mut store: Value) -> Vendor {
    store["api_username"] = json!("shop");
    store["api_password"] = json!("right");
    world.vendor_with(store).await
}

/// A subscription that runs since the beginning of the test.
pub async fn running(world: &World, vendor: &Vendor) -> Subscription {
    let bought = subscription("S");
    let order = order("A").subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), order]).await;
    world.work().await;
    bought
}

/// The charge of a renewal as it comes with webhook expansion off.
pub fn bare_charge(bought: &Subscription) -> Event {
    let renewal = order("B").line("studio-pro", 1);
    let bare = bought.clone().unexpanded();
    bare.charged(&renewal, "2027-01-15T09:45:00Z")
}

/// What the shop's API shows of the subscription after that.
pub fn renewed(bought: &Subscription) -> Value {
    let bare = bought.clone().unexpanded().next("2027-03-15");
    bare.updated("2027-01-15T09:45:00Z").json()["data"].clone()
}

async fn end(world: &World) -> String {
    let license = world.license_server.license();
    license
        .expires_at
        .map_or_else(String::new, |end| end.strftime("%F").to_string())
}

async fn a_bare_charge_is_filled_in_and_renews(world: &World) {
    let vendor = vendor_with(world, json!({"policy": {"preset": "licensespring"}})).await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));

    let charge = bare_charge(&bought);
    vendor.post(&charge).await;
    world.work().await;

    assert_eq!(vendor.outcome(&charge).await, "done");
    assert!(
        end(world).await.starts_with("2027-03-1"),
        "{}",
        end(world).await
    );
    assert_eq!(world.shop_api.requests(), ["GET /subscriptions/S"]);
    let event = vendor.event(&charge).await;
    let calls = event["calls"].as_array().unwrap();
    let to_shop = |call: &&Value| {
        let url = call["url"].as_str().unwrap_or_default();
        url.ends_with("/subscriptions/S")
    };
    let call = calls.iter().find(to_shop).expect("the call is on record");
    assert_eq!(call["response"]["id"], "S");
    assert!(
        !event.to_string().contains("cmlnaHQ"),
        "the password stays out"
    );
}

async fn a_bare_order_is_filled_in_before_it_is_issued(world: &World) {
    let vendor = vendor_with(world, json!({"policy": {"preset": "licensespring"}})).await;
    let bought = subscription("S").unexpanded().next("2027-02-20");
    let shown = bought.activated().json()["data"].clone();
    world.shop_api.put("/subscriptions/S", shown);

    let order = order("A").subscribed(&bought).unexpanded().completed();
    vendor.post(&order).await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    assert!(
        end(world).await.starts_with("2027-02-2"),
        "{}",
        end(world).await
    );
}

async fn a_known_subscription_of_a_bare_order_is_not_asked_for(world: &World) {
    let vendor = vendor(world).await;
    let bought = subscription("S");

    vendor.post(&bought.activated()).await;
    world.work().await;
    let order = order("A").subscribed(&bought).unexpanded().completed();
    vendor.post(&order).await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    assert!(world.shop_api.requests().is_empty());
}

async fn a_bare_group_is_filled_in(world: &World) {
    let vendor = vendor_with(world, json!({"policy": {"preset": "licensespring"}})).await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));

    let charge = Event::new(
        "subscription.group.payment.charge.completed",
        "G",
        crate::shop::moment("2027-01-15T09:45:00Z"),
        json!({ "status": "successful", "subscriptions": ["S"] }),
    );
    vendor.post(&charge).await;
    world.work().await;

    assert_eq!(vendor.outcome(&charge).await, "done");
    assert!(
        end(world).await.starts_with("2027-03-1"),
        "{}",
        end(world).await
    );
}

async fn an_unknown_buyer_is_asked_for_once(world: &World) {
    let vendor = vendor(world).await;
    let bought = subscription("S").by("nina@example.com").unexpanded();
    let expanded = subscription("S").by("nina@example.com").activated().json();
    let account = expanded["data"]["account"].clone();
    let path = format!("/accounts/{}", account["id"].as_str().unwrap());
    world.shop_api.put(&path, account);

    vendor.post(&bought.activated()).await;
    world.work().await;
    vendor.post(&bought.updated("2027-01-15T09:30:00Z")).await;
    world.work().await;

    world.may_leave("waiting");
    assert_eq!(world.shop_api.requests(), [format!("GET {path}")]);
    let found = vendor.list("/events?email=nina@example.com").await;
    assert!(!found.is_empty());
}

async fn without_credentials_a_bare_charge_waits_for_them(world: &World) {
    let vendor = world.vendor().await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));
    let charge = bare_charge(&bought);
    vendor.post(&charge).await;
    world.work().await;
    assert_eq!(vendor.outcome(&charge).await, "parked expansion_off");

    let store = format!("/storefronts/{}", vendor.storefront_id);
    let given = json!({ "api_username": "shop", "api_password": "right" });
    let answer = vendor.send(Method::PATCH, &store, Some(&given)).await;
    assert_eq!(answer.expect(200).json()["has_api_credentials"], true);
    world.work().await;

    assert_eq!(vendor.outcome(&charge).await, "done");
    assert_eq!(world.license_server.effects("renew"), 1);
}

async fn refused_credentials_are_one_problem_until_they_are_replaced(world: &World) {
    let vendor = vendor(world).await;
    let mut charges = Vec::new();
    for number in 1..=3 {
        let bought = subscription(&format!("S{number}"));
        let first = order(&format!("A{number}")).subscribed(&bought).completed();
        vendor.post_together(&[bought.activated(), first]).await;
        let path = format!("/subscriptions/S{number}");
        world.shop_api.put(&path, renewed(&bought));
        let renewal = order(&format!("B{number}")).line("studio-pro", 1);
        let bare = bought.unexpanded();
        charges.push(bare.charged(&renewal, "2027-01-15T09:45:00Z"));
    }
    world.work().await;
    world.shop_api.accept("another");

    vendor.post_together(&charges).await;
    world.work().await;

    for charge in &charges {
        let outcome = vendor.outcome(charge).await;
        assert_eq!(outcome, "waiting shop_api_unauthorized");
    }
    let problems = vendor.list("/problems").await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0]["count"], 3);
    let asked = world.shop_api.requests().len();
    assert!(asked <= 3, "held without asking again: {asked}");

    let store = format!("/storefronts/{}", vendor.storefront_id);
    let given = json!({ "api_password": "another" });
    vendor
        .send(Method::PATCH, &store, Some(&given))
        .await
        .expect(200);
    world.work().await;
    for charge in &charges {
        assert_eq!(vendor.outcome(charge).await, "done");
    }
}

async fn a_shop_that_turns_us_away_is_asked_again_when_it_says(world: &World) {
    let vendor = vendor(world).await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));
    world.shop_api.trouble(&[(429, "7")]);

    let charge = bare_charge(&bought);
    vendor.post(&charge).await;
    world.work().await;
    assert_eq!(
        vendor.outcome(&charge).await,
        "waiting shop_api_unreachable"
    );
    assert_eq!(vendor.event(&charge).await["attempts"], 0);

    world.work_after(SignedDuration::from_secs(6)).await;
    assert_eq!(world.shop_api.requests().len(), 1);
    world.work_after(SignedDuration::from_secs(1)).await;
    assert_eq!(vendor.outcome(&charge).await, "done");
}

async fn a_not_found_is_doubted_before_it_is_believed(world: &World) {
    let vendor = vendor(world).await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));
    world.shop_api.trouble(&[(404, "")]);

    let charge = bare_charge(&bought);
    vendor.post(&charge).await;
    world.work().await;
    assert_eq!(
        vendor.outcome(&charge).await,
        "retrying shop_api_unreachable"
    );
    world.work_after(SignedDuration::from_secs(61)).await;
    assert_eq!(vendor.outcome(&charge).await, "done");

    world.shop_api.trouble(&[(404, ""); 4]);
    let never = subscription("T").unexpanded();
    let never = never.charged(&order("C").line("studio-pro", 1), "2027-01-15T09:45:00Z");
    vendor.post(&never).await;
    world.work_for(QUARTER, SignedDuration::from_secs(30)).await;
    assert_eq!(vendor.outcome(&never).await, "parked payload_invalid");
}

async fn a_shop_that_does_not_answer_is_tried_by_the_schedule(world: &World) {
    let vendor = vendor(world).await;
    let bought = running(world, &vendor).await;
    world.shop_api.put("/subscriptions/S", renewed(&bought));
    world.shop_api.trouble(&[(503, ""); 2]);

    let charge = bare_charge(&bought);
    vendor.post(&charge).await;
    world.work().await;
    assert_eq!(
        vendor.outcome(&charge).await,
        "retrying shop_api_unreachable"
    );
    world
        .work_for(SignedDuration::from_mins(2), SignedDuration::from_secs(2))
        .await;

    assert_eq!(vendor.outcome(&charge).await, "done");
    assert_eq!(world.shop_api.requests().len(), 3);
}

async fn an_answer_about_another_subscription_is_none(world: &World) {
    let vendor = vendor(world).await;
    let bought = running(world, &vendor).await;
    world
        .shop_api
        .put("/subscriptions/S", renewed(&subscription("T")));

    let charge = bare_charge(&bought);
    vendor.post(&charge).await;
    world.work().await;

    assert_eq!(vendor.outcome(&charge).await, "parked payload_invalid");
    assert_eq!(world.license_server.effects("renew"), 0);
}
