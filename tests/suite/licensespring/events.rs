//! What each event of the shop does, under the rules *Like LicenseSpring*.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::{Event, Subscription, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_050_a_paid_order_makes_its_licenses,
    a_051_a_subscription_runs_at_once_until_the_shops_date,
    a_052_an_end_stops_all_licenses_and_frees_their_machines,
    a_053_a_cancellation_is_noted,
    a_054_a_withdrawn_cancellation_is_noted,
    a_055_an_edit_moves_the_end_and_says_whether_it_runs,
    a_056_an_edit_of_the_quantity_sets_the_seats_of_the_one_license,
    a_057_an_end_that_is_announced_stands_in_the_history,
    a_058_features_follow_the_add_ons,
    a_059_a_payment_reminder_is_noted,
    a_060_an_overdue_notice_is_noted,
    a_061_a_charge_sets_the_end_to_the_shops_date,
    a_062_the_first_charge_makes_the_trial_a_paid_license,
    a_063_a_failed_charge_is_noted,
    a_064_a_pause_suspends_every_license,
    a_065_going_on_lifts_the_pause_and_keeps_the_machines,
    a_066_a_refund_suspends_the_licenses_of_its_order,
    a_067_every_event_stands_in_the_licenses_history,
}

/// The extra hours over the shop's date, which stands for its whole day.
const UNTIL_FEBRUARY: &str = "Pro until 2027-02-17T00:00 runs";

async fn a_050_a_paid_order_makes_its_licenses(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let bought = order("A").line("reverb", 2).line("studio-lite", 1);

    assert_eq!(world.tell(&vendor, &bought.completed()).await, "done");

    assert_eq!(world.license_server.licenses().len(), 3);
    assert_eq!(vendor.list("/licenses?order_id=A").await.len(), 3);
}

async fn a_051_a_subscription_runs_at_once_until_the_shops_date(world: &World) {
    let (_, _) = subscribed(world).await;

    assert_eq!(world.license_server.shown(), [UNTIL_FEBRUARY]);
    let license = world.license_server.license();
    assert_eq!(license.total_activations, 0, "nobody has activated it");
    assert_eq!(license.subscription_interval, "P1M");
}

async fn a_052_an_end_stops_all_licenses_and_frees_their_machines(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let bought = subscription("S").quantity(2);
    world.begin(&vendor, &bought).await;
    for license in world.license_server.licenses() {
        world.license_server.activate(&license);
    }

    let ended = bought.deactivated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &ended).await, "done");

    for license in world.license_server.licenses() {
        assert!(license.is_suspended);
        assert_eq!(license.total_activations, 0);
    }
}

async fn a_053_a_cancellation_is_noted(world: &World) {
    assert_noted(world, |bought| bought.canceled("2027-01-15T09:30:00Z")).await;
}

async fn a_054_a_withdrawn_cancellation_is_noted(world: &World) {
    assert_noted(world, |bought| bought.uncanceled("2027-01-15T09:30:00Z")).await;
}

async fn a_055_an_edit_moves_the_end_and_says_whether_it_runs(world: &World) {
    let (vendor, bought) = subscribed(world).await;

    let moved = bought.clone().next("2027-02-20");
    world
        .tell(&vendor, &moved.updated("2027-01-15T09:20:00Z"))
        .await;
    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-02-22T00:00 runs"]
    );

    let stopped = moved
        .clone()
        .with("state", json!("deactivated"))
        .with("active", json!(false))
        .updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &stopped).await, "done");
    assert!(world.license_server.license().is_suspended);

    let going = moved.updated("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &going).await, "done");
    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-02-22T00:00 runs"]
    );
}

async fn a_056_an_edit_of_the_quantity_sets_the_seats_of_the_one_license(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    map_with(
        &vendor,
        json!({ "mappings_quantity": "allowed_activations" }),
    )
    .await;
    let bought = subscription("S").quantity(3);
    world.begin(&vendor, &bought).await;
    assert_eq!(world.license_server.license().allowed_activations, 3);

    let more = bought.quantity(5).updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &more).await, "done");

    assert_eq!(world.license_server.license().allowed_activations, 5);
}

async fn a_057_an_end_that_is_announced_stands_in_the_history(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let before = world.license_server.license();

    let ending = bought
        .with("end", json!(1_803_081_600_000_i64))
        .updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &ending).await, "ignored nothing_to_do");

    assert_eq!(world.license_server.license(), before);
    assert!(history(&vendor).await.contains(&ending.kind.to_owned()));
    let payload = vendor.event(&ending).await["payload"].to_string();
    assert!(payload.contains("1803081600000"), "{payload}");
}

async fn a_058_features_follow_the_add_ons(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let feature = json!({
        "license_product_id": ids::STUDIO_PRO,
        "attributes": { "is_feature": "true", "feature_surround": "7.1" },
    });
    vendor.map("surround", &feature).await;

    let with = bought.clone().with_addon("surround", 1);
    assert_eq!(
        world
            .tell(&vendor, &with.updated("2027-01-15T09:20:00Z"))
            .await,
        "done"
    );
    let license = world.license_server.license();
    let surround = ("surround".to_owned(), "7.1".to_owned());
    assert_eq!(world.license_server.features(&license), [surround]);

    let without = bought.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &without).await, "done");
    assert_eq!(world.license_server.features(&license), []);
}

