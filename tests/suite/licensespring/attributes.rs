//! What a product's attributes give its licenses: product, seats, type, term, updates.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use super::{attributes, bought_once, vendor};
use crate::shop::{moment, order, subscription};
use crate::world::World;

on_both! {
    a_010_the_store_says_which_account_is_used,
    a_011_a_product_id_that_does_not_exist_is_shown_and_its_siblings_go_on,
    a_012_machines_are_set_or_the_templates,
    a_013_a_floating_license_counts_those_who_use_it_at_once,
    a_014_of_two_numbers_the_floating_one_counts,
    a_015_the_quantity_may_be_those_who_use_it_at_once,
    a_016_each_type_of_license_has_its_attribute,
    a_017_a_subscription_passes_over_a_fixed_term,
    a_018_a_fixed_term_is_counted_in_days_weeks_months_and_years,
    a_019_updates_are_included_for_a_time,
    a_020_a_meter_counts_uses,
    a_021_updates_are_limited_only_where_an_attribute_says_so,
}

async fn a_010_the_store_says_which_account_is_used(world: &World) {
    let (vendor, other) = (vendor(world).await, vendor(world).await);
    let refused = vec!["token-2".to_owned()];
    world.license_server.sandbox.refuse_tokens(refused);
    let named = attributes(&[("uuid", "the other account's key")]);
    let order = order("A").line("delay", 1).attributes(&named).completed();

    vendor.post(&order).await;
    other.post(&order).await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    assert_eq!(
        other.outcome(&order).await,
        "waiting license_server_unauthorized"
    );
    assert_eq!(world.license_server.licenses().len(), 1);
    world.may_leave("waiting");
}

async fn a_011_a_product_id_that_does_not_exist_is_shown_and_its_siblings_go_on(world: &World) {
    let vendor = vendor(world).await;
    let unknown = "5a9d2c10-0000-4000-8000-00000000dead";
    let order = order("A")
        .line("delay", 1)
        .attributes(&[("cryptlex_product_id", unknown)])
        .line("reverb", 1)
        .completed();

    vendor.post(&order).await;
    world.work().await;

    let event = vendor.event(&order).await;
    assert_eq!(event["state"], "parked", "{event:#}");
    assert_eq!(event["reason"]["code"], "license_server_rejected");
    let fix = event["reason"]["fix"].as_str().unwrap();
    assert!(fix.contains("product"), "{fix}");
    assert_eq!(world.license_server.license().product_id, ids::REVERB);
}

async fn a_012_machines_are_set_or_the_templates(world: &World) {
    let vendor = vendor(world).await;
    let three = attributes(&[("cryptlex_allowed_activations", "3")]);
    let order = order("A")
        .line("delay", 1)
        .attributes(&three)
        .line("reverb", 1)
        .completed();

    vendor.post(&order).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let machines: Vec<i64> = licenses
        .iter()
        .map(|license| license.allowed_activations)
        .collect();
    let template = world
        .license_server
        .at(&format!("license-templates/{}", ids::PERPETUAL));
    assert_eq!(
        machines,
        [3, template["allowedActivations"].as_i64().unwrap()]
    );
}

async fn a_013_a_floating_license_counts_those_who_use_it_at_once(world: &World) {
    let floating = [
        ("cryptlex_license_type", "hosted-floating"),
        ("cryptlex_allowed_floating_clients", "3"),
    ];

    let (vendor, license) = bought_once(world, 1, &floating).await;

    assert_eq!(license.allowed_activations, 3);
    let json = world.license_server.at(&format!("licenses/{}", license.id));
    assert_eq!(json["type"], "hosted-floating");
    assert_eq!(vendor.licenses().await.len(), 1);
}

async fn a_014_of_two_numbers_the_floating_one_counts(world: &World) {
    let both = [
        ("cryptlex_license_type", "hosted-floating"),
        ("cryptlex_allowed_activations", "3"),
        ("cryptlex_allowed_floating_clients", "5"),
    ];

    let (_, license) = bought_once(world, 1, &both).await;

    assert_eq!(license.allowed_activations, 5);
}

async fn a_015_the_quantity_may_be_those_who_use_it_at_once(world: &World) {
    let vendor = vendor(world).await;
    let floating = attributes(&[
        ("cryptlex_license_template_id", ids::MONTHLY),
        ("cryptlex_license_type", "hosted-floating"),
        ("cryptlex_mappings_quantity", "allowed_floating_clients"),
    ]);
    let bought = subscription("S").product("delay").quantity(7);
    let first = order("A").subscribed(&bought).attributes(&floating);
    vendor
        .post_together(&[bought.activated(), first.completed()])
        .await;
    world.work().await;
    assert_eq!(world.license_server.license().allowed_activations, 7);

    vendor
        .post(&bought.quantity(9).updated("2027-01-15T09:30:00Z"))
        .await;
    world.work().await;

    assert_eq!(world.license_server.license().allowed_activations, 9);
}

