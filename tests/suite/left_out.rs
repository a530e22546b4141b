//! Another plan of the same product that leaves something out: what only the plan before gave ends.

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{Subscription, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_newest_version_that_is_left_out_limits_nothing_any_more,
    a_set_of_features_that_is_left_out_is_taken_off,
    seats_that_are_left_out_are_those_of_the_template,
    floating_clients_that_are_left_out_are_those_of_the_template,
    a_template_without_a_limit_takes_the_limit_off,
    an_end_of_updates_that_is_left_out_is_none_any_more,
    a_maintenance_policy_that_is_left_out_goes_with_its_end,
    all_that_is_left_out_goes_in_one_call,
    what_no_plan_gave_stays_as_a_person_set_it,
    what_is_left_out_is_asked_for_again_where_the_answer_was_no_proof,
}

async fn a_newest_version_that_is_left_out_limits_nothing_any_more(world: &World) {
    let given = json!({ "max_allowed_release_version": "5.9" });
    let (vendor, bought) = subscribed(world, &given).await;
    assert_eq!(shown(world)["maxAllowedReleaseVersion"], "5.9");

    change(world, &vendor, &bought).await;

    assert_eq!(shown(world)["maxAllowedReleaseVersion"], Value::Null);
    assert_nobodys_hand(world, &vendor).await;
}

async fn a_set_of_features_that_is_left_out_is_taken_off(world: &World) {
    let given = json!({ "entitlement_set_id": ids::PRO_FEATURES, "feature_surround": "7.1" });
    let (vendor, bought) = subscribed(world, &given).await;
    assert_eq!(shown(world)["entitlementSetId"], ids::PRO_FEATURES);

    change(world, &vendor, &bought).await;

    assert_eq!(shown(world)["entitlementSetId"], Value::Null);
    let license = world.license_server.license();
    assert_eq!(world.license_server.features(&license), []);
    assert_nobodys_hand(world, &vendor).await;
}

async fn seats_that_are_left_out_are_those_of_the_template(world: &World) {
    template(world, &json!({ "allowedActivations": 3 }));
    let (vendor, bought) = subscribed(world, &json!({ "allowed_activations": "7" })).await;
    assert_eq!(shown(world)["allowedActivations"], 7);

    change(world, &vendor, &bought).await;

    assert_eq!(shown(world)["allowedActivations"], 3);
    assert_nobodys_hand(world, &vendor).await;

    let back = bought.updated("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &back).await, "done");
    assert_eq!(shown(world)["allowedActivations"], 7);
}

async fn floating_clients_that_are_left_out_are_those_of_the_template(world: &World) {
    let floating = json!({ "type": "on-premise-floating", "allowedFloatingClients": 4 });
    template(world, &floating);
    let given = json!({ "mappings_quantity": "allowed_floating_clients" });
    let (vendor, bought) = subscribed(world, &given).await;
    let more = bought.clone().quantity(9).updated("2027-01-15T09:20:00Z");
    assert_eq!(world.tell(&vendor, &more).await, "done");
    assert_eq!(shown(world)["allowedFloatingClients"], 9);

    change(world, &vendor, &bought).await;

    assert_eq!(shown(world)["allowedFloatingClients"], 4);
    assert_nobodys_hand(world, &vendor).await;
}

async fn a_template_without_a_limit_takes_the_limit_off(world: &World) {
    template(world, &json!({ "allowedActivations": -1 }));
    let (vendor, bought) = subscribed(world, &json!({ "allowed_activations": "7" })).await;

    change(world, &vendor, &bought).await;

    assert_eq!(shown(world)["allowedActivations"], 0, "unlimited");
    assert_nobodys_hand(world, &vendor).await;
}

async fn an_end_of_updates_that_is_left_out_is_none_any_more(world: &World) {
    let (vendor, bought) = subscribed(world, &json!({ "maintenance_duration": "P1Y" })).await;
    let year = |license: &Value| license["maintenanceExpiresAt"].to_string()[1..5].to_owned();
    assert_eq!(year(&shown(world)), "2028");

    change(world, &vendor, &bought).await;

    assert_eq!(year(&shown(world)), "9999");
    let path = format!("/licenses/{}/history", license_id(&vendor).await);
    let history = vendor.list(&path).await;
    let told = history.iter().filter_map(|entry| entry["text"].as_str());
    let without_end = told.filter(|text| *text == "Updates are included without an end.");
    assert_eq!(without_end.count(), 1, "{history:#?}");
    assert_nobodys_hand(world, &vendor).await;

    let back = bought.updated("2027-01-16T09:40:00Z");
    assert_eq!(world.tell(&vendor, &back).await, "done");
    assert_eq!(year(&shown(world)), "2028");
}

async fn a_maintenance_policy_that_is_left_out_goes_with_its_end(world: &World) {
    let policy = world.license_server.added(
        "maintenance-policies",
        &json!({ "name": "two years", "subscriptionInterval": "P2Y" }),
    );
    let (vendor, bought) = subscribed(world, &json!({ "maintenance_policy_id": policy })).await;
    let before = shown(world);
    assert_eq!(before["maintenancePolicyId"], policy);
    assert!(before["maintenanceExpiresAt"].to_string().contains("2029"));

    change(world, &vendor, &bought).await;

    let after = shown(world);
    assert_eq!(after["maintenancePolicyId"], Value::Null);
    assert!(after["maintenanceExpiresAt"].to_string().contains("9999"));
    assert_nobodys_hand(world, &vendor).await;
}

async fn all_that_is_left_out_goes_in_one_call(world: &World) {
    let given = json!({
        "allowed_activations": "7", "max_allowed_release_version": "5.9",
        "entitlement_set_id": ids::PRO_FEATURES,
    });
    let (vendor, bought) = subscribed(world, &given).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let patches = world.license_server.effects("patch");

    let basic = bought.product("studio-basic");
    let changed = basic.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &changed).await, "done");
    world.tell(&vendor, &changed.resent_as("again")).await;

    assert_eq!(world.license_server.effects("patch") - patches, 1);
    assert_eq!(world.license_server.license().metadata["plan"], "basic");
}

