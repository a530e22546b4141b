//! Very many at once: what is bounded, what waits for a person, and what is made in pieces.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{key_request, order, subscription};
use crate::world::{Backend, PRIVATE_KEY, Vendor, World, WorldOptions};

on_both! {
    a_great_quantity_waits_for_a_person_and_the_rest_is_served,
    more_units_than_the_limit_wait_and_those_before_stay,
    more_than_can_be_counted_is_refused_as_unreadable,
    as_many_seats_are_one_license,
    a_product_that_gives_seats_from_now_on_sets_its_order_going,
    what_nobody_wants_is_set_aside,
    more_than_a_yes_allows_is_never_asked_for,
    an_order_of_very_many_lines_waits_for_a_person,
    a_look_ahead_at_any_quantity_is_short,
    a_look_ahead_at_very_many_events_tells_the_first_actions,
    a_second_look_ahead_waits_for_the_first,
}

/// Two whole portions and a part of one.
const MANY: u32 = 230;

#[tokio::test]
async fn what_was_agreed_is_made_in_pieces_once_on_sqlite() {
    what_was_agreed_is_made_in_pieces_once(Backend::Sqlite).await;
}

#[tokio::test]
async fn what_was_agreed_is_made_in_pieces_once_on_postgres() {
    what_was_agreed_is_made_in_pieces_once(Backend::Postgres).await;
}

#[tokio::test]
async fn keys_are_held_against_the_same_limit_on_sqlite() {
    keys_are_held_against_the_same_limit(Backend::Sqlite).await;
}

#[tokio::test]
async fn keys_are_held_against_the_same_limit_on_postgres() {
    keys_are_held_against_the_same_limit(Backend::Postgres).await;
}

async fn a_great_quantity_waits_for_a_person_and_the_rest_is_served(world: &World) {
    let vendor = world.vendor().await;
    for quantity in [20_000, 1_000_000, i32::MAX as u32] {
        let order = order(&format!("A-{quantity}"))
            .line("reverb", quantity)
            .line("studio-lite", 1);

        let outcome = world.tell(&vendor, &order.completed()).await;

        assert_eq!(outcome, "parked too_many_licenses");
        if quantity == 20_000 {
            is_asked_on_to_fix(world).await;
        }
    }
    assert_eq!(world.license_server.licenses().len(), 3, "the other lines");
    let problems = vendor.list("/problems").await;
    let [problem] = problems.as_slice() else {
        panic!("one problem: {problems:#?}");
    };
    assert_eq!(
        (&problem["code"], &problem["count"]),
        (&json!("too_many_licenses"), &json!(3))
    );
    assert!(
        problem["fix"]
            .as_str()
            .unwrap()
            .contains("one license with seats")
    );
    world.may_leave("parked");
}

async fn is_asked_on_to_fix(world: &World) {
    let mut browser = world.signed_in().await;
    let page = browser.get("/to-fix").await;
    assert!(page.text.contains("Make them all"), "{}", page.text);
    assert!(page.text.contains("Choose seats instead"));
}

async fn more_units_than_the_limit_wait_and_those_before_stay(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S").quantity(2).with_addon("extra-seat", 1);
    world.begin(&vendor, &bought).await;

    for (more, time) in [
        (bought.clone().quantity(20_000), "2027-01-15T09:20:00Z"),
        (
            subscription("S")
                .quantity(2)
                .with_addon("extra-seat", 20_000),
            "2027-01-15T09:30:00Z",
        ),
    ] {
        let outcome = world.tell(&vendor, &more.updated(time)).await;
        assert_eq!(outcome, "parked too_many_licenses");
    }
    let bundle = order("B").bundled("reverb", 20_000, "studio-bundle");
    assert_eq!(
        world.tell(&vendor, &bundle.completed()).await,
        "parked too_many_licenses"
    );

    let licenses = world.license_server.licenses();
    assert_eq!(licenses.len(), 3);
    assert!(licenses.iter().all(|license| !license.is_suspended));
    world.may_leave("parked");
}

