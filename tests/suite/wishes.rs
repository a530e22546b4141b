//! What support does for a buyer from the pages: more days, a suspension lifted, a look at the machines.

use jiff::SignedDuration;
use latchkey_sandbox::snapshot::HandEdit;
use serde_json::json;

use crate::shop::{Subscription, moment, order, subscription};
use crate::world::{Browser, Vendor, World};

on_both! {
    more_days_are_given_once_however_often_the_button_is_pressed,
    given_days_outlast_a_missed_payment,
    given_days_end_with_the_subscription_only_after_a_yes,
    a_payment_after_given_days_gives_its_own_period,
    a_suspension_is_lifted_and_stays_so_until_something_new_happens,
    what_a_person_suspended_at_cryptlex_has_no_button,
    a_refund_is_given_back_only_by_whoever_read_of_it_and_says_why,
    more_days_after_a_refund_need_a_reason_too,
    of_a_product_bought_twice_the_refunded_line_says_so,
    licenses_of_one_name_are_told_apart,
    a_license_that_changed_meanwhile_is_left_alone,
    a_lost_answer_gives_no_days_twice,
    wishes_are_kept_while_a_store_is_on_hold,
    machines_are_listed_when_asked_for,
    nobody_asks_for_another_companys_license,
}

const OWNER: &str = "owner-1@vendor.example";
const REASON: &str = "Agreed by phone";

async fn more_days_are_given_once_however_often_the_button_is_pressed(world: &World) {
    let (vendor, _) = subscribed(world, "recommended").await;
    let before = world.license_server.license().expires_at.unwrap();
    let mut browser = world.signed_in().await;
    let page = license_page(&vendor).await;
    let form = form(&mut browser, &page, "more-days").await;

    for _ in 0..2 {
        let answer = press(&mut browser, &form).await.expect(303);
        assert!(answer.header("location").contains("done=more-days"));
    }
    world.work().await;
    // The same form once more, from a tab that was left open.
    press(&mut browser, &form).await.expect(303);
    world.work().await;

    let license = world.license_server.license();
    assert_eq!(
        license.expires_at,
        Some(before + SignedDuration::from_hours(7 * 24))
    );
    let acts = vendor.list("/audit?action=license.more_days").await;
    assert_eq!(acts.len(), 1, "{acts:#?}");
    assert_eq!(acts[0]["actor"]["name"], OWNER);
    assert_eq!(acts[0]["target"], vendor.licenses().await[0]["id"]);
    let shown = browser.get(&page).await.expect(200).text;
    assert!(shown.contains("More days given by hand"), "{shown}");
    let event = asked(&vendor, "license.more_days").await;
    assert_eq!(crate::world::outcome(&event), "done", "{event:#}");
    assert_eq!(event["effects"][0]["kind"], "set_term");
    let story = format!("/activity/{}", event["id"].as_str().unwrap());
    let story = browser.get(&story).await.expect(200).text;
    assert!(story.contains("Somebody at your company asked"), "{story}");
}

async fn given_days_outlast_a_missed_payment(world: &World) {
    let (vendor, bought) = subscribed(world, "cryptlex").await;
    give_days(world, &vendor).await;
    let end = world.license_server.license().expires_at;

    let overdue = bought.overdue("2027-01-15T10:05:00Z");
    let outcome = world.tell(&vendor, &overdue).await;

    assert_eq!(outcome, "ignored kept_by_choice");
    assert!(!world.license_server.license().is_suspended);
    assert_eq!(world.license_server.license().expires_at, end);
}

async fn given_days_end_with_the_subscription_only_after_a_yes(world: &World) {
    for deactivation in ["expire", "delete", "suspend"] {
        let vendor = world
            .vendor_with(
                json!({ "policy": { "preset": "recommended", "deactivation": deactivation } }),
            )
            .await;
        let bought = subscription(&format!("S-{deactivation}"));
        begin(world, &vendor, &bought).await;
        let page = license_page(&vendor).await;
        let mut browser = world.signed_in_as(&vendor).await;
        let form = form(&mut browser, &page, "more-days").await;
        press(&mut browser, &form).await.expect(303);
        world.work().await;

        let end = bought.deactivated("2027-01-15T10:05:00Z");
        let outcome = world.tell(&vendor, &end).await;

        assert_eq!(outcome, "parked changed_by_hand", "{deactivation}");
        vendor.act(&end, "approve", &json!({})).await.expect(202);
        world.work().await;
        assert_eq!(vendor.outcome(&end).await, "done", "{deactivation}");
    }
}

