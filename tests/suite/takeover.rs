//! Switching over from the script that made the licenses until now: watch, compare, adopt, go live.

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{Subscription, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_comparison_adopts_what_the_script_made_and_changes_nothing,
    a_comparison_says_what_differs,
    a_comparison_goes_through_orders_and_subscriptions,
    a_comparison_does_not_take_back_what_is_renewed_meanwhile,
    what_was_only_watched_is_run_once_the_store_is_on,
    an_order_of_before_the_switch_makes_no_second_license,
    an_order_of_before_the_switch_is_served_when_the_script_had_not,
    seven_days_after_the_switch_nothing_is_looked_up,
}

async fn a_comparison_adopts_what_the_script_made_and_changes_nothing(world: &World) {
    let vendor = watching(world).await;
    let bought = watch(world, &vendor, "S").await;
    by_script(world, &bought.id, "2027-02-15T00:00:00Z").await;
    let before = world.license_server.license();
    let writes = world.license_server.writes();

    let job = compare(world, &vendor).await;

    assert_eq!(job["kind"], "takeover");
    assert_eq!(job["state"], "done", "{job:#}");
    assert_eq!(job["result"]["purchases"], 1);
    assert_eq!(job["result"]["adopted"], 1);
    assert_eq!(job["result"]["alike"], 1, "{job:#}");
    assert_eq!(world.license_server.license(), before);
    assert_eq!(world.license_server.writes(), writes);
    let adopted = vendor.licenses().await;
    assert_eq!(adopted[0]["remote_license_id"], before.id.as_str());
    let of_buyer = vendor.list("/licenses?email=mara.weber@example.com").await;
    assert_eq!(of_buyer.len(), 1, "it is the buyer's, as one of ours is");
    let listed = vendor.list("/takeovers").await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["id"], job["id"]);
}

async fn a_comparison_says_what_differs(world: &World) {
    let vendor = watching(world).await;
    watch(world, &vendor, "unserved").await;
    let late = watch(world, &vendor, "late").await;
    by_script(world, &late.id, "2027-05-15T00:00:00Z").await;
    let twice = watch(world, &vendor, "twice").await;
    by_script(world, &twice.id, "2027-02-15T00:00:00Z").await;
    by_script(world, &twice.id, "2027-02-15T00:00:00Z").await;

    let job = compare(world, &vendor).await;

    let result = &job["result"];
    assert_eq!(result["different"], 3, "{job:#}");
    let mut codes: Vec<(&str, &str)> = result["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let subscription = row["subscription_id"].as_str().unwrap();
            (subscription, row["code"].as_str().unwrap())
        })
        .collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            ("late", "other_end"),
            ("twice", "surplus"),
            ("unserved", "missing")
        ]
    );
}

async fn a_comparison_goes_through_orders_and_subscriptions(world: &World) {
    let vendor = watching(world).await;
    for number in 0..12 {
        watch(world, &vendor, &format!("S{number}")).await;
        let once = order(&format!("once-{number}")).line("reverb", 1);
        vendor.post(&once.completed()).await;
        world.work().await;
    }

    let job = compare(world, &vendor).await;

    assert_eq!(job["result"]["purchases"], 24, "{job:#}");
    assert_eq!(job["result"]["different"], 24);
}

async fn a_comparison_does_not_take_back_what_is_renewed_meanwhile(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world.clock.advance(SignedDuration::from_mins(5));
    let charge = bought
        .next("2027-03-15")
        .charged(&order("B").line("studio-pro", 1), "2027-01-15T09:45:00Z");

    world.license_server.faults(&["latency=2s,on=list,times=1"]);
    let renewed = async {
        world.license_server.reached("list").await;
        world.tell(&vendor, &charge).await;
    };
    let (job, ()) = tokio::join!(compare(world, &vendor), renewed);

    assert_eq!(job["result"]["known"], 1, "{job:#}");
    let license = vendor.licenses().await.remove(0);
    assert_eq!(license["expires_at"], "2027-03-15T10:00:00Z", "{license:#}");
}

