//! Whom a license is linked to: the buyer, the recipient, nobody; and what follows when they change.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{account_updated, contact, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_gift_is_for_its_recipient_where_the_rules_say_so,
    without_a_recipient_it_is_for_the_buyer,
    nobody_is_linked_where_the_rules_or_the_product_say_so,
    a_user_who_is_there_already_is_found,
    a_license_stays_with_the_user_it_was_made_for,
    changed_details_follow_the_rule,
    a_changed_address_follows_on_overwrite_only,
    an_address_that_is_another_users_is_shown,
    details_of_somebody_who_never_bought_are_not_kept,
    a_refused_user_holds_up_no_license,
}

const BUYER: &str = "mara.weber@example.com";
const FRIEND: &str = "noor@example.net";

async fn a_gift_is_for_its_recipient_where_the_rules_say_so(world: &World) {
    for (rule, expected) in [("customer", BUYER), ("recipient", FRIEND)] {
        let vendor = by_user(world, rule).await;
        let gift = order(rule).line("reverb", 1).completed();
        let gift = gift.with("recipients", json!([{ "recipient": contact(FRIEND) }]));

        world.tell(&vendor, &gift).await;

        assert_eq!(last_address(world), expected);
    }
}

async fn without_a_recipient_it_is_for_the_buyer(world: &World) {
    for recipients in [
        json!([]),
        json!(null),
        json!([{ "recipient": { "first": "Noor" } }]),
    ] {
        let vendor = by_user(world, "recipient").await;
        let order = order(&recipients.to_string()).line("reverb", 1).completed();

        world
            .tell(&vendor, &order.with("recipients", recipients))
            .await;

        assert_eq!(last_address(world), BUYER);
    }
}

async fn nobody_is_linked_where_the_rules_or_the_product_say_so(world: &World) {
    for (rule, attribute, is_linked) in [
        ("none", None, false),
        ("none", Some("true"), true),
        ("customer", Some("false"), false),
    ] {
        let vendor = by_user(world, rule).await;
        if let Some(value) = attribute {
            let attributes = json!({ "assign_user": value });
            let mapping = json!({ "license_product_id": ids::REVERB, "attributes": attributes });
            vendor.map("reverb", &mapping).await;
        }
        let order = order(&format!("{rule}-{attribute:?}")).line("reverb", 1);

        assert_eq!(world.tell(&vendor, &order.completed()).await, "done");

        let license = world.license_server.licenses().pop().unwrap();
        assert_eq!(license.user_id.is_some(), is_linked, "{rule} {attribute:?}");
    }
}

async fn a_user_who_is_there_already_is_found(world: &World) {
    let vendor = world.vendor().await;
    let user = json!({ "email": BUYER, "firstName": "Mara", "password": "a long password" });
    world.license_server.tell("/v3/users", &user);

    let bought = order("A").line("reverb", 1).completed();
    assert_eq!(world.tell(&vendor, &bought).await, "done");

    assert_eq!(last_address(world), BUYER);
    assert_eq!(
        world.license_server.effects("user-create"),
        1,
        "the one by hand"
    );
}

async fn a_license_stays_with_the_user_it_was_made_for(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let before = world.license_server.license().user_id;

    let sold = bought.by(FRIEND);
    world
        .tell(&vendor, &sold.updated("2027-01-15T09:20:00Z"))
        .await;
    let charge = order("B").by(FRIEND).line("studio-pro", 1);
    let charge = sold
        .next("2027-03-15")
        .charged(&charge, "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");

    assert_eq!(world.license_server.license().user_id, before);
}

async fn changed_details_follow_the_rule(world: &World) {
    for (rule, outcome, last_name, company) in [
        ("never", "ignored notice_only", "Weber", json!(null)),
        ("fill", "done", "Weber", json!("Weber Sound")),
        ("overwrite", "done", "Weber-Haddad", json!("Weber Sound")),
    ] {
        let email = format!("{rule}@example.com");
        let vendor = by_update(world, rule).await;
        let bought = order(rule).by(&email).line("reverb", 1);
        world.tell(&vendor, &bought.completed()).await;

        let mut new = contact(&email);
        new["last"] = json!("Weber-Haddad");
        new["company"] = json!("Weber Sound");
        let change = account_updated(&email, new, "2027-01-15T09:30:00Z");
        assert_eq!(world.tell(&vendor, &change).await, outcome);

        let user = last_user(world);
        assert_eq!(user["lastName"], last_name, "{rule}");
        assert_eq!(user["company"], company, "{rule}");
    }
}

async fn a_changed_address_follows_on_overwrite_only(world: &World) {
    for (rule, expected) in [
        ("never", "never@example.com"),
        ("fill", "fill@example.com"),
        ("overwrite", "new-overwrite@example.com"),
    ] {
        let vendor = by_update(world, rule).await;
        let email = format!("{rule}@example.com");
        let bought = order(rule).by(&email).line("reverb", 1);
        world.tell(&vendor, &bought.completed()).await;
        let license = world.license_server.licenses().pop().unwrap();

        let new = contact(&format!("new-{rule}@example.com"));
        let change = account_updated(&email, new, "2027-01-15T09:30:00Z");
        world.tell(&vendor, &change).await;

        assert_eq!(last_address(world), expected);
        let same = world.license_server.licenses().pop().unwrap();
        assert_eq!(same.user_id, license.user_id, "no license moves");
    }
}

async fn an_address_that_is_another_users_is_shown(world: &World) {
    let vendor = by_update(world, "overwrite").await;
    let user = json!({ "email": FRIEND, "firstName": "Noor", "password": "a long password" });
    world.license_server.tell("/v3/users", &user);
    world
        .tell(&vendor, &order("A").line("reverb", 1).completed())
        .await;

    let change = account_updated(BUYER, contact(FRIEND), "2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &change).await,
        "parked user_not_created"
    );

    assert_eq!(last_address(world), BUYER);
    let event = vendor.event(&change).await.to_string();
    assert!(!event_reason(&event).contains(FRIEND), "{event}");
}

async fn details_of_somebody_who_never_bought_are_not_kept(world: &World) {
    let vendor = by_update(world, "overwrite").await;

    let change = account_updated(FRIEND, contact(FRIEND), "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &change).await, "ignored notice_only");

    let found = vendor.list(&format!("/events?q={FRIEND}")).await;
    assert_eq!(found, Vec::<Value>::new());
    assert_eq!(
        world.license_server.ledger().entries().count(),
        1,
        "the token was checked"
    );
}

async fn a_refused_user_holds_up_no_license(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=400,on=user-create,times=1"]);

    let bought = order("A").line("reverb", 2).completed();
    assert_eq!(
        world.tell(&vendor, &bought).await,
        "parked user_not_created"
    );

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 2);
    assert_eq!(licenses[0].user_id, None);
}

async fn by_user(world: &World, rule: &str) -> Vendor {
    world.vendor_by("cryptlex", json!({ "user": rule })).await
}

async fn by_update(world: &World, rule: &str) -> Vendor {
    world
        .vendor_by("cryptlex", json!({ "user_update": rule }))
        .await
}

fn last_user(world: &World) -> Value {
    let license = world.license_server.licenses().pop().unwrap();
    world.license_server.user_of(&license)
}

fn last_address(world: &World) -> String {
    last_user(world)["email"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The part of an event that is not the shop's own text.
fn event_reason(event: &str) -> &str {
    event
        .split_once("\"reason\"")
        .map_or(event, |(_, rest)| &rest[..rest.len().min(300)])
}
