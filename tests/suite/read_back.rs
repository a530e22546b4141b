//! What reading licenses back finds: lies are repaired once, what people did is kept, what is under way is left alone.

use jiff::SignedDuration;
use serde_json::json;

use crate::shop::{Event, Subscription, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_renewal_while_its_license_is_read_back_is_made_once,
    a_reconciliation_leaves_alone_what_is_renewed_meanwhile,
    a_lie_is_found_by_reading_back_and_repaired,
    a_lie_is_repaired_only_once_its_store_runs_again,
    what_a_person_set_back_after_it_was_seen_made_is_kept,
    a_lie_about_an_issue_is_found_by_reading_back_and_repaired,
    a_license_that_a_person_deleted_is_not_made_again,
    a_lie_that_goes_on_is_shown_and_can_be_run_again,
}

/// What was read before the renewal comes after it: it must not be taken for what is there now.
async fn a_renewal_while_its_license_is_read_back_is_made_once(world: &World) {
    let vendor = world.vendor().await;
    let bought = buy(world, &vendor).await;
    world.work_after(SignedDuration::from_mins(6)).await;
    let rebill = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&rebill, "2027-01-15T09:45:00Z");

    work_while_listed(world, (&vendor, &charge), world.sweep()).await;
    vendor.post(&charge.resent_as("by hand")).await;
    world.work().await;

    assert_eq!(world.license_server.effects("renew"), 1);
    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-03-15T10:00 runs"]
    );
}

async fn a_reconciliation_leaves_alone_what_is_renewed_meanwhile(world: &World) {
    let vendor = world.vendor().await;
    let bought = buy(world, &vendor).await;
    let rebill = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&rebill, "2027-01-15T09:45:00Z");
    let begun = vendor.post_json("/reconciliations", &json!({})).await;
    let begun = begun.expect(202).json();
    world.clock.advance(SignedDuration::from_mins(1));

    work_while_listed(world, (&vendor, &charge), world.do_long_work()).await;

    let path = format!("/jobs/{}", begun["id"].as_str().unwrap());
    let job = vendor.get(&path).await.expect(200).json();
    assert_eq!(job["state"], "done", "{job:#}");
    assert_eq!(job["result"]["overtaken"], 1, "{job:#}");
    assert_eq!(job["result"]["findings"][0]["found"], "overtaken");
    assert_eq!(world.license_server.effects("renew"), 1);
    let license = vendor.licenses().await.remove(0);
    assert_eq!(license["expires_at"], "2027-03-15T10:00:00Z", "{license:#}");
}

async fn a_lie_is_found_by_reading_back_and_repaired(world: &World) {
    let vendor = world.vendor().await;
    let bought = buy(world, &vendor).await;
    world.license_server.faults(&["lie,on=patch,times=1"]);
    let overdue = bought.overdue("2027-01-15T09:45:00Z");
    vendor.post(&overdue).await;
    world.work().await;
    assert!(!world.license_server.license().is_suspended);

    for _ in 0..8 {
        world.sweep().await;
        world.work_after(SignedDuration::from_mins(2)).await;
    }

    assert!(world.license_server.license().is_suspended);
    assert_eq!(world.license_server.effects("patch"), 1);
}

async fn a_lie_is_repaired_only_once_its_store_runs_again(world: &World) {
    for (round, mode) in ["paused", "shadow"].into_iter().enumerate() {
        let vendor = world.vendor().await;
        let bought = buy(world, &vendor).await;
        world.license_server.faults(&["lie,on=patch,times=1"]);
        vendor.post(&bought.overdue("2027-01-15T09:45:00Z")).await;
        world.work().await;
        vendor.set_mode(mode).await;
        let (writes, lists) = (
            world.license_server.writes(),
            world.license_server.calls("list"),
        );

        for _ in 0..30 {
            world.sweep().await;
            world.work_after(SignedDuration::from_mins(1)).await;
        }
        assert_eq!(world.license_server.writes(), writes, "{mode}");
        let lists = world.license_server.calls("list") - lists;
        assert!((1..=6).contains(&lists), "{mode}: read back {lists} times");

        vendor.set_mode("live").await;
        for _ in 0..8 {
            world.sweep().await;
            world.work_after(SignedDuration::from_mins(1)).await;
        }
        let suspended = world.license_server.licenses();
        let suspended = suspended.iter().filter(|license| license.is_suspended);
        assert_eq!(suspended.count(), round + 1, "{mode}");
    }
}

