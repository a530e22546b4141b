//! A subscription that changes its plan: within one product at the license server, and to another.

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{moment, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    another_plan_of_the_same_product_keeps_the_license,
    another_plan_sets_all_that_differs_in_one_call,
    another_plan_sets_nothing_that_both_plans_give,
    a_license_says_in_its_notes_where_it_comes_from_beside_what_people_wrote,
    another_plan_is_asked_for_again_where_the_answer_was_no_proof,
    the_plan_before_gives_its_values_back,
    a_plan_of_the_same_product_moves_the_end_to_its_date,
    what_an_old_plans_order_says_again_changes_nothing,
    another_product_is_another_license_and_the_old_one_is_suspended,
    the_old_product_chosen_again_is_lifted,
    both_licenses_name_the_same_subscription,
    an_old_license_is_not_deleted_before_the_new_one_is_there,
    an_old_license_is_not_deleted_for_one_that_is_not_shown,
    a_plan_that_nobody_mapped_takes_nothing_away,
}

async fn another_plan_of_the_same_product_keeps_the_license(world: &World) {
    let vendor = with_team_plan(world).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let before = world.license_server.license();

    let team = bought
        .product("studio-team")
        .updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &team).await, "done");

    let license = world.license_server.license();
    assert_eq!((&license.id, &license.key), (&before.id, &before.key));
    assert_eq!(license.allowed_activations, 7);
    assert_eq!(
        license.entitlement_set_id.as_deref(),
        Some(ids::PRO_FEATURES)
    );
    assert_eq!(license.metadata["plan"], "team");
    assert_eq!(license.metadata["fastspring_subscription_id"], "S");
    assert_eq!(world.license_server.features(&license).len(), 1);
    assert_eq!(vendor.licenses().await[0]["product_path"], "studio-team");
}

async fn another_plan_sets_all_that_differs_in_one_call(world: &World) {
    let vendor = with_yearly_plan(world).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let calls = world.license_server.ledger().entries().count();

    let yearly = bought.product("studio-year").every("year");
    let changed = yearly.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &changed).await, "done");

    // Read, the period, and all the rest.
    let ledger = world.license_server.ledger();
    let kinds: Vec<_> = ledger
        .entries()
        .skip(calls)
        .map(|entry| entry.kind)
        .collect();
    assert_eq!(kinds, ["get", "set-subscription", "patch"]);
    let license = world.license_server.license();
    let shown = world.license_server.at(&format!("licenses/{}", license.id));
    assert_eq!(license.subscription_interval, "P1Y");
    assert_eq!(license.allowed_activations, 7);
    assert_eq!(license.metadata["plan"], "year");
    assert_eq!(shown["maxAllowedReleaseVersion"], "6.0");
    assert_eq!(shown["maintenancePolicyId"], policy(&vendor).await);
    let next = yearly.next("2028-02-15");
    let charge = next.charged(&order("B").line("studio-year", 1), "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");
    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2028-02-15T10:00:00Z")));
}

async fn another_plan_sets_nothing_that_both_plans_give(world: &World) {
    let vendor = with_yearly_plan(world).await;
    let bought = subscription("S").product("studio-year").every("year");
    world
        .begin(&vendor, &bought.clone().next("2028-01-15"))
        .await;
    let id = world.license_server.license().id;
    let path = format!("licenses/{id}");
    let by_hand = json!({ "allowedActivations": 9, "maxAllowedReleaseVersion": "5.0" });
    world.license_server.patch(&path, &by_hand);
    map(
        &vendor,
        "studio-same",
        json!({ "allowed_activations": "7", "max_allowed_release_version": "6.0", "metadata_plan": "same" }),
    )
    .await;

    let same = bought.product("studio-same");
    let changed = same.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &changed).await, "done");

    let license = world.license_server.license();
    assert_eq!(license.metadata["plan"], "same");
    assert_eq!(license.allowed_activations, 9);
    let shown = world.license_server.at(&path);
    assert_eq!(shown["maxAllowedReleaseVersion"], "5.0");
}

