//! The check of what products give, before a sale shows what is wrong.

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_misspelt_attribute_is_told_with_the_one_that_was_meant,
    ids_and_names_that_do_not_exist_are_told,
    values_that_a_template_asks_for_are_told,
    periods_and_seats_that_do_not_fit_are_told,
    every_store_is_checked_once_a_night,
    what_is_wrong_is_to_fix_until_the_mapping_is_changed_or_deleted,
    what_a_message_has_met_is_one_problem,
    what_is_wrong_with_products_is_a_problem_for_programs_too,
}

async fn a_misspelt_attribute_is_told_with_the_one_that_was_meant(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A")
        .line("delay", 1)
        .attributes(&[("cryptlex_prodct_id", ids::REVERB), ("color", "blue")]);

    vendor.post(&order.completed()).await;
    world.work().await;

    let findings = findings(&vendor, "delay").await;
    assert_eq!(
        codes(&findings),
        ["attribute_unknown", "product_not_mapped"]
    );
    let text = findings[0]["text"].as_str().unwrap();
    assert!(text.contains("“cryptlex_product_id”"), "{text}");
}

async fn ids_and_names_that_do_not_exist_are_told(world: &World) {
    let vendor = world.vendor().await;
    let mapping = json!({
        "license_product_id": ids::REVERB, "license_template_id": "gone",
        "attributes": { "entitlement_set_id": "gone too", "feature_unheard": "on" },
    });
    vendor.map("delay", &mapping).await;

    let findings = findings(&vendor, "delay").await;

    assert_eq!(codes(&findings), ["mapping_invalid"; 3]);
    for (finding, value) in findings.iter().zip(["gone", "gone too", "on"]) {
        let text = finding["text"].as_str().unwrap();
        assert!(text.contains(value), "{text}");
    }
}

async fn values_that_a_template_asks_for_are_told(world: &World) {
    let vendor = world.vendor().await;
    let asking = json!({
        "requiredMetadataKeys": ["edition", "serial"], "requiredMeterAttributes": ["renders"],
    });
    let template = format!("license-templates/{}", ids::PERPETUAL);
    world.license_server.patch(&template, &asking);
    let mapping = json!({
        "license_product_id": ids::REVERB, "attributes": { "metadata_edition": "pro" },
    });
    vendor.map("delay", &mapping).await;

    let findings = findings(&vendor, "delay").await;

    assert_eq!(codes(&findings), ["value_required"; 2]);
    for (finding, attribute) in findings
        .iter()
        .zip(["cryptlex_metadata_serial", "cryptlex_meter_renders"])
    {
        let fix = finding["fix"].as_str().unwrap();
        assert!(fix.contains(attribute), "{fix}");
    }
}

async fn periods_and_seats_that_do_not_fit_are_told(world: &World) {
    let vendor = world.vendor().await;
    let yearly = subscription("S").every("year").next("2028-01-15");
    let first = order("A").subscribed(&yearly).completed();
    vendor.post_together(&[yearly.activated(), first]).await;
    world.work().await;
    let template = format!("license-templates/{}", ids::PERPETUAL);
    let hosted = json!({ "type": "hosted-floating" });
    world.license_server.patch(&template, &hosted);
    let seats = json!({
        "license_product_id": ids::REVERB,
        "attributes": { "mappings_quantity": "allowed_floating_clients" },
    });
    vendor.map("delay", &seats).await;

    assert_eq!(
        codes(&findings(&vendor, "studio-pro").await),
        ["interval_mismatch"]
    );
    assert_eq!(
        codes(&findings(&vendor, "delay").await),
        ["seats_uncounted"]
    );
    assert!(findings(&vendor, "reverb").await.is_empty());
}

