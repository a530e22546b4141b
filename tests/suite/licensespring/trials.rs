//! Trials, quantities, floating licenses and types of license.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_075_a_trial_ends_on_the_shops_date,
    a_076_a_quantity_makes_that_many_licenses,
    a_077_a_quantity_may_become_the_machines_of_one_license,
    a_078_one_license_for_several_people_has_as_many_seats,
    a_079_a_quantity_may_become_the_seats_of_a_floating_license,
    a_080_what_is_paid_once_may_end_or_be_used_up,
}

async fn a_075_a_trial_ends_on_the_shops_date(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let trial = subscription("S").next("2027-01-26").in_trial();

    world.begin(&vendor, &trial).await;

    let license = world.license_server.license();
    assert_eq!(license.expires_at, Some(moment("2027-01-26")));
    assert!(!license.is_perpetual && !license.is_suspended);
}

async fn a_076_a_quantity_makes_that_many_licenses(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let without_user = json!({ "assign_user": "false" });
    map(&vendor, "studio-lite", ids::STUDIO_LITE, without_user).await;
    let bought = order("A").line("reverb", 4).line("studio-lite", 4);

    world.tell(&vendor, &bought.completed()).await;

    let licenses = world.license_server.licenses();
    let with_user = licenses.iter().filter(|license| license.user_id.is_some());
    assert_eq!((licenses.len(), with_user.count()), (8, 4));
}

async fn a_077_a_quantity_may_become_the_machines_of_one_license(world: &World) {
    let license = bought_once(
        world,
        4,
        json!({ "mappings_quantity": "allowed_activations" }),
    )
    .await;

    assert_eq!(license.allowed_activations, 4);
}

async fn a_078_one_license_for_several_people_has_as_many_seats(world: &World) {
    let attributes = json!({ "mappings_quantity": "allowed_activations", "assign_user": "true" });

    let license = bought_once(world, 4, attributes).await;

    assert_eq!(license.allowed_activations, 4);
    assert_eq!(
        world.license_server.user_of(&license)["email"],
        "mara.weber@example.com"
    );
}

async fn a_079_a_quantity_may_become_the_seats_of_a_floating_license(world: &World) {
    let attributes = json!({
        "license_type": "hosted-floating", "mappings_quantity": "allowed_activations",
    });

    let license = bought_once(world, 6, attributes).await;

    // A hosted floating license counts the machines that run at the same time as activations.
    assert_eq!(license.allowed_activations, 6);
    let shown = world
        .license_server
        .ask(&format!("/v3/licenses/{}", license.id));
    assert_eq!(shown["type"], "hosted-floating");
}

async fn a_080_what_is_paid_once_may_end_or_be_used_up(world: &World) {
    let attributes = json!({ "expires_after": "10d", "meter_exports": "100" });

    let license = bought_once(world, 1, attributes).await;

    assert_eq!(license.expires_at, Some(moment("2027-01-25T10:00:00Z")));
    let shown = world
        .license_server
        .ask(&format!("/v3/licenses/{}", license.id));
    assert_eq!(shown["meterAttributes"][0]["name"], "exports");
    assert_eq!(shown["meterAttributes"][0]["allowedUses"], 100);
}

async fn bought_once(
    world: &World,
    quantity: u32,
    attributes: Value,
) -> latchkey_sandbox::snapshot::LicenseSnapshot {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    map(&vendor, "reverb", ids::REVERB, attributes).await;

    let bought = order("A").line("reverb", quantity).completed();
    assert_eq!(world.tell(&vendor, &bought).await, "done");

    world.license_server.license()
}

async fn map(vendor: &Vendor, path: &str, product: &str, attributes: Value) {
    let mapping = json!({ "license_product_id": product, "attributes": attributes });
    vendor.map(path, &mapping).await;
}
