//! Products that only give a feature to the license they were chosen for.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::{order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_081_a_feature_goes_to_the_main_products_license,
    a_082_its_attributes_alone_make_a_product_a_feature,
    a_083_edits_of_a_subscription_name_features_by_their_path,
    a_084_features_come_once_or_by_subscription,
}

async fn a_081_a_feature_goes_to_the_main_products_license(world: &World) {
    let vendor = with_feature(world).await;

    let bought = order("A").line("reverb", 1).line("surround-option", 1);
    assert_eq!(world.tell(&vendor, &bought.completed()).await, "done");

    assert_eq!(features(world), [("surround", "7.1")].map(texts));
}

async fn a_082_its_attributes_alone_make_a_product_a_feature(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let attributes = [
        ("cryptlex_is_feature", "true"),
        ("cryptlex_feature_surround", "5.1"),
    ];

    let bought = order("A")
        .line("any-name-at-all", 1)
        .attributes(&attributes)
        .line("reverb", 1);
    assert_eq!(world.tell(&vendor, &bought.completed()).await, "done");

    assert_eq!(features(world), [("surround", "5.1")].map(texts));
}

async fn a_083_edits_of_a_subscription_name_features_by_their_path(world: &World) {
    let vendor = with_feature(world).await;
    let bought = subscription("S").with_addon("surround-option", 1);
    world.begin(&vendor, &bought).await;
    assert_eq!(features(world), [("surround", "7.1")].map(texts));

    let without = subscription("S").updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &without).await, "done");
    assert_eq!(features(world), []);

    let with = bought.updated("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &with).await, "done");
    assert_eq!(features(world), [("surround", "7.1")].map(texts));
}

async fn a_084_features_come_once_or_by_subscription(world: &World) {
    let vendor = with_feature(world).await;
    world
        .begin(&vendor, &subscription("S").with_addon("surround-option", 1))
        .await;
    assert_eq!(features(world), [("surround", "7.1")].map(texts));

    let once = order("B")
        .at("2027-01-15T09:30:00Z")
        .line("reverb", 1)
        .line("surround-option", 1);
    assert_eq!(world.tell(&vendor, &once.completed()).await, "done");
    let license = world.license_server.licenses().remove(1);
    assert_eq!(
        world.license_server.features(&license),
        [("surround", "7.1")].map(texts)
    );
}

async fn with_feature(world: &World) -> Vendor {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let feature = json!({
        "license_product_id": ids::STUDIO_PRO,
        "attributes": { "is_feature": "true", "feature_surround": "7.1" },
    });
    vendor.map("surround-option", &feature).await;
    vendor
}

fn texts((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn features(world: &World) -> Vec<(String, String)> {
    let license = world.license_server.license();
    world.license_server.features(&license)
}