async fn a_license_says_in_its_notes_where_it_comes_from_beside_what_people_wrote(world: &World) {
    let vendor = with_yearly_plan(world).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let path = format!("licenses/{}", world.license_server.license().id);
    let notes = || world.license_server.at(&path)["notes"].clone();
    let made =
        "Latchkey: made for subscription S, order A-S; follows studio-pro since 15 January 2027.";
    assert_eq!(notes(), made);
    let by_hand = format!("VIP, see ticket 7.\n{made}\nCalled back.");
    world
        .license_server
        .patch(&path, &json!({ "notes": by_hand }));
    world.clock.advance(SignedDuration::from_mins(10));

    world
        .tell(&vendor, &bought.overdue("2027-01-15T09:20:00Z"))
        .await;
    assert_eq!(notes(), by_hand, "what is not read is not written");
    world.clock.advance(SignedDuration::from_mins(10));
    let yearly = bought.product("studio-year").every("year");
    let changed = yearly.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &changed).await, "done");

    assert_eq!(notes(), by_hand.replace("studio-pro", "studio-year"));
}

async fn another_plan_is_asked_for_again_where_the_answer_was_no_proof(world: &World) {
    for (kind, faults) in [
        (
            "set-subscription",
            &["cut=after", "cut=before", "status=500"][..],
        ),
        ("patch", &["cut=after", "cut=before", "status=500", "lie"]),
    ] {
        for fault in faults {
            let vendor = with_yearly_plan(world).await;
            let bought = subscription(&format!("{kind}-{fault}"));
            world.begin(&vendor, &bought).await;
            world
                .license_server
                .faults(&[&format!("{fault},on={kind},times=1")]);

            let yearly = bought.clone().product("studio-year").every("year");
            world
                .tell(&vendor, &yearly.updated("2027-01-15T09:30:00Z"))
                .await;
            world.work_after(SignedDuration::from_mins(10)).await;
            world.sweep().await;

            let licenses = world.license_server.licenses();
            let license = licenses.last().unwrap();
            assert_eq!(license.subscription_interval, "P1Y", "{kind} {fault}");
            assert_eq!(license.allowed_activations, 7, "{kind} {fault}");
            assert_eq!(license.metadata["plan"], "year", "{kind} {fault}");
        }
    }
}

async fn the_plan_before_gives_its_values_back(world: &World) {
    let vendor = with_team_plan(world).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let team = bought.clone().product("studio-team");
    world
        .tell(&vendor, &team.updated("2027-01-15T09:20:00Z"))
        .await;

    let back = bought.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &back).await, "done");

    let license = world.license_server.license();
    assert_eq!(license.allowed_activations, 2);
    assert_eq!(license.metadata["plan"], "pro");
    assert_eq!(license.entitlement_set_id, None);
    assert_eq!(world.license_server.features(&license), []);
}

async fn a_plan_of_the_same_product_moves_the_end_to_its_date(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    map(&vendor, "studio-yearly", json!({ "plan": "yearly" })).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    let yearly = bought
        .product("studio-yearly")
        .every("year")
        .next("2028-01-15");
    let charge = yearly.charged(&order("B").line("studio-yearly", 1), "2027-01-15T09:31:00Z");
    vendor
        .post_together(&[yearly.updated("2027-01-15T09:30:00Z"), charge])
        .await;
    world.work().await;

    let license = world.license_server.license();
    assert_eq!(license.expires_at, Some(moment("2028-01-25")));
}

async fn what_an_old_plans_order_says_again_changes_nothing(world: &World) {
    let vendor = with_team_plan(world).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let team = bought.clone().product("studio-team");
    world
        .tell(&vendor, &team.updated("2027-01-15T09:20:00Z"))
        .await;
    let before = world.license_server.license();

    let again = order("A-S").subscribed(&bought).completed();
    world.tell(&vendor, &again.resent_as("by hand")).await;
    world
        .tell(&vendor, &bought.activated().resent_as("again"))
        .await;

    assert_eq!(world.license_server.license(), before);
}

async fn another_product_is_another_license_and_the_old_one_is_suspended(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    let lite = bought
        .product("studio-lite")
        .updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &lite).await, "done");

    assert_eq!(
        world.license_server.shown(),
        [
            "Pro until 2027-02-17T00:00 suspended",
            "Lite until 2027-02-17T00:00 runs"
        ]
    );
}

