//! Canceled, paused, ended, and running again: what is left of a license by each rule.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::{Event, Subscription, moment, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_canceled_subscription_runs_until_it_ends,
    a_pause_begins_on_its_date,
    a_pause_that_is_withdrawn_never_begins,
    an_end_without_dates_or_cancellation_ends_all_the_same,
    an_end_at_the_periods_end_ends_all_the_same,
    what_ended_and_runs_again_is_given_back,
    what_was_deleted_and_runs_again_is_made_anew,
    what_was_revoked_and_runs_again_is_made_anew,
    a_withdrawn_cancellation_after_the_end_gives_back_too,
    an_edit_from_before_the_end_gives_nothing_back,
    a_second_end_ends_again_and_frees_the_machines_again,
    a_deletion_waits_thirty_days,
    a_deletion_does_not_come_when_the_subscription_runs_again,
    machines_are_freed_only_where_the_rules_or_the_product_say_so,
}

async fn a_canceled_subscription_runs_until_it_ends(world: &World) {
    let (vendor, bought) = subscribed(world, "expire").await;
    let canceled = bought.canceled("2027-01-20T09:30:00Z");
    world.go_to("2027-01-20T10:00:00Z").await;
    assert_eq!(world.tell(&vendor, &canceled).await, "ignored notice_only");
    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 runs");

    world.go_to("2027-02-15T10:00:00Z").await;
    let ended = bought.deactivated("2027-02-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &ended).await, "done");

    assert_eq!(shown(world), "Pro until 2027-02-15T09:30 runs");
}

async fn a_pause_begins_on_its_date(world: &World) {
    let (vendor, bought) = subscribed(world, "suspend").await;

    let paused = bought.paused_from("2027-02-15", "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &paused).await, "ignored not_due_yet");
    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 runs");

    world.go_to("2027-02-15T00:00:01Z").await;
    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 suspended");

    let resumed = bought.next("2027-04-01").resumed("2027-02-15T00:00:00Z");
    world.tell(&vendor, &resumed).await;
    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 runs");
}

async fn a_pause_that_is_withdrawn_never_begins(world: &World) {
    let (vendor, bought) = subscribed(world, "suspend").await;
    let paused = bought.paused_from("2027-02-15", "2027-01-15T09:20:00Z");
    world.tell(&vendor, &paused).await;

    world
        .tell(&vendor, &bought.resumed("2027-01-15T09:30:00Z"))
        .await;
    world.go_to("2027-02-16T00:00:00Z").await;

    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 runs");
}

async fn an_end_without_dates_or_cancellation_ends_all_the_same(world: &World) {
    let (vendor, bought) = subscribed(world, "suspend").await;
    let ended = bought
        .with("next", json!(null))
        .with("nextChargeDate", json!(null))
        .deactivated("2027-01-15T09:30:00Z")
        .with("end", json!(null))
        .with("deactivationDate", json!(null));

    assert_eq!(world.tell(&vendor, &ended).await, "done");

    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 suspended");
}

async fn an_end_at_the_periods_end_ends_all_the_same(world: &World) {
    let (vendor, bought) = subscribed(world, "expire").await;
    world.go_to("2027-02-15T06:00:00Z").await;
    let ended = bought
        .deactivated("2027-02-15T05:00:00Z")
        .with("end", json!(null));

    assert_eq!(world.tell(&vendor, &ended).await, "done");

    assert_eq!(shown(world), "Pro until 2027-02-15T05:00 runs");
}

async fn what_ended_and_runs_again_is_given_back(world: &World) {
    for deactivation in ["suspend", "expire", "delete_later"] {
        let vendor = by_rule(world, deactivation).await;
        let bought = subscription(&format!("S-{deactivation}"));
        world.begin(&vendor, &bought).await;
        let before = world.license_server.licenses().pop().unwrap();

        world
            .tell(&vendor, &bought.deactivated("2027-01-15T09:30:00Z"))
            .await;
        let ended = world.license_server.licenses().pop().unwrap();
        assert_ne!(ended, before, "{deactivation}");

        let going = bought.updated("2027-01-15T09:40:00Z");
        assert_eq!(world.tell(&vendor, &going).await, "done", "{deactivation}");
        assert_eq!(world.license_server.licenses().pop().unwrap(), before);
    }
}

async fn what_was_deleted_and_runs_again_is_made_anew(world: &World) {
    assert_made_anew(world, "delete", |bought| {
        bought.updated("2027-01-15T09:40:00Z")
    })
    .await;
}

async fn what_was_revoked_and_runs_again_is_made_anew(world: &World) {
    assert_made_anew(world, "revoke", |bought| {
        bought.updated("2027-01-15T09:40:00Z")
    })
    .await;
}

async fn a_withdrawn_cancellation_after_the_end_gives_back_too(world: &World) {
    assert_made_anew(world, "delete", |bought| {
        bought.uncanceled("2027-01-15T09:40:00Z")
    })
    .await;
}

async fn assert_made_anew(world: &World, rule: &str, going: impl Fn(&Subscription) -> Event) {
    let (vendor, bought) = subscribed(world, rule).await;
    let before = world.license_server.license();
    let ended = bought.deactivated("2027-01-15T09:30:00Z");
    world.tell(&vendor, &ended).await;

    let going = going(&bought);
    assert_eq!(world.tell(&vendor, &going).await, "done");
    world.tell(&vendor, &ended.resent_as("by hand")).await;

    let anew = world.license_server.licenses().pop().unwrap();
    assert_ne!(anew.key, before.key);
    assert!(!anew.is_suspended && !anew.is_revoked);
    assert_eq!(anew.expires_at, Some(moment("2027-02-25")));
    let listed = vendor.list("/licenses?subscription_id=S").await;
    let mut generations: Vec<i64> = listed
        .iter()
        .filter_map(|license| license["generation"].as_i64())
        .collect();
    generations.sort_unstable();
    assert_eq!(generations, [1, 2]);
}

async fn an_edit_from_before_the_end_gives_nothing_back(world: &World) {
    let (vendor, bought) = subscribed(world, "suspend").await;
    world
        .tell(&vendor, &bought.deactivated("2027-01-15T09:30:00Z"))
        .await;

    world
        .tell(&vendor, &bought.updated("2027-01-15T09:20:00Z"))
        .await;

    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 suspended");
}

async fn a_second_end_ends_again_and_frees_the_machines_again(world: &World) {
    let vendor = world
        .vendor_by("licensespring", json!({ "grace_hours": 240 }))
        .await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    for (end, again) in [
        ("2027-01-15T09:20:00Z", "2027-01-15T09:30:00Z"),
        ("2027-01-15T09:40:00Z", "2027-01-15T09:50:00Z"),
    ] {
        world
            .license_server
            .activate(&world.license_server.license());
        assert_eq!(world.tell(&vendor, &bought.deactivated(end)).await, "done");
        let license = world.license_server.license();
        assert!(license.is_suspended);
        assert_eq!(license.total_activations, 0);
        world.tell(&vendor, &bought.updated(again)).await;
        assert!(!world.license_server.license().is_suspended);
    }
}

async fn a_deletion_waits_thirty_days(world: &World) {
    let (vendor, bought) = subscribed(world, "delete_later").await;
    world
        .tell(&vendor, &bought.deactivated("2027-01-15T09:30:00Z"))
        .await;
    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 suspended");

    world.go_to("2027-02-13T09:30:00Z").await;
    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 suspended");
    world.go_to("2027-02-14T09:30:00Z").await;

    assert_eq!(shown(world), "Pro deleted");
}

async fn a_deletion_does_not_come_when_the_subscription_runs_again(world: &World) {
    let (vendor, bought) = subscribed(world, "delete_later").await;
    world
        .tell(&vendor, &bought.deactivated("2027-01-15T09:30:00Z"))
        .await;
    world
        .tell(&vendor, &bought.updated("2027-01-15T09:40:00Z"))
        .await;

    world.go_to("2027-02-20T00:00:00Z").await;

    assert_eq!(shown(world), "Pro until 2027-02-25T00:00 runs");
}

async fn machines_are_freed_only_where_the_rules_or_the_product_say_so(world: &World) {
    for (number, (rule, attribute, left)) in [
        (false, None, 1),
        (true, None, 0),
        (false, Some("true"), 0),
        (true, Some("false"), 1),
    ]
    .into_iter()
    .enumerate()
    {
        let rules = json!({ "deactivation": "suspend", "release_machines": rule });
        let vendor = world.vendor_by("recommended", rules).await;
        if let Some(value) = attribute {
            let attributes = json!({ "attributes": { "release_machines": value } });
            let mut mapping = attributes;
            mapping["license_product_id"] = json!(ids::STUDIO_PRO);
            vendor.map("studio-pro", &mapping).await;
        }
        let bought = subscription(&format!("S-{number}"));
        world.begin(&vendor, &bought).await;
        let license = world.license_server.licenses().pop().unwrap();
        world.license_server.activate(&license);

        world
            .tell(&vendor, &bought.deactivated("2027-01-15T09:30:00Z"))
            .await;

        let license = world.license_server.licenses().pop().unwrap();
        assert!(license.is_suspended);
        assert_eq!(license.total_activations, left, "{rule} {attribute:?}");
    }
}

async fn by_rule(world: &World, deactivation: &str) -> Vendor {
    let rules = json!({ "deactivation": deactivation });
    world.vendor_by("recommended", rules).await
}

async fn subscribed(world: &World, deactivation: &str) -> (Vendor, Subscription) {
    let vendor = by_rule(world, deactivation).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    (vendor, bought)
}

/// The only license, or what is left of it.
#[track_caller]
fn shown(world: &World) -> String {
    let shown = world.license_server.shown();
    assert_eq!(shown.len(), 1, "{shown:?}");
    shown.concat()
}
