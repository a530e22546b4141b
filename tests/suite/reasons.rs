//! Every reason that an event can have is reached: a test of its code's name, or of another file.

use jiff::SignedDuration;
use latchkey::domain::reason::ReasonCode;
use latchkey::license_servers::sandbox::sample::ids;
use latchkey::license_servers::sandbox::snapshot::HandEdit;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{Event, Subscription, body, moment, order, sign, subscription};
use crate::world::{Vendor, World};

on_both! {
    unknown_event_type_is_ignored,
    notice_only_names_what_was_told,
    no_licensed_product_is_what_nobody_wants_licensed,
    nothing_to_do_is_what_is_so_already,
    product_not_mapped_names_the_product,
    mapping_invalid_names_product_and_attribute,
    already_applied_is_the_second_copy,
    stale_is_what_newer_news_overtook,
    waiting_for_order_ends_with_the_order,
    license_not_found_is_one_that_somebody_deleted,
    expansion_off_names_the_setting,
    interval_mismatch_names_both_periods,
    nothing_to_renew_is_what_never_ends,
    proration_no_renewal_moved_no_date,
    changed_by_hand_is_kept,
    changed_by_hand_parks_an_end_that_would_take_it_away,
    awaiting_consent_holds_back_an_ending,
    test_event_ignored_leaves_tests_alone,
    shadow_mode_says_what_would_have_been_done,
    storefront_paused_keeps_the_event,
    license_server_unauthorized_waits_for_a_token,
    license_server_missing_scope_names_it,
    license_server_unreachable_is_tried_again,
    license_server_rejected_shows_its_words,
    plan_limit_is_the_vendors_plan_at_the_license_server,
    user_not_created_leaves_the_license,
    rate_budget_waits_as_told,
    unsafe_without_reference_touches_nobody,
    payload_invalid_names_what_is_missing,
    verification_failed_takes_nothing_away_for_what_is_not_there,
    repeated_crash_is_taken_from_the_line,
    duplicate_connection_makes_no_second_license,
    not_due_yet_names_the_date,
    delivery_failed_is_shown,
}

/// Reasons whose cause this version does not have yet; whoever builds it moves the code to a test.
const NOT_YET: [ReasonCode; 4] = [
    ReasonCode::Brake,
    ReasonCode::KeyWithoutOrder,
    ReasonCode::ShopApiUnauthorized,
    ReasonCode::ShopApiUnreachable,
];

#[test]
fn every_reason_is_reached_by_a_test_of_its_name() {
    let source = include_str!("reasons.rs");
    for code in ReasonCode::ALL {
        let test = format!("\nasync fn {}_", code.as_str());

        let is_reached = source.contains(&test);

        assert_eq!(is_reached, !NOT_YET.contains(&code), "{}", code.as_str());
    }
}

async fn unknown_event_type_is_ignored(world: &World) {
    let vendor = world.vendor().await;
    let event = Event::new("moon.full", "M", moment("2027-01-15"), json!({ "id": "M" }));

    assert_eq!(
        world.tell(&vendor, &event).await,
        "ignored unknown_event_type"
    );
}

async fn notice_only_names_what_was_told(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let reminded = bought.reminded("2027-01-15T09:30:00Z");

    assert_eq!(world.tell(&vendor, &reminded).await, "ignored notice_only");

    assert!(
        text(&vendor, &reminded)
            .await
            .contains("a payment is coming")
    );
}

async fn no_licensed_product_is_what_nobody_wants_licensed(world: &World) {
    let vendor = world.vendor().await;
    let poster = order("A").line("poster", 1).completed();

    assert_eq!(
        world.tell(&vendor, &poster).await,
        "ignored no_licensed_product"
    );
}

async fn nothing_to_do_is_what_is_so_already(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let edited = bought.updated("2027-01-15T09:30:00Z");

    assert_eq!(world.tell(&vendor, &edited).await, "ignored nothing_to_do");
}

