//! What a product's attributes say beside type, term and seats: people, endings, templates, add-ons.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use super::{attributes, bought_once, vendor};
use crate::shop::{moment, order, subscription};
use crate::world::World;

on_both! {
    a_022_a_license_manager_administers_an_organization,
    a_023_whether_the_buyer_is_linked_is_said_by_the_product,
    a_024_extra_hours_belong_to_a_product,
    a_025_machines_per_user_are_machines_of_the_users_license,
    a_026_an_ignored_product_gives_nothing_and_is_accepted,
    a_027_only_a_refund_in_full_ends,
    a_028_a_template_gives_what_no_attribute_says,
    a_029_a_feature_of_the_license_stands_beside_the_entitlement_set,
    a_030_a_metadata_row_is_readable_by_the_app,
    a_031_one_license_for_the_whole_quantity,
    a_032_an_add_on_may_be_a_feature,
    a_033_a_bundle_gives_its_members,
    a_034_twenty_attributes_are_read,
}

async fn a_022_a_license_manager_administers_an_organization(world: &World) {
    let (_, license) = bought_once(world, 1, &[("cryptlex_is_license_manager", "true")]).await;

    let json = world.license_server.at(&format!("licenses/{}", license.id));
    let organization = json["organizationId"].as_str().unwrap();
    let user = world
        .license_server
        .at(&format!("users/{}", license.user_id.unwrap()));
    assert_eq!(user["role"], "organization-admin");
    assert_eq!(user["organizationId"], organization);
    let organization = world
        .license_server
        .at(&format!("organizations/{organization}"));
    assert_eq!(organization["name"], "Mara Weber");
    assert_eq!(organization["email"], "mara.weber@example.com");
}

