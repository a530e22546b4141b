//! Bundles: their members, the bundle's own license, and what stands beside them.

use latchkey_sandbox::sample::ids;
use latchkey_sandbox::snapshot::LicenseSnapshot;
use serde_json::json;

use super::{attributes, vendor};
use crate::shop::{Order, moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_090_a_bundle_is_marked_and_an_unmarked_one_is_a_product,
    a_091_a_bundle_may_give_a_license_of_its_own_too,
    a_092_members_take_their_own_values,
    a_093_two_bundles_in_one_order_each_give_their_members,
    a_094_a_feature_beside_a_bundle_gives_nothing,
    a_095_the_bundles_attributes_are_those_of_its_own_license,
    a_096_what_the_bundle_does_not_say_its_template_does,
    a_097_bundles_and_other_products_go_in_one_order,
}

const MARKED: (&str, &str) = ("cryptlex_is_bundle", "true");
const LICENSED: (&str, &str) = ("cryptlex_bundle_license", "true");

async fn a_090_a_bundle_is_marked_and_an_unmarked_one_is_a_product(world: &World) {
    let vendor = vendor(world).await;
    let marked = json!({ "attributes": { "is_bundle": "true" } });
    vendor.map("by-mapping", &marked).await;
    let product = attributes(&[]);
    let order = order("A")
        .line("by-mapping", 1)
        .bundled("studio-lite", 1, "by-mapping")
        .line("unmarked", 1)
        .attributes(&product);

    served(world, &vendor, &order).await;

    let licenses = world.license_server.licenses();
    assert_eq!(products(&licenses), [ids::STUDIO_LITE, ids::REVERB]);
}

async fn a_091_a_bundle_may_give_a_license_of_its_own_too(world: &World) {
    let vendor = vendor(world).await;
    let bundle = attributes(&[MARKED, LICENSED]);
    let order = order("A")
        .line("everything", 1)
        .attributes(&bundle)
        .bundled("reverb", 1, "everything")
        .bundled("studio-lite", 1, "everything")
        .bundled("studio-pro", 1, "everything");

    served(world, &vendor, &order).await;

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 4, "{licenses:#?}");
    let drivers = licenses
        .iter()
        .filter(|license| license.metadata.contains_key("fastspring_driver"));
    assert_eq!(drivers.count(), 3);
}

async fn a_092_members_take_their_own_values(world: &World) {
    let own = vendor(world).await;
    let perpetual =
        json!({ "policy": { "preset": "licensespring", "bundle_members": "perpetual" } });
    let perpetual = world.vendor_with(perpetual).await;
    let seats = json!({
        "license_product_id": ids::STUDIO_LITE, "license_template_id": ids::MONTHLY,
        "attributes": { "allowed_activations": "3" },
    });
    own.map("studio-lite", &seats).await;
    let order = order("A")
        .line("everything", 1)
        .attributes(&[MARKED])
        .bundled("studio-lite", 1, "everything");

    served(world, &own, &order).await;
    served(world, &perpetual, &order).await;

    let licenses = world.license_server.licenses();
    assert_eq!(licenses[0].expires_at, Some(moment("2027-02-15T10:00:00Z")));
    assert_eq!(licenses[0].allowed_activations, 3);
    assert!(licenses[1].is_perpetual);
}

async fn a_093_two_bundles_in_one_order_each_give_their_members(world: &World) {
    let vendor = vendor(world).await;
    let order = order("A")
        .line("everything", 2)
        .attributes(&[MARKED])
        .bundled("reverb", 2, "everything")
        .line("starter", 1)
        .attributes(&[MARKED])
        .bundled("reverb", 1, "starter");

    served(world, &vendor, &order).await;
    let again = order.completed().resent_as("by hand");
    vendor.post(&again).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let drivers: Vec<&str> = licenses
        .iter()
        .map(|license| license.metadata["fastspring_driver"].as_str())
        .collect();
    assert_eq!(
        drivers,
        ["bundle_everything", "bundle_everything", "bundle_starter"]
    );
    assert!(vendor.outcome(&again).await.starts_with("ignored"));
}

