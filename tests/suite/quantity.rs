//! How many: licenses, seats, floating seats, add-ons; more, fewer, and more again.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{moment, subscription};
use crate::world::{Vendor, World};

on_both! {
    more_licenses_are_made_and_fewer_suspend_the_youngest,
    units_that_come_back_are_lifted_and_not_made_anew,
    fewer_may_revoke_and_more_then_make_the_next,
    more_units_end_with_the_others,
    seats_follow_the_quantity_up_and_down,
    floating_seats_follow_the_quantity,
    an_add_ons_quantity_is_followed_by_itself,
    an_add_on_that_goes_ends_and_comes_back_the_same,
    an_add_on_that_was_deleted_comes_back_anew,
    an_older_edit_of_the_quantity_changes_nothing,
}

async fn more_licenses_are_made_and_fewer_suspend_the_youngest(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").quantity(2);
    world.begin(&vendor, &bought).await;

    let more = bought.clone().quantity(4).updated("2027-01-15T09:20:00Z");
    assert_eq!(world.tell(&vendor, &more).await, "done");
    assert_eq!(suspended(world), [false, false, false, false]);

    let fewer = bought.quantity(3).updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &fewer).await, "done");
    assert_eq!(suspended(world), [false, false, false, true]);
}

async fn units_that_come_back_are_lifted_and_not_made_anew(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").quantity(3);
    world.begin(&vendor, &bought).await;
    let one = bought.clone().quantity(1).updated("2027-01-15T09:20:00Z");
    world.tell(&vendor, &one).await;
    assert_eq!(suspended(world), [false, true, true]);

    let four = bought.quantity(4).updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &four).await, "done");

    assert_eq!(suspended(world), [false, false, false, false]);
    assert_eq!(world.license_server.effects("create"), 4);
}

async fn fewer_may_revoke_and_more_then_make_the_next(world: &World) {
    let vendor = world
        .vendor_by("cryptlex", json!({ "fewer_units": "revoke" }))
        .await;
    let bought = subscription("S").quantity(2);
    world.begin(&vendor, &bought).await;

    let one = bought.clone().quantity(1).updated("2027-01-15T09:20:00Z");
    world.tell(&vendor, &one).await;
    assert!(world.license_server.licenses()[1].is_revoked);

    let two = bought.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &two).await, "done");

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 3);
    assert_ne!(licenses[2].key, licenses[1].key);
    assert!(!licenses[2].is_revoked);
}

async fn more_units_end_with_the_others(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world.go_to("2027-01-25T10:00:00Z").await;

    let more = bought.quantity(2).updated("2027-01-25T09:00:00Z");
    world.tell(&vendor, &more).await;

    for license in world.license_server.licenses() {
        assert_eq!(license.expires_at, Some(moment("2027-02-25")));
    }
}

async fn seats_follow_the_quantity_up_and_down(world: &World) {
    let vendor = world.vendor().await;
    map(&vendor, "allowed_activations").await;
    let bought = subscription("S").quantity(5);
    world.begin(&vendor, &bought).await;

    for (quantity, time) in [(8, "2027-01-15T09:20:00Z"), (2, "2027-01-15T09:30:00Z")] {
        let edit = bought.clone().quantity(quantity).updated(time);
        assert_eq!(world.tell(&vendor, &edit).await, "done");
        let seats = world.license_server.license().allowed_activations;
        assert_eq!(seats, i64::from(quantity));
    }
}

async fn floating_seats_follow_the_quantity(world: &World) {
    let vendor = world.vendor().await;
    map(&vendor, "allowed_floating_clients").await;
    let bought = subscription("S").quantity(5);
    world.begin(&vendor, &bought).await;
    assert_eq!(world.license_server.license().allowed_floating_clients, 5);

    let more = bought.quantity(9).updated("2027-01-15T09:20:00Z");
    assert_eq!(world.tell(&vendor, &more).await, "done");

    assert_eq!(world.license_server.license().allowed_floating_clients, 9);
}

async fn an_add_ons_quantity_is_followed_by_itself(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    let two = bought.clone().with_addon("extra-seat", 2);
    assert_eq!(
        world
            .tell(&vendor, &two.updated("2027-01-15T09:20:00Z"))
            .await,
        "done"
    );
    assert_eq!(suspended(world), [false, false, false]);

    let one = bought.with_addon("extra-seat", 1);
    assert_eq!(
        world
            .tell(&vendor, &one.updated("2027-01-15T09:30:00Z"))
            .await,
        "done"
    );
    assert_eq!(suspended(world), [false, false, true]);
}

async fn an_add_on_that_goes_ends_and_comes_back_the_same(world: &World) {
    for deactivation in ["suspend", "expire"] {
        let vendor = world
            .vendor_by("recommended", json!({ "deactivation": deactivation }))
            .await;
        let bought = subscription(&format!("S-{deactivation}"));
        let with = bought.clone().with_addon("extra-seat", 1);
        world.begin(&vendor, &with).await;
        let before = world.license_server.licenses().pop().unwrap();
        assert_eq!(before.product_id, ids::STUDIO_LITE);

        let gone = bought.updated("2027-01-15T09:20:00Z");
        assert_eq!(world.tell(&vendor, &gone).await, "done");
        let ended = world.license_server.licenses().pop().unwrap();
        assert_ne!(ended, before, "{deactivation}");

        let back = with.updated("2027-01-15T09:30:00Z");
        assert_eq!(world.tell(&vendor, &back).await, "done");
        assert_eq!(world.license_server.licenses().pop().unwrap(), before);
    }
}

async fn an_add_on_that_was_deleted_comes_back_anew(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    let with = bought.clone().with_addon("extra-seat", 1);
    world.begin(&vendor, &with).await;

    world
        .tell(&vendor, &bought.updated("2027-01-15T09:20:00Z"))
        .await;
    assert_eq!(world.license_server.licenses().len(), 1);
    world
        .tell(&vendor, &with.updated("2027-01-15T09:30:00Z"))
        .await;

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 2);
    assert_ne!(licenses[1].key, world.license_server.deleted()[0].key);
}

async fn an_older_edit_of_the_quantity_changes_nothing(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let two = bought.clone().quantity(2).updated("2027-01-15T09:30:00Z");
    world.tell(&vendor, &two).await;

    let older = bought.quantity(7).updated("2027-01-15T09:20:00Z");
    assert_eq!(world.tell(&vendor, &older).await, "ignored stale");

    assert_eq!(world.license_server.licenses().len(), 2);
}

fn suspended(world: &World) -> Vec<bool> {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .map(|license| license.is_suspended)
        .collect()
}

async fn map(vendor: &Vendor, mode: &str) {
    let mapping: Value = json!({
        "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY,
        "attributes": { "mappings_quantity": mode },
    });
    vendor.map("studio-pro", &mapping).await;
}
