//! Scope and connection: which products are licensed, and who may post.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::{body, order, sign, subscription};
use crate::world::World;

on_both! {
    a_001_one_time_products_and_subscriptions_with_and_without_users,
    a_002_nothing_is_connected_without_an_account,
    a_003_a_product_says_by_itself_what_it_gives,
    a_004_two_products_of_the_shop_may_give_the_same_product,
    a_005_a_wrong_secret_is_refused,
    a_006_without_expansion_an_event_says_which_setting_is_missing,
}

async fn a_001_one_time_products_and_subscriptions_with_and_without_users(world: &World) {
    let vendor = world.vendor().await;
    for path in ["reverb", "studio-lite"] {
        let mapping = json!({ "attributes": { "assign_user": "false" } });
        vendor.map(path, &with_product(mapping, path)).await;
    }
    let (for_key, for_user) = (
        subscription("K").product("studio-lite"),
        subscription("U").product("studio-pro"),
    );

    for event in [
        order("A").line("reverb", 1).completed(),
        order("B").line("extra-seat", 1).completed(),
        order("C").subscribed(&for_key).completed(),
        order("D").subscribed(&for_user).completed(),
    ] {
        vendor.post(&event).await;
        world.work().await;
        assert_eq!(vendor.outcome(&event).await, "done");
    }

    let licenses = world.license_server.licenses();
    let has_user: Vec<bool> = licenses
        .iter()
        .map(|license| license.user_id.is_some())
        .collect();
    assert_eq!(has_user, [false, true, false, true]);
    let ends: Vec<bool> = licenses
        .iter()
        .map(|license| license.expires_at.is_some())
        .collect();
    assert_eq!(ends, [false, true, true, true]);
}

fn with_product(mut mapping: serde_json::Value, path: &str) -> serde_json::Value {
    let (product, template) = match path {
        "reverb" => (ids::REVERB, ids::PERPETUAL),
        _ => (ids::STUDIO_LITE, ids::MONTHLY),
    };
    mapping["license_product_id"] = json!(product);
    mapping["license_template_id"] = json!(template);
    mapping
}

async fn a_002_nothing_is_connected_without_an_account(world: &World) {
    let vendor = world.vendor().await;
    let without = json!({ "kind": "fastspring", "name": "Second store" });

    let answer = vendor.post_json("/storefronts", &without).await.expect(422);

    let fields = answer.json()["errors"].to_string();
    assert!(fields.contains("license_server_id"), "{fields}");
    let path = format!("/license-servers/{}", vendor.license_server_id);
    let account = vendor.get(&path).await.expect(200).json();
    assert_eq!(account["state"], "ok");
    assert_eq!(account.get("access_token"), None, "tokens are write-only");
}

async fn a_003_a_product_says_by_itself_what_it_gives(world: &World) {
    let vendor = world.vendor().await;
    let silent = order("A").line("poster", 1).completed();
    let speaking = order("B")
        .line("delay", 1)
        .attributes(&[("cryptlex_product_id", ids::REVERB)])
        .completed();

    vendor
        .post_together(&[silent.clone(), speaking.clone()])
        .await;
    world.work().await;

    assert_eq!(vendor.outcome(&silent).await, "ignored no_licensed_product");
    assert_eq!(vendor.outcome(&speaking).await, "done");
    assert_eq!(world.license_server.license().product_id, ids::REVERB);
}

async fn a_004_two_products_of_the_shop_may_give_the_same_product(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A")
        .line("reverb-for-ever", 1)
        .attributes(&[("cryptlex_product_id", ids::REVERB)])
        .line("reverb-for-a-year", 1)
        .attributes(&[
            ("cryptlex_product_id", ids::REVERB),
            ("cryptlex_expires_after", "1y"),
        ]);

    vendor.post(&order.completed()).await;
    world.work().await;

    let licenses = world.license_server.licenses();
    assert!(
        licenses
            .iter()
            .all(|license| license.product_id == ids::REVERB)
    );
    let perpetual: Vec<bool> = licenses
        .iter()
        .map(|license| license.is_perpetual)
        .collect();
    assert_eq!(perpetual, [true, false]);
}

async fn a_005_a_wrong_secret_is_refused(world: &World) {
    let vendor = world.vendor().await;
    let other = world.vendor().await;
    let bytes = body(&[order("A").line("reverb", 1).completed()]);
    let signature = sign(&other.secret, &bytes);

    let answer = vendor.deliver_signed(bytes, &signature).await.expect(401);
    world.work().await;

    assert_eq!(answer.text, "signature_mismatch");
    assert_ne!(vendor.webhook_url, other.webhook_url);
    assert_eq!(world.license_server.licenses(), []);
}

async fn a_006_without_expansion_an_event_says_which_setting_is_missing(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    let first = order("A").subscribed(&bought).completed();
    vendor.post_together(&[bought.activated(), first]).await;
    world.work().await;

    let charge = bought
        .next("2027-03-15")
        .unexpanded()
        .charged(&order("B").line("studio-pro", 1), "2027-01-15T09:45:00Z");
    vendor.post(&charge).await;
    world.work().await;

    assert_eq!(vendor.outcome(&charge).await, "parked expansion_off");
    assert_eq!(world.license_server.effects("renew"), 0);
}
