//! Requests for keys that are refused, and license servers that refuse or are away.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::fulfillment::{ask, keys, made};
use crate::shop::{key_request, order};
use crate::world::{Answer, PRIVATE_KEY, World};

on_both! {
    what_nobody_signed_is_refused,
    what_makes_no_sense_is_refused_with_words,
    refused_requests_are_listed_with_their_cause_and_a_way_out,
    a_product_that_nobody_mapped_is_refused_with_words,
    a_refusal_of_the_license_server_hands_nothing_out,
    a_first_sale_waits_for_the_license_server,
    a_proven_product_is_answered_although_the_license_server_is_away,
    a_lost_answer_does_not_double,
    a_store_that_only_watches_hands_nothing_out,
    a_store_on_hold_hands_nothing_out,
    two_stores_never_share_a_key,
}

const LONG: SignedDuration = SignedDuration::from_mins(4);
const STEP: SignedDuration = SignedDuration::from_secs(2);

async fn what_nobody_signed_is_refused(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let without = world.vendor().await;
    let request = key_request("NWA-A", "reverb");

    for (form, code) in [
        (request.unsigned(), "signature_missing"),
        (request.signed("another"), "signature_mismatch"),
        (request.signed(""), "signature_mismatch"),
        (
            format!("{}&quantity=9", request.signed(PRIVATE_KEY)),
            "signature_mismatch",
        ),
    ] {
        assert_eq!(vendor.send_form("", form).await.expect(401).text, code);
    }
    without.ask_for_keys(&request).await.expect(401);
    let mut stranger = vendor.clone();
    stranger.webhook_url = format!("{}x", vendor.webhook_url);
    let unknown = stranger.ask_for_keys(&request).await;
    assert_eq!(unknown.expect(404).text, "unknown_hook");
    let got = world.http.get(format!("{}/license", vendor.webhook_url));
    assert!(Answer::to(got).await.status.is_client_error());
    assert!(world.license_server.licenses().is_empty());
}

async fn what_makes_no_sense_is_refused_with_words(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let request = key_request("NWA-A", "reverb");

    for (request, status, word) in [
        (request.clone().without("reference"), 400, "reference"),
        (request.clone().with("reference", "  "), 400, "reference"),
        (request.clone().with("quantity", "0"), 400, "quantity"),
        (request.clone().with("quantity", "-1"), 400, "quantity"),
        (request.clone().with("quantity", "many"), 400, "quantity"),
        (request.clone().and("quantity", "9"), 400, "quantity"),
        (
            request.clone().with("reference", "R".repeat(9_000)),
            400,
            "reference",
        ),
        (request.clone().quantity(1_001), 422, "1000"),
    ] {
        let answer = vendor.ask_for_keys(&request).await.expect(status);
        assert!(answer.text.contains(word), "{}", answer.text);
    }
    vendor
        .send_form("", "\u{1}%ZZ=&&&=".to_owned())
        .await
        .expect(401);
    let unsigned = request.clone().without("reference").unsigned();
    vendor.send_form("", unsigned).await.expect(401);

    // Odd, and good all the same.
    let odd = request
        .with("reference", " NWA-B ")
        .with("product", "reverb ")
        .with("name", b"Zo\xEB M\xFCller".to_vec())
        .without("quantity");
    let first = keys(vendor.ask_for_keys(&odd).await);
    assert_eq!(ask(&vendor, "NWA-B", "reverb", 1).await, first);
    let by_subscription = key_request("", "studio-pro").with("subscription", "S");
    keys(vendor.ask_for_keys(&by_subscription).await);
    assert_eq!(world.license_server.licenses().len(), 2);
}

async fn refused_requests_are_listed_with_their_cause_and_a_way_out(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let request = key_request("NWA-A", "reverb");
    let unnamed = key_request("NWA-A", "novelty");
    for form in [
        request.unsigned(),
        request.signed("another"),
        request.clone().without("reference").signed(PRIVATE_KEY),
        request.quantity(1_001).signed(PRIVATE_KEY),
        unnamed.signed(PRIVATE_KEY),
    ] {
        assert!(vendor.send_form("", form).await.status.is_client_error());
    }

    world.app.write_refusals().await;
    let deliveries = vendor.list("/deliveries").await;
    let mut browser = world.signed_in().await;
    let page = browser
        .get(&format!("/setup/stores/{}", vendor.storefront_id))
        .await;

    let causes: BTreeSet<&str> = deliveries
        .iter()
        .filter_map(|delivery| delivery["cause"].as_str())
        .collect();
    let expected = [
        "key_hash_mismatch",
        "key_hash_missing",
        "key_request_malformed",
        "product_not_mapped",
        "too_many_keys",
    ];
    assert_eq!(causes, BTreeSet::from(expected));
    for delivery in deliveries {
        for said in ["likely", "fix"] {
            let sentence = delivery[said].as_str().unwrap();
            assert!(sentence.ends_with('.'), "{delivery:#}");
        }
    }
    assert!(page.text.contains("5 incoming calls were refused"));
    assert!(!page.text.contains("key_hash"), "a code is no sentence");
}

