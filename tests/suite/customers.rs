//! Buyers: found by anything they may name, told in plain words.

//! Buyers and the licenses of orders: found by anything they may name, told in plain words.

use crate::shop::{order, subscription};
use crate::world::{Vendor, World};
use jiff::SignedDuration;
use latchkey::domain::time::Timestamp;
use serde_json::{Value, json};

on_both! {
    buyers_are_found_by_what_they_may_name,
    buyers_are_listed_page_by_page,
    another_companys_buyers_are_not_there,
    a_buyer_who_paid_has_a_working_license,
    a_buyer_who_was_refunded_rightly_has_none,
    what_waits_for_a_yes_is_not_called_checked,
    a_buyer_whose_product_is_not_set_up_waits_for_the_company,
    a_history_tells_renewals_with_the_extra_days,
    a_history_holds_messages_without_effect,
}

const ANNA: &str = "anna@lindqvist.example";

async fn buyers_are_found_by_what_they_may_name(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S-1").by(ANNA);
    vendor
        .post_together(&[
            bought.activated(),
            order("A-1").by(ANNA).subscribed(&bought).completed(),
        ])
        .await;
    vendor
        .post(
            &order("B-1")
                .by("ben@kite.example")
                .line("reverb", 1)
                .completed(),
        )
        .await;
    world.work().await;
    let key = world.license_server.licenses()[0].key.clone();

    for (query, count) in [
        (String::new(), 2),
        (format!("q={ANNA}"), 1),
        ("q=lindqvist.example".to_owned(), 1),
        ("q=A-1".to_owned(), 1),
        ("q=NWA-A-1".to_owned(), 1),
        ("q=S-1".to_owned(), 1),
        (format!("q={key}"), 1),
        ("q=weber".to_owned(), 2),
        ("q=nobody@example.com".to_owned(), 0),
    ] {
        let found = vendor.list(&format!("/customers?{query}")).await;
        assert_eq!(found.len(), count, "{query}: {found:#?}");
    }
    vendor.get("/customers?name=anna").await.expect(422);
}

async fn buyers_are_listed_page_by_page(world: &World) {
    let vendor = world.vendor().await;
    for number in 0..5 {
        let buyer = format!("buyer-{number}@example.com");
        vendor
            .post(
                &order(&format!("A-{number}"))
                    .by(&buyer)
                    .line("reverb", 1)
                    .completed(),
            )
            .await;
    }
    world.work().await;

    let first = vendor.get("/customers?limit=3").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let second = vendor
        .get(&format!("/customers?limit=3&cursor={cursor}"))
        .await
        .expect(200)
        .json();

    let mut emails: Vec<&str> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|buyer| buyer["email"].as_str().unwrap())
        .collect();
    emails.sort_unstable();
    emails.dedup();
    assert_eq!(emails.len(), 5);
    assert_eq!(second["next_cursor"], Value::Null);
}

async fn another_companys_buyers_are_not_there(world: &World) {
    let owner = world.vendor().await;
    let stranger = world.vendor().await;
    owner
        .post(&order("A").by(ANNA).line("reverb", 1).completed())
        .await;
    world.work().await;
    let id = buyer(&owner, ANNA).await["id"].as_str().unwrap().to_owned();

    stranger.get(&format!("/customers/{id}")).await.expect(404);
    stranger.get("/customers/cus_nonsense").await.expect(404);
    stranger.get("/orders/A/licenses").await.expect(404);
    assert_eq!(stranger.list("/customers").await, Vec::<Value>::new());
}

