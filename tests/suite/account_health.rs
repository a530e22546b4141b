//! Accounts that refuse their token or are down hold up nobody else, and nothing of theirs once they are in order again.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::shop::{Event, order, subscription};
use crate::world::{RunningApp, Vendor, World};

on_both! {
    an_account_that_may_not_be_asked_keeps_no_other_from_being_read_back,
    an_account_that_cannot_be_read_keeps_no_other_from_being_read_back,
    a_token_that_reading_back_finds_refused_holds_its_account_once,
    a_refusal_of_the_token_before_does_not_hold_the_new_one,
    a_token_that_is_found_in_order_is_held_no_longer,
    a_refusal_that_passes_by_itself_is_over_by_itself,
    a_token_that_stays_refused_is_tried_ever_more_rarely,
    a_token_that_only_passes_the_try_is_tried_every_half_hour,
    a_probe_of_before_the_new_token_does_not_bring_the_hold_back,
    questions_without_an_answer_open_the_breaker_too,
    a_process_counts_anew_once_another_found_the_server_back,
    a_call_from_before_the_server_was_found_back_does_not_open_the_breaker_again,
}

/// Subjects that a process works on at once.
const IN_HAND: usize = 8;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn an_account_that_may_not_be_asked_keeps_no_other_from_being_read_back(world: &World) {
    let (stopped, other) = (world.vendor().await, world.vendor().await);
    sell(world, &stopped, ("A", 3)).await;
    let account = world.literal(&stopped.license_server_id);

    for column in ["held_since", "broken_since", "deleted_at"] {
        sell(world, &other, (column, 1)).await;
        let stop =
            |value| format!("UPDATE license_servers SET {column} = {value} WHERE id = {account}");
        world.tamper(&stop("created_at"));
        world.work_after(6 * MINUTE).await;
        world.sweep().await;

        assert_eq!(unread(&other).await, 0, "{column}");
        assert_eq!(unread(&stopped).await, 3, "{column}");
        world.tamper(&stop("NULL"));
    }
    world.sweep().await;
    assert_eq!(unread(&stopped).await, 0);
}

async fn an_account_that_cannot_be_read_keeps_no_other_from_being_read_back(world: &World) {
    let (refused, other) = (world.vendor().await, world.vendor().await);
    sell(world, &refused, ("A", 3)).await;
    let id = world.license_server.licenses()[0].id.clone();
    sell(world, &other, ("B", 1)).await;
    world
        .license_server
        .faults(&[&format!("status=403,on=list,about={id}")]);
    world.work_after(6 * MINUTE).await;
    let lists = world.license_server.calls("list");

    for _ in 0..5 {
        world.sweep().await;
    }

    assert_eq!(unread(&other).await, 0);
    assert_eq!(world.license_server.calls("list"), lists + 2);
    world.license_server.faults(&[]);
    world.work_after(MINUTE).await;
    world.sweep().await;
    assert_eq!(unread(&refused).await, 0);
}

async fn a_token_that_reading_back_finds_refused_holds_its_account_once(world: &World) {
    let vendor = world.vendor().await;
    sell(world, &vendor, ("A", 1)).await;
    let refused = vec!["token-1".to_owned()];
    world.license_server.sandbox.refuse_tokens(refused);

    for _ in 0..5 {
        world.work_after(6 * MINUTE).await;
        world.sweep().await;
    }
    let event = order("B").line("reverb", 1).completed();
    let outcome = world.tell(&vendor, &event).await;

    assert_eq!(outcome, "waiting license_server_unauthorized");
    assert_eq!(turned_away(world), 1);
    assert_eq!(vendor.list("/problems").await.len(), 1);
    assert_eq!(state(&vendor).await, "unauthorized");
    replace_token(&vendor).await;
    world.work().await;
    assert_eq!(vendor.outcome(&event).await, "done");
    world.work_after(6 * MINUTE).await;
    world.sweep().await;
    assert_eq!(unread(&vendor).await, 0);
}

/// The event that met it is set going although its call was answered long after the new token was saved.
async fn a_refusal_of_the_token_before_does_not_hold_the_new_one(world: &World) {
    let vendor = world.vendor().await;
    let late = order("A").line("reverb", 1).completed();
    vendor.post(&late).await;
    let fault = "status=401,latency=2s,on=create,times=1";
    world.license_server.faults(&[fault]);

    let replaced = async {
        world.license_server.reached("create").await;
        replace_token(&vendor).await;
        world.clock.advance(15 * SECOND);
    };
    tokio::join!(world.work(), replaced);

    let outcome = vendor.outcome(&late).await;
    assert_eq!(outcome, "waiting license_server_unauthorized");
    assert_eq!(state(&vendor).await, "ok");
    let next = order("B").line("reverb", 1).completed();
    assert_eq!(world.tell(&vendor, &next).await, "done");
    world.clock.advance(50 * SECOND);
    let woken = world.app.pipeline.wake_held().await;
    assert_eq!(woken.expect("the database answers"), 1);
    world.work().await;
    assert_eq!(vendor.outcome(&late).await, "done");
}

