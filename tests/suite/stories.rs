//! Stories that vendors tell of what went wrong elsewhere, each named as they would tell it.

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{Order, Subscription, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    i_gave_the_price_of_an_upgrade_back_and_my_customer_was_cut_off,
    i_gave_an_add_on_back_and_the_whole_month_was_gone,
    i_gave_one_of_two_lines_back_and_the_other_one_ended,
    it_was_bought_alone_and_in_a_bundle_and_both_ended,
    nobody_could_say_which_of_two_licenses_was_given_back,
    i_chose_one_license_and_it_answered_for_another_product_too,
    i_gave_a_bundle_back_and_its_licenses_went_on,
    i_gave_the_first_payment_back_after_a_change_of_product_and_nothing_happened,
    monthly_became_yearly_and_gave_a_year_too_many,
    i_changed_what_a_quantity_means_and_licenses_were_suspended,
    a_subscription_that_came_in_a_bundle_got_a_second_license,
    my_test_order_became_a_license_for_a_year,
    my_customer_paid_while_the_subscription_ended_and_was_locked_out,
    a_subscription_of_the_last_of_the_month_lost_its_last_day,
    what_was_sold_every_four_weeks_was_licensed_by_months,
    i_said_keep_it_and_it_was_deleted,
}

/// When the money goes back.
const BACK: &str = "2027-01-20T09:00:00Z";

async fn map(vendor: &Vendor, path: &str, product: &str, attributes: Value) {
    let mapping = json!({
        "license_product_id": product, "license_template_id": ids::MONTHLY, "attributes": attributes,
    });
    vendor.map(path, &mapping).await;
}

/// The end of each license, as a date.
fn ends(world: &World) -> Vec<String> {
    let licenses = world.license_server.licenses();
    let ends = licenses.iter().map(|license| license.expires_at);
    ends.map(|end| end.map_or_else(|| "never".to_owned(), |end| end.strftime("%F").to_string()))
        .collect()
}

fn usable(world: &World) -> usize {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .filter(|license| !license.is_suspended)
        .count()
}

async fn i_gave_the_price_of_an_upgrade_back_and_my_customer_was_cut_off(world: &World) {
    for (preset, id) in [
        ("cryptlex", "C"),
        ("recommended", "R"),
        ("licensespring", "L"),
    ] {
        let vendor = world.vendor_by(preset, json!({})).await;
        let seats = json!({ "mappings_quantity": "allowed_activations" });
        map(&vendor, "studio-pro", ids::STUDIO_PRO, seats).await;
        let bought = subscription(id).quantity(3);
        world.begin(&vendor, &bought).await;
        let before = world.license_server.shown_of(id);

        let upgrade = order(&format!("{id}-P")).subscribed(&bought);
        for event in [
            bought.clone().quantity(7).updated("2027-01-16T09:00:00Z"),
            bought
                .clone()
                .quantity(7)
                .charged(&upgrade, "2027-01-16T09:00:05Z"),
            bought.updated("2027-01-17T09:00:00Z"),
            upgrade.refunded(&["studio-pro"], "2027-01-17T09:10:00Z"),
        ] {
            world.tell(&vendor, &event).await;
        }
        assert_eq!(world.license_server.shown_of(id), before, "{preset}");

        let renewed = bought.next("2027-03-15");
        let renewal = order(&format!("{id}-2")).subscribed(&renewed);
        let charge = renewed.charged(&renewal, "2027-02-15T06:00:00Z");
        assert_eq!(world.tell(&vendor, &charge).await, "done", "{preset}");
        let shown = world.license_server.shown_of(id);
        assert!(shown.contains("until 2027-03-"), "{preset}: {shown}");
    }
}

async fn i_gave_an_add_on_back_and_the_whole_month_was_gone(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").with_addon("extra-seat", 1);
    let first = order("A")
        .subscribed(&bought)
        .addon("extra-seat", 1, &bought);
    vendor
        .post_together(&[bought.activated(), first.completed()])
        .await;
    world.work().await;
    let renewed = bought.next("2027-03-15");
    let renewal = order("B")
        .subscribed(&renewed)
        .addon("extra-seat", 1, &renewed);
    let charge = renewed.charged(&renewal, "2027-02-15T06:00:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");
    assert_eq!(ends(world), ["2027-03-15", "2027-03-15"]);

    let back = renewal.refunded(&["extra-seat"], "2027-02-16T09:00:00Z");
    world.tell(&vendor, &back).await;

    let shown = world.license_server.shown();
    let [main, addon] = shown.as_slice() else {
        panic!("{shown:?}");
    };
    assert!(main.starts_with("Pro until 2027-03-15"), "{shown:?}");
    assert!(addon.starts_with("Lite until 2027-02-15"), "{shown:?}");
}