async fn what_no_plan_gave_stays_as_a_person_set_it(world: &World) {
    let (vendor, bought) = subscribed(world, &json!({})).await;
    let path = format!("licenses/{}", world.license_server.license().id);
    let by_hand = json!({
        "allowedActivations": 9, "maxAllowedReleaseVersion": "5.0",
        "entitlementSetId": ids::PRO_FEATURES,
    });
    world.license_server.patch(&path, &by_hand);

    change(world, &vendor, &bought).await;

    let license = shown(world);
    assert_eq!(license["allowedActivations"], 9);
    assert_eq!(license["maxAllowedReleaseVersion"], "5.0");
    assert_eq!(license["entitlementSetId"], ids::PRO_FEATURES);
}

async fn what_is_left_out_is_asked_for_again_where_the_answer_was_no_proof(world: &World) {
    for fault in ["cut=after", "cut=before", "status=500", "lie"] {
        let given = json!({ "allowed_activations": "7", "entitlement_set_id": ids::PRO_FEATURES });
        let (vendor, bought) = subscribed_as(world, &given, fault).await;
        let fault = format!("{fault},on=patch,times=1");
        world.license_server.faults(&[&fault]);

        let basic = bought.product("studio-basic");
        world
            .tell(&vendor, &basic.updated("2027-01-15T09:30:00Z"))
            .await;
        world.work_after(SignedDuration::from_mins(10)).await;
        world.sweep().await;

        let licenses = world.license_server.licenses();
        let license = licenses.last().unwrap();
        assert_eq!(license.allowed_activations, 1, "{fault}");
        assert_eq!(license.entitlement_set_id, None, "{fault}");
    }
}

/// A buyer of a plan that gives these beside what `studio-basic` gives.
async fn subscribed(world: &World, given: &Value) -> (Vendor, Subscription) {
    subscribed_as(world, given, "S").await
}

async fn subscribed_as(world: &World, given: &Value, id: &str) -> (Vendor, Subscription) {
    let vendor = world.vendor().await;
    for (path, attributes) in [("studio-pro", given), ("studio-basic", &json!({}))] {
        let mut attributes = attributes.clone();
        attributes["metadata_plan"] = json!(path.trim_start_matches("studio-"));
        let mapping = json!({
            "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY,
            "attributes": attributes,
        });
        vendor.map(path, &mapping).await;
    }
    let bought = subscription(id);
    world.begin(&vendor, &bought).await;
    (vendor, bought)
}

async fn change(world: &World, vendor: &Vendor, bought: &Subscription) {
    let basic = bought.clone().product("studio-basic");
    let changed = basic.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(vendor, &changed).await, "done");
}

fn template(world: &World, members: &Value) {
    let path = format!("license-templates/{}", ids::MONTHLY);
    world.license_server.patch(&path, members);
}

/// The only license, in the license server's own words.
fn shown(world: &World) -> Value {
    let id = world.license_server.license().id;
    world.license_server.at(&format!("licenses/{id}"))
}

/// What a plan left out is not taken for a person's doing, now or by the next look.
async fn assert_nobodys_hand(world: &World, vendor: &Vendor) {
    world.work_after(SignedDuration::from_mins(20)).await;
    world.sweep().await;
    let mut browser = world.signed_in().await;
    let path = format!("/licenses/{}", license_id(vendor).await);
    let page = browser.get(&path).await.expect(200).text;
    assert!(!page.contains("Changed by hand"), "{page}");
}

async fn license_id(vendor: &Vendor) -> String {
    vendor.licenses().await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}