async fn a_buyer_who_paid_has_a_working_license(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let bought = subscription("S").by(ANNA);
    vendor
        .post_together(&[
            bought.activated(),
            order("A").by(ANNA).subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;

    let anna = buyer(&vendor, ANNA).await;

    let end = world.license_server.license().expires_at.unwrap();
    let answer = anna["answer"]["text"].as_str().unwrap();
    assert_eq!(anna["answer"]["works"], true);
    assert_eq!(anna["answer"]["kind"], "works");
    assert!(answer.contains("is paid until"), "{answer}");
    assert!(
        answer.contains(&format!("works until {}", Timestamp::new(end).long_day())),
        "{answer}"
    );
    assert_eq!(anna["licenses"].as_array().unwrap().len(), 1);
    assert_eq!(anna["subscriptions"][0]["id"], "S");
    let story = anna["story"].to_string();
    assert!(story.contains("Made; ends"), "{story}");
}

async fn a_buyer_who_was_refunded_rightly_has_none(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").by(ANNA).line("reverb", 1);
    vendor.post(&bought.completed()).await;
    world.work().await;
    vendor
        .post(&bought.refunded(&["reverb"], "2027-01-15T09:50:00Z"))
        .await;
    world.work().await;

    let anna = buyer(&vendor, ANNA).await;

    assert_eq!(anna["answer"]["kind"], "rightly_not", "{anna:#}");
    assert_eq!(anna["answer"]["works"], false);
    let orders = json!([{
        "id": "A", "reference": bought.reference(), "product_paths": ["reverb"],
        "is_returned": true, "is_charged_back": false,
    }]);
    assert_eq!(anna["orders"], orders);
    let story = anna["story"].to_string();
    assert!(
        story.contains("Suspended, because the money went back."),
        "{story}"
    );
}

async fn what_waits_for_a_yes_is_not_called_checked(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "cryptlex", "endings": "ask" } }))
        .await;
    let bought = order("A").by(ANNA).line("reverb", 1);
    vendor.post(&bought.completed()).await;
    world.work().await;
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    let refund = bought.refunded(&["reverb"], "2027-01-15T09:50:00Z");
    vendor.post(&refund).await;
    world.work().await;
    assert_eq!(vendor.outcome(&refund).await, "parked awaiting_consent");

    let anna = buyer(&vendor, ANNA).await;

    let checked: Vec<&Value> = anna["story"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chapter| &chapter["checked"])
        .collect();
    assert_eq!(checked, [false, true]);
}

async fn a_buyer_whose_product_is_not_set_up_waits_for_the_company(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    vendor
        .post(&order("A").by(ANNA).line("delay", 1).completed())
        .await;
    world.work().await;

    let anna = buyer(&vendor, ANNA).await;

    assert_eq!(anna["answer"]["kind"], "needs_vendor", "{anna:#}");
    assert!(
        anna["answer"]["text"].as_str().unwrap().contains("delay"),
        "{anna:#}"
    );
}

async fn a_history_tells_renewals_with_the_extra_days(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let bought = subscription("S").by(ANNA);
    vendor
        .post_together(&[
            bought.activated(),
            order("A").by(ANNA).subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    world.clock.advance(SignedDuration::from_hours(24 * 31));
    let charge = order("R").by(ANNA).subscribed(&bought);
    let charged = bought
        .next("2027-03-15")
        .charged(&charge, "2027-02-15T09:30:00Z");
    vendor.post(&charged).await;
    world.work().await;

    let told = history(&vendor, "effect").await;

    let end = world.license_server.license().expires_at.unwrap();
    let end = Timestamp::new(end).long_day();
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("Made; ends "), "{told:#?}");
    assert!(
        told[1].starts_with(&format!("Renewed; ends {end}. Paid until ")),
        "{told:#?}"
    );
    assert!(told[1].ends_with("plus 10 extra days."), "{told:#?}");
}

async fn a_history_holds_messages_without_effect(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").by(ANNA);
    vendor
        .post_together(&[
            bought.activated(),
            order("A").by(ANNA).subscribed(&bought).completed(),
        ])
        .await;
    vendor.post(&bought.canceled("2027-01-15T09:45:00Z")).await;
    world.work().await;

    let told = history(&vendor, "event").await;

    // Dates of our own may stand among the three.
    assert!(told.len() >= 3, "{told:#?}");
    assert!(
        told.iter()
            .any(|text| text.starts_with("Subscription canceled, ends later.")),
        "{told:#?}"
    );
}

/// The buyer of that address, whole.
async fn buyer(vendor: &Vendor, email: &str) -> Value {
    let found = vendor.list(&format!("/customers?q={email}")).await;
    let id = found[0]["id"].as_str().unwrap().to_owned();
    vendor
        .get(&format!("/customers/{id}"))
        .await
        .expect(200)
        .json()
}

/// What the history of the only license tells of its entries of one kind.
async fn history(vendor: &Vendor, kind: &str) -> Vec<String> {
    let id = vendor.licenses().await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let entries = vendor.list(&format!("/licenses/{id}/history")).await;
    entries
        .iter()
        .filter(|entry| entry["kind"] == kind)
        .map(|entry| entry["text"].as_str().unwrap().to_owned())
        .collect()
}