async fn a_094_a_feature_beside_a_bundle_gives_nothing(world: &World) {
    let vendor = vendor(world).await;
    let feature = [
        ("cryptlex_is_feature", "true"),
        ("cryptlex_feature_surround", "on"),
    ];
    let order = order("A")
        .line("everything", 1)
        .attributes(&[MARKED])
        .bundled("reverb", 1, "everything")
        .line("surround", 1)
        .attributes(&feature);

    served(world, &vendor, &order).await;

    assert_eq!(world.license_server.license().product_id, ids::REVERB);
    assert_eq!(world.license_server.effects("entitlement-create"), 0);
}

async fn a_095_the_bundles_attributes_are_those_of_its_own_license(world: &World) {
    let vendor = vendor(world).await;
    let bundle = attributes(&[
        MARKED,
        LICENSED,
        ("cryptlex_allowed_activations", "5"),
        ("cryptlex_expires_after", "1y"),
        ("cryptlex_maintenance_duration", "6m"),
        ("cryptlex_meter_renders", "10"),
        ("cryptlex_suspend_only_on_full_refund", "true"),
    ]);
    let order = order("A")
        .line("everything", 1)
        .attributes(&bundle)
        .bundled("reverb", 1, "everything");

    served(world, &vendor, &order).await;

    let licenses = world.license_server.licenses();
    let (parent, member) = (&licenses[0], &licenses[1]);
    assert_eq!(parent.allowed_activations, 5);
    assert_eq!(parent.expires_at, Some(moment("2028-01-15T10:00:00Z")));
    let updates = parent.maintenance_expires_at;
    assert_eq!(updates, Some(moment("2027-07-15T09:00:00Z")));
    let path = format!("licenses/{}", parent.id);
    let json = world.license_server.at(&path);
    assert_eq!(json["meterAttributes"][0]["allowedUses"], 10);
    assert_eq!((member.allowed_activations, member.expires_at), (1, None));
}

async fn a_096_what_the_bundle_does_not_say_its_template_does(world: &World) {
    let vendor = vendor(world).await;
    let name = ("cryptlex_product_id", ids::STUDIO_LITE);
    let order = order("A")
        .line("everything", 1)
        .attributes(&[name, MARKED, LICENSED])
        .bundled("reverb", 1, "everything");

    served(world, &vendor, &order).await;

    let licenses = world.license_server.licenses();
    assert_eq!(licenses[0].subscription_interval, "P1M");
    assert_eq!(licenses[0].allowed_activations, 1);
}

async fn a_097_bundles_and_other_products_go_in_one_order(world: &World) {
    let vendor = vendor(world).await;
    let bought = subscription("S").with_addon("extra-seat", 1);
    let order = order("A")
        .line("everything", 1)
        .attributes(&[MARKED])
        .bundled("reverb", 1, "everything")
        .subscribed(&bought)
        .addon("extra-seat", 1, &bought)
        .line("reverb", 1);

    vendor.post(&bought.activated()).await;
    served(world, &vendor, &order).await;

    let licenses = world.license_server.licenses();
    let mut made = products(&licenses);
    made.sort_unstable();
    let expected = [ids::STUDIO_PRO, ids::STUDIO_LITE, ids::REVERB, ids::REVERB];
    assert_eq!(made, expected);
}

async fn served(world: &World, vendor: &Vendor, order: &Order) {
    vendor.post(&order.completed()).await;
    world.work().await;
    assert_eq!(vendor.outcome(&order.completed()).await, "done");
}

fn products(licenses: &[LicenseSnapshot]) -> Vec<&str> {
    licenses
        .iter()
        .map(|license| license.product_id.as_str())
        .collect()
}