/// The license server had refused it once, by a fault of its own.
async fn a_token_that_is_found_in_order_is_held_no_longer(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=401,on=create,times=1"]);
    let event = order("A").line("reverb", 1).completed();
    let outcome = world.tell(&vendor, &event).await;
    assert_eq!(outcome, "waiting license_server_unauthorized");

    let check = format!("{}/check", path(&vendor));
    vendor.post_json(&check, &json!({})).await.expect(200);
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
}

/// The license server's own hour of trouble: nobody has to save anything.
async fn a_refusal_that_passes_by_itself_is_over_by_itself(world: &World) {
    let vendor = world.vendor().await;
    let refused = vec!["token-1".to_owned()];
    world.license_server.sandbox.refuse_tokens(refused);
    let events = orders(3);
    vendor.post_together(&events).await;
    world.work().await;
    let id = vendor.event(&events[0]).await["id"].clone();
    let event_page = format!("/activity/{}", id.as_str().unwrap());
    let account_page = format!("/setup/accounts/{}", vendor.license_server_id);
    let mut browser = world.signed_in_as(&vendor).await;

    for page in ["/", &account_page, &event_page] {
        let page = browser.get(page).await.expect(200);
        let told = "Cryptlex refuses your access token since 10:00.";
        assert!(page.text.contains(told), "{}", page.text);
        assert!(
            page.text.contains("is tried again at 10:01."),
            "{}",
            page.text
        );
    }
    world.work_after(MINUTE).await;
    let page = browser.get(&account_page).await.expect(200);
    assert!(
        page.text.contains("is tried again at 10:05."),
        "{}",
        page.text
    );
    world.license_server.sandbox.refuse_tokens(Vec::new());
    world.work_after(3 * MINUTE).await;
    assert_eq!(state(&vendor).await, "unauthorized");
    world.work_after(MINUTE).await;

    assert_eq!(state(&vendor).await, "ok");
    for event in &events {
        assert_eq!(vendor.outcome(event).await, "done");
    }
    assert_eq!(world.license_server.licenses().len(), 3);
}

async fn a_token_that_stays_refused_is_tried_ever_more_rarely(world: &World) {
    let vendor = world.vendor().await;
    let other = world.another_process().await;
    let refused = vec!["token-1".to_owned()];
    world.license_server.sandbox.refuse_tokens(refused);
    let event = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &event).await;
    let (before, mut tried) = (world.license_server.calls("me"), Vec::new());

    for minute in 1..=80 {
        world.clock.advance(MINUTE);
        let (one, two) = tokio::join!(world.app.pipeline.probe(), other.pipeline.probe());
        assert_eq!((one.unwrap(), two.unwrap()), (0, 0));
        let calls = world.license_server.calls("me") - before;
        if calls > tried.len() {
            tried.push(minute);
        }
        assert_eq!(calls, tried.len(), "one process at a time");
    }

    assert_eq!(tried, [1, 5, 15, 45, 75]);
    other.stop().await;
    world.may_leave("waiting");
}

/// A server that takes the token for one question and refuses it for another is not asked every minute.
async fn a_token_that_only_passes_the_try_is_tried_every_half_hour(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=401,on=create"]);
    let event = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &event).await;

    world.work_for(100 * MINUTE, MINUTE).await;

    assert!((3..=5).contains(&world.license_server.calls("create")));
    world.license_server.faults(&[]);
    world.work_for(30 * MINUTE, MINUTE).await;
    assert_eq!(vendor.outcome(&event).await, "done");
}

async fn a_probe_of_before_the_new_token_does_not_bring_the_hold_back(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=503"]);
    let events = orders(IN_HAND);
    vendor.post_together(&events).await;
    world.work().await;
    world.tamper("UPDATE license_servers SET held_since = broken_since");
    world.license_server.faults(&["latency=2s,on=me,times=1"]);
    world.clock.advance(10 * SECOND);

    let asked_before = world.license_server.calls("me");
    let replaced = async {
        world.license_server.asked_again("me", asked_before).await;
        replace_token(&vendor).await;
    };
    let (probed, ()) = tokio::join!(world.app.pipeline.probe(), replaced);
    probed.expect("the database answers");
    world.work().await;

    for event in &events {
        assert_eq!(vendor.outcome(event).await, "done");
    }
}

