//! Answers that were given and cannot be read in one field: what was done is read back, and nothing is done twice.

use jiff::SignedDuration;
use serde_json::json;

use crate::shop::{order, subscription};
use crate::world::World;

on_both! {
    what_cannot_be_read_of_a_new_license_is_read_back,
    a_renewal_that_cannot_be_read_is_made_once,
    what_stays_unreadable_is_told_by_its_field_and_is_nobodys_outage,
    one_license_that_cannot_be_read_keeps_no_other_from_being_read_back,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn what_cannot_be_read_of_a_new_license_is_read_back(world: &World) {
    let vendor = world.vendor().await;
    for (number, field) in ["suspended", "expiresAt", "metadata", "id"]
        .iter()
        .enumerate()
    {
        let fault = format!("misspell={field},on=create,times=1");
        world.license_server.faults(&[&fault]);
        let sold = order(&format!("A-{number}")).line("reverb", 1).completed();

        assert_eq!(world.tell(&vendor, &sold).await, "done", "{field}");
        assert_eq!(world.license_server.effects("create"), number + 1);
    }
}

async fn a_renewal_that_cannot_be_read_is_made_once(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    let first = order("A").subscribed(&bought);
    vendor
        .post_together(&[bought.activated(), first.completed()])
        .await;
    world.work().await;
    world
        .license_server
        .faults(&["misspell=revoked,on=renew,times=1"]);
    let begin = world.license_server.license().expires_at.unwrap();
    let rebill = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&rebill, "2027-01-15T09:45:00Z");

    assert_eq!(world.tell(&vendor, &charge).await, "done");

    assert_eq!(world.license_server.effects("renew"), 1);
    let end = world.license_server.license().expires_at.unwrap();
    assert_eq!(
        end.duration_since(begin),
        SignedDuration::from_hours(28 * 24)
    );
}

async fn what_stays_unreadable_is_told_by_its_field_and_is_nobodys_outage(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["misspell=suspended,on=create", "misspell=suspended,on=list"]);
    let sold: Vec<_> = (0..8)
        .map(|number| order(&format!("A-{number}")).line("reverb", 1).completed())
        .collect();
    vendor.post_together(&sold).await;
    world
        .work_for(MINUTE, 10 * SignedDuration::from_secs(1))
        .await;

    for event in &sold {
        let told = vendor.event(event).await;
        assert_eq!(told["state"], "parked");
        assert_eq!(told["reason"]["code"], "license_server_rejected");
        assert_eq!(
            told["reason"]["text"],
            "Cryptlex answered something that Latchkey does not understand: field suspended."
        );
    }
    let path = format!("/license-servers/{}", vendor.license_server_id);
    let account = vendor.get(&path).await.expect(200).json();
    assert_ne!(account["state"], "unreachable");
    assert_eq!(world.license_server.effects("create"), sold.len());
    world.license_server.faults(&[]);
    for event in &sold {
        vendor.act(event, "replay", &json!({})).await.expect(202);
    }
    world.work().await;
    for event in &sold {
        assert_eq!(vendor.outcome(event).await, "done");
    }
    assert_eq!(world.license_server.effects("create"), sold.len());
}

async fn one_license_that_cannot_be_read_keeps_no_other_from_being_read_back(world: &World) {
    let vendor = world.vendor().await;
    let sold = order("A").line("reverb", 5).completed();
    assert_eq!(world.tell(&vendor, &sold).await, "done");
    world
        .license_server
        .faults(&["misspell=suspended,on=list,times=1"]);
    let begun = vendor.post_json("/reconciliations", &json!({})).await;
    let job = begun.expect(202).json()["id"].as_str().unwrap().to_owned();

    world.do_long_work().await;

    let job = vendor.get(&format!("/jobs/{job}")).await.expect(200).json();
    assert_eq!(job["result"]["as_given"], 4, "{job}");
    assert_eq!(job["result"]["unreadable"], 1, "{job}");
    assert_eq!(world.license_server.effects("create"), 5);
}