async fn product_not_mapped_names_the_product(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let delay = order("A").line("delay", 1).completed();

    assert_eq!(
        world.tell(&vendor, &delay).await,
        "parked product_not_mapped"
    );

    assert!(text(&vendor, &delay).await.contains("delay"));
}

async fn mapping_invalid_names_product_and_attribute(world: &World) {
    let vendor = world.vendor().await;
    let attributes = [
        ("cryptlex_product_id", ids::REVERB),
        ("cryptlex_mappings_quantity", "many"),
    ];
    let bought = order("A")
        .line("delay", 1)
        .attributes(&attributes)
        .line("reverb", 1)
        .completed();

    assert_eq!(world.tell(&vendor, &bought).await, "parked mapping_invalid");

    let text = text(&vendor, &bought).await;
    for word in ["delay", "mappings_quantity", "many"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(world.license_server.license().product_id, ids::REVERB);
}

async fn already_applied_is_the_second_copy(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &bought).await;

    let again = bought.resent_as("by hand");
    assert_eq!(world.tell(&vendor, &again).await, "ignored already_applied");
}

async fn stale_is_what_newer_news_overtook(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let paid = bought.clone().next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    world.tell(&vendor, &charge).await;

    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &overdue).await, "ignored stale");
}

async fn waiting_for_order_ends_with_the_order(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    let ended = bought.overdue("2027-01-15T09:30:00Z");

    assert_eq!(
        world.tell(&vendor, &ended).await,
        "waiting waiting_for_order"
    );
    world.begin(&vendor, &bought).await;

    assert!(!vendor.outcome(&ended).await.starts_with("waiting"));
    assert!(world.license_server.license().is_suspended);
}

async fn license_not_found_is_one_that_somebody_deleted(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let id = world.license_server.license().id;
    world.license_server.sandbox.delete_license_by_hand(&id);

    let overdue = bought.overdue("2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &overdue).await,
        "parked license_not_found"
    );

    assert!(text(&vendor, &overdue).await.contains("subscription"));
    assert_eq!(world.license_server.licenses(), []);
}

async fn expansion_off_names_the_setting(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let charge = bought.next("2027-03-15").unexpanded();
    let charge = charge.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");

    assert_eq!(world.tell(&vendor, &charge).await, "parked expansion_off");

    assert!(text(&vendor, &charge).await.contains("webhook expansion"));
}

async fn interval_mismatch_names_both_periods(world: &World) {
    let vendor = world.vendor().await;
    let yearly = subscription("S").every("year").next("2028-01-15");
    let bought = order("A").subscribed(&yearly).completed();

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "parked interval_mismatch"
    );

    let text = text(&vendor, &bought).await;
    assert!(text.contains("P1Y") && text.contains("P1M"), "{text}");
}

async fn nothing_to_renew_is_what_never_ends(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").product("reverb");
    world.begin(&vendor, &bought).await;

    let charge = order("B").line("reverb", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&charge, "2027-01-15T09:40:00Z");
    assert_eq!(
        world.tell(&vendor, &charge).await,
        "ignored nothing_to_renew"
    );
}

async fn proration_no_renewal_moved_no_date(world: &World) {
    let (vendor, bought) = subscribed(world).await;

    let charge = bought.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:40:00Z");
    assert_eq!(
        world.tell(&vendor, &charge).await,
        "ignored proration_no_renewal"
    );
}

async fn changed_by_hand_is_kept(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    move_end_by_hand(world, "2028-01-01");

    let charge = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&charge, "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done changed_by_hand");

    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2028-01-01")));
}

