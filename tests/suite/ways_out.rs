//! The ways out of a message: a person names the license where none was found, or mends the cause where it lies.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{Event, moment, order, subscription};
use crate::world::{Answer, Vendor, World};

on_both! {
    a_license_that_was_deleted_by_hand_is_followed_by_the_one_picked,
    a_license_is_picked_by_its_key,
    a_picked_license_is_renewed_from_then_on,
    each_deleted_license_is_followed_by_one_picked,
    picking_a_license_twice_changes_nothing,
    what_is_there_again_is_taken_back_by_its_id,
    what_was_made_anew_with_its_key_is_taken_back,
    a_license_follows_the_one_that_its_event_missed,
    a_picked_member_of_a_bundle_is_of_the_product_that_it_follows,
    a_license_of_another_purchase_is_not_taken,
    a_license_that_names_another_purchase_is_not_taken,
    none_is_picked_while_one_is_still_to_be_made,
    a_license_that_is_not_there_is_not_taken,
    a_license_is_picked_on_the_page_of_its_message,
    a_wrong_license_stays_on_the_page_to_be_set_right,
    each_cause_that_a_page_mends_leads_there_from_its_message,
}

async fn a_license_that_was_deleted_by_hand_is_followed_by_the_one_picked(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    let made = make_by_hand(world, "A-LICENSE-MADE-BY-HAND").await;

    pick(&vendor, &overdue, &made).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&overdue).await, "done");
    assert!(world.license_server.license().is_suspended);
    let licenses = vendor.licenses().await;
    assert_eq!(licenses.len(), 2, "{licenses:#?}");
    let is_on_record = |license: &Value| license["remote_license_id"] == made.as_str();
    assert!(licenses.iter().any(is_on_record), "{licenses:#?}");
    let of_buyer = vendor.list("/licenses?email=mara.weber@example.com").await;
    assert_eq!(of_buyer.len(), 2, "it is the buyer's, as the one before");
    let acts = vendor.list("/audit?action=event.link").await;
    assert_eq!(acts.len(), 1);
}

async fn a_license_is_picked_by_its_key(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    make_by_hand(world, "A-LICENSE-MADE-BY-HAND").await;

    pick(&vendor, &overdue, "a-license-made-by-hand")
        .await
        .expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&overdue).await, "done");
    assert!(world.license_server.license().is_suspended);
}

async fn a_picked_license_is_renewed_from_then_on(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    let made = make_by_hand(world, "A-LICENSE-MADE-BY-HAND").await;
    pick(&vendor, &overdue, &made).await.expect(202);
    world.work().await;

    let rebill = order("B").line("studio-pro", 1);
    let charge = subscription("S")
        .next("2027-03-15")
        .charged(&rebill, "2027-01-15T09:45:00Z");
    let outcome = world.tell(&vendor, &charge).await;

    assert_eq!(outcome, "done");
    let license = world.license_server.license();
    assert!(!license.is_suspended);
    let before = Some(moment("2027-02-20"));
    assert!(license.expires_at > before, "{license:?}");
}

async fn each_deleted_license_is_followed_by_one_picked(world: &World) {
    let (vendor, overdue) = lost(world, 2).await;

    for number in 1..=2 {
        let made = make_by_hand(world, &format!("A-LICENSE-MADE-BY-HAND-{number}")).await;
        pick(&vendor, &overdue, &made).await.expect(202);
        world.work().await;
    }

    assert_eq!(vendor.outcome(&overdue).await, "done");
    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 2);
    assert!(licenses.iter().all(|license| license.is_suspended));
}

async fn picking_a_license_twice_changes_nothing(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    let made = make_by_hand(world, "A-LICENSE-MADE-BY-HAND").await;
    pick(&vendor, &overdue, &made).await.expect(202);
    world.work().await;
    let writes = world.license_server.writes();

    pick(&vendor, &overdue, &made).await.expect(202);
    world.work().await;

    assert_eq!(world.license_server.writes(), writes);
    assert_eq!(vendor.licenses().await.len(), 2);
}

/// As after the license server had restored it.
async fn what_is_there_again_is_taken_back_by_its_id(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    world
        .license_server
        .faults(&["status=404,on=patch", "status=404,on=get"]);
    world.tell(&vendor, &overdue).await;
    assert_eq!(vendor.outcome(&overdue).await, "parked license_not_found");
    world.license_server.faults(&[]);

    let id = world.license_server.license().id;
    pick(&vendor, &overdue, &id).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&overdue).await, "done");
    assert!(world.license_server.license().is_suspended);
    assert_eq!(vendor.licenses().await.len(), 1);
}

