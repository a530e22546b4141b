//! Keys of the shop's own generator: where the vendor says so their licenses are adopted, and none is made beside them.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{Event, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    the_license_of_a_key_in_the_receipt_is_adopted,
    a_subscription_adopts_it_too_and_renews_it,
    a_key_that_cannot_be_adopted_waits_for_a_person,
    a_license_of_another_purchase_is_never_taken,
    a_person_may_let_latchkey_make_it_after_all,
    without_the_vendors_word_a_license_is_made,
    a_lost_answer_adopts_once,
    an_adopted_license_is_its_buyers_as_one_of_ours_is,
    a_license_that_is_somebodys_stays_theirs,
    an_adopted_license_does_not_wait_for_its_user,
    where_no_user_is_wanted_none_is_linked,
    keys_that_were_not_adopted_stand_on_the_page_of_their_order,
}

const KEY: &str = "AAAAAA-BBBBBB-CCCCCC-DDDDDD-EEEEEE-000001";

async fn the_license_of_a_key_in_the_receipt_is_adopted(world: &World) {
    let vendor = vendor(world).await;
    made_elsewhere(
        world,
        KEY,
        ids::REVERB,
        &json!([{ "key": "batch", "value": "7", "visible": true }]),
    );
    let event = bought("A", 1, &[KEY]);

    vendor.post(&event).await;
    world.work().await;
    vendor.post(&event.resent_as("again")).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
    let license = world.license_server.license();
    assert_eq!(license.metadata["fastspring_order_id"], "A");
    assert_eq!(license.metadata["batch"], "7", "what stood there stays");
    let calls = vendor.event(&event).await["calls"].clone();
    let calls = calls.as_array().unwrap().iter();
    let mut writes = calls.filter(|call| call["method"] == "PATCH");
    let sent = writes.next().unwrap()["request"].to_string();
    assert!(sent.contains("batch"), "always the full set: {sent}");
    assert_eq!(world.license_server.effects("patch"), 1);
    let known = vendor.licenses().await;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0]["reference"], "NWA-A");
    let key = format!("/licenses/{}/key", known[0]["id"].as_str().unwrap());
    assert_eq!(vendor.get(&key).await.expect(200).json()["key"], KEY);
    // From now on it is the order's.
    let refund = order("A").line("reverb", 1);
    vendor
        .post(&refund.refunded(&["reverb"], "2027-01-15T10:00:00Z"))
        .await;
    world.work().await;
    assert!(world.license_server.license().is_suspended);
}

async fn a_subscription_adopts_it_too_and_renews_it(world: &World) {
    let vendor = vendor(world).await;
    let license = json!({
        "productId": ids::STUDIO_PRO, "licenseTemplateId": ids::MONTHLY, "key": KEY,
    });
    world.license_server.added("licenses", &license);
    let mapping = json!({
        "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY, "key_delivery": "shop",
    });
    vendor.map("studio-pro", &mapping).await;
    let bought = subscription("S");
    let first = order("A").subscribed(&bought).delivered(&[KEY]).completed();

    vendor
        .post_together(&[first.clone(), bought.activated()])
        .await;
    world.work().await;

    assert_eq!(vendor.outcome(&first).await, "done");
    let license = world.license_server.license();
    assert_eq!(license.metadata["fastspring_subscription_id"], "S");
    let charge = bought
        .next("2027-03-15")
        .charged(&order("B").line("studio-pro", 1), "2027-02-15T09:00:00Z");
    vendor.post(&charge).await;
    world.work().await;
    assert_eq!(vendor.outcome(&charge).await, "done");
    assert!(world.license_server.license().expires_at > license.expires_at);
}

async fn a_key_that_cannot_be_adopted_waits_for_a_person(world: &World) {
    let vendor = vendor(world).await;
    made_elsewhere(world, KEY, ids::STUDIO_PRO, &json!([]));
    for (id, quantity, keys, why) in [
        ("A", 1, &["UNKNOWN"][..], "no license of that key"),
        ("B", 1, &[KEY][..], "another product"),
        ("C", 2, &["UNKNOWN"][..], "no license of that key"),
    ] {
        let event = bought(id, quantity, keys);

        vendor.post(&event).await;
        world.work().await;

        assert_eq!(vendor.outcome(&event).await, "parked shop_key_not_adopted");
        let text = vendor.event(&event).await["reason"]["text"].clone();
        assert!(text.as_str().unwrap().contains(why), "{text}");
    }
    assert_eq!(
        world.license_server.writes(),
        1,
        "the one of another system"
    );
}

