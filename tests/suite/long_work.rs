//! Long work: reconciliation, and ends that follow the shop's dates from now on.

use jiff::SignedDuration;
use latchkey_sandbox::snapshot::HandEdit;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{Subscription, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_reconciliation_says_what_it_found,
    a_reconciliation_repairs_what_was_promised_and_not_done,
    a_reconciliation_compares_only_what_the_filter_finds,
    a_sweep_finds_and_repairs_what_was_promised_and_not_done,
    ends_follow_the_shops_dates_where_that_lengthens_them,
    a_dry_run_changes_nothing,
    ends_that_would_come_earlier_are_listed_and_left,
    long_work_goes_on_where_another_process_left_it,
    long_work_of_another_vendor_is_not_found,
}

async fn a_reconciliation_says_what_it_found(world: &World) {
    let vendor = world.vendor().await;
    for number in 1..=4 {
        buy(world, &vendor, number).await;
    }
    // What was never seen is taken for a lie of the license server, and made once more.
    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    let licenses = world.license_server.licenses();
    let by_hand = HandEdit {
        is_suspended: Some(true),
        ..HandEdit::default()
    };
    world.license_server.edit_by_hand(&licenses[0].id, by_hand);
    world
        .license_server
        .sandbox
        .delete_license_by_hand(&licenses[1].id);

    let job = run(world, &vendor, "/reconciliations", json!({})).await;

    assert_eq!(job["kind"], "reconciliation");
    assert_eq!(job["state"], "done", "{job:#}");
    assert_eq!((&job["done"], &job["total"]), (&json!(4), &json!(4)));
    let result = &job["result"];
    assert_eq!(result["compared"], 4, "{job:#}");
    assert_eq!(result["as_given"], 2);
    assert_eq!(result["changed_by_hand"], 1, "{job:#}");
    assert_eq!(result["not_found"], 1, "{job:#}");
    assert_eq!(result["findings"].as_array().unwrap().len(), 2);
    let writes = world.license_server.writes();
    run(world, &vendor, "/reconciliations", json!({})).await;
    assert_eq!(world.license_server.writes(), writes);
}

async fn a_reconciliation_repairs_what_was_promised_and_not_done(world: &World) {
    let (vendor, _) = lied_to(world).await;

    let job = run(world, &vendor, "/reconciliations", json!({})).await;

    assert_eq!(job["result"]["repaired"], 1, "{job:#}");
    assert!(world.license_server.license().is_suspended);
}

async fn a_reconciliation_compares_only_what_the_filter_finds(world: &World) {
    let vendor = world.vendor().await;
    buy(world, &vendor, 1).await;
    buy(world, &vendor, 2).await;

    let body = json!({ "filter": { "order_id": "A2" } });
    let job = run(world, &vendor, "/reconciliations", body).await;

    assert_eq!(job["result"]["compared"], 1, "{job:#}");
}

async fn a_sweep_finds_and_repairs_what_was_promised_and_not_done(world: &World) {
    let (vendor, event) = lied_to(world).await;
    assert!(!world.license_server.license().is_suspended);

    world.clock.advance(SignedDuration::from_mins(15));
    world.sweep().await;

    assert!(world.license_server.license().is_suspended);
    assert_eq!(vendor.outcome(&event).await, "done");
    world.clock.advance(SignedDuration::from_mins(15));
    world.sweep().await;
    let shown = vendor.licenses().await.remove(0);
    assert_eq!(shown["state"], "suspended", "{shown:#}");
    assert!(shown["verified_at"].is_string());
}

async fn ends_follow_the_shops_dates_where_that_lengthens_them(world: &World) {
    let vendor = world.vendor().await;
    subscribe(world, &vendor, "S").await;
    let before = world.license_server.license().expires_at;
    set_policy(&vendor, json!({ "preset": "recommended" })).await;

    let job = migrate(world, &vendor, false).await;

    assert_eq!(job["state"], "done", "{job:#}");
    assert_eq!(job["result"]["lengthened"], 1, "{job:#}");
    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2027-02-25")));
    assert!(end > before);
    let again = migrate(world, &vendor, false).await;
    assert_eq!(again["result"]["right"], 1, "{again:#}");
}

async fn a_dry_run_changes_nothing(world: &World) {
    let vendor = world.vendor().await;
    subscribe(world, &vendor, "S").await;
    let before = world.license_server.license();
    set_policy(&vendor, json!({ "preset": "recommended" })).await;

    let job = migrate(world, &vendor, true).await;

    assert_eq!(job["result"]["lengthened"], 1, "{job:#}");
    assert_eq!(
        job["result"]["findings"][0]["would_end"],
        "2027-02-25T00:00:00Z"
    );
    assert_eq!(job["result"]["findings"][0]["done"], false);
    assert_eq!(world.license_server.license(), before);
}