async fn i_gave_one_of_two_lines_back_and_the_other_one_ended(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).line("reverb", 2);
    world.tell(&vendor, &bought.completed()).await;
    let line = |quantity: u32| {
        let price = 10.0 * f64::from(quantity);
        json!([{ "product": "reverb", "quantity": quantity, "subtotal": price, "refundType": "Full Refund" }])
    };
    let back = |id: &str, quantity: u32, time: &str| {
        let refund = bought.refunded(&["reverb"], time);
        let price = 10.0 * f64::from(quantity);
        refund
            .with("return", json!(id))
            .with("items", line(quantity))
            .with("totalReturn", json!(price))
    };

    world.tell(&vendor, &back("first", 2, BACK)).await;
    assert_eq!(usable(world), 1);
    world
        .tell(&vendor, &back("second", 1, "2027-01-21T09:00:00Z"))
        .await;
    assert_eq!(usable(world), 0);
}

/// A bundle with a member of its own price, beside the same product alone.
fn twice(price_in_bundle: f64) -> Order {
    order("A")
        .line("suite", 1)
        .for_price(40.0)
        .attributes(&[("cryptlex_is_bundle", "true")])
        .bundled("reverb", 1, "suite")
        .for_price(price_in_bundle)
        .line("reverb", 1)
        .for_price(49.0)
}

fn one_of_two() -> Value {
    json!([{ "product": "reverb", "quantity": 1, "subtotal": 49.0, "refundType": "Full Refund" }])
}

async fn it_was_bought_alone_and_in_a_bundle_and_both_ended(world: &World) {
    let vendor = world.vendor().await;
    let bought = twice(0.0);
    world.tell(&vendor, &bought.completed()).await;

    let back = bought
        .refunded(&["reverb"], BACK)
        .with("items", one_of_two());
    assert_eq!(world.tell(&vendor, &back).await, "done");

    let licenses = world.license_server.licenses();
    for license in &licenses {
        let is_member = license.metadata.contains_key("fastspring_driver");
        assert_eq!(license.is_suspended, !is_member);
    }
}