async fn a_license_of_another_purchase_is_never_taken(world: &World) {
    let vendor = vendor(world).await;
    let theirs = json!([{ "key": "fastspring_order_id", "value": "X", "visible": false }]);
    made_elsewhere(world, KEY, ids::REVERB, &theirs);
    let free = "AAAAAA-BBBBBB-CCCCCC-DDDDDD-EEEEEE-000002";
    made_elsewhere(world, free, ids::REVERB, &json!([]));
    let first = bought("A", 1, &[free]);
    vendor.post(&first).await;
    world.work().await;
    assert_eq!(vendor.outcome(&first).await, "done");
    let writes = world.license_server.writes();

    for event in [bought("B", 1, &[KEY]), bought("C", 1, &[free])] {
        vendor.post(&event).await;
        world.work().await;
        assert_eq!(vendor.outcome(&event).await, "parked shop_key_not_adopted");
    }

    assert_eq!(world.license_server.writes(), writes);
    assert_eq!(vendor.licenses().await.len(), 1);
}

async fn a_person_may_let_latchkey_make_it_after_all(world: &World) {
    let vendor = vendor(world).await;
    let event = bought("A", 2, &["UNKNOWN"]);
    vendor.post(&event).await;
    world.work().await;
    assert_eq!(vendor.outcome(&event).await, "parked shop_key_not_adopted");

    map(&vendor, &Value::Null).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
    assert_eq!(world.license_server.licenses().len(), 2);
}

async fn without_the_vendors_word_a_license_is_made(world: &World) {
    let vendor = world.vendor().await;
    let event = bought("A", 1, &[KEY]);

    vendor.post(&event).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
    assert_ne!(world.license_server.license().key, KEY);
    assert_eq!(
        world.license_server.calls("list"),
        0,
        "nothing is looked for"
    );
}

async fn a_lost_answer_adopts_once(world: &World) {
    let vendor = vendor(world).await;
    made_elsewhere(
        world,
        KEY,
        ids::REVERB,
        &json!([{ "key": "batch", "value": "7", "visible": true }]),
    );
    world.license_server.faults(&["cut=after,on=patch,times=1"]);
    let event = bought("A", 1, &[KEY]);

    vendor.post(&event).await;
    world.work().await;
    world.work_after(jiff::SignedDuration::from_secs(10)).await;

    assert_eq!(vendor.outcome(&event).await, "done");
    let license = world.license_server.license();
    assert_eq!(license.metadata["fastspring_order_id"], "A");
    assert_eq!(license.metadata["batch"], "7");
    assert_eq!(vendor.licenses().await.len(), 1);
}

async fn an_adopted_license_is_its_buyers_as_one_of_ours_is(world: &World) {
    let vendor = vendor(world).await;
    made_elsewhere(world, KEY, ids::REVERB, &json!([]));
    let next = "AAAAAA-BBBBBB-CCCCCC-DDDDDD-EEEEEE-000002";
    made_elsewhere(world, next, ids::REVERB, &json!([]));
    let tell = async |event: Event| {
        vendor.post(&event).await;
        world.work().await;
        assert_eq!(vendor.outcome(&event).await, "done");
    };

    tell(bought("A", 1, &[KEY])).await;

    let user = user_of_key(world, KEY);
    assert_eq!(user["email"], "mara.weber@example.com");
    let of_buyer = "/licenses?email=mara.weber@example.com";
    assert_eq!(vendor.list(of_buyer).await.len(), 1);
    assert_eq!(world.license_server.effects("patch"), 1);
    let calls = world.license_server.calls("user-create");
    assert_eq!(calls, 1);

    // The next license of somebody who is known takes one call.
    let writes = world.license_server.writes();
    tell(bought("B", 1, &[next])).await;
    assert_eq!(world.license_server.writes() - writes, 1);
    assert_eq!(vendor.list(of_buyer).await.len(), 2);
    let user = user_of_key(world, next);
    assert_eq!(user["email"], "mara.weber@example.com");

    world.work_after(jiff::SignedDuration::from_mins(20)).await;
    world.sweep().await;
    let mut browser = world.signed_in().await;
    let id = vendor.licenses().await[0]["id"].clone();
    let path = format!("/licenses/{}", id.as_str().unwrap());
    let page = browser.get(&path).await.expect(200).text;
    assert!(page.contains("Mara Weber"), "{page}");
    assert!(!page.contains("Changed by hand"), "{page}");
}

