//! How long licenses last: fixed terms, month ends, later beginnings, updates only, and dates that the shop moves.

use jiff::SignedDuration;
use latchkey::domain::time::Timestamp;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{Subscription, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_month_from_the_last_day_ends_on_the_last_day,
    a_fixed_end_may_be_a_day_or_a_moment,
    a_term_begins_with_the_first_activation,
    a_subscription_may_pay_for_updates_only,
    a_fixed_number_of_periods_ends_with_the_last,
    charges_without_dates_each_give_one_period,
    charges_that_were_only_watched_are_not_given_later,
    a_renewal_by_hand_may_come_late,
    a_date_that_moves_back_is_followed_by_rule,
    a_charge_with_an_earlier_date_takes_nothing_back,
    a_kept_version_outlives_its_subscription,
}

const REVERB: (&str, &str) = ("cryptlex_product_id", ids::REVERB);

async fn a_month_from_the_last_day_ends_on_the_last_day(world: &World) {
    let vendor = world.vendor().await;
    for (id, now, term, expected) in [
        ("A", "2027-01-31T10:00:00Z", "1m", "2027-02-28T10:00:00Z"),
        ("B", "2028-01-31T10:00:00Z", "P1M", "2028-02-29T10:00:00Z"),
        ("C", "2028-02-29T10:00:00Z", "1y", "2029-02-28T10:00:00Z"),
    ] {
        let wait = moment::<Timestamp>(now).since(world.clock.now());
        world.clock.advance(wait);
        let fixed = [REVERB, ("cryptlex_expires_after", term)];
        let order = order(id).at(now).line("delay", 1).attributes(&fixed);

        vendor.post(&order.completed()).await;
        world.work().await;

        let licenses = world.license_server.licenses();
        let end = licenses.last().and_then(|license| license.expires_at);
        assert_eq!(end, Some(moment(expected)), "{term} from {now}");
    }
}

async fn a_fixed_end_may_be_a_day_or_a_moment(world: &World) {
    let vendor = world.vendor().await;
    let (day, point) = (
        [REVERB, ("cryptlex_expires_at", "2027-12-31")],
        [REVERB, ("cryptlex_expires_at", "2027-12-31T18:00:00Z")],
    );
    let order = order("A")
        .line("day", 1)
        .attributes(&day)
        .line("moment", 1)
        .attributes(&point);

    vendor.post(&order.completed()).await;
    world.work().await;

    let expected = [moment("2027-12-31"), moment("2027-12-31T18:00:00Z")];
    assert_eq!(ends(world), expected);
}

async fn a_term_begins_with_the_first_activation(world: &World) {
    let vendor = world.vendor().await;
    map(
        &vendor,
        json!({ "subscription_start_trigger": "activation" }),
    )
    .await;
    let bought = subscription("S");
    begun(world, &vendor, &bought).await;
    let second = bought.next("2027-03-15");
    charged(world, &vendor, &second, "B").await;
    assert_eq!(ends(world), [], "nothing runs before it is used");

    let key = world.license_server.license().key;
    let activation = json!({ "key": key });
    world.license_server.added("activations", &activation);
    assert_eq!(ends(world), [moment("2027-02-15T10:00:00Z")]);
    world.clock.advance(SignedDuration::from_mins(10));
    charged(world, &vendor, &second.next("2027-04-15"), "C").await;

    let end = ends(world)[0];
    assert!(end >= moment("2027-04-15"), "{end}");
    assert_eq!(world.license_server.effects("renew"), 1);
}

async fn a_subscription_may_pay_for_updates_only(world: &World) {
    let vendor = world.vendor().await;
    let updates =
        json!({ "subscription_covers": "maintenance", "license_subscription_interval": "" });
    map(&vendor, updates).await;
    let bought = subscription("S");

    begun(world, &vendor, &bought).await;
    assert_eq!(updates_end(world), Some(moment("2027-02-15")));
    charged(world, &vendor, &bought.clone().next("2027-03-15"), "B").await;
    assert_eq!(updates_end(world), Some(moment("2027-03-15")));
    vendor.post(&bought.overdue("2027-01-15T09:50:00Z")).await;
    let ended = bought.deactivated("2027-01-15T09:55:00Z");
    vendor.post(&ended).await;
    world.work().await;

    let license = world.license_server.license();
    assert!(license.is_perpetual && !license.is_suspended);
    assert_eq!(updates_end(world), Some(moment("2027-03-15")));
    assert!(vendor.outcome(&ended).await.starts_with("ignored"));
}

async fn a_fixed_number_of_periods_ends_with_the_last(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let bought = subscription("S")
        .with("periods", json!(2))
        .with("remainingPeriods", json!(1));
    begun(world, &vendor, &bought).await;

    let last = bought.next("2027-03-15").with("remainingPeriods", json!(0));
    charged(world, &vendor, &last, "B").await;
    assert_eq!(ends(world), [moment("2027-03-25")], "paid, and ten days");
    let ended = last.deactivated("2027-03-15T04:00:00Z");
    let told: Timestamp = moment("2027-03-15T05:00:00Z");
    world.clock.advance(told.since(world.clock.now()));
    vendor.post(&ended).await;
    world.work().await;

    assert_eq!(ends(world), [moment("2027-03-15T04:00:00Z")]);
}

async fn charges_without_dates_each_give_one_period(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S")
        .every("adhoc")
        .with("adhoc", json!(true))
        .with("next", Value::Null)
        .with("nextChargeDate", Value::Null);
    begun(world, &vendor, &bought).await;
    let first = world.license_server.license().expires_at.unwrap();
    assert_eq!(first, moment("2027-02-15T10:00:00Z"));

    charged(world, &vendor, &bought, "B").await;
    charged(world, &vendor, &bought, "C").await;
    let again = bought
        .charged(&order("C").line("studio-pro", 1), "2027-01-15T09:45:00Z")
        .resent_as("by hand");
    vendor.post(&again).await;
    world.work().await;

    assert_eq!(world.license_server.effects("renew"), 2);
    assert_eq!(ends(world), [moment("2027-04-15T10:00:00Z")]);
}