async fn the_old_product_chosen_again_is_lifted(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let lite = bought.clone().product("studio-lite");
    world
        .tell(&vendor, &lite.updated("2027-01-15T09:20:00Z"))
        .await;

    let back = bought.updated("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &back).await, "done");

    assert_eq!(
        world.license_server.shown(),
        [
            "Pro until 2027-02-17T00:00 runs",
            "Lite until 2027-02-17T00:00 suspended"
        ]
    );
}

async fn both_licenses_name_the_same_subscription(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    let lite = bought
        .product("studio-lite")
        .updated("2027-01-15T09:30:00Z");
    world.tell(&vendor, &lite).await;

    let listed = vendor.list("/licenses?subscription_id=S").await;
    let mut causes: Vec<String> = listed
        .iter()
        .map(|license| license["causes"].to_string())
        .collect();
    causes.sort_unstable();
    assert_eq!(causes, [r#"["replaced"]"#, "[]"]);
    for license in world.license_server.licenses() {
        assert_eq!(license.metadata["fastspring_subscription_id"], "S");
    }
}

async fn an_old_license_is_not_deleted_before_the_new_one_is_there(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world
        .license_server
        .faults(&["status=400,on=create,times=2"]);

    let lite = bought
        .product("studio-lite")
        .updated("2027-01-15T09:30:00Z");
    let outcome = world.tell(&vendor, &lite).await;
    assert_eq!(outcome, "parked license_server_rejected");
    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-02-15T10:00 runs"]
    );

    vendor.act(&lite, "replay", &json!({})).await.expect(202);
    world.work().await;
    assert_eq!(vendor.outcome(&lite).await, "done");
    let shown = world.license_server.shown();
    assert_eq!(shown, ["Lite until 2027-02-15T10:00 runs", "Pro deleted"]);
}

async fn an_old_license_is_not_deleted_for_one_that_is_not_shown(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    world.license_server.faults(&["lie,on=create,times=1"]);

    let lite = bought
        .product("studio-lite")
        .updated("2027-01-15T09:30:00Z");
    let outcome = world.tell(&vendor, &lite).await;

    assert_eq!(outcome, "parked verification_failed");
    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-02-15T10:00 runs"]
    );
}

async fn a_plan_that_nobody_mapped_takes_nothing_away(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    let before = world.license_server.license();

    let unknown = bought.product("studio-max").updated("2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &unknown).await,
        "parked product_not_mapped"
    );

    assert_eq!(world.license_server.license(), before);
}

/// Two plans of one product, which differ in seats, features, metadata and set.
async fn with_team_plan(world: &World) -> Vendor {
    let vendor = world.vendor().await;
    let pro = json!({ "allowed_activations": "2", "metadata_plan": "pro" });
    map(&vendor, "studio-pro", pro).await;
    let team = json!({
        "allowed_activations": "7", "metadata_plan": "team", "feature_surround": "7.1",
        "entitlement_set_id": ids::PRO_FEATURES,
    });
    map(&vendor, "studio-team", team).await;
    vendor
}

/// A monthly plan of a product, and a yearly one with more of everything.
async fn with_yearly_plan(world: &World) -> Vendor {
    let vendor = world.vendor().await;
    let pro = json!({ "allowed_activations": "2", "max_allowed_release_version": "5.9", "metadata_plan": "pro" });
    map(&vendor, "studio-pro", pro).await;
    let policy = world.license_server.added(
        "maintenance-policies",
        &json!({ "name": vendor.tenant_id, "subscriptionInterval": "P2Y" }),
    );
    let year = json!({
        "allowed_activations": "7", "max_allowed_release_version": "6.0", "metadata_plan": "year",
        "license_subscription_interval": "P1Y", "maintenance_policy_id": policy,
    });
    map(&vendor, "studio-year", year).await;
    vendor
}

async fn policy(vendor: &Vendor) -> Value {
    let path = format!("/storefronts/{}/mappings", vendor.storefront_id);
    let mappings = vendor.list(&path).await;
    let year = mappings
        .iter()
        .find(|one| one["product_path"] == "studio-year");
    year.unwrap()["attributes"]["maintenance_policy_id"].clone()
}

async fn map(vendor: &Vendor, path: &str, attributes: Value) {
    let mapping = json!({
        "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY,
        "attributes": attributes,
    });
    vendor.map(path, &mapping).await;
}