async fn a_payment_after_given_days_gives_its_own_period(world: &World) {
    let (vendor, bought) = subscribed(world, "recommended").await;
    give_days(world, &vendor).await;

    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-02-15T09:30:00Z");
    let outcome = world.tell(&vendor, &charge).await;

    assert_eq!(outcome, "done");
    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2027-03-25")));
}

async fn a_suspension_is_lifted_and_stays_so_until_something_new_happens(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1);
    vendor.post(&bought.completed()).await;
    world.work().await;
    let refund = bought.refunded(&["reverb"], "2027-01-15T10:01:00Z");
    assert_eq!(world.tell(&vendor, &refund).await, "done");
    assert!(world.license_server.license().is_suspended);
    let mut browser = world.signed_in().await;
    let page = license_page(&vendor).await;
    let form = form(&mut browser, &page, "lift").await;

    for _ in 0..2 {
        press(&mut browser, &form).await.expect(303);
        world.work().await;
    }
    let resent = refund.resent_as("pressed-resend");
    world.tell(&vendor, &resent).await;
    vendor.act(&refund, "replay", &json!({})).await.expect(202);
    world.work().await;

    assert!(!world.license_server.license().is_suspended);
    assert_eq!(vendor.licenses().await[0]["causes"], json!([]));
    let acts = vendor.list("/audit?action=license.lift").await;
    assert_eq!(acts.len(), 1, "{acts:#?}");
    assert_eq!(acts[0]["actor"]["name"], OWNER);
    assert_eq!(acts[0]["details"]["causes"], json!(["refund"]));
    let chargeback = bought.charged_back("2027-01-15T10:09:00Z");
    assert_eq!(world.tell(&vendor, &chargeback).await, "done");
    assert!(world.license_server.license().is_suspended, "a new cause");
}

async fn what_a_person_suspended_at_cryptlex_has_no_button(world: &World) {
    let vendor = world.vendor().await;
    vendor.post(&order("A").line("reverb", 1).completed()).await;
    world.work().await;
    let by_hand = HandEdit {
        is_suspended: Some(true),
        ..HandEdit::default()
    };
    let id = world.license_server.license().id;
    world.license_server.edit_by_hand(&id, by_hand);
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    let mut browser = world.signed_in().await;
    let page = license_page(&vendor).await;

    let shown = browser.get(&page).await.expect(200).text;
    let forced = [("standing", "-")];
    let answer = browser.post(&format!("{page}/lift"), &forced).await;
    world.work().await;

    assert!(!shown.contains(&format!("{page}/lift")), "{shown}");
    assert!(answer.expect(303).header("location").contains("overtaken"));
    assert!(world.license_server.license().is_suspended);
}

async fn a_refund_is_given_back_only_by_whoever_read_of_it_and_says_why(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").by("anna@lindqvist.example").line("reverb", 1);
    world.tell(&vendor, &bought.completed()).await;
    let refund = bought.refunded(&["reverb"], "2027-01-15T10:01:00Z");
    world.tell(&vendor, &refund).await;
    let mut browser = world.signed_in().await;
    let buyer = vendor.list("/customers").await[0]["id"].clone();
    let buyer = format!("/customers/{}", buyer.as_str().unwrap());
    let undone = "Refunded in full on 15 January 2027: 10.00 USD. Give it back all the same?";
    let page = license_page(&vendor).await;

    let asked = browser.get(&buyer).await.expect(200).text;
    let (address, standing) = form(&mut browser, &page, "lift").await;
    for reason in ["", " "] {
        let fields = [("standing", standing.as_str()), ("reason", reason)];
        let refused = browser.post(&address, &fields).await.expect(422).text;
        assert!(refused.contains("Reason: write why"), "{refused}");
        assert!(refused.contains(undone), "{refused}");
    }
    world.work().await;
    assert!(world.license_server.license().is_suspended);
    assert!(vendor.list("/audit?action=license.lift").await.is_empty());
    press(&mut browser, &(address, standing)).await.expect(303);
    world.work().await;

    assert!(asked.contains(undone), "{asked}");
    assert!(!world.license_server.license().is_suspended);
    let acts = vendor.list("/audit?action=license.lift").await;
    assert_eq!(acts[0]["details"]["reason"], REASON);
    for page in [buyer, page] {
        let story = browser.get(&page).await.expect(200).text;
        let words = format!("{OWNER} asked for it: “{REASON}”.");
        assert!(story.contains(&words), "{story}");
    }
}