async fn a_023_whether_the_buyer_is_linked_is_said_by_the_product(world: &World) {
    let vendor = vendor(world).await;
    let (linked, alone) = (
        attributes(&[("cryptlex_assign_user", "true")]),
        attributes(&[("cryptlex_assign_user", "false")]),
    );
    let order = order("A")
        .line("linked", 1)
        .attributes(&linked)
        .line("alone", 1)
        .attributes(&alone);

    vendor.post(&order.completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let linked: Vec<bool> = licenses
        .iter()
        .map(|license| license.user_id.is_some())
        .collect();
    assert_eq!(linked, [true, false]);
}

async fn a_024_extra_hours_belong_to_a_product(world: &World) {
    let vendor = vendor(world).await;
    let graced = attributes(&[
        ("cryptlex_license_template_id", ids::MONTHLY),
        ("cryptlex_grace_hours", "72"),
    ]);
    let bought = subscription("S").product("delay");
    let order = order("A").subscribed(&bought).attributes(&graced);

    vendor
        .post_together(&[bought.activated(), order.completed()])
        .await;
    world.work().await;

    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2027-02-18")));
}

async fn a_025_machines_per_user_are_machines_of_the_users_license(world: &World) {
    let vendor = vendor(world).await;
    let machines = ("cryptlex_user_max_activations", "4");
    let (linked, alone, many) = (
        attributes(&[machines]),
        attributes(&[machines, ("cryptlex_assign_user", "false")]),
        attributes(&[
            machines,
            ("cryptlex_mappings_quantity", "allowed_activations"),
        ]),
    );
    let order = order("A")
        .line("linked", 1)
        .attributes(&linked)
        .line("alone", 1)
        .attributes(&alone)
        .line("many", 3)
        .attributes(&many);

    vendor.post(&order.completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let machines: Vec<i64> = licenses
        .iter()
        .map(|license| license.allowed_activations)
        .collect();
    assert_eq!(machines, [4, 1, 12]);
}

async fn a_026_an_ignored_product_gives_nothing_and_is_accepted(world: &World) {
    let vendor = vendor(world).await;
    let ignored = attributes(&[("cryptlex_ignore", "true")]);
    let alone = order("A").line("delay", 1).attributes(&ignored).completed();
    let mixed = order("B")
        .line("delay", 1)
        .attributes(&ignored)
        .line("reverb", 1)
        .completed();

    vendor.post(&alone).await;
    vendor.post(&mixed).await;
    world.work().await;

    assert_eq!(vendor.outcome(&alone).await, "ignored no_licensed_product");
    assert_eq!(vendor.outcome(&mixed).await, "done");
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn a_027_only_a_refund_in_full_ends(world: &World) {
    let lines = json!({ "policy": { "preset": "licensespring", "partial_refund": "lines" } });
    let vendor = world.vendor_with(lines).await;
    let careful = attributes(&[("cryptlex_suspend_only_on_full_refund", "true")]);
    let (first, second) = (
        order("A")
            .line("delay", 1)
            .attributes(&careful)
            .line("reverb", 1),
        order("B").line("delay", 1).attributes(&careful),
    );
    vendor.post(&first.completed()).await;
    vendor.post(&second.completed()).await;
    world.work().await;

    let half = first.half_refunded(&["delay", "reverb"], "2027-01-15T09:30:00Z");
    vendor.post(&half).await;
    let full = second.refunded(&["delay"], "2027-01-15T09:30:00Z");
    vendor.post(&full).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let mut suspended: Vec<(&str, bool)> = licenses
        .iter()
        .map(|license| {
            let order = license.metadata["fastspring_order_id"].as_str();
            (order, license.is_suspended)
        })
        .collect();
    suspended.sort_unstable();
    assert_eq!(suspended, [("A", false), ("A", true), ("B", true)]);
}

async fn a_028_a_template_gives_what_no_attribute_says(world: &World) {
    let vendor = vendor(world).await;
    let name = ("cryptlex_product_id", ids::STUDIO_PRO);
    let order = order("A")
        .line("by-default", 1)
        .attributes(&[name])
        .line("by-template", 1)
        .attributes(&[name, ("cryptlex_license_template_id", ids::MONTHLY)])
        .line("by-attribute", 1)
        .attributes(&[
            name,
            ("cryptlex_license_template_id", ids::MONTHLY),
            ("cryptlex_license_subscription_interval", "P3M"),
        ]);

    vendor.post(&order.completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let intervals: Vec<&str> = licenses
        .iter()
        .map(|license| license.subscription_interval.as_str())
        .collect();
    assert_eq!(intervals, ["P1Y", "P1M", "P3M"]);
}

async fn a_029_a_feature_of_the_license_stands_beside_the_entitlement_set(world: &World) {
    let both = [
        ("cryptlex_entitlement_set_id", ids::PRO_FEATURES),
        ("cryptlex_feature_surround", "7.1"),
    ];

    let (_, license) = bought_once(world, 1, &both).await;

    assert_eq!(
        license.entitlement_set_id.as_deref(),
        Some(ids::PRO_FEATURES)
    );
    let path = format!("licenses/{}/feature-entitlements", license.id);
    let features = world.license_server.at(&path);
    assert_eq!(features.as_array().unwrap().len(), 1, "{features:#}");
    assert_eq!(features[0]["value"], "7.1");
}

async fn a_030_a_metadata_row_is_readable_by_the_app(world: &World) {
    let rows = [
        ("cryptlex_metadata_Serial", "222"),
        ("cryptlex_metadata_hidden_Batch", "7"),
    ];

    let (_, license) = bought_once(world, 1, &rows).await;

    let json = world.license_server.at(&format!("licenses/{}", license.id));
    let permissions = |key: &str| -> Value {
        let rows = json["metadata"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"] == key).unwrap();
        row["viewPermissions"].clone()
    };
    assert_eq!(license.metadata["Serial"], "222");
    assert_eq!(permissions("Serial"), json!(["activation", "user"]));
    assert_eq!(permissions("Batch"), json!([]));
}

async fn a_031_one_license_for_the_whole_quantity(world: &World) {
    let seats = [("cryptlex_mappings_quantity", "allowed_activations")];

    let (_, license) = bought_once(world, 4, &seats).await;

    assert_eq!(license.allowed_activations, 4);
}

async fn a_032_an_add_on_may_be_a_feature(world: &World) {
    let vendor = vendor(world).await;
    let feature = [
        ("cryptlex_is_feature", "true"),
        ("cryptlex_feature_surround", "on"),
    ];
    let bought = subscription("S").with_addon("surround", 1);
    let order = order("A")
        .subscribed(&bought)
        .addon("surround", 1, &bought)
        .attributes(&feature)
        .completed();

    vendor
        .post_together(&[bought.activated(), order.clone()])
        .await;
    world.work().await;

    let license = world.license_server.license();
    let path = format!("licenses/{}/feature-entitlements", license.id);
    assert_eq!(world.license_server.at(&path)[0]["value"], "on");
    assert_eq!(vendor.outcome(&order).await, "done");
}

async fn a_033_a_bundle_gives_its_members(world: &World) {
    let vendor = vendor(world).await;
    let order = order("A")
        .line("everything", 1)
        .attributes(&[("cryptlex_is_bundle", "true")])
        .bundled("reverb", 1, "everything")
        .bundled("studio-lite", 1, "everything")
        .completed();

    vendor.post(&order).await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    let licenses = world.license_server.licenses();
    let products: Vec<&str> = licenses
        .iter()
        .map(|license| license.product_id.as_str())
        .collect();
    assert_eq!(products, [ids::REVERB, ids::STUDIO_LITE]);
}

async fn a_034_twenty_attributes_are_read(world: &World) {
    let names: Vec<String> = (1..=20)
        .map(|number| format!("cryptlex_metadata_field{number}"))
        .collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();

    let (_, license) = bought_once(world, 1, &many).await;

    let rows = license.metadata.keys();
    assert_eq!(rows.filter(|key| key.starts_with("field")).count(), 20);
}
