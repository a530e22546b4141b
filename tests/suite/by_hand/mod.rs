//! What a person changes at the license server, beside whatever the shop says next.

mod tables;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::shop::{Event, Subscription, order, subscription};
use crate::world::{Browser, Vendor, World};

on_both! {
    a_renewal_by_hand_is_not_made_twice,
    a_suspension_by_hand_outlasts_a_payment_that_lifts_ours,
    a_suspension_that_a_person_lifted_again_is_no_longer_theirs,
    a_refund_suspends_what_a_person_had_switched_on_again,
    the_license_says_what_was_changed,
}

/// The license server's ids of all licenses, by subscription.
fn licenses(world: &World) -> BTreeMap<String, String> {
    let licenses = world.license_server.licenses().into_iter();
    licenses
        .map(|license| {
            (
                license.metadata["fastspring_subscription_id"].clone(),
                license.id,
            )
        })
        .collect()
}

fn change(world: &World, id: &str, hand: Value) {
    match hand {
        Value::Null => world.license_server.delete(&format!("licenses/{id}")),
        hand if hand.get("expiresAt").is_some() => {
            world
                .license_server
                .patch(&format!("licenses/{id}/expires-at"), &hand);
        }
        hand => world.license_server.patch(&format!("licenses/{id}"), &hand),
    }
}

fn renewal(bought: &Subscription) -> Event {
    let charge = order(&format!("B-{}", bought.id)).line("studio-pro", 1);
    let paid = bought.clone().next("2027-03-15");
    paid.charged(&charge, "2027-01-15T10:40:00Z")
}

fn failure(bought: &Subscription) -> Event {
    bought.charge_failed("2027-01-15T10:20:00Z")
}

fn overdue(bought: &Subscription) -> Event {
    bought.overdue("2027-01-15T10:30:00Z")
}

async fn a_renewal_by_hand_is_not_made_twice(world: &World) {
    for (name, is_seen) in [("seen", true), ("unseen", false)] {
        for preset in ["cryptlex", "recommended"] {
            let vendor = world.vendor_by(preset, json!({})).await;
            let bought = subscription(&format!("{name}-{preset}"));
            world.begin(&vendor, &bought).await;
            world.clock.advance(SignedDuration::from_mins(10));
            if !is_seen {
                world.sweep().await;
                world.clock.advance(SignedDuration::from_mins(2));
            }
            let id = licenses(world)[&bought.id].clone();
            world
                .license_server
                .tell(&format!("/v3/licenses/{id}/renew"), &json!({}));
            world.sweep().await;
            let by_hand = world.license_server.shown_of(&bought.id);

            let charge = renewal(&bought);
            world.tell(&vendor, &charge).await;
            world
                .tell(&vendor, &charge.resent_as(&format!("again-{}", bought.id)))
                .await;
            let once = world.license_server.shown_of(&bought.id);
            let next = bought.clone().next("2027-04-15");
            let second = order(&format!("C-{}", bought.id)).line("studio-pro", 1);
            world
                .tell(&vendor, &next.charged(&second, "2027-01-15T10:50:00Z"))
                .await;

            let twice = world.license_server.shown_of(&bought.id);
            let expected = match preset {
                "cryptlex" => ["2027-03-15", "2027-03-15", "2027-04-15"],
                _ => ["2027-03-25", "2027-03-25", "2027-04-25"],
            };
            let days = [by_hand, once, twice].map(|shown| shown[10..20].to_owned());
            assert_eq!(days, expected, "{preset} {name}");
        }
    }
}

async fn a_suspension_by_hand_outlasts_a_payment_that_lifts_ours(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let id = world.license_server.license().id;
    change(world, &id, json!({ "suspended": true }));
    world.tell(&vendor, &failure(&bought)).await;
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;

    world.tell(&vendor, &overdue(&bought)).await;
    let healed = renewal(&bought);
    assert_eq!(world.tell(&vendor, &healed).await, "done changed_by_hand");

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-03-15T10:00 suspended"]
    );
    let told = &vendor.licenses().await[0];
    assert_eq!(told["causes"], json!(["by_hand"]));
    assert_eq!(told["changed_by_hand"], json!(["standing"]));
}

async fn a_suspension_that_a_person_lifted_again_is_no_longer_theirs(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let id = world.license_server.license().id;
    for is_suspended in [true, false] {
        world.clock.advance(SignedDuration::from_mins(2));
        change(world, &id, json!({ "suspended": is_suspended }));
        world
            .tell(
                &vendor,
                &bought
                    .charge_failed("2027-01-15T10:11:00Z")
                    .resent_as(&is_suspended.to_string()),
            )
            .await;
        world.clock.advance(SignedDuration::from_mins(10));
        world.sweep().await;
    }

    world.tell(&vendor, &overdue(&bought)).await;
    assert!(world.license_server.license().is_suspended);
    world.tell(&vendor, &renewal(&bought)).await;

    assert!(!world.license_server.license().is_suspended);
}

async fn a_refund_suspends_what_a_person_had_switched_on_again(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    world.tell(&vendor, &overdue(&bought)).await;
    let license = world.license_server.license();
    assert!(license.is_suspended);
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    world.clock.advance(SignedDuration::from_mins(2));
    change(world, &license.id, json!({ "suspended": false }));

    let refund = bought
        .first_order()
        .refunded(&["studio-pro"], "2027-01-15T10:15:00Z");
    assert_eq!(world.tell(&vendor, &refund).await, "done");

    assert!(world.license_server.license().is_suspended);
}

async fn the_license_says_what_was_changed(world: &World) {
    let (vendor, _) = subscribed(world).await;
    let id = world.license_server.license().id;
    change(
        world,
        &id,
        json!({ "allowedActivations": 9, "maxAllowedReleaseVersion": "4.0" }),
    );
    change(world, &id, json!({ "expiresAt": "2027-06-30T00:00:00Z" }));
    world
        .tell(&vendor, &subscription("S").canceled("2027-01-15T10:11:00Z"))
        .await;
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;

    let told = &vendor.licenses().await[0];
    assert_eq!(
        told["changed_by_hand"],
        json!(["term", "seats", "maintenance"])
    );
    let mut browser = Browser::new(world);
    browser
        .sign_in("owner-1@vendor.example", "correct horse 1")
        .await;
    let path = format!("/licenses/{}", told["id"].as_str().unwrap());
    let page = browser.get(&path).await.expect(200).text;
    let words =
        "its end, how many may use it, which updates it includes; seen on 15 January 2027 and kept";
    assert!(page.contains(words), "{page}");
}

/// A subscription whose license was read back after it was made.
async fn subscribed(world: &World) -> (Vendor, Subscription) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    world.clock.advance(SignedDuration::from_mins(2));
    (vendor, bought)
}