async fn a_059_a_payment_reminder_is_noted(world: &World) {
    assert_noted(world, |bought| bought.reminded("2027-01-15T09:30:00Z")).await;
}

async fn a_060_an_overdue_notice_is_noted(world: &World) {
    assert_noted(world, |bought| bought.overdue("2027-01-15T09:30:00Z")).await;
}

async fn a_061_a_charge_sets_the_end_to_the_shops_date(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    world.go_to("2027-02-15T08:00:00Z").await;

    let charge = bought
        .next("2027-03-18")
        .charged(&order("B").line("studio-pro", 1), "2027-02-15T07:00:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-03-20T00:00 runs"]
    );
    assert_eq!(world.license_server.calls("renew"), 0);
}

async fn a_062_the_first_charge_makes_the_trial_a_paid_license(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let trial = subscription("S").next("2027-01-29").in_trial();
    world.begin(&vendor, &trial).await;
    let before = world.license_server.license();
    assert_eq!(before.expires_at, Some(moment("2027-01-29")));

    world.go_to("2027-01-29T06:00:00Z").await;
    let charge = subscription("S")
        .next("2027-02-28")
        .charged(&order("B").line("studio-pro", 1), "2027-01-29T05:00:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");

    let license = world.license_server.license();
    assert_eq!((license.id, license.key), (before.id, before.key));
    assert_eq!(license.expires_at, Some(moment("2027-03-02")));
}

async fn a_063_a_failed_charge_is_noted(world: &World) {
    assert_noted(world, |bought| bought.charge_failed("2027-01-15T09:30:00Z")).await;
}

async fn a_064_a_pause_suspends_every_license(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let bought = subscription("S").quantity(2);
    world.begin(&vendor, &bought).await;

    let paused = bought.paused("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &paused).await, "done");

    let licenses = world.license_server.licenses();
    assert_eq!(
        licenses
            .iter()
            .filter(|license| license.is_suspended)
            .count(),
        2
    );
}

async fn a_065_going_on_lifts_the_pause_and_keeps_the_machines(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    world
        .license_server
        .activate(&world.license_server.license());
    world
        .tell(&vendor, &bought.paused("2027-01-15T09:30:00Z"))
        .await;

    let resumed = bought.resumed("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &resumed).await, "done");

    let license = world.license_server.license();
    assert!(!license.is_suspended);
    assert_eq!(license.total_activations, 1);
}

async fn a_066_a_refund_suspends_the_licenses_of_its_order(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let strict = json!({
        "license_product_id": ids::STUDIO_LITE, "license_template_id": ids::MONTHLY,
        "attributes": { "suspend_only_on_full_refund": "true" },
    });
    vendor.map("studio-lite", &strict).await;
    let bought = order("A").line("reverb", 2).line("studio-lite", 1);
    world.tell(&vendor, &bought.completed()).await;

    let part = bought.half_refunded(&["studio-lite"], "2027-01-15T09:20:00Z");
    world.tell(&vendor, &part).await;
    let standing = |world: &World| -> Vec<bool> {
        let licenses = world.license_server.licenses();
        licenses
            .iter()
            .map(|license| license.is_suspended)
            .collect()
    };
    assert_eq!(standing(world), [false, false, false]);

    let full = bought
        .refunded(&["reverb", "studio-lite"], "2027-01-15T09:30:00Z")
        .with("return", json!("return-2"));
    assert_eq!(world.tell(&vendor, &full).await, "done");
    assert_eq!(standing(world), [true, true, true]);
}

async fn a_067_every_event_stands_in_the_licenses_history(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let next = bought.clone().next("2027-03-15");
    let events = [
        bought.reminded("2027-01-15T09:10:00Z"),
        bought.overdue("2027-01-15T09:20:00Z"),
        bought.charge_failed("2027-01-15T09:25:00Z"),
        next.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:30:00Z"),
        next.canceled("2027-01-15T09:40:00Z"),
        next.uncanceled("2027-01-15T09:45:00Z"),
    ];

    for event in &events {
        world.tell(&vendor, event).await;
    }

    let history = history(&vendor).await;
    for kind in events.map(|event| event.kind) {
        assert!(history.contains(&kind.to_owned()), "{kind}: {history:?}");
    }
}

async fn subscribed(world: &World) -> (Vendor, Subscription) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    (vendor, bought)
}

async fn map_with(vendor: &Vendor, attributes: serde_json::Value) {
    let mapping = json!({
        "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY,
        "attributes": attributes,
    });
    vendor.map("studio-pro", &mapping).await;
}

/// The event changes nothing and is told as no more than news.
async fn assert_noted(world: &World, event: impl Fn(&Subscription) -> Event) {
    let (vendor, bought) = subscribed(world).await;
    let before = world.license_server.license();

    let outcome = world.tell(&vendor, &event(&bought)).await;

    assert_eq!(outcome, "ignored notice_only");
    assert_eq!(world.license_server.license(), before);
}

/// The types of the events in the only license's history.
async fn history(vendor: &Vendor) -> Vec<String> {
    let licenses = vendor.licenses().await;
    let id = licenses[0]["id"].as_str().unwrap();
    let path = format!("/licenses/{id}/history");
    let items = vendor.get(&path).await.expect(200).json()["items"].clone();
    let items = items.as_array().unwrap().iter();
    items
        .filter_map(|item| item["type"].as_str().or(item["event"]["type"].as_str()))
        .map(str::to_owned)
        .collect()
}