async fn what_a_person_set_back_after_it_was_seen_made_is_kept(world: &World) {
    let vendor = world.vendor().await;
    let bought = buy(world, &vendor).await;
    world
        .tell(&vendor, &bought.overdue("2027-01-15T09:45:00Z"))
        .await;
    world.work_after(SignedDuration::from_mins(6)).await;
    world.sweep().await;
    let license = world.license_server.license();
    assert!(license.is_suspended);
    world.license_server.patch(
        &format!("licenses/{}", license.id),
        &json!({ "suspended": false }),
    );
    let writes = world.license_server.writes();
    world.work_after(SignedDuration::from_mins(2)).await;

    // It announces an ending, so that the license is read back.
    world
        .tell(&vendor, &bought.charge_failed("2027-01-15T09:50:00Z"))
        .await;
    for _ in 0..8 {
        world.work_after(SignedDuration::from_mins(2)).await;
        world.sweep().await;
    }

    assert!(!world.license_server.license().is_suspended);
    assert_eq!(world.license_server.writes(), writes);
    let license = vendor.licenses().await.remove(0);
    assert!(!license["verified_at"].is_null(), "{license:#}");
}

async fn a_lie_about_an_issue_is_found_by_reading_back_and_repaired(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["lie,on=create,times=1"]);
    let event = order("A").line("reverb", 1).completed();
    vendor.post(&event).await;
    world.work().await;
    assert_eq!(world.license_server.licenses(), []);

    for _ in 0..4 {
        world.sweep().await;
        world.work_after(SignedDuration::from_mins(2)).await;
    }

    let shown = &vendor.licenses().await[0]["remote_license_id"];
    assert_eq!(world.license_server.license().id, *shown);
    assert_eq!(world.license_server.effects("create"), 1);
    assert_eq!(vendor.outcome(&event).await, "done");
}

async fn a_license_that_a_person_deleted_is_not_made_again(world: &World) {
    let vendor = world.vendor().await;
    vendor.post(&order("A").line("reverb", 1).completed()).await;
    world.work().await;
    world.work_after(SignedDuration::from_mins(6)).await;
    world.sweep().await;
    let id = world.license_server.license().id;

    world.license_server.sandbox.delete_license_by_hand(&id);
    vendor
        .post(
            &order("A")
                .line("reverb", 1)
                .charged_back("2027-01-15T11:00:00Z"),
        )
        .await;
    world.work().await;
    for _ in 0..4 {
        world.work_after(SignedDuration::from_mins(2)).await;
        world.sweep().await;
    }

    assert_eq!(world.license_server.licenses(), []);
    world.may_leave("parked");
}

async fn a_lie_that_goes_on_is_shown_and_can_be_run_again(world: &World) {
    let vendor = world.vendor().await;
    let bought = buy(world, &vendor).await;
    world.license_server.faults(&["lie,on=patch"]);
    let overdue = bought.overdue("2027-01-15T09:45:00Z");
    vendor.post(&overdue).await;
    world.work().await;
    assert_eq!(vendor.outcome(&overdue).await, "done");

    for _ in 0..20 {
        world.sweep().await;
        world.work_after(SignedDuration::from_mins(2)).await;
    }
    assert_eq!(vendor.outcome(&overdue).await, "parked verification_failed");
    assert!(!world.license_server.license().is_suspended);

    world.license_server.faults(&[]);
    vendor.act(&overdue, "replay", &json!({})).await.expect(202);
    world.work().await;
    assert_eq!(vendor.outcome(&overdue).await, "done");
    assert!(world.license_server.license().is_suspended);
}

/// A subscription that runs, with its license.
async fn buy(world: &World, vendor: &Vendor) -> Subscription {
    let bought = subscription("S");
    world.begin(vendor, &bought).await;
    bought
}

/// An event comes and is worked while a list that was asked for is on its way.
async fn work_while_listed(
    world: &World,
    (vendor, event): (&Vendor, &Event),
    reading: impl Future<Output = ()>,
) {
    world.license_server.faults(&["latency=2s,on=list,times=1"]);
    let worked = async {
        world.license_server.reached("list").await;
        vendor.post(event).await;
        world.work().await;
    };
    tokio::join!(reading, worked);
}