async fn ends_that_would_come_earlier_are_listed_and_left(world: &World) {
    let vendor = world.vendor().await;
    subscribe(world, &vendor, "S").await;
    let id = world.license_server.license().id;
    let by_hand = HandEdit {
        expires_at: Some(Some(moment("2027-06-30"))),
        ..HandEdit::default()
    };
    world.license_server.edit_by_hand(&id, by_hand);

    let job = migrate(world, &vendor, false).await;

    assert_eq!(job["result"]["would_shorten"], 1, "{job:#}");
    assert_eq!(job["result"]["lengthened"], 0);
    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2027-06-30")));
}

async fn long_work_goes_on_where_another_process_left_it(world: &World) {
    let vendor = world.vendor().await;
    for number in 0..60 {
        buy(world, &vendor, number).await;
    }
    let begun = vendor.post_json("/reconciliations", &json!({})).await;
    let begun = begun.expect(202).json();
    let calls = world.license_server.calls("list");
    let step = world.app.pipeline.run_job_step().await;
    assert_eq!(step.expect("the database answers"), 1);
    let half = job(&vendor, &begun).await;
    assert_eq!(half["state"], "running", "{half:#}");
    assert_eq!((&half["done"], &half["total"]), (&json!(50), &json!(60)));

    world.app.another_process().await;

    let done = job(&vendor, &begun).await;
    assert_eq!(done["state"], "done", "{done:#}");
    assert_eq!(done["result"]["compared"], 60);
    assert_eq!(world.license_server.calls("list") - calls, 2);
}

async fn long_work_of_another_vendor_is_not_found(world: &World) {
    let vendor = world.vendor().await;
    let stranger = world.vendor().await;
    let begun = vendor.post_json("/reconciliations", &json!({})).await;
    let id = begun.expect(202).json()["id"].as_str().unwrap().to_owned();

    stranger.get(&format!("/jobs/{id}")).await.expect(404);
    let foreign = json!({ "storefront_id": vendor.storefront_id });
    let answer = stranger.post_json("/takeovers", &foreign).await;
    answer.expect(422);

    world.do_long_work().await;
    assert_eq!(
        vendor.get(&format!("/jobs/{id}")).await.expect(200).json()["state"],
        "done"
    );
}

async fn buy(world: &World, vendor: &Vendor, number: usize) {
    let bought = order(&format!("A{number}")).line("reverb", 1);
    vendor.post(&bought.completed()).await;
    world.work().await;
}

async fn subscribe(world: &World, vendor: &Vendor, id: &str) -> Subscription {
    let bought = subscription(id);
    let order = order(&format!("of-{id}")).subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), order]).await;
    world.work().await;
    bought
}

/// A vendor whose license the server promised to suspend, twice, without doing it.
async fn lied_to(world: &World) -> (Vendor, crate::shop::Event) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1);
    vendor.post(&bought.completed()).await;
    world.work().await;
    world.license_server.faults(&["lie,on=patch,times=1"]);
    let refund = bought.refunded(&["reverb"], "2027-01-15T09:30:00Z");
    vendor.post(&refund).await;
    world.work().await;
    world.license_server.faults(&[]);
    (vendor, refund)
}

async fn set_policy(vendor: &Vendor, policy: Value) {
    let path = format!("/storefronts/{}", vendor.storefront_id);
    let body = json!({ "policy": policy });
    vendor
        .send(Method::PATCH, &path, Some(&body))
        .await
        .expect(200);
}

async fn migrate(world: &World, vendor: &Vendor, is_dry_run: bool) -> Value {
    let body = json!({ "storefront_id": vendor.storefront_id, "dry_run": is_dry_run });
    run(world, vendor, "/interval-migrations", body).await
}

/// Begins long work, does it, works on what it set going, and answers the job.
async fn run(world: &World, vendor: &Vendor, path: &str, body: Value) -> Value {
    let begun = vendor.post_json(path, &body).await.expect(202).json();
    world.clock.advance(SignedDuration::from_mins(1));
    world.do_long_work().await;
    world.work().await;
    job(vendor, &begun).await
}

async fn job(vendor: &Vendor, begun: &Value) -> Value {
    let path = format!("/jobs/{}", begun["id"].as_str().unwrap());
    vendor.get(&path).await.expect(200).json()
}