async fn more_days_after_a_refund_need_a_reason_too(world: &World) {
    let vendor = world
        .vendor_by("recommended", json!({ "refund": "expire" }))
        .await;
    let bought = subscription("S");
    begin(world, &vendor, &bought).await;
    let first = order("O-S").subscribed(&bought);
    let refund = first.refunded(&["studio-pro"], "2027-01-15T10:01:00Z");
    world.tell(&vendor, &refund).await;
    let mut browser = world.signed_in().await;
    let page = license_page(&vendor).await;

    let shown = browser.get(&page).await.expect(200).text;
    let (address, standing) = form(&mut browser, &page, "more-days").await;
    let fields = [("standing", standing.as_str())];
    browser.post(&address, &fields).await.expect(422);
    press(&mut browser, &(address, standing)).await.expect(303);
    world.work().await;

    let undone = "Refunded in full on 15 January 2027: 10.00 USD. Give 7 more days all the same?";
    assert!(shown.contains(undone), "{shown}");
    let acts = vendor.list("/audit?action=license.more_days").await;
    assert_eq!(acts[0]["details"]["reason"], REASON);
}

async fn of_a_product_bought_twice_the_refunded_line_says_so(world: &World) {
    let vendor = world
        .vendor_by("recommended", json!({ "refund": "expire" }))
        .await;
    let bought = order("A").line("studio-lite", 1).line("studio-lite", 2);
    world.tell(&vendor, &bought.completed()).await;
    let item = json!({ "product": "studio-lite", "quantity": 2, "subtotal": 20.0, "refundType": "Full Refund" });
    let refund = bought
        .refunded(&["studio-lite"], "2027-01-15T10:01:00Z")
        .with("items", json!([item]))
        .with("totalReturn", json!(20.0));
    assert_eq!(world.tell(&vendor, &refund).await, "done");

    let mut browser = world.signed_in().await;
    for license in vendor.licenses().await {
        let page = format!("/licenses/{}", license["id"].as_str().unwrap());
        let shown = browser.get(&page).await.expect(200).text;
        let says_so = shown.contains("Refunded in full on 15 January 2027: 20.00 USD.");
        assert_eq!(says_so, license["slot"] == "studio-lite#2", "{license}");
        assert_eq!(says_so, shown.contains("Refunded in full on"), "{license}");
    }
}

async fn licenses_of_one_name_are_told_apart(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").by("anna@lindqvist.example").line("reverb", 2);
    world.tell(&vendor, &bought.completed()).await;
    let refund = bought.refunded(&["reverb"], "2027-01-15T10:01:00Z");
    world.tell(&vendor, &refund).await;
    let buyer = vendor.list("/customers").await[0]["id"].clone();
    let mut browser = world.signed_in().await;

    let page = format!("/customers/{}", buyer.as_str().unwrap());
    let page = browser.get(&page).await.expect(200).text;

    for license in vendor.licenses().await {
        let id = license["id"].as_str().unwrap();
        let key = vendor.get(&format!("/licenses/{id}/key")).await.json();
        let key = key["key"].as_str().unwrap().to_owned();
        let (before, _) = page
            .split_once(&format!("action=\"/licenses/{id}/lift\""))
            .unwrap();
        let (_, button) = before.rsplit_once("<summary").unwrap();
        let label = format!("Lift the suspension of reverb …{}", &key[key.len() - 6..]);
        assert!(button.contains(&label), "{label}: {button}");
    }
}

async fn a_license_that_changed_meanwhile_is_left_alone(world: &World) {
    let (vendor, bought) = subscribed(world, "recommended").await;
    let mut browser = world.signed_in().await;
    let page = license_page(&vendor).await;
    let form = form(&mut browser, &page, "more-days").await;
    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-02-15T09:30:00Z");
    world.tell(&vendor, &charge).await;
    let writes = world.license_server.writes();

    let answer = press(&mut browser, &form).await.expect(303);
    world.work().await;

    assert!(answer.header("location").contains("done=overtaken"));
    assert_eq!(world.license_server.writes(), writes);
    assert_eq!(
        vendor.list("/audit?action=license.more_days").await.len(),
        0
    );
}

async fn a_lost_answer_gives_no_days_twice(world: &World) {
    let (vendor, _) = subscribed(world, "recommended").await;
    let before = world.license_server.license().expires_at.unwrap();
    let mut browser = world.signed_in().await;
    let page = license_page(&vendor).await;
    let form = form(&mut browser, &page, "more-days").await;
    world.license_server.faults(&["cut=after,on=patch,times=1"]);

    press(&mut browser, &form).await.expect(303);
    world.work().await;
    world
        .work_for(SignedDuration::from_mins(2), SignedDuration::from_secs(10))
        .await;

    let license = world.license_server.license();
    assert_eq!(
        license.expires_at,
        Some(before + SignedDuration::from_hours(7 * 24))
    );
    let event = asked(&vendor, "license.more_days").await;
    assert_eq!(crate::world::outcome(&event), "done", "{event:#}");
}

