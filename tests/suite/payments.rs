//! Payments that fail and are made up, and trials that are not paid for.

use latchkey::domain::time::Timestamp;
use serde_json::json;

use crate::shop::{Subscription, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    one_clock_runs_from_the_paid_through_date,
    a_payment_in_the_extra_days_stops_the_clock,
    a_payment_after_the_extra_days_lifts_the_suspension,
    a_payment_lifts_nothing_where_the_rules_say_so,
    a_license_that_is_overdue_and_refunded_stays_suspended_when_paid,
    a_product_may_have_extra_days_of_its_own,
    the_clock_goes_on_in_another_process,
    the_clock_of_a_store_on_hold_strikes_when_the_store_goes_on,
    a_clock_that_a_person_runs_again_still_strikes_in_its_time,
    a_payment_whose_details_the_shop_withholds_stops_the_clock,
    a_trial_that_is_not_paid_for_ends_in_every_preset,
    a_paid_trial_is_a_trial,
    a_trial_without_an_order_is_served_after_fifteen_minutes,
    a_trials_order_that_comes_late_makes_nothing_more,
    a_trial_converts_in_place_in_every_preset,
    a_longer_trial_moves_the_end_in_every_preset,
}

async fn one_clock_runs_from_the_paid_through_date(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    world.go_to("2027-02-15T10:00:00Z").await;

    let failed = bought.charge_failed("2027-02-15T09:00:00Z");
    assert_eq!(world.tell(&vendor, &failed).await, "ignored not_due_yet");
    world.go_to("2027-02-20T10:00:00Z").await;
    let overdue = bought.overdue("2027-02-20T09:00:00Z");
    assert_eq!(world.tell(&vendor, &overdue).await, "ignored not_due_yet");

    world.go_to("2027-02-24T23:59:59Z").await;
    assert!(!world.license_server.license().is_suspended);
    world.go_to("2027-02-25T00:00:00Z").await;
    assert!(world.license_server.license().is_suspended);
    let causes = vendor.licenses().await[0]["causes"].clone();
    assert_eq!(causes, json!(["overdue"]));
}

async fn a_payment_in_the_extra_days_stops_the_clock(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    miss_a_payment(world, &vendor, &bought).await;
    world.go_to("2027-02-18T10:00:00Z").await;

    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-02-18T09:00:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");
    world.go_to("2027-03-01T00:00:00Z").await;

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-03-25T00:00 runs"]
    );
}

async fn a_payment_after_the_extra_days_lifts_the_suspension(world: &World) {
    let (vendor, bought) = suspended(world).await;

    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-02-28T09:00:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-03-25T00:00 runs"]
    );
}

async fn a_payment_lifts_nothing_where_the_rules_say_so(world: &World) {
    let vendor = world
        .vendor_by("cryptlex", json!({ "payment_received": "ignore" }))
        .await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world
        .tell(&vendor, &bought.overdue("2027-01-15T09:30:00Z"))
        .await;

    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");

    assert!(world.license_server.license().is_suspended);
}

async fn a_license_that_is_overdue_and_refunded_stays_suspended_when_paid(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world
        .tell(&vendor, &bought.overdue("2027-01-15T09:20:00Z"))
        .await;
    let refund = order("A-S")
        .subscribed(&bought)
        .refunded(&["studio-pro"], "2027-01-15T09:30:00Z");
    world.tell(&vendor, &refund).await;

    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    world.tell(&vendor, &charge).await;

    assert!(world.license_server.license().is_suspended);
    let causes = vendor.licenses().await[0]["causes"].clone();
    assert_eq!(causes, json!(["refund"]));
}

async fn a_product_may_have_extra_days_of_its_own(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let mapping = json!({ "attributes": { "grace_hours": "96" } });
    vendor.map("studio-pro", &with_product(mapping)).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-02-19T00:00 runs"]
    );
    miss_a_payment(world, &vendor, &bought).await;

    world.go_to("2027-02-19T00:00:00Z").await;

    assert!(world.license_server.license().is_suspended);
}