async fn nobody_could_say_which_of_two_licenses_was_given_back(world: &World) {
    let vendor = world.vendor().await;
    let bought = twice(49.0);
    world.tell(&vendor, &bought.completed()).await;
    let back = bought
        .refunded(&["reverb"], BACK)
        .with("items", one_of_two())
        .with("totalReturn", json!(49.0));
    assert_eq!(world.tell(&vendor, &back).await, "parked which_license");
    assert_eq!(usable(world), 2);

    let refused = vendor.act(&back, "approve", &json!({})).await.expect(422);
    assert!(refused.json()["errors"]["license_id"].is_string());
    let ours = vendor.licenses().await;
    let member = ours
        .iter()
        .find(|license| license["slot"] == "suite/reverb")
        .unwrap();
    let choice = json!({ "license_id": member["id"] });
    vendor.act(&back, "approve", &choice).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&back).await, "done");
    for license in world.license_server.licenses() {
        let is_member = license.metadata.contains_key("fastspring_driver");
        assert_eq!(license.is_suspended, is_member);
    }
    let mut browser = world.signed_in().await;
    let buyer = vendor.list("/customers").await[0]["id"].clone();
    let buyer = format!("/customers/{}", buyer.as_str().unwrap());
    let told = browser.get(&buyer).await.expect(200).text;
    for words in [
        "Not done, as it was not wanted any more: Suspend reverb: refunded.",
        "Refunded in full on 20 January 2027: 49.00 USD.",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

/// One return of a product that was bought twice, and of another; the vendor wants to be asked before anything ends.
async fn i_chose_one_license_and_it_answered_for_another_product_too(world: &World) {
    let vendor = world
        .vendor_by("cryptlex", json!({ "endings": "ask" }))
        .await;
    let bought = twice(49.0).line("studio-lite", 1);
    world.tell(&vendor, &bought.completed()).await;
    let mut items = one_of_two();
    items.as_array_mut().unwrap().push(json!({
        "product": "studio-lite", "quantity": 1, "subtotal": 10.0, "refundType": "Full Refund",
    }));
    let back = bought
        .refunded(&["reverb"], BACK)
        .with("items", items)
        .with("totalReturn", json!(59.0));
    assert_eq!(world.tell(&vendor, &back).await, "parked which_license");

    let ours = vendor.licenses().await;
    let alone = ours.iter().find(|license| license["slot"] == "reverb");
    let choice = json!({ "license_id": alone.unwrap()["id"] });
    vendor.act(&back, "approve", &choice).await.expect(202);
    world.work().await;
    assert_eq!(vendor.outcome(&back).await, "parked awaiting_consent");
    assert_eq!(usable(world), 2);

    vendor.act(&back, "approve", &json!({})).await.expect(202);
    world.work().await;
    assert_eq!(vendor.outcome(&back).await, "done");
    let suspended: Vec<String> = vendor
        .licenses()
        .await
        .iter()
        .filter(|license| license["state"] == "suspended")
        .map(|license| license["slot"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(suspended.len(), 2, "{suspended:?}");
    assert!(!suspended.contains(&"suite/reverb".to_owned()));
}

async fn i_gave_a_bundle_back_and_its_licenses_went_on(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A")
        .line("suite", 1)
        .attributes(&[("cryptlex_is_bundle", "true")])
        .bundled("reverb", 1, "suite")
        .for_price(0.0)
        .bundled("studio-lite", 2, "suite")
        .for_price(0.0);
    world.tell(&vendor, &bought.completed()).await;
    assert_eq!(usable(world), 3);

    let back = bought.refunded(&["suite"], BACK);
    assert_eq!(world.tell(&vendor, &back).await, "done");

    assert_eq!(usable(world), 0);
}

async fn i_gave_the_first_payment_back_after_a_change_of_product_and_nothing_happened(
    world: &World,
) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    let first = order("A").subscribed(&bought);
    vendor
        .post_together(&[bought.activated(), first.completed()])
        .await;
    world.work().await;
    let lite = bought.clone().product("studio-lite");
    let change = order("B").subscribed(&lite);
    world
        .tell(&vendor, &lite.updated("2027-01-16T09:00:00Z"))
        .await;
    world
        .tell(&vendor, &lite.charged(&change, "2027-01-16T09:00:05Z"))
        .await;
    world.work_after(SignedDuration::from_mins(10)).await;
    assert_eq!(usable(world), 1);

    let back = first.refunded(&["studio-pro"], BACK);
    assert_eq!(
        world.tell(&vendor, &back).await,
        "parked refund_before_change"
    );
    assert_eq!(usable(world), 1);

    let rest = change.refunded(&["studio-lite"], "2027-01-21T09:00:00Z");
    assert_eq!(world.tell(&vendor, &rest).await, "done");
    assert_eq!(usable(world), 0);
}

async fn monthly_became_yearly_and_gave_a_year_too_many(world: &World) {
    for is_charge_first in [false, true] {
        let vendor = world.vendor().await;
        let id = format!("S-{is_charge_first}");
        let year = json!({
            "license_product_id": ids::STUDIO_LITE, "license_template_id": ids::YEARLY, "attributes": {},
        });
        vendor.map("lite-year", &year).await;
        let bought = subscription(&id);
        world.begin(&vendor, &bought).await;

        let yearly = bought.product("lite-year").every("year").next("2028-01-15");
        let change = order(&format!("{id}-P")).subscribed(&yearly);
        let mut events = vec![
            yearly.updated("2027-01-16T09:00:00Z"),
            yearly.charged(&change, "2027-01-16T09:00:05Z"),
        ];
        if is_charge_first {
            events.reverse();
        }
        for event in &events {
            world.tell(&vendor, event).await;
        }
        world.work_after(SignedDuration::from_mins(10)).await;

        let licenses = world.license_server.licenses();
        let serving = licenses
            .iter()
            .find(|license| license.product_id == ids::STUDIO_LITE && !license.is_suspended)
            .unwrap();
        let end = serving.expires_at.unwrap().to_string();
        assert!(end.starts_with("2028-01-1"), "{is_charge_first}: {end}");
    }
}

async fn i_changed_what_a_quantity_means_and_licenses_were_suspended(world: &World) {
    let vendor = world.vendor().await;
    let seats = json!({ "mappings_quantity": "allowed_activations" });
    let many = subscription("many").quantity(5);
    world.begin(&vendor, &many).await;
    map(&vendor, "studio-lite", ids::STUDIO_LITE, seats.clone()).await;
    let one = subscription("one").product("studio-lite").quantity(5);
    world.begin(&vendor, &one).await;
    let before = world.license_server.shown();
    assert_eq!(before.len(), 6);

    map(&vendor, "studio-pro", ids::STUDIO_PRO, seats).await;
    let licenses = json!({ "mappings_quantity": "total_licenses" });
    map(&vendor, "studio-lite", ids::STUDIO_LITE, licenses).await;
    for bought in [&many, &one] {
        let card = bought.updated("2027-01-16T09:00:00Z");
        world.tell(&vendor, &card).await;
        let again = bought.first_order().completed();
        world
            .tell(&vendor, &again.resent_as(&format!("again-{}", bought.id)))
            .await;
    }
    assert_eq!(world.license_server.shown(), before);

    // What is sold from now on is as the vendor says now.
    world.begin(&vendor, &subscription("new").quantity(5)).await;
    assert_eq!(world.license_server.licenses().len(), 7);
}

async fn a_subscription_that_came_in_a_bundle_got_a_second_license(world: &World) {
    for preset in ["cryptlex", "recommended"] {
        let vendor = world.vendor_by(preset, json!({})).await;
        let bought = subscription(preset);
        let first = order(&format!("{preset}-A"))
            .line("suite", 1)
            .attributes(&[("cryptlex_is_bundle", "true")])
            .subscribed(&bought)
            .in_bundle("suite");
        vendor
            .post_together(&[bought.activated(), first.completed()])
            .await;
        world.work().await;
        let before = world.license_server.shown();

        world
            .tell(&vendor, &bought.updated("2027-01-16T09:00:00Z"))
            .await;

        assert_eq!(world.license_server.shown(), before, "{preset}");
    }
}

async fn my_test_order_became_a_license_for_a_year(world: &World) {
    let vendor = world
        .vendor_by("recommended", json!({ "test_events": "mark" }))
        .await;
    let bought = subscription("S");
    let first = bought.first_order();
    vendor
        .post_together(&[
            bought.activated().in_test_mode(),
            first.completed().in_test_mode(),
        ])
        .await;
    world.work().await;
    assert_eq!(ends(world), ["2027-01-29"]);

    let renewed = bought.next("2027-03-15");
    let renewal = order("B").subscribed(&renewed);
    let charge = renewed.charged(&renewal, "2027-01-20T06:00:00Z");
    world.tell(&vendor, &charge.in_test_mode()).await;

    assert_eq!(ends(world), ["2027-01-29"]);
}

async fn my_customer_paid_while_the_subscription_ended_and_was_locked_out(world: &World) {
    for (preset, deactivation) in [
        ("cryptlex", "delete"),
        ("cryptlex", "suspend"),
        ("recommended", "expire"),
        ("licensespring", "suspend"),
    ] {
        let id = format!("{preset}-{deactivation}");
        let rules = json!({ "deactivation": deactivation });
        let vendor = world.vendor_by(preset, rules).await;
        let bought = subscription(&id);
        world.begin(&vendor, &bought).await;
        world
            .tell(&vendor, &bought.overdue("2027-02-16T06:00:00Z"))
            .await;
        world
            .tell(&vendor, &bought.deactivated("2027-02-20T06:00:00Z"))
            .await;

        let renewed = bought.next("2027-03-15");
        let renewal = order(&format!("{id}-B")).subscribed(&renewed);
        let charge = renewed.charged(&renewal, "2027-02-20T06:00:10Z");
        assert_eq!(world.tell(&vendor, &charge).await, "done", "{id}");

        let shown = world.license_server.shown_of(&id);
        assert!(shown.contains("until 2027-03-"), "{id}: {shown}");
        assert!(shown.contains("runs"), "{id}: {shown}");
    }
}

async fn a_subscription_of_the_last_of_the_month_lost_its_last_day(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S")
        .begun(crate::shop::moment("2027-01-31T09:00:00Z"))
        .next("2027-02-28");
    world.begin(&vendor, &bought).await;

    let renewed = bought.next("2027-03-31");
    let renewal = order("B").subscribed(&renewed);
    let charge = renewed.charged(&renewal, "2027-02-28T06:00:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");

    let end = world.license_server.license().expires_at.unwrap();
    assert!(end >= crate::shop::moment("2027-03-31T23:59:00Z"), "{end}");
}

async fn what_was_sold_every_four_weeks_was_licensed_by_months(world: &World) {
    let vendor = world.vendor().await;
    let bought: Subscription = subscription("S")
        .every("week")
        .with("intervalLength", json!(4))
        .next("2027-02-12");
    let first = bought.first_order().completed();
    vendor
        .post_together(&[bought.activated(), first.clone()])
        .await;
    world.work().await;

    assert_eq!(vendor.outcome(&first).await, "parked interval_mismatch");
    assert_eq!(world.license_server.licenses().len(), 0);
}

async fn i_said_keep_it_and_it_was_deleted(world: &World) {
    let vendor = world
        .vendor_by("recommended", json!({ "endings": "ask" }))
        .await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let end = bought.deactivated("2027-01-20T06:00:00Z");
    assert_eq!(world.tell(&vendor, &end).await, "parked awaiting_consent");
    let before = world.license_server.shown();

    let rules = json!({ "policy": { "preset": "cryptlex", "endings": "auto" } });
    let path = format!("/storefronts/{}", vendor.storefront_id);
    vendor
        .send(reqwest::Method::PATCH, &path, Some(&rules))
        .await
        .expect(200);
    vendor.act(&end, "drop", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(world.license_server.shown(), before);
    assert_eq!(vendor.outcome(&end).await, "ignored kept_by_choice");
}