/// The first call for a subscription's order asks what its template says, before there is any effect.
async fn questions_without_an_answer_open_the_breaker_too(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=503"]);
    let bought = |number| {
        let bought = subscription(&format!("S-{number}"));
        order(&format!("A-{number}"))
            .subscribed(&bought)
            .completed()
    };
    let events: Vec<Event> = (0..20).map(bought).collect();
    vendor.post_together(&events).await;

    world.work().await;

    assert_eq!(world.license_server.calls("template-get"), IN_HAND);
    let waiting = vendor.list("/events?state=waiting").await;
    assert_eq!(waiting.len(), events.len() - IN_HAND);
    assert_eq!(waiting[0]["reason"]["code"], "license_server_unreachable");
    world.license_server.faults(&[]);
    world.work_for(MINUTE, 2 * SECOND).await;
    for event in &events {
        assert_eq!(vendor.outcome(event).await, "done");
    }
}

async fn a_process_counts_anew_once_another_found_the_server_back(world: &World) {
    let (vendor, replica) = (world.vendor().await, world.replica().await);
    fail_and_be_found_back(world, &vendor, &replica).await;

    world.clock.advance(MINUTE);
    world
        .license_server
        .faults(&["status=503,on=create,times=1"]);
    let failing = order("B").line("reverb", 1).completed();
    vendor.post(&failing).await;
    replica
        .pipeline
        .process_due()
        .await
        .expect("the database answers");
    let outcome = vendor.outcome(&failing).await;
    assert_eq!(outcome, "retrying license_server_unreachable");

    let next = order("C").line("reverb", 1).completed();
    assert_eq!(world.tell(&vendor, &next).await, "done");
    world.work_after(10 * SECOND).await;
    assert_eq!(vendor.outcome(&failing).await, "done");
    replica.stop().await;
}

async fn a_call_from_before_the_server_was_found_back_does_not_open_the_breaker_again(
    world: &World,
) {
    let (vendor, replica) = (world.vendor().await, world.replica().await);
    let late = order("LATE").line("reverb", 1).completed();
    vendor.post(&late).await;
    let claimed = replica.pipeline.claim(1).await;
    let claimed = claimed.expect("the database answers");
    let mut in_hand = replica.pipeline.prefetch(claimed).await;
    fail_and_be_found_back(world, &vendor, &replica).await;

    world
        .license_server
        .faults(&["status=503,on=create,times=1"]);
    replica.pipeline.process_subject(in_hand.remove(0)).await;
    let outcome = vendor.outcome(&late).await;
    assert_eq!(outcome, "retrying license_server_unreachable");

    let next = order("NEXT").line("reverb", 1).completed();
    assert_eq!(world.tell(&vendor, &next).await, "done");
    world.work_after(MINUTE).await;
    assert_eq!(vendor.outcome(&late).await, "done");
    replica.stop().await;
}

/// Orders fail for this process until its breaker opens, and are worked by the world's own, which finds the server back.
async fn fail_and_be_found_back(world: &World, vendor: &Vendor, process: &RunningApp) {
    world.license_server.faults(&["status=503"]);
    vendor.post_together(&orders(IN_HAND)).await;
    process
        .pipeline
        .process_due()
        .await
        .expect("the database answers");
    world.license_server.faults(&[]);
    world.work_after(10 * SECOND).await;
    assert_eq!(world.license_server.licenses().len(), IN_HAND);
}

/// An order of so many licenses, which are made.
async fn sell(world: &World, vendor: &Vendor, (id, licenses): (&str, u32)) {
    let event = order(id).line("reverb", licenses).completed();
    assert_eq!(world.tell(vendor, &event).await, "done");
}

fn orders(count: usize) -> Vec<Event> {
    let order = |number| order(&format!("A-{number}")).line("reverb", 1).completed();
    (0..count).map(order).collect()
}

/// How many licenses were not read back since they were made.
async fn unread(vendor: &Vendor) -> usize {
    let licenses = vendor.licenses().await;
    let unread = licenses
        .iter()
        .filter(|license| license["verified_at"].is_null());
    unread.count()
}

/// How many calls a refused token has cost, but those that try it again.
fn turned_away(world: &World) -> usize {
    let ledger = world.license_server.ledger();
    ledger
        .entries()
        .filter(|entry| entry.status == Some(401) && entry.kind != "me")
        .count()
}

fn path(vendor: &Vendor) -> String {
    format!("/license-servers/{}", vendor.license_server_id)
}

/// How the account stands, as people see it.
async fn state(vendor: &Vendor) -> String {
    let account = vendor.get(&path(vendor)).await.expect(200).json();
    account["state"].as_str().unwrap_or_default().to_owned()
}

async fn replace_token(vendor: &Vendor) {
    let edit = json!({ "access_token": "a new token" });
    let changed = vendor.send(Method::PATCH, &path(vendor), Some(&edit)).await;
    changed.expect(200);
}
