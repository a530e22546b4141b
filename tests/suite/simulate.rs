//! Made-up stories, played through the store's own webhook URL.

use latchkey_sandbox::snapshot::LicenseSnapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Vendor, World, outcome};

on_both! {
    a_one_time_story_makes_a_license,
    a_subscription_is_renewed_healed_and_refunded,
    a_trial_is_converted_and_ends,
    a_changed_plan_has_more_units,
    a_changed_plan_has_another_product,
    a_pause_is_lifted,
    a_bundle_gives_its_member,
    a_story_is_not_told_into_an_account_of_real_licenses,
    a_wish_that_makes_no_sense_is_refused,
    another_vendors_store_tells_no_stories,
    a_story_whose_process_died_ends_as_interrupted,
}

/// Plays the story to its end, works on what came of it, and answers the job.
async fn play(world: &World, vendor: &Vendor, wish: Value) -> Value {
    let path = format!("/storefronts/{}/simulate", vendor.storefront_id);
    let begun = vendor.post_json(&path, &wish).await.expect(202).json();
    let job = format!("/jobs/{}", begun["job_id"].as_str().unwrap());
    let mut shown = vendor.get(&job).await.expect(200).json();
    while shown["state"] == "running" {
        shown = vendor.get(&job).await.expect(200).json();
    }
    world.work().await;
    shown
}

/// Every story ends without anything left for a person, as test events.
async fn all_went_well(vendor: &Vendor, shown: &Value) {
    assert_eq!(shown["state"], "done", "{shown:#}");
    assert_eq!(shown["done"], shown["total"], "{shown:#}");
    for event in vendor.events().await {
        let state = event["state"].as_str().unwrap();
        let is_due_date = event["source_event_id"].is_null();
        let is_well = matches!(state, "done" | "ignored") || is_due_date;
        assert!(is_well, "{}: {event:#}", outcome(&event));
        assert_eq!(event["live"], false, "{event:#}");
    }
}

fn wish(scenario: &str, path: &str) -> Value {
    json!({ "scenario": scenario, "product_path": path })
}

async fn a_one_time_story_makes_a_license(world: &World) {
    let vendor = world.vendor().await;

    let mut wish = wish("one_time", "reverb");
    wish["quantity"] = json!(2);
    let shown = play(world, &vendor, wish).await;

    all_went_well(&vendor, &shown).await;
    assert_eq!(world.license_server.licenses().len(), 2);
    let order = vendor.events().await[0]["order_id"].clone();
    let prefix = shown["result"]["order_prefix"].as_str().unwrap();
    assert!(order.as_str().unwrap().starts_with(prefix), "{order}");
}

async fn a_subscription_is_renewed_healed_and_refunded(world: &World) {
    let vendor = world.vendor().await;

    let shown = play(world, &vendor, wish("subscription", "studio-pro")).await;

    all_went_well(&vendor, &shown).await;
    assert_eq!(world.license_server.licenses().len(), 1);
    assert!(world.license_server.effects("renew") >= 1);
    assert!(world.license_server.license().is_suspended, "refunded");
}

async fn a_trial_is_converted_and_ends(world: &World) {
    let policy = json!({ "policy": { "preset": "licensespring" } });
    let vendor = world.vendor_with(policy).await;

    let shown = play(world, &vendor, wish("trial", "studio-pro")).await;

    all_went_well(&vendor, &shown).await;
    assert!(world.license_server.license().is_suspended, "it ended");
}

async fn a_changed_plan_has_more_units(world: &World) {
    let vendor = world.vendor().await;

    let shown = play(world, &vendor, wish("plan_change", "studio-pro")).await;

    all_went_well(&vendor, &shown).await;
    assert_eq!(running(world).len(), 2);
}

async fn a_changed_plan_has_another_product(world: &World) {
    let vendor = world.vendor().await;

    let mut wish = wish("plan_change", "studio-lite");
    wish["other_product_path"] = json!("studio-pro");
    let shown = play(world, &vendor, wish).await;

    all_went_well(&vendor, &shown).await;
    assert_eq!(running(world).len(), 1);
}

async fn a_pause_is_lifted(world: &World) {
    let vendor = world.vendor().await;

    let shown = play(world, &vendor, wish("pause", "studio-pro")).await;

    all_went_well(&vendor, &shown).await;
    assert!(!world.license_server.license().is_suspended);
}