async fn what_was_only_watched_is_run_once_the_store_is_on(world: &World) {
    let vendor = watching(world).await;
    let served = watch(world, &vendor, "served").await;
    by_script(world, &served.id, "2027-02-15T00:00:00Z").await;
    watch(world, &vendor, "unserved").await;
    compare(world, &vendor).await;

    change(
        &vendor,
        json!({ "mode": "live", "takeover_at": "2027-01-15T10:00:00Z" }),
    )
    .await;
    let filter = json!({ "filter": {
        "storefront_id": vendor.storefront_id, "reason_code": "shadow_mode",
    } });
    let replayed = vendor
        .post_json("/events/replay", &filter)
        .await
        .expect(202);
    world.work().await;

    assert_eq!(replayed.json()["count"], 2, "{}", replayed.text);
    assert_eq!(world.license_server.licenses().len(), 2);
    assert_eq!(vendor.licenses().await.len(), 2);
    for event in vendor.events().await {
        let path = format!("/events/{}", event["id"].as_str().unwrap());
        let whole = vendor.get(&path).await.expect(200).json();
        let effects = whole["effects"].as_array().unwrap();
        assert!(
            effects.iter().all(|effect| effect["state"] != "planned"),
            "{whole:#}"
        );
    }
}

async fn an_order_of_before_the_switch_makes_no_second_license(world: &World) {
    let vendor = world.vendor().await;
    by_script_for_order(world, "A").await;
    change(&vendor, json!({ "takeover_at": "2027-01-15T10:00:00Z" })).await;

    let resent = order("A").line("reverb", 1).completed();
    vendor.post(&resent).await;
    world.work().await;

    assert_eq!(world.license_server.licenses().len(), 1);
    assert_eq!(vendor.outcome(&resent).await, "ignored already_applied");
    assert_eq!(vendor.licenses().await.len(), 1);
}

async fn an_order_of_before_the_switch_is_served_when_the_script_had_not(world: &World) {
    let vendor = world.vendor().await;
    change(&vendor, json!({ "takeover_at": "2027-01-15T10:00:00Z" })).await;

    let missed = order("A").line("reverb", 1).completed();
    vendor.post(&missed).await;
    world.work().await;

    assert_eq!(vendor.outcome(&missed).await, "done");
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn seven_days_after_the_switch_nothing_is_looked_up(world: &World) {
    let vendor = world.vendor().await;
    change(&vendor, json!({ "takeover_at": "2027-01-15T10:00:00Z" })).await;
    let lists = |world: &World| world.license_server.calls("list");
    let old = |id: &str| order(id).line("reverb", 1).completed();

    world.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    vendor.post(&old("within")).await;
    world.work().await;
    let within = lists(world);
    world.clock.advance(SignedDuration::from_hours(2));
    vendor.post(&old("after")).await;
    world.work().await;

    assert_eq!(within, 1);
    assert_eq!(lists(world), within);
}

async fn watching(world: &World) -> Vendor {
    world.vendor_with(json!({ "mode": "shadow" })).await
}

/// A subscription begins while the store is only watched.
async fn watch(world: &World, vendor: &Vendor, id: &str) -> Subscription {
    let bought = subscription(id);
    let order = order(&format!("of-{id}")).subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), order]).await;
    world.work().await;
    bought
}

/// The script made a license for a subscription.
async fn by_script(world: &World, subscription: &str, end: &str) {
    let metadata = ("fastspring_subscription_id", subscription);
    let license = make(world, ids::STUDIO_PRO, ids::MONTHLY, metadata).await;
    let by_hand = latchkey_sandbox::snapshot::HandEdit {
        expires_at: Some(Some(moment(end))),
        ..Default::default()
    };
    world.license_server.edit_by_hand(&license, by_hand);
}

/// The script made a license for a one-time order.
async fn by_script_for_order(world: &World, order: &str) {
    let metadata = ("fastspring_order_id", order);
    make(world, ids::REVERB, ids::PERPETUAL, metadata).await;
}

async fn make(world: &World, product: &str, template: &str, metadata: (&str, &str)) -> String {
    let (key, value) = metadata;
    let body = json!({
        "productId": product, "licenseTemplateId": template,
        "metadata": [{ "key": key, "value": value, "viewPermissions": [] }],
    });
    let url = format!("{}/v3/licenses", world.license_server.url());
    let request = world
        .http
        .post(url)
        .bearer_auth("token-of-the-script")
        .json(&body);
    let answer = crate::world::Answer::to(request).await.expect(201).json();
    answer["id"].as_str().unwrap().to_owned()
}

async fn change(vendor: &Vendor, body: Value) {
    let path = format!("/storefronts/{}", vendor.storefront_id);
    vendor
        .send(Method::PATCH, &path, Some(&body))
        .await
        .expect(200);
}

async fn compare(world: &World, vendor: &Vendor) -> Value {
    let body = json!({ "storefront_id": vendor.storefront_id });
    let begun = vendor
        .post_json("/takeovers", &body)
        .await
        .expect(202)
        .json();
    world.do_long_work().await;
    let path = format!("/jobs/{}", begun["id"].as_str().unwrap());
    vendor.get(&path).await.expect(200).json()
}