async fn the_clock_goes_on_in_another_process(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    miss_a_payment(world, &vendor, &bought).await;
    let dates = vendor.list("/events?state=waiting").await;
    assert_eq!(dates.len(), 1);
    assert_eq!(dates[0]["source_event_id"], json!(null));
    assert_eq!(dates[0]["next_attempt_at"], "2027-02-25T00:00:00Z");

    let other = world.another_process().await;
    let due: Timestamp = moment("2027-02-25T00:00:00Z");
    world.clock.advance(due.since(world.clock.now()));
    while other.pipeline.process_due().await.unwrap() > 0 {}

    assert!(world.license_server.license().is_suspended);
    other.stop().await;
}

/// What is kept meanwhile may say that all is paid.
async fn the_clock_of_a_store_on_hold_strikes_when_the_store_goes_on(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    miss_a_payment(world, &vendor, &bought).await;
    vendor.set_mode("paused").await;
    world.go_to("2027-02-18T10:00:00Z").await;
    let paid = bought.next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-02-18T09:00:00Z");
    let outcome = world.tell(&vendor, &charge).await;
    assert_eq!(outcome, "waiting storefront_paused");

    world.go_to("2027-02-26T10:00:00Z").await;
    assert!(!world.license_server.license().is_suspended);
    vendor.set_mode("live").await;
    world.work().await;

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-03-25T00:00 runs"]
    );
    assert_eq!(world.license_server.effects("patch"), 0);
}

async fn a_clock_that_a_person_runs_again_still_strikes_in_its_time(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    miss_a_payment(world, &vendor, &bought).await;
    let dates = vendor.list("/events?state=waiting").await;

    let path = format!("/events/{}/replay", dates[0]["id"].as_str().unwrap());
    vendor.post_json(&path, &json!({})).await.expect(202);
    world.work().await;

    let again = vendor.list("/events?state=waiting").await;
    assert_eq!(again[0]["reason"], dates[0]["reason"]);
    assert_eq!(again[0]["next_attempt_at"], "2027-02-25T00:00:00Z");
    world.go_to("2027-02-25T00:00:00Z").await;
    assert!(world.license_server.license().is_suspended);
}

async fn a_payment_whose_details_the_shop_withholds_stops_the_clock(world: &World) {
    let rules = json!({ "policy": { "preset": "recommended" } });
    let vendor = crate::shop_api::vendor_with(world, rules).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    miss_a_payment(world, &vendor, &bought).await;
    world.shop_api.accept("another");
    world.go_to("2027-02-18T10:00:00Z").await;
    let renewal = order("B").line("studio-pro", 1);
    let bare = bought.clone().unexpanded();
    let charge = bare.charged(&renewal, "2027-02-18T09:00:00Z");
    let outcome = world.tell(&vendor, &charge).await;
    assert_eq!(outcome, "waiting shop_api_unauthorized");

    world.go_to("2027-02-26T00:00:00Z").await;

    assert!(!world.license_server.license().is_suspended);
    world.may_leave("waiting");
}

async fn a_trial_that_is_not_paid_for_ends_in_every_preset(world: &World) {
    for (preset, end) in [
        ("cryptlex", "2027-01-29"),
        ("recommended", "2027-01-31"),
        ("licensespring", "2027-01-29"),
    ] {
        let vendor = world.vendor_by(preset, json!({})).await;
        let trial = subscription(preset).next("2027-01-29").in_trial();
        world.begin(&vendor, &trial).await;
        let license = world.license_server.licenses().pop().unwrap();
        assert_eq!(license.expires_at, Some(moment(end)), "{preset}");

        let failed = trial.charge_failed("2027-01-15T09:30:00Z");
        world.tell(&vendor, &failed).await;
        let license = world.license_server.licenses().pop().unwrap();
        assert_eq!(license.expires_at, Some(moment(end)), "{preset}");
        assert!(!license.is_suspended);
    }
    world.may_leave("waiting");
}

async fn a_paid_trial_is_a_trial(world: &World) {
    let vendor = world.vendor().await;
    let trial = subscription("S").next("2027-01-22").in_trial().with(
        "instructions",
        json!([{ "type": "trial", "trialType": "PAID", "isNotTrial": false }]),
    );

    world.begin(&vendor, &trial).await;

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-01-22T00:00 runs"]
    );
}