/// Whoever served the store until then gave their periods.
async fn charges_that_were_only_watched_are_not_given_later(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "shadow" })).await;
    let row = json!({ "key": "fastspring_subscription_id", "value": "S", "viewPermissions": [] });
    let made = json!({
        "productId": ids::STUDIO_PRO, "licenseTemplateId": ids::MONTHLY, "key": "OF-ANOTHER-SYSTEM",
        "metadata": [row],
    });
    world.license_server.added("licenses", &made);
    let bought = subscription("S")
        .every("adhoc")
        .with("adhoc", json!(true))
        .with("next", Value::Null)
        .with("nextChargeDate", Value::Null);
    for watched in ["B", "C"] {
        let charge = bought.charged(
            &order(watched).line("studio-pro", 1),
            "2027-01-15T09:45:00Z",
        );
        assert_eq!(world.tell(&vendor, &charge).await, "ignored shadow_mode");
    }

    vendor.set_mode("live").await;
    charged(world, &vendor, &bought, "D").await;

    assert_eq!(world.license_server.effects("renew"), 1);
    assert_eq!(ends(world), [moment("2027-03-15T10:00:00Z")]);
}

async fn a_renewal_by_hand_may_come_late(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let bought = subscription("S").with("autoRenew", json!(false));
    begun(world, &vendor, &bought).await;
    world.go_to("2027-03-01T10:00:00Z").await;

    let paid = bought.next("2027-04-01");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-03-01T09:45:00Z");
    vendor.post(&charge).await;
    world.work().await;

    assert_eq!(vendor.outcome(&charge).await, "done");
    assert_eq!(ends(world), [moment("2027-04-11")]);
    assert!(!world.license_server.license().is_suspended);
}

async fn a_date_that_moves_back_is_followed_by_rule(world: &World) {
    for (preset, expected) in [
        ("cryptlex", "2027-02-15T10:00:00Z"),
        ("recommended", "2027-02-11"),
    ] {
        let vendor = world
            .vendor_with(json!({ "policy": { "preset": preset } }))
            .await;
        let bought = subscription("S");
        begun(world, &vendor, &bought).await;

        let earlier = bought.next("2027-02-01");
        vendor.post(&earlier.updated("2027-01-15T09:50:00Z")).await;
        world.work().await;

        let end = *ends(world).last().unwrap();
        assert_eq!(end, moment(expected), "{preset}");
    }
}

async fn a_charge_with_an_earlier_date_takes_nothing_back(world: &World) {
    for preset in ["cryptlex", "recommended"] {
        let vendor = world
            .vendor_with(json!({ "policy": { "preset": preset } }))
            .await;
        let bought = subscription("S").next("2027-03-15");
        begun(world, &vendor, &bought).await;
        let before = ends(world);

        charged(world, &vendor, &bought.next("2027-02-15"), "B").await;

        assert_eq!(ends(world), before, "{preset}");
    }
}

async fn a_kept_version_outlives_its_subscription(world: &World) {
    let keep = json!({ "policy": { "preset": "recommended", "deactivation": "keep_version" } });
    let vendor = world.vendor_with(keep).await;
    map(&vendor, json!({ "max_allowed_release_version": "5.9" })).await;
    let known = subscription("S");
    begun(world, &vendor, &known).await;
    map(&vendor, json!({})).await;
    let unknown = subscription("T");
    begun(world, &vendor, &unknown).await;

    for bought in [&known, &unknown] {
        let ended = bought.deactivated("2027-01-15T09:55:00Z");
        vendor.post(&ended).await;
        world.work().await;
        assert_eq!(vendor.outcome(&ended).await, "done");
    }

    let licenses = world.license_server.licenses();
    assert!(licenses.iter().all(|license| license.is_perpetual));
    let updates: Vec<_> = licenses
        .iter()
        .map(|license| license.maintenance_expires_at)
        .collect();
    assert_eq!(updates, [None, Some(moment("2027-01-15T09:55:00Z"))]);
    let path = format!("licenses/{}", licenses[0].id);
    let frozen = world.license_server.at(&path);
    assert_eq!(frozen["maxAllowedReleaseVersion"], "5.9");
}

/// The ends of all licenses that have one, oldest first.
fn ends(world: &World) -> Vec<jiff::Timestamp> {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .filter_map(|license| license.expires_at)
        .collect()
}

fn updates_end(world: &World) -> Option<jiff::Timestamp> {
    world.license_server.license().maintenance_expires_at
}

async fn map(vendor: &Vendor, attributes: Value) {
    let mapping = json!({
        "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY,
        "attributes": attributes,
    });
    vendor.map("studio-pro", &mapping).await;
}

async fn begun(world: &World, vendor: &Vendor, bought: &Subscription) {
    let first = order(&format!("first-of-{}", bought.id)).subscribed(bought);
    vendor
        .post_together(&[bought.activated(), first.completed()])
        .await;
    world.work().await;
    assert_eq!(vendor.outcome(&first.completed()).await, "done");
}

/// A charge of a minute ago.
async fn charged(world: &World, vendor: &Vendor, bought: &Subscription, charge: &str) {
    let at = world.clock.now().plus_minutes(-1).to_string();
    let order = order(charge).line("studio-pro", 1);
    vendor.post(&bought.charged(&order, &at)).await;
    world.work().await;
}