async fn a_product_that_nobody_mapped_is_refused_with_words(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    vendor.map("freebie", &json!({ "ignore": true })).await;
    let request = key_request("NWA-A", "novelty");

    let refused = vendor.ask_for_keys(&request).await.expect(422);
    assert!(
        refused.text.starts_with("product_not_mapped"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("novelty") && refused.text.contains("cryptlex_product_id"));
    assert!(vendor.seen_products().await.contains(&"novelty".to_owned()));
    let never = vendor.ask_for_keys(&key_request("NWA-A", "freebie")).await;
    assert!(never.expect(422).text.starts_with("no_licensed_product"));

    vendor
        .map(
            "novelty",
            &json!({ "license_product_id": ids::REVERB, "license_template_id": ids::PERPETUAL }),
        )
        .await;
    assert_eq!(keys(vendor.ask_for_keys(&request).await).len(), 1);
}

async fn a_refusal_of_the_license_server_hands_nothing_out(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    vendor
        .map(
            "reverb",
            &json!({ "license_product_id": "5a9d2c10-0000-4000-8000-00000000dead" }),
        )
        .await;
    let request = key_request("NWA-A", "reverb").quantity(2);

    let refused = vendor.ask_for_keys(&request).await.expect(422);
    assert!(
        refused.text.starts_with("license_server_rejected"),
        "{}",
        refused.text
    );
    let problems = vendor.get("/problems").await.expect(200).json();
    assert_eq!(problems["items"][0]["code"], "license_server_rejected");

    vendor
        .map(
            "reverb",
            &json!({ "license_product_id": ids::REVERB, "license_template_id": ids::PERPETUAL }),
        )
        .await;
    let answered = keys(vendor.ask_for_keys(&request).await);
    world.work().await;
    assert_eq!(made(world), answered.into_iter().collect());
    assert_eq!(world.license_server.effects("create"), 2);
}

async fn a_first_sale_waits_for_the_license_server(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    world.license_server.faults(&["status=503"]);
    let request = key_request("NWA-A", "reverb");

    let away = vendor.ask_for_keys(&request).await.expect(503);
    assert!(
        away.text.starts_with("license_server_unreachable"),
        "{}",
        away.text
    );
    assert_eq!(away.header("retry-after"), "60");

    world.license_server.faults(&[]);
    let answered = keys(vendor.ask_for_keys(&request).await);
    world.work_for(LONG, STEP).await;
    assert_eq!(made(world), answered.into_iter().collect());
    assert_eq!(world.license_server.effects("create"), 1);
}

async fn a_proven_product_is_answered_although_the_license_server_is_away(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let mut answered = ask(&vendor, "NWA-A", "reverb", 1).await;
    world.work().await;
    for fault in ["status=503", "cut=before", "hang=30s"] {
        world.license_server.faults(&[fault]);

        answered.extend(ask(&vendor, &format!("NWA-{fault}"), "reverb", 2).await);
        world.license_server.faults(&[]);
    }
    world.work_for(LONG, STEP).await;

    assert_eq!(answered.len(), 7);
    assert_eq!(made(world), answered.into_iter().collect());
    assert_eq!(world.license_server.effects("create"), 7);
}

async fn a_lost_answer_does_not_double(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    ask(&vendor, "NWA-A", "reverb", 1).await;
    world
        .license_server
        .faults(&["cut=after,on=create,times=1"]);

    let answered = ask(&vendor, "NWA-B", "reverb", 2).await;
    vendor.post(&order("B").line("reverb", 2).completed()).await;
    world.work_for(LONG, STEP).await;

    assert!(answered.iter().all(|key| made(world).contains(key)));
    assert_eq!(world.license_server.licenses().len(), 3);
    let licenses = world.license_server.licenses();
    let of_order = licenses.iter().filter(|license| {
        license
            .metadata
            .get("fastspring_order_id")
            .is_some_and(|id| id == "B")
    });
    assert_eq!(of_order.count(), 2, "{licenses:#?}");
}

async fn a_store_that_only_watches_hands_nothing_out(world: &World) {
    let vendor = world
        .vendor_with(json!({ "fulfillment_key": PRIVATE_KEY, "mode": "shadow" }))
        .await;

    let answer = vendor.ask_for_keys(&key_request("NWA-A", "reverb")).await;

    assert!(answer.expect(503).text.starts_with("shadow_mode"));
    assert!(world.license_server.licenses().is_empty());
}

async fn a_store_on_hold_hands_nothing_out(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let known = ask(&vendor, "NWA-A", "reverb", 1).await;
    world.work().await;
    vendor.set_mode("paused").await;

    let answer = vendor.ask_for_keys(&key_request("NWA-B", "reverb")).await;

    assert!(answer.expect(503).text.starts_with("storefront_paused"));
    assert_eq!(ask(&vendor, "NWA-A", "reverb", 1).await, known);
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn two_stores_never_share_a_key(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let mut second = vendor.clone();
    let store = vendor
        .post_json(
            "/storefronts",
            &json!({
                "kind": "fastspring", "name": "Twice", "webhook_secret": "another secret of ours",
                "license_server_id": vendor.license_server_id, "fulfillment_key": PRIVATE_KEY,
            }),
        )
        .await
        .expect(201)
        .json();
    second.webhook_url = store["webhook_url"].as_str().unwrap().to_owned();
    second.storefront_id = store["id"].as_str().unwrap().to_owned();
    second
        .map(
            "reverb",
            &json!({ "license_product_id": ids::REVERB, "license_template_id": ids::PERPETUAL }),
        )
        .await;
    ask(&vendor, "NWA-A", "reverb", 1).await;

    let answer = second.ask_for_keys(&key_request("NWA-A", "reverb")).await;

    assert!(answer.expect(422).text.starts_with("duplicate_connection"));
    assert_eq!(world.license_server.licenses().len(), 1);
}