async fn a_license_that_is_somebodys_stays_theirs(world: &World) {
    let vendor = vendor(world).await;
    made_elsewhere(world, KEY, ids::REVERB, &json!([]));
    let owner = world.license_server.added(
        "users",
        &json!({ "email": "owner@example.com", "firstName": "Owner", "password": "not-a-secret-1", "role": "user" }),
    );
    let id = world.license_server.license().id;
    let by_hand = json!({ "userId": owner });
    world
        .license_server
        .patch(&format!("licenses/{id}"), &by_hand);
    let users = world.license_server.calls("user-create");
    let event = bought("A", 1, &[KEY]);

    vendor.post(&event).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
    let license = world.license_server.license();
    assert_eq!(license.user_id, Some(owner));
    assert_eq!(license.metadata["fastspring_order_id"], "A");
    assert_eq!(world.license_server.calls("user-create"), users);
}

async fn an_adopted_license_does_not_wait_for_its_user(world: &World) {
    let vendor = vendor(world).await;
    made_elsewhere(world, KEY, ids::REVERB, &json!([]));
    world
        .license_server
        .faults(&["status=400,on=user-create,times=1"]);
    let event = bought("A", 1, &[KEY]);

    vendor.post(&event).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "parked user_not_created");
    let license = world.license_server.license();
    assert_eq!(license.metadata["fastspring_order_id"], "A");
    assert_eq!(license.user_id, None);
}

async fn where_no_user_is_wanted_none_is_linked(world: &World) {
    let vendor = vendor(world).await;
    let mapping = json!({
        "license_product_id": ids::REVERB, "license_template_id": ids::PERPETUAL,
        "key_delivery": "shop", "attributes": { "assign_user": "false" },
    });
    vendor.map("reverb", &mapping).await;
    made_elsewhere(world, KEY, ids::REVERB, &json!([]));
    let event = bought("A", 1, &[KEY]);

    vendor.post(&event).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
    assert_eq!(world.license_server.license().user_id, None);
    assert_eq!(world.license_server.calls("user-create"), 0);
}

async fn keys_that_were_not_adopted_stand_on_the_page_of_their_order(world: &World) {
    let vendor = vendor(world).await;
    made_elsewhere(world, KEY, ids::REVERB, &json!([]));
    let absent = "AAAAAA-BBBBBB-CCCCCC-DDDDDD-EEEEEE-00000A";
    let event = bought("A", 2, &[KEY, absent]);
    vendor.post(&event).await;
    world.work().await;
    assert_eq!(vendor.outcome(&event).await, "parked shop_key_not_adopted");
    let mut browser = world.signed_in().await;
    let id = vendor.event(&event).await["id"].clone();
    let path = format!("/activity/{}", id.as_str().unwrap());

    let page = browser.get(&path).await.expect(200).text;

    let section = page.split("id=\"keys\"").nth(1).expect("the keys");
    let section = section.split("</section>").next().unwrap();
    assert!(section.contains("…00000A"), "{section}");
    assert!(!section.contains(absent), "only its end is shown");
    assert!(!section.contains("…000001"), "that one was adopted");
    assert!(section.contains("Set it right at Cryptlex"), "{section}");
    let product = format!("/products/{}?path=reverb", vendor.storefront_id);
    assert!(section.contains(&product), "{section}");

    made_elsewhere(world, absent, ids::REVERB, &json!([]));
    vendor.act(&event, "replay", &json!({})).await.expect(202);
    world.work().await;
    assert_eq!(vendor.outcome(&event).await, "done");
    let page = browser.get(&path).await.expect(200).text;
    assert!(!page.contains("id=\"keys\""), "{page}");
}

/// A vendor who says that keys of Reverb are made by the shop's own generator.
async fn vendor(world: &World) -> Vendor {
    let vendor = world.vendor().await;
    map(&vendor, &json!("shop")).await;
    vendor
}

async fn map(vendor: &Vendor, key_delivery: &Value) {
    let mapping = json!({
        "license_product_id": ids::REVERB, "license_template_id": ids::PERPETUAL,
        "key_delivery": key_delivery,
    });
    vendor.map("reverb", &mapping).await;
}

fn bought(id: &str, quantity: u32, keys: &[&str]) -> Event {
    order(id)
        .line("reverb", quantity)
        .delivered(keys)
        .completed()
}

/// The user whose license the key is.
fn user_of_key(world: &World, key: &str) -> Value {
    let licenses = world.license_server.licenses();
    let license = licenses.iter().find(|license| license.key == key);
    world.license_server.user_of(license.unwrap())
}

/// A license that another system made at the license server.
fn made_elsewhere(world: &World, key: &str, product: &str, metadata: &Value) {
    let license = json!({ "productId": product, "key": key, "metadata": metadata });
    world.license_server.added("licenses", &license);
}
