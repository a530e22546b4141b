//! What the license server, or two stores at once, are the reason of.

use jiff::SignedDuration;
use strum::VariantArray as _;

use latchkey::domain::lane::Lane;
use latchkey::store::events::{self, Claim};
use latchkey::store::{PlatformUse, Scope};
use latchkey_sandbox::sample::ids;
use reqwest::Method;
use serde_json::json;

use super::{subscribed, text};
use crate::shop::{body, order, sign};
use crate::world::World;

on_both! {
    license_server_unauthorized_waits_for_a_token,
    license_server_missing_scope_names_it,
    license_server_unreachable_is_tried_again,
    license_server_rejected_shows_its_words,
    plan_limit_is_the_vendors_plan_at_the_license_server,
    user_not_created_leaves_the_license,
    rate_budget_waits_as_told,
    verification_failed_takes_nothing_away_for_what_is_not_there,
    repeated_crash_is_taken_from_the_line,
    who_was_in_work_beside_a_crash_is_worked_alone_and_done,
    what_was_claimed_unheard_is_claimed_again,
    duplicate_connection_makes_no_second_license,
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn license_server_unauthorized_waits_for_a_token(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .sandbox
        .refuse_tokens(vec!["token-1".to_owned()]);
    let bought = order("A").line("reverb", 1).completed();
    world.may_leave("waiting");

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "waiting license_server_unauthorized"
    );
}

async fn license_server_missing_scope_names_it(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    world.license_server.faults(&["status=403,on=delete"]);

    let ended = bought.deactivated("2027-01-15T09:40:00Z");
    assert_eq!(
        world.tell(&vendor, &ended).await,
        "parked license_server_missing_scope"
    );

    assert!(text(&vendor, &ended).await.contains("license:write"));
}

async fn license_server_unreachable_is_tried_again(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=503,on=create,times=1"]);
    let bought = order("A").line("reverb", 1).completed();

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "retrying license_server_unreachable"
    );
    world.work_after(SignedDuration::from_secs(6)).await;

    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn license_server_rejected_shows_its_words(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=400,on=create,times=1"]);
    let bought = order("A").line("reverb", 1).completed();

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "parked license_server_rejected"
    );
    let problem = vendor.list("/problems").await.remove(0);
    assert_eq!(problem["filter"]["reason_subject"], "reverb");
    let reverb = json!({ "license_product_id": ids::REVERB });
    vendor.map("reverb", &reverb).await;
    world.work().await;
    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn plan_limit_is_the_vendors_plan_at_the_license_server(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=402,on=create,times=1"]);
    let bought = order("A").line("reverb", 1).completed();

    assert_eq!(world.tell(&vendor, &bought).await, "parked plan_limit");

    vendor.act(&bought, "replay", &json!({})).await.expect(202);
    world.work().await;
    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn user_not_created_leaves_the_license(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=400,on=user-create,times=1"]);
    let bought = order("A").line("reverb", 1).completed();

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "parked user_not_created"
    );

    assert_eq!(world.license_server.license().user_id, None);
}

async fn rate_budget_waits_as_told(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=429,retry-after=3,on=create,times=1"]);
    let bought = order("A").line("reverb", 1).completed();

    assert_eq!(world.tell(&vendor, &bought).await, "waiting rate_budget");
    world.work_after(SignedDuration::from_secs(4)).await;

    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn verification_failed_takes_nothing_away_for_what_is_not_there(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    world.license_server.faults(&["lie,on=create,times=1"]);

    let lite = bought
        .product("studio-lite")
        .updated("2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &lite).await,
        "parked verification_failed"
    );

    let shown = text(&vendor, &lite).await;
    assert!(shown.contains("none instead of a new license"), "{shown}");
}

async fn repeated_crash_is_taken_from_the_line(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    vendor.post(&bought).await;

    // Whoever claims it is killed every time, in the end also when it was alone.
    claim_and_die(world, 6).await;
    world.tamper("UPDATE events SET claims = claims + 2");
    world.work().await;

    assert_eq!(vendor.outcome(&bought).await, "parked repeated_crash");
    assert_eq!(world.license_server.licenses(), []);
}

async fn who_was_in_work_beside_a_crash_is_worked_alone_and_done(world: &World) {
    let vendor = world.vendor().await;
    let bought = ["A", "B"].map(|id| order(id).line("reverb", 1).completed());
    vendor.post_together(&bought).await;

    claim_and_die(world, 10).await;
    world.work().await;

    for event in &bought {
        assert_eq!(vendor.outcome(event).await, "done");
    }
}

/// The database died before it could say that the claim was committed.
async fn what_was_claimed_unheard_is_claimed_again(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    vendor.post(&bought).await;
    let pipeline = &world.app.pipeline;
    let claim = Claim {
        owner: pipeline.owner(),
        now: world.clock.now(),
        until: world.clock.now().plus(20 * SECOND),
        lanes: Lane::VARIANTS.to_vec(),
        limit: 1,
    };
    let claimed = pipeline
        .store
        .write(Scope::Platform(PlatformUse::Claim), move |db| {
            events::claim_across_tenants(db, &claim)
        });
    assert_eq!(claimed.await.unwrap().len(), 1);

    for _ in 0..5 {
        world.clock.advance(5 * SECOND);
        pipeline.renew_leases().await.unwrap();
    }
    world.work().await;

    assert_eq!(vendor.outcome(&bought).await, "done");
}

/// What was leased to the dead is free again after a while.
async fn claim_and_die(world: &World, times: usize) {
    for _ in 0..times {
        assert!(!world.app.pipeline.claim(10).await.unwrap().is_empty());
        world.clock.advance(SignedDuration::from_secs(30));
    }
}

async fn duplicate_connection_makes_no_second_license(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &bought).await;
    let second = json!({
        "kind": "fastspring", "name": "The same store again", "webhook_secret": vendor.secret,
        "license_server_id": vendor.license_server_id,
    });
    let second = vendor
        .post_json("/storefronts", &second)
        .await
        .expect(201)
        .json();
    let path = format!(
        "/storefronts/{}/mappings/reverb",
        second["id"].as_str().unwrap()
    );
    let mapping = json!({ "license_product_id": ids::REVERB });
    vendor.send(Method::PUT, &path, Some(&mapping)).await;

    let body = body(std::slice::from_ref(&bought));
    let signature = sign(&vendor.secret, &body);
    let url = second["webhook_url"].as_str().unwrap();
    let posted = world
        .http
        .post(url)
        .header(crate::shop::SIGNATURE_HEADER, signature);
    assert!(
        posted
            .body(body)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    world.work().await;

    let storefront = second["id"].as_str().unwrap();
    let events = vendor
        .list(&format!("/events?storefront_id={storefront}"))
        .await;
    assert_eq!(
        crate::world::outcome(&events[0]),
        "parked duplicate_connection"
    );
    assert_eq!(world.license_server.licenses().len(), 1);
}