async fn a_bundle_gives_its_member(world: &World) {
    let vendor = world.vendor().await;

    let shown = play(world, &vendor, wish("bundle", "reverb")).await;

    all_went_well(&vendor, &shown).await;
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn a_story_is_not_told_into_an_account_of_real_licenses(world: &World) {
    let vendor = world.vendor().await;
    let real = json!({
        "kind": "cryptlex", "name": "Real", "base_url": "https://cryptlex.invalid", "access_token": "t",
    });
    let real = vendor
        .post_json("/license-servers", &real)
        .await
        .expect(201)
        .json();
    let test_account = vendor.license_server_id.clone();
    let store = format!("/storefronts/{}", vendor.storefront_id);
    let moved = json!({ "license_server_id": real["id"] });
    vendor
        .send(Method::PATCH, &store, Some(&moved))
        .await
        .expect(200);

    let path = format!("{store}/simulate");
    let refused = vendor
        .post_json(&path, &wish("one_time", "reverb"))
        .await
        .expect(422);
    let errors = refused.json()["errors"].clone();
    assert!(errors["confirm_real_account"].is_string(), "{errors}");
    assert!(vendor.events().await.is_empty());

    let elsewhere = json!({
        "test_license_server_id": test_account, "policy": { "test_events": "test_server" },
    });
    vendor
        .send(Method::PATCH, &store, Some(&elsewhere))
        .await
        .expect(200);
    let shown = play(world, &vendor, wish("one_time", "reverb")).await;
    all_went_well(&vendor, &shown).await;
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn a_wish_that_makes_no_sense_is_refused(world: &World) {
    let vendor = world.vendor().await;
    let path = format!("/storefronts/{}/simulate", vendor.storefront_id);
    for (wish, field) in [
        (
            json!({ "scenario": "one_time", "product_path": "reverb", "quantity": 0 }),
            "quantity",
        ),
        (
            json!({ "scenario": "one_time", "product_path": "reverb", "quantity": 21 }),
            "quantity",
        ),
        (
            json!({ "scenario": "one_time", "product_path": " " }),
            "product_path",
        ),
        (
            json!({ "scenario": "burglary", "product_path": "reverb" }),
            "scenario",
        ),
        (json!({ "scenario": "one_time" }), "product_path"),
    ] {
        let errors = vendor.post_json(&path, &wish).await.expect(422).json()["errors"].clone();

        assert!(errors[field].is_string(), "{wish} {errors}");
    }
}

async fn another_vendors_store_tells_no_stories(world: &World) {
    let vendor = world.vendor().await;
    let other = world.vendor().await;

    let path = format!("/storefronts/{}/simulate", vendor.storefront_id);
    let answer = other.post_json(&path, &wish("one_time", "reverb")).await;

    answer.expect(404);
}

fn running(world: &World) -> Vec<LicenseSnapshot> {
    let licenses = world.license_server.licenses().into_iter();
    licenses.filter(|license| !license.is_suspended).collect()
}

async fn a_story_whose_process_died_ends_as_interrupted(world: &World) {
    let vendor = world.vendor().await;
    let path = format!("/storefronts/{}/simulate", vendor.storefront_id);
    let body = wish("one_time", "reverb");
    let begun = vendor.post_json(&path, &body).await.expect(202).json();
    let job = format!("/jobs/{}", begun["job_id"].as_str().unwrap());
    while vendor.get(&job).await.expect(200).json()["state"] == "running" {}
    world.work().await;
    // As a process leaves it that is killed after the last call.
    let id = world.literal(begun["job_id"].as_str().unwrap());
    world.tamper(&format!(
        "UPDATE jobs SET state = 'running', result = NULL, finished_at = NULL WHERE id = {id}"
    ));

    world.do_long_work().await;
    let soon = vendor.get(&job).await.expect(200).json();
    world.clock.advance(jiff::SignedDuration::from_mins(16));
    world.do_long_work().await;
    let later = vendor.get(&job).await.expect(200).json();

    assert_eq!(soon["state"], "running", "it may still be at it: {soon:#}");
    assert_eq!(later["state"], "failed", "{later:#}");
    let words = later["result"]["error"].as_str().unwrap();
    assert!(words.starts_with("interrupted: "), "{words}");
    assert_eq!(world.license_server.licenses().len(), 1);
}