async fn what_was_made_anew_with_its_key_is_taken_back(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let before = world.license_server.license();
    world
        .license_server
        .sandbox
        .delete_license_by_hand(&before.id);
    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &overdue).await,
        "parked license_not_found"
    );

    let made = make_by_hand(world, &before.key).await;
    pick(&vendor, &overdue, &before.key).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&overdue).await, "done");
    assert!(world.license_server.license().is_suspended);
    let licenses = vendor.licenses().await;
    assert_eq!(licenses.len(), 1);
    assert_eq!(licenses[0]["remote_license_id"], made.as_str());
}

/// Its event names the order alone, and its license belongs to the subscription.
async fn a_license_follows_the_one_that_its_event_missed(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let id = world.license_server.license().id;
    world.license_server.sandbox.delete_license_by_hand(&id);
    let chargeback = bought.first_order().charged_back("2027-01-15T09:30:00Z");
    let outcome = world.tell(&vendor, &chargeback).await;
    assert_eq!(outcome, "parked license_not_found");

    let made = make_by_hand(world, "A-LICENSE-MADE-BY-HAND").await;
    pick(&vendor, &chargeback, &made).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&chargeback).await, "done");
    assert!(world.license_server.license().is_suspended);
    let of_subscription = vendor.list("/licenses?subscription_id=S").await;
    assert_eq!(of_subscription.len(), 2);
}

async fn a_picked_member_of_a_bundle_is_of_the_product_that_it_follows(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A")
        .line("everything", 1)
        .attributes(&[("cryptlex_is_bundle", "true")])
        .bundled("reverb", 1, "everything");
    world.tell(&vendor, &bought.completed()).await;
    let id = world.license_server.license().id;
    world.license_server.sandbox.delete_license_by_hand(&id);
    let chargeback = bought.charged_back("2027-01-15T09:30:00Z");
    let outcome = world.tell(&vendor, &chargeback).await;
    assert_eq!(outcome, "parked license_not_found");

    let body = json!({ "productId": ids::REVERB, "key": "A-LICENSE-MADE-BY-HAND" });
    let made = world.license_server.added("licenses", &body);
    pick(&vendor, &chargeback, &made).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&chargeback).await, "done");
    let licenses = vendor.licenses().await;
    assert_eq!(licenses.len(), 2, "{licenses:#?}");
    assert!(
        licenses
            .iter()
            .all(|license| license["product_path"] == "reverb"),
        "{licenses:#?}"
    );
}

async fn a_license_that_names_another_purchase_is_not_taken(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    let row = json!({ "key": "fastspring_subscription_id", "value": "S2", "viewPermissions": [] });
    let body = json!({
        "productId": ids::STUDIO_PRO, "licenseTemplateId": ids::MONTHLY,
        "key": "OF-ANOTHER-SUBSCRIPTION", "metadata": [row],
    });
    let other = world.license_server.added("licenses", &body);

    let refused = pick(&vendor, &overdue, &other).await.expect(409);

    assert!(
        refused.text.contains("another purchase"),
        "{}",
        refused.text
    );
    assert!(!world.license_server.license().is_suspended);
    world.may_leave("parked");
}

async fn none_is_picked_while_one_is_still_to_be_made(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    world.license_server.faults(&["status=400,on=create"]);
    let outcome = world.tell(&vendor, &bought).await;
    assert_eq!(outcome, "parked license_server_rejected");
    world.license_server.faults(&[]);
    let body = json!({ "productId": ids::REVERB, "key": "A-LICENSE-MADE-BY-HAND" });
    let made = world.license_server.added("licenses", &body);

    let refused = pick(&vendor, &bought, &made).await.expect(409);

    assert!(refused.text.contains("still making"), "{}", refused.text);
    world.may_leave("parked");
}

async fn a_license_of_another_purchase_is_not_taken(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    let other = order("other").line("studio-pro", 1).completed();
    world.tell(&vendor, &other).await;
    let taken = world.license_server.license();

    for named in [&taken.id, &taken.key] {
        let refused = pick(&vendor, &overdue, named).await.expect(409);
        assert!(
            refused.text.contains("another purchase"),
            "{}",
            refused.text
        );
    }
    world.work().await;
    assert_eq!(world.license_server.license(), taken);
    world.may_leave("parked");
}

