//! A company that the operator suspended: what comes is kept, nothing is asked for it, and it goes on where it stopped.

use jiff::SignedDuration;
use serde_json::json;

use crate::fulfillment::{keys, made};
use crate::shop::{key_request, order};
use crate::world::World;

on_both! {
    what_comes_is_kept_and_worked_when_the_company_is_resumed,
    no_keys_are_made,
    nothing_is_read_back_and_no_long_work_goes_on,
}

async fn what_comes_is_kept_and_worked_when_the_company_is_resumed(world: &World) {
    let (vendor, neighbor) = (world.vendor().await, world.vendor().await);
    world.app.suspend_tenant(&vendor.tenant_id, true).await;

    let bought = order("A").line("reverb", 1).completed();
    let of_neighbor = order("B").line("reverb", 1).completed();
    vendor.post(&bought).await;
    neighbor.post(&of_neighbor).await;
    world.work_after(SignedDuration::from_hours(1)).await;

    assert_eq!(vendor.event(&bought).await["state"], "received");
    assert_eq!(neighbor.outcome(&of_neighbor).await, "done");
    assert_eq!(world.license_server.licenses().len(), 1);
    world.app.suspend_tenant(&vendor.tenant_id, false).await;
    world.work().await;
    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn no_keys_are_made(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    world.app.suspend_tenant(&vendor.tenant_id, true).await;

    let request = key_request("NWA-A", "reverb");
    let refused = vendor.ask_for_keys(&request).await.expect(503);

    assert!(
        refused.text.starts_with("storefront_paused"),
        "{}",
        refused.text
    );
    assert!(made(world).is_empty());
    world.app.suspend_tenant(&vendor.tenant_id, false).await;
    assert_eq!(keys(vendor.ask_for_keys(&request).await).len(), 1);
}

async fn nothing_is_read_back_and_no_long_work_goes_on(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &bought).await;
    let begun = vendor.post_json("/reconciliations", &json!({})).await;
    let path = format!("/jobs/{}", begun.expect(202).json()["id"].as_str().unwrap());
    world.app.suspend_tenant(&vendor.tenant_id, true).await;
    let calls = world.license_server.ledger().entries().count();

    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    world.do_long_work().await;

    assert_eq!(world.license_server.ledger().entries().count(), calls);
    assert_eq!(
        vendor.get(&path).await.expect(200).json()["state"],
        "running"
    );
    world.app.suspend_tenant(&vendor.tenant_id, false).await;
    world.do_long_work().await;
    assert_eq!(vendor.get(&path).await.expect(200).json()["state"], "done");
}