async fn more_than_can_be_counted_is_refused_as_unreadable(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1).completed();
    let order = order.with(
        "items",
        json!([{ "product": "reverb", "quantity": 1_u64 << 63 }]),
    );

    assert_eq!(world.tell(&vendor, &order).await, "parked payload_invalid");
    world.may_leave("parked");
}

async fn as_many_seats_are_one_license(world: &World) {
    let vendor = world.vendor().await;
    give_seats(&vendor, "reverb").await;
    for quantity in [1_000_000, i32::MAX as u32, u32::MAX] {
        let order = order(&format!("A-{quantity}")).line("reverb", quantity);

        assert_eq!(world.tell(&vendor, &order.completed()).await, "done");
    }

    let licenses = world.license_server.licenses();
    let seats: Vec<i64> = licenses
        .iter()
        .map(|license| license.allowed_activations)
        .collect();
    let most = i64::from(i32::MAX);
    assert_eq!(seats, [1_000_000, most, most]);
}

async fn a_product_that_gives_seats_from_now_on_sets_its_order_going(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 20_000).completed();
    world.tell(&vendor, &order).await;

    give_seats(&vendor, "reverb").await;
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "done");
    assert_eq!(world.license_server.license().allowed_activations, 20_000);
}

async fn what_nobody_wants_is_set_aside(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 20_000).completed();
    world.tell(&vendor, &order).await;

    vendor.act(&order, "drop", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&order).await, "discarded");
    assert_eq!(world.license_server.licenses(), []);
}

async fn more_than_a_yes_allows_is_never_asked_for(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1_000_000).completed();
    world.tell(&vendor, &order).await;

    let answer = vendor.act(&order, "approve", &json!({})).await;

    answer.expect(409);
    let reason = &vendor.event(&order).await["reason"];
    let fix = reason["fix"].as_str().unwrap();
    assert!(
        fix.ends_with("more than 100000 of one line are never made."),
        "{fix}"
    );
    world.may_leave("parked");
}

async fn an_order_of_very_many_lines_waits_for_a_person(world: &World) {
    let vendor = world.vendor().await;
    let items = vec![json!({ "product": "reverb", "quantity": 1 }); 30_000];
    let order = order("A").line("reverb", 1).completed();
    let order = order.with("items", Value::from(items));

    assert_eq!(world.tell(&vendor, &order).await, "parked too_many_lines");
    world.may_leave("parked");
}

async fn a_look_ahead_at_any_quantity_is_short(world: &World) {
    let vendor = world.vendor().await;
    for (quantity, made, further) in [(1_000, 100, 900), (20_000, 0, 0), (i32::MAX as u32, 0, 0)] {
        let order = order("A").line("reverb", quantity).completed();

        let plan = look_ahead(&vendor, &[order.json()]).await;

        let event = &plan["events"][0];
        assert_eq!(
            event["actions"].as_array().unwrap().len(),
            made,
            "{quantity}"
        );
        assert_eq!(event["further"], further, "{quantity}");
        let expected = if made == 0 { "parked" } else { "actions" };
        assert_eq!(event["outcome"], expected);
    }
}

async fn a_look_ahead_at_very_many_events_tells_the_first_actions(world: &World) {
    let vendor = world.vendor().await;
    let events = (0..420).map(|number| {
        let order = order(&format!("A-{number}")).line("reverb", 100);
        order.completed().json()
    });
    let events: Vec<Value> = events.collect();

    let plan = look_ahead(&vendor, &events).await;

    let planned = plan["events"].as_array().unwrap();
    let listed = |event: &Value| event["actions"].as_array().unwrap().len() as u64;
    let further = |event: &Value| event["further"].as_u64().unwrap();
    assert_eq!(planned.len(), 420);
    assert_eq!(planned.iter().map(listed).sum::<u64>(), 1_000);
    assert_eq!(planned.iter().map(further).sum::<u64>(), 41_000);
}

