//! Texts that no database holds: they are refused where they come in, and nobody is told of a fault of ours.

use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{body, order};
use crate::world::{Answer, Vendor, World};

on_both! {
    ids_that_no_index_holds_are_malformed,
    a_text_that_nothing_is_found_by_is_refused_by_the_api,
    a_text_that_nothing_is_found_by_is_refused_by_the_pages,
    a_product_path_that_is_none_is_refused,
    a_nul_in_a_body_or_a_form_is_refused,
    running_again_needs_a_filter_that_says_something,
}

/// Of a length that fits into an address, and without a pattern that a database would shorten.
fn long() -> String {
    (0..8_000_u32)
        .map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761)))
        .flat_map(|hex| hex.chars().rev().collect::<Vec<_>>())
        .take(50_000)
        .collect()
}

async fn ids_that_no_index_holds_are_malformed(world: &World) {
    let vendor = world.vendor().await;
    let long = &long()[..9_000];
    let good = order("A").line("reverb", 1).completed();
    let renamed = order("B").line("reverb", 1).completed().resent_as(long);
    let odd_order = order(long).line("reverb", 1).completed().resent_as("C");
    let odd_number = order("D").line("reverb", 1).completed();
    let odd_number = odd_number.with("reference", json!(long));

    for odd in [&renamed, &odd_order, &odd_number] {
        let alone = vendor.deliver(body(std::slice::from_ref(odd))).await;
        let beside = vendor.deliver(body(&[odd.clone(), good.clone()])).await;

        assert_eq!(alone.expect(400).text, "malformed");
        assert_eq!(beside.expect(202).text, good.id);
    }
    world.work().await;
    assert_eq!(vendor.events().await.len(), 1);
}

async fn a_text_that_nothing_is_found_by_is_refused_by_the_api(world: &World) {
    let vendor = world.vendor().await;

    for text in ["a%00b", &long()] {
        for (list, fields) in [
            (
                "/events",
                &[
                    "q",
                    "order_id",
                    "subscription_id",
                    "email",
                    "type",
                    "reason_subject",
                ][..],
            ),
            (
                "/licenses",
                &["q", "order_id", "subscription_id", "email", "product_path"],
            ),
            ("/customers", &["q"]),
            ("/audit", &["action", "target"]),
        ] {
            for field in fields {
                let answer = vendor
                    .get(&format!("{list}?{field}={text}"))
                    .await
                    .expect(422);
                assert!(
                    answer.json()["errors"][field].is_string(),
                    "{}",
                    answer.text
                );
            }
        }
        vendor
            .get(&format!("/orders/{text}/licenses"))
            .await
            .expect(404);
        let cursor = vendor.get("/storefronts?cursor=YQBi").await.expect(422);
        assert!(cursor.json()["errors"]["cursor"].is_string());
    }
}

async fn a_text_that_nothing_is_found_by_is_refused_by_the_pages(world: &World) {
    world.vendor().await;
    let mut browser = world.signed_in().await;

    for text in ["a%00b", &long()] {
        for page in [
            "/activity?q=",
            "/licenses?q=",
            "/licenses?product=",
            "/customers?q=",
            "/find?q=",
        ] {
            let answer = browser.get(&format!("{page}{text}")).await.expect(422);
            assert!(
                answer.text.contains("That did not work."),
                "{}",
                answer.text
            );
        }
    }
}

async fn a_product_path_that_is_none_is_refused(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let store = &vendor.storefront_id;

    for text in ["a%00b", &long()] {
        let path = format!("/storefronts/{store}/mappings/{text}");
        for (method, body) in [
            (Method::PUT, Some(json!({ "ignore": true }))),
            (Method::DELETE, None),
        ] {
            let answer = vendor.send(method, &path, body.as_ref()).await.expect(422);
            assert!(
                answer.json()["errors"]["product_path"].is_string(),
                "{}",
                answer.text
            );
        }
        let page = format!("/products/{store}?path={text}");
        browser.get(&page).await.expect(422);
    }
}

async fn a_nul_in_a_body_or_a_form_is_refused(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let store = format!("/storefronts/{}", vendor.storefront_id);

    for (path, field, change) in [
        (store.as_str(), "name", json!({ "name": "My\0store" })),
        (
            "/events/replay",
            "filter",
            json!({ "filter": { "q": "a\0" } }),
        ),
    ] {
        let method = if path == store {
            Method::PATCH
        } else {
            Method::POST
        };
        let answer = vendor.send(method, path, Some(&change)).await.expect(422);
        assert!(
            answer.json()["errors"][field].is_string(),
            "{}",
            answer.text
        );
    }
    browser.get("/setup/tokens").await.expect(200);
    let answer = browser.post("/setup/tokens", &[("name", "a\0b")]).await;
    answer.expect(422);
}

async fn running_again_needs_a_filter_that_says_something(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &event).await;
    let mut browser = world.signed_in().await;
    browser.get("/activity").await.expect(200);

    for filter in [
        json!({}),
        json!({ "q": null }),
        json!({ "state": null, "live": null, "storefront_id": null }),
        json!({ "state": [] }),
        json!({ "q": " " }),
    ] {
        let answer = replay(&vendor, &filter).await.expect(422);
        assert!(answer.json()["errors"].is_object(), "{}", answer.text);
    }
    for fields in [
        &[][..],
        &[("state", "lost")],
        &[("kind", "none")],
        &[("before", "soon")],
    ] {
        browser
            .post("/activity/run-again", fields)
            .await
            .expect(404);
    }

    let counted = replay(&vendor, &json!({ "state": "done" }))
        .await
        .expect(202);
    assert_eq!(counted.json()["count"], 1);
    assert!(vendor.list("/audit?action=events.replay").await.is_empty());
}

async fn replay(vendor: &Vendor, filter: &Value) -> Answer {
    let body = json!({ "filter": filter, "dry_run": true });
    vendor.post_json("/events/replay", &body).await
}