async fn wishes_are_kept_while_a_store_is_on_hold(world: &World) {
    let (vendor, _) = subscribed(world, "recommended").await;
    let before = world.license_server.license().expires_at.unwrap();
    vendor.set_mode("paused").await;
    give_days(world, &vendor).await;
    assert_eq!(world.license_server.license().expires_at, Some(before));
    let event = asked(&vendor, "license.more_days").await;
    assert_eq!(crate::world::outcome(&event), "waiting storefront_paused");

    vendor.set_mode("live").await;
    world.work().await;

    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(before + SignedDuration::from_hours(7 * 24)));
}

async fn machines_are_listed_when_asked_for(world: &World) {
    let vendor = world.vendor().await;
    vendor.post(&order("A").line("reverb", 2).completed()).await;
    world.work().await;
    let made = world.license_server.licenses();
    world.license_server.activate(&made[0]);
    let mut browser = world.signed_in().await;
    let calls = || world.license_server.ledger().entries().count();
    let before = calls();
    let mut texts = Vec::new();
    for license in vendor.licenses().await {
        let page = format!("/licenses/{}", license["id"].as_str().unwrap());
        let shown = browser.get(&page).await.expect(200).text;
        assert!(shown.contains(&format!("{page}/machines")), "{shown}");
        assert_eq!(calls(), before + texts.len(), "nothing is asked unasked");
        texts.push(
            browser
                .get(&format!("{page}/machines"))
                .await
                .expect(200)
                .text,
        );
    }

    let running = texts
        .iter()
        .filter(|text| text.contains("<strong>studio</strong>"));
    let idle = texts
        .iter()
        .filter(|text| text.contains("No machine uses this license."));
    assert_eq!((running.count(), idle.count()), (1, 1), "{texts:#?}");
    let acts = vendor.list("/audit?action=license_machines.show").await;
    assert_eq!(acts.len(), 2);
    assert_eq!(acts[0]["actor"]["name"], OWNER);
}

async fn nobody_asks_for_another_companys_license(world: &World) {
    let owner = world.vendor().await;
    let stranger = world.vendor().await;
    owner.post(&order("A").line("reverb", 1).completed()).await;
    world.work().await;
    let page = license_page(&owner).await;
    let mut browser = world.signed_in_as(&stranger).await;
    browser.get("/licenses").await.expect(200);

    browser.get(&format!("{page}/machines")).await.expect(404);
    for wish in ["more-days", "lift"] {
        let fields = [("standing", "-")];
        let answer = browser.post(&format!("{page}/{wish}"), &fields).await;
        answer.expect(404);
    }
}

async fn subscribed(world: &World, preset: &str) -> (Vendor, Subscription) {
    let vendor = world.vendor_by(preset, json!({})).await;
    let bought = subscription("S");
    begin(world, &vendor, &bought).await;
    (vendor, bought)
}

async fn begin(world: &World, vendor: &Vendor, bought: &Subscription) {
    let first = order(&format!("O-{}", bought.id)).subscribed(bought);
    vendor
        .post_together(&[bought.activated(), first.completed()])
        .await;
    world.work().await;
}

async fn give_days(world: &World, vendor: &Vendor) {
    let mut browser = world.signed_in_as(vendor).await;
    let page = license_page(vendor).await;
    let form = form(&mut browser, &page, "more-days").await;
    press(&mut browser, &form).await.expect(303);
    world.work().await;
}

async fn license_page(vendor: &Vendor) -> String {
    let licenses = vendor.licenses().await;
    format!("/licenses/{}", licenses[0]["id"].as_str().unwrap())
}

/// The address and the standing of a button on a page.
async fn form(browser: &mut Browser, page: &str, wish: &str) -> (String, String) {
    let shown = browser.get(page).await.expect(200).text;
    let address = format!("{page}/{wish}");
    let Some((_, form)) = shown.split_once(&format!("action=\"{address}\"")) else {
        panic!("no button: {shown}");
    };
    let (_, value) = form.split_once("name=\"standing\" value=\"").unwrap();
    let standing = value.split('"').next().unwrap().to_owned();
    (address, standing)
}

async fn press(
    browser: &mut Browser,
    (address, standing): &(String, String),
) -> crate::world::Answer {
    let fields = [("standing", standing.as_str()), ("reason", REASON)];
    browser.post(address, &fields).await
}

async fn asked(vendor: &Vendor, event_type: &str) -> serde_json::Value {
    let events = vendor.list(&format!("/events?type={event_type}")).await;
    assert_eq!(events.len(), 1, "{events:#?}");
    let id = events[0]["id"].as_str().unwrap();
    vendor
        .get(&format!("/events/{id}"))
        .await
        .expect(200)
        .json()
}