async fn a_016_each_type_of_license_has_its_attribute(world: &World) {
    let vendor = vendor(world).await;
    let types: [(&str, (&str, &str)); 4] = [
        ("perpetual", ("cryptlex_license_subscription_interval", "")),
        ("time-limited", ("cryptlex_expires_after", "6m")),
        (
            "subscription",
            ("cryptlex_license_subscription_interval", "P1M"),
        ),
        ("consumption", ("cryptlex_meter_renders", "100")),
    ];
    let mut order = order("A");
    for (path, attribute) in types {
        let product = ("cryptlex_product_id", ids::STUDIO_PRO);
        order = order.line(path, 1).attributes(&[product, attribute]);
    }

    vendor.post(&order.completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let ends: Vec<_> = licenses
        .iter()
        .map(|license| (license.is_perpetual, license.expires_at))
        .collect();
    let end = |text: &str| Some(moment(text));
    assert_eq!(
        ends,
        [
            (true, None),
            (false, end("2027-07-15T10:00:00Z")),
            (false, end("2027-02-15T10:00:00Z")),
            (false, end("2028-01-15T10:00:00Z")),
        ]
    );
    let metered = world
        .license_server
        .at(&format!("licenses/{}", licenses[3].id));
    assert_eq!(metered["meterAttributes"][0]["name"], "renders");
    assert_eq!(metered["meterAttributes"][0]["allowedUses"], 100);
}

async fn a_017_a_subscription_passes_over_a_fixed_term(world: &World) {
    let vendor = vendor(world).await;
    let fixed = attributes(&[
        ("cryptlex_license_template_id", ids::MONTHLY),
        ("cryptlex_expires_after", "10d"),
        ("cryptlex_expires_at", "2027-01-20"),
    ]);
    let bought = subscription("S").product("delay");
    let order = order("A").subscribed(&bought).attributes(&fixed);

    vendor
        .post_together(&[bought.activated(), order.completed()])
        .await;
    world.work().await;

    let end = world.license_server.license().expires_at;
    assert_eq!(
        end,
        Some(moment("2027-02-17")),
        "the shop's date and 48 hours"
    );
    let path = format!("/storefronts/{}/catalog-check", vendor.storefront_id);
    let products = vendor.list(&path).await;
    let delay = products
        .iter()
        .find(|product| product["product_path"] == "delay");
    let notes = delay.unwrap()["notes"].to_string();
    assert!(notes.contains("cryptlex_expires_after"), "{notes}");
    assert!(notes.contains("subscription"), "{notes}");
}

async fn a_018_a_fixed_term_is_counted_in_days_weeks_months_and_years(world: &World) {
    let vendor = vendor(world).await;
    let mut order = order("A");
    for (path, term) in [("d", "10d"), ("w", "2w"), ("m", "6m"), ("y", "1y")] {
        let fixed = attributes(&[("cryptlex_expires_after", term)]);
        order = order.line(path, 1).attributes(&fixed);
    }

    vendor.post(&order.completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let ends: Vec<_> = licenses
        .iter()
        .filter_map(|license| license.expires_at)
        .collect();
    assert_eq!(
        ends,
        [
            moment("2027-01-25T10:00:00Z"),
            moment("2027-01-29T10:00:00Z"),
            moment("2027-07-15T10:00:00Z"),
            moment("2028-01-15T10:00:00Z"),
        ]
    );
}

async fn a_019_updates_are_included_for_a_time(world: &World) {
    let (_, license) = bought_once(world, 1, &[("cryptlex_maintenance_duration", "1y")]).await;

    assert!(license.is_perpetual);
    assert_eq!(
        license.maintenance_expires_at,
        Some(moment("2028-01-15T09:00:00Z"))
    );
}

async fn a_020_a_meter_counts_uses(world: &World) {
    let vendor = vendor(world).await;
    let metered = attributes(&[("cryptlex_meter_exports", "250")]);
    let bought = subscription("S").product("delay");
    let order = order("A")
        .line("once", 1)
        .attributes(&metered)
        .subscribed(&bought)
        .attributes(&metered);

    vendor
        .post_together(&[bought.activated(), order.completed()])
        .await;
    world.work().await;

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 2);
    for license in licenses {
        let json = world.license_server.at(&format!("licenses/{}", license.id));
        assert_eq!(json["meterAttributes"][0]["allowedUses"], 250);
    }
}

async fn a_021_updates_are_limited_only_where_an_attribute_says_so(world: &World) {
    let vendor = vendor(world).await;
    let policy = json!({ "name": "Two years", "subscriptionInterval": "P2Y" });
    let policy = world.license_server.added("maintenance-policies", &policy);
    let by_policy = attributes(&[("cryptlex_maintenance_policy_id", &policy)]);
    let by_duration = attributes(&[("cryptlex_maintenance_duration", "6m")]);
    let order = order("A")
        .line("by-policy", 1)
        .attributes(&by_policy)
        .line("by-duration", 1)
        .attributes(&by_duration)
        .line("reverb", 1);

    vendor.post(&order.completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    let ends: Vec<_> = licenses
        .iter()
        .map(|license| license.maintenance_expires_at)
        .collect();
    assert_eq!(
        ends,
        [
            Some(moment("2029-01-15T10:00:00Z")),
            Some(moment("2027-07-15T09:00:00Z")),
            None
        ]
    );
}