async fn every_store_is_checked_once_a_night(world: &World) {
    let vendor = world.vendor().await;
    let pipeline = &world.app.pipeline;
    world.clock.advance(SignedDuration::from_secs(1));

    assert_eq!(pipeline.check_catalogs().await.unwrap(), 1);
    assert_eq!(pipeline.check_catalogs().await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(pipeline.check_catalogs().await.unwrap(), 1);
    let mapping = json!({ "license_product_id": ids::REVERB });
    vendor.map("delay", &mapping).await;

    assert_eq!(
        pipeline.check_catalogs().await.unwrap(),
        1,
        "it may be mended"
    );
}

async fn what_is_wrong_is_to_fix_until_the_mapping_is_changed_or_deleted(world: &World) {
    let vendor = world.vendor().await;
    let wrong = json!({ "license_product_id": ids::REVERB, "license_template_id": "gone" });
    let right = json!({ "license_product_id": ids::REVERB });
    let mut browser = world.signed_in().await;
    let product = format!("/products/{}?path=delay", vendor.storefront_id);
    let sentence = "delay: license_template_id says";

    for is_deleted in [false, true] {
        vendor.map("delay", &wrong).await;
        check(world).await;
        for page in ["/", "/to-fix", "/products", &product] {
            let text = browser.get(page).await.expect(200).text;
            assert!(text.contains(sentence), "{page}: {text}");
        }
        if is_deleted {
            let fields = [("product_path", "delay")];
            let forget = format!("/products/{}/forget", vendor.storefront_id);
            browser.post(&forget, &fields).await.expect(303);
        } else {
            vendor.map("delay", &right).await;
        }
        for when in ["at once", "after the next check"] {
            for page in ["/to-fix", "/products", &product] {
                let text = browser.get(page).await.expect(200).text;
                assert!(!text.contains(sentence), "{page} {when}: {text}");
            }
            check(world).await;
        }
    }
}

async fn what_a_message_has_met_is_one_problem(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("delay", 1).attributes(&[
        ("cryptlex_product_id", ids::REVERB),
        ("cryptlex_expires_after", "soon"),
    ]);
    vendor.post(&order.completed()).await;
    world.work().await;
    check(world).await;
    let mut browser = world.signed_in().await;

    let page = browser.get("/to-fix").await.expect(200).text;

    assert_eq!(page.matches("class=\"problem\"").count(), 1, "{page}");
    assert!(page.contains("See the message"), "{page}");
}

async fn what_is_wrong_with_products_is_a_problem_for_programs_too(world: &World) {
    let vendor = world.vendor().await;
    let wrong = json!({ "license_product_id": ids::REVERB, "license_template_id": "gone" });
    vendor.map("delay", &wrong).await;
    let unknown = order("A").line("reverb", 1).attributes(&[
        ("cryptlex_product_id", ids::REVERB),
        ("cryptlex_expires_after", "soon"),
    ]);
    vendor.post(&unknown.completed()).await;
    world.work().await;
    check(world).await;
    let mut browser = world.signed_in().await;

    let problems = vendor.list("/problems").await;
    let page = browser.get("/to-fix").await.expect(200).text;

    assert_eq!(codes(&problems), ["mapping_invalid"; 2], "{problems:#?}");
    assert_eq!(page.matches("class=\"problem\"").count(), 2, "{page}");
    let found = &problems[1];
    assert!(found["text"].as_str().unwrap().contains("gone"), "{found}");
    assert!(!found["fix"].as_str().unwrap().is_empty(), "{found}");
    assert_eq!(found["count"], 0);
    assert_eq!(found["filter"], Value::Null, "no event is concerned");
    let product = json!({ "storefront_id": vendor.storefront_id, "product_path": "delay" });
    assert_eq!(found["product"], product);
    let first = vendor.get("/problems?limit=1").await.expect(200).json();
    let next = first["next_cursor"].as_str().unwrap();
    let second = vendor.list(&format!("/problems?cursor={next}")).await;
    assert_eq!(second, problems[1..]);
    let path = format!("/problems/{}/approve", found["id"].as_str().unwrap());
    vendor.post_json(&path, &json!({})).await.expect(404);

    let right = json!({ "license_product_id": ids::REVERB });
    vendor.map("delay", &right).await;
    assert_eq!(vendor.list("/problems").await.len(), 1);
}

/// A while after the last change, so that the check counts.
async fn check(world: &World) {
    world.clock.advance(SignedDuration::from_secs(1));
    world.app.pipeline.check_catalogs().await.unwrap();
}

async fn findings(vendor: &Vendor, path: &str) -> Vec<Value> {
    let check = format!("/storefronts/{}/catalog-check", vendor.storefront_id);
    let products = vendor.list(&check).await;
    let product = products
        .iter()
        .find(|product| product["product_path"] == path);
    product.unwrap()["findings"].as_array().unwrap().clone()
}

fn codes(findings: &[Value]) -> Vec<&str> {
    findings
        .iter()
        .filter_map(|finding| finding["code"].as_str())
        .collect()
}