async fn changed_by_hand_parks_an_end_that_would_take_it_away(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    move_end_by_hand(world, "2028-01-01");

    let ended = bought.deactivated("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &ended).await, "parked changed_by_hand");

    let end = world.license_server.license().expires_at;
    assert_eq!(end, Some(moment("2028-01-01")));
}

async fn awaiting_consent_holds_back_an_ending(world: &World) {
    let vendor = world
        .vendor_by("cryptlex", json!({ "endings": "ask" }))
        .await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    let ended = bought.deactivated("2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &ended).await, "parked awaiting_consent");

    assert!(!world.license_server.license().is_suspended);
}

async fn test_event_ignored_leaves_tests_alone(world: &World) {
    let vendor = world
        .vendor_by("cryptlex", json!({ "test_events": "ignore" }))
        .await;
    let bought = order("A").line("reverb", 1).completed().in_test_mode();

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "ignored test_event_ignored"
    );

    assert_eq!(world.license_server.licenses(), []);
}

async fn shadow_mode_says_what_would_have_been_done(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "shadow" })).await;
    let bought = order("A").line("reverb", 1).completed();

    assert_eq!(world.tell(&vendor, &bought).await, "ignored shadow_mode");

    assert!(
        text(&vendor, &bought)
            .await
            .contains("Make license 1 of reverb")
    );
}

async fn storefront_paused_keeps_the_event(world: &World) {
    let vendor = world.vendor_with(json!({ "mode": "paused" })).await;
    let bought = order("A").line("reverb", 1).completed();
    world.may_leave("waiting");

    assert_eq!(
        world.tell(&vendor, &bought).await,
        "waiting storefront_paused"
    );

    assert_eq!(world.license_server.licenses(), []);
}

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

async fn unsafe_without_reference_touches_nobody(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let charge = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&charge, "2027-01-15T09:40:00Z");

    let charge = charge.with("subscription", json!(null));
    assert_eq!(
        world.tell(&vendor, &charge).await,
        "parked unsafe_without_reference"
    );
}

async fn payload_invalid_names_what_is_missing(world: &World) {
    let vendor = world.vendor().await;
    let nameless = subscription("S").updated("2027-01-15T09:30:00Z");

    let nameless = nameless
        .with("id", json!(""))
        .with("subscription", json!(""));
    assert_eq!(
        world.tell(&vendor, &nameless).await,
        "parked payload_invalid"
    );

    assert!(text(&vendor, &nameless).await.contains("subscription"));
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

    // Whoever claims it is killed every time; what was leased is free again after a while.
    for _ in 0..6 {
        assert_eq!(world.app.pipeline.claim(1).await.unwrap().len(), 1);
        world.clock.advance(SignedDuration::from_secs(30));
    }
    world.work().await;

    assert_eq!(vendor.outcome(&bought).await, "parked repeated_crash");
    assert_eq!(world.license_server.licenses(), []);
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

async fn not_due_yet_names_the_date(world: &World) {
    let (vendor, bought) = subscribed(world).await;
    let paused = bought.paused_from("2027-02-15", "2027-01-15T09:30:00Z");

    assert_eq!(world.tell(&vendor, &paused).await, "ignored not_due_yet");

    assert!(text(&vendor, &paused).await.contains("15 February 2027"));
}

async fn delivery_failed_is_shown(world: &World) {
    let vendor = world.vendor().await;
    let data = json!({
        "product": "reverb", "order": "A", "reference": "NWA-A", "type": "License",
        "reason": "The remote server did not answer in time.",
    });
    let failed = Event::new("fulfillment.failed", "A", moment("2027-01-15"), data);

    assert_eq!(world.tell(&vendor, &failed).await, "parked delivery_failed");
}

async fn subscribed(world: &World) -> (Vendor, Subscription) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    (vendor, bought)
}

fn move_end_by_hand(world: &World, end: &str) {
    let by_hand = HandEdit {
        expires_at: Some(Some(moment(end))),
        ..HandEdit::default()
    };
    let id = world.license_server.license().id;
    world.license_server.edit_by_hand(&id, by_hand);
    world.clock.advance(SignedDuration::from_mins(10));
}

/// The sentence that an event's reason shows.
async fn text(vendor: &Vendor, event: &Event) -> String {
    let event: Value = vendor.event(event).await;
    event["reason"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