async fn a_trial_without_an_order_is_served_after_fifteen_minutes(world: &World) {
    let vendor = world.vendor().await;
    let trial = subscription("S").next("2027-01-29").in_trial();

    assert_eq!(
        world.tell(&vendor, &trial.activated()).await,
        "ignored notice_only"
    );
    world.go_to("2027-01-15T10:14:00Z").await;
    assert_eq!(world.license_server.licenses(), []);
    world.go_to("2027-01-15T10:15:00Z").await;

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-01-29T00:00 runs"]
    );
}

async fn a_trials_order_that_comes_late_makes_nothing_more(world: &World) {
    let vendor = world.vendor().await;
    let trial = subscription("S").next("2027-01-29").in_trial();
    world.tell(&vendor, &trial.activated()).await;
    world.go_to("2027-01-15T10:15:00Z").await;

    let late = order("A").subscribed(&trial).completed();
    world.tell(&vendor, &late).await;

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-01-29T00:00 runs"]
    );
}

async fn a_trial_converts_in_place_in_every_preset(world: &World) {
    for (preset, end) in [
        ("cryptlex", "2027-02-28"),
        ("recommended", "2027-03-10"),
        ("licensespring", "2027-03-02"),
    ] {
        let vendor = world.vendor_by(preset, json!({})).await;
        let bought = subscription(preset).next("2027-01-29");
        world.begin(&vendor, &bought.clone().in_trial()).await;
        let before = world.license_server.licenses().pop().unwrap();

        let paid = bought.next("2027-02-28");
        let charge = order(&format!("B-{preset}")).line("studio-pro", 1);
        let charge = paid.charged(&charge, "2027-01-15T09:45:00Z");
        assert_eq!(world.tell(&vendor, &charge).await, "done");

        let license = world.license_server.licenses().pop().unwrap();
        assert_eq!(license.key, before.key);
        let apart = license
            .expires_at
            .unwrap()
            .duration_since(moment(end))
            .as_hours();
        assert!(apart.abs() <= 24, "{preset}: {:?}", license.expires_at);
    }
}

async fn a_longer_trial_moves_the_end_in_every_preset(world: &World) {
    for preset in ["cryptlex", "recommended", "licensespring"] {
        let vendor = world.vendor_by(preset, json!({})).await;
        let trial = subscription(preset).next("2027-01-29").in_trial();
        world.begin(&vendor, &trial).await;
        let before = world.license_server.licenses().pop().unwrap();

        let longer = trial.next("2027-02-05").updated("2027-01-15T09:30:00Z");
        assert_eq!(world.tell(&vendor, &longer).await, "done", "{preset}");

        let license = world.license_server.licenses().pop().unwrap();
        let moved = license
            .expires_at
            .unwrap()
            .duration_since(before.expires_at.unwrap());
        assert_eq!(moved.as_hours(), 7 * 24, "{preset}");
    }
}

async fn subscribed(world: &World) -> (Vendor, Subscription) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    (vendor, bought)
}

/// The charge of the second month fails.
async fn miss_a_payment(world: &World, vendor: &Vendor, bought: &Subscription) {
    world.go_to("2027-02-15T10:00:00Z").await;
    let failed = bought.charge_failed("2027-02-15T09:00:00Z");
    world.tell(vendor, &failed).await;
}

/// The extra days after a missed payment are over.
async fn suspended(world: &World) -> (Vendor, Subscription) {
    let (vendor, bought) = subscribed(world).await;
    miss_a_payment(world, &vendor, &bought).await;
    world.go_to("2027-02-28T10:00:00Z").await;
    assert!(world.license_server.license().is_suspended);
    (vendor, bought)
}

fn with_product(mut mapping: serde_json::Value) -> serde_json::Value {
    use latchkey_sandbox::sample::ids;
    mapping["license_product_id"] = json!(ids::STUDIO_PRO);
    mapping["license_template_id"] = json!(ids::MONTHLY);
    mapping
}