async fn a_license_that_is_not_there_is_not_taken(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;

    for (named, why) in [
        ("", "is empty"),
        ("  ", "is empty"),
        ("NO-SUCH-KEY", "no license of this"),
        ("../users", "no license of this"),
        (ids::STUDIO_PRO, "no license of this"),
    ] {
        let refused = pick(&vendor, &overdue, named).await.expect(422).json();
        let sentence = refused["errors"]["remote_license_id"].as_str().unwrap();
        assert!(sentence.contains(why), "{refused:#}");
    }
    world.may_leave("parked");
}

async fn a_license_is_picked_on_the_page_of_its_message(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    make_by_hand(world, "A-LICENSE-MADE-BY-HAND").await;
    let mut browser = world.signed_in_as(&vendor).await;
    let page = format!("/activity/{}", id(&vendor, &overdue).await);
    let to_fix = browser.get("/to-fix").await.expect(200).text;
    assert!(to_fix.contains("Pick the license"), "{to_fix}");
    let text = browser.get(&page).await.expect(200).text;
    assert!(text.contains("Its key or its id at Cryptlex"), "{text}");

    let fields = [("license", " A-LICENSE-MADE-BY-HAND ")];
    let sent = browser.post(&format!("{page}/pick"), &fields).await;
    sent.expect(303);
    world.work().await;

    assert_eq!(vendor.outcome(&overdue).await, "done");
    let text = browser.get(&page).await.expect(200).text;
    assert!(!text.contains("Its key or its id at Cryptlex"), "{text}");
    let again = browser.post(&format!("{page}/pick"), &fields).await;
    let location = again.expect(303).header("location").to_owned();
    assert!(location.ends_with("done=overtaken"), "{location}");
}

async fn a_wrong_license_stays_on_the_page_to_be_set_right(world: &World) {
    let (vendor, overdue) = lost(world, 1).await;
    let mut browser = world.signed_in_as(&vendor).await;
    let page = format!("/activity/{}", id(&vendor, &overdue).await);
    browser.get(&page).await.expect(200);

    for named in ["", "<NO-SUCH-KEY>"] {
        let fields = [("license", named)];
        let page = browser.post(&format!("{page}/pick"), &fields).await;
        let text = page.expect(422).text;
        assert!(text.contains("no license of this id or key"), "{text}");
    }
    world.may_leave("parked");
}

async fn each_cause_that_a_page_mends_leads_there_from_its_message(world: &World) {
    for (store, product, label, address) in [
        (
            json!({ "policy": { "preset": "recommended" } }),
            "delay",
            "Choose the license",
            "/products/{store}?path=delay",
        ),
        (
            json!({ "mode": "shadow" }),
            "reverb",
            "Go live",
            "/setup/stores/{store}",
        ),
        (
            json!({ "mode": "paused" }),
            "reverb",
            "Resume",
            "/setup/stores/{store}",
        ),
        (json!({}), "poster", "This product should", "/products"),
    ] {
        let vendor = world.vendor_with(store).await;
        let bought = order("A").line(product, 1).completed();
        world.tell(&vendor, &bought).await;
        let mut browser = world.signed_in_as(&vendor).await;

        let page = format!("/activity/{}", id(&vendor, &bought).await);
        let text = browser.get(&page).await.expect(200).text;

        let address = address.replace("{store}", &vendor.storefront_id);
        let way = format!("href=\"{address}\">{label}</a>");
        assert!(text.contains(&way), "{way}: {text}");
    }
    world.may_leave("parked");
    world.may_leave("waiting");
}

/// A vendor whose subscription S lost its licenses at the license server, and news of it that ask for them.
async fn lost(world: &World, quantity: u32) -> (Vendor, Event) {
    let vendor = world.vendor().await;
    let bought = subscription("S").quantity(quantity);
    world.begin(&vendor, &bought).await;
    for license in world.license_server.licenses() {
        world
            .license_server
            .sandbox
            .delete_license_by_hand(&license.id);
    }
    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    let outcome = world.tell(&vendor, &overdue).await;
    assert_eq!(outcome, "parked license_not_found");
    (vendor, overdue)
}

/// A license that a person makes at the license server; answers its id.
async fn make_by_hand(world: &World, key: &str) -> String {
    let body = json!({
        "productId": ids::STUDIO_PRO, "licenseTemplateId": ids::MONTHLY, "key": key,
    });
    world.license_server.added("licenses", &body)
}

async fn pick(vendor: &Vendor, event: &Event, named: &str) -> Answer {
    vendor
        .act(event, "link", &json!({ "remote_license_id": named }))
        .await
}

async fn id(vendor: &Vendor, event: &Event) -> String {
    let event: Value = vendor.event(event).await;
    event["id"].as_str().unwrap().to_owned()
}