async fn a_second_look_ahead_waits_for_the_first(world: &World) {
    let vendor = world.vendor().await;
    let other = world.vendor().await;
    let tenant = vendor.tenant_id.parse().unwrap();
    let place = world.app.pipeline.looking_ahead.try_admit(tenant);

    let events = [order("A").line("reverb", 1).completed().json()];
    let path = format!("/storefronts/{}/plan", vendor.storefront_id);
    let busy = vendor.post_json(&path, &json!({ "events": events })).await;

    assert_eq!(busy.expect(503).header("retry-after"), "1");
    look_ahead(&other, &events).await;
    drop(place);
    look_ahead(&vendor, &events).await;
}

async fn what_was_agreed_is_made_in_pieces_once(backend: Backend) {
    let options = WorldOptions {
        most_licenses: MANY - 1,
        ..WorldOptions::default()
    };
    let Some(world) = World::with(backend, options).await else {
        return;
    };
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", MANY).line("studio-lite", 1);
    let order = bought.completed();
    assert_eq!(
        world.tell(&vendor, &order).await,
        "parked too_many_licenses"
    );

    let problem = vendor.list("/problems").await.remove(0);
    let path = format!("/problems/{}/approve", problem["id"].as_str().unwrap());
    vendor.post_json(&path, &json!({})).await.expect(202);
    let pieces = pieces(&world, &vendor).await;

    assert_eq!(vendor.outcome(&order).await, "done");
    assert!(pieces.len() > 3, "{pieces:?}");
    assert!(pieces.iter().all(|made| *made <= 101), "{pieces:?}");
    assert_eq!(world.license_server.effects("create"), MANY as usize + 1);
    let acts = vendor.list("/audit").await;
    let is_yes = |act: &&Value| act["action"] == "problem.approve";
    assert_eq!(acts.iter().filter(is_yes).count(), 1, "{acts:#?}");

    vendor.act(&order, "replay", &json!({})).await.expect(202);
    world.work().await;
    assert_eq!(world.license_server.effects("create"), MANY as usize + 1);

    // What takes access away reaches the last one too.
    let refund = bought.refunded(&["reverb", "studio-lite"], "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &refund).await, "done");
    let licenses = world.license_server.licenses();
    let working = licenses
        .iter()
        .filter(|license| !license.is_suspended && !license.is_revoked);
    assert_eq!(working.count(), 0);
    world.finish().await;
}

async fn keys_are_held_against_the_same_limit(backend: Backend) {
    let options = WorldOptions {
        most_licenses: 150,
        ..WorldOptions::default()
    };
    let Some(world) = World::with(backend, options).await else {
        return;
    };
    let vendor = world.vendor_with_receipts().await;
    for (quantity, status, keys) in [("150", 200, 150), ("151", 422, 1), ("2147483647", 422, 1)] {
        let request = key_request(&format!("NWA-{quantity}"), "reverb").with("quantity", quantity);

        let answer = vendor.send_form("", request.signed(PRIVATE_KEY)).await;

        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert_eq!(answer.text.lines().count(), keys, "{}", answer.text);
    }
    let seats = key_request("NWA-S", "reverb")
        .with("quantity", "2147483647")
        .with("single_license", "true");
    let answer = vendor.send_form("", seats.signed(PRIVATE_KEY)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    world.work().await;
    assert_eq!(world.license_server.licenses().len(), 151);
    world.finish().await;
}

/// How many licenses each turn made, until nothing is due.
async fn pieces(world: &World, vendor: &Vendor) -> Vec<usize> {
    let mut pieces = Vec::new();
    let mut before = vendor.licenses().await.len();
    while world
        .app
        .pipeline
        .process_due()
        .await
        .expect("the database answers")
        > 0
    {
        let made = world.license_server.effects("create");
        pieces.push(made - before);
        before = made;
    }
    pieces
}

async fn look_ahead(vendor: &Vendor, events: &[Value]) -> Value {
    let path = format!("/storefronts/{}/plan", vendor.storefront_id);
    let answer = vendor.post_json(&path, &json!({ "events": events })).await;
    answer.expect(200).json()
}

async fn give_seats(vendor: &Vendor, path: &str) {
    let mapping = json!({
        "license_product_id": ids::REVERB, "license_template_id": ids::PERPETUAL,
        "attributes": { "mappings_quantity": "allowed_activations" },
    });
    vendor.map(path, &mapping).await;
}
