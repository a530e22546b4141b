//! What the license server does wrong, and that every effect comes exactly once all the same.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::shop::{Event, Subscription, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    an_issue_whose_answer_is_lost_is_not_repeated,
    what_is_refunded_while_its_answer_is_lost_is_stopped,
    what_is_refunded_while_it_was_turned_away_is_made_as_it_is_planned_then,
    a_renewal_whose_answer_is_lost_is_not_repeated,
    a_suspension_whose_answer_is_lost_is_settled,
    an_ending_whose_answer_is_lost_is_settled,
    a_refusal_in_plain_text_waits_too,
    a_server_that_says_for_how_long_it_is_away_is_left_alone_so_long,
    a_refused_token_holds_everything_until_a_new_one_comes,
    a_question_that_a_refused_token_held_is_asked_again,
    a_missing_scope_holds_only_what_needs_it,
    a_server_that_is_down_opens_the_breaker_and_closes_it,
    what_was_held_while_its_server_came_back_goes_on,
    what_was_tried_often_goes_on_once_the_server_is_back,
    a_request_that_the_server_never_carries_out_asks_a_person,
}

/// Each way to lose an answer, before and after the work was done.
const LOSSES: [&str; 6] = [
    "cut=before",
    "cut=after",
    "status=500",
    "status=500,when=after",
    "status=502,plain,when=after",
    "garble",
];
const LONG: SignedDuration = SignedDuration::from_mins(4);
const STEP: SignedDuration = SignedDuration::from_secs(2);

async fn an_issue_whose_answer_is_lost_is_not_repeated(world: &World) {
    let vendor = world.vendor().await;

    for (number, loss) in LOSSES.iter().enumerate() {
        world
            .license_server
            .faults(&[&format!("{loss},on=create,times=1")]);
        let event = order(&format!("A-{number}")).line("reverb", 2).completed();
        vendor.post(&event).await;
        world.work().await;
        world.work_for(LONG, STEP).await;

        assert_eq!(vendor.outcome(&event).await, "done", "{loss}");
        assert_eq!(
            world.license_server.licenses().len(),
            2 * (number + 1),
            "{loss}"
        );
    }
    assert_eq!(world.license_server.effects("create"), 2 * LOSSES.len());
}

async fn what_is_refunded_while_its_answer_is_lost_is_stopped(world: &World) {
    let vendor = world.vendor().await;

    for (number, loss) in LOSSES.iter().enumerate() {
        world
            .license_server
            .faults(&[&format!("{loss},on=create,times=1")]);
        let bought = order(&format!("A-{number}")).line("reverb", 1);
        let refund = bought.refunded(&["reverb"], "2027-01-15T09:50:00Z");
        vendor.post(&bought.completed()).await;
        world.work().await;
        vendor.post(&refund).await;
        world.work().await;
        world.work_for(LONG, STEP).await;

        let licenses = world.license_server.licenses();
        let usable = licenses.iter().filter(|license| !license.is_suspended);
        assert_eq!(usable.count(), 0, "{loss}");
    }
}

async fn what_is_refunded_while_it_was_turned_away_is_made_as_it_is_planned_then(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A-1").line("reverb", 1);
    let (purchase, refund) = (
        bought.completed(),
        bought.refunded(&["reverb"], "2027-01-15T09:50:00Z"),
    );

    world
        .license_server
        .faults(&["status=429,retry-after=60,on=create,times=1"]);
    vendor.post(&purchase).await;
    world.work().await;
    vendor.post(&refund).await;
    world.work_for(LONG, STEP).await;

    let effects = vendor.event(&purchase).await["effects"].clone();
    assert_eq!(effects.as_array().map(Vec::len), Some(1), "{effects:#}");
    assert_eq!(effects[0]["state"], "done");
    assert_eq!(
        effects[0]["summary"],
        "Make license 1 of reverb, suspended: refunded"
    );
    assert!(world.license_server.licenses()[0].is_suspended);
}

async fn a_renewal_whose_answer_is_lost_is_not_repeated(world: &World) {
    let vendor = world.vendor().await;

    for (number, loss) in LOSSES.iter().enumerate() {
        let bought = buy(world, &vendor, number).await;
        let id = world.license_server.licenses()[number].id.clone();
        world
            .license_server
            .faults(&[&format!("{loss},on=renew,times=1")]);
        let begin = world.license_server.licenses()[number].expires_at.unwrap();
        let rebill = order(&format!("B-{number}")).line("studio-pro", 1);
        let charge = bought
            .next("2027-03-15")
            .charged(&rebill, "2027-01-15T09:45:00Z");
        vendor.post(&charge).await;
        world.work().await;
        world.work_for(LONG, STEP).await;

        assert_eq!(vendor.outcome(&charge).await, "done", "{loss}");
        assert_eq!(
            world.license_server.ledger().effects("renew", &id),
            1,
            "{loss}"
        );
        let end = world.license_server.licenses()[number].expires_at.unwrap();
        assert_eq!(
            end.duration_since(begin),
            SignedDuration::from_hours(28 * 24),
            "{loss}"
        );
    }
}

async fn a_suspension_whose_answer_is_lost_is_settled(world: &World) {
    let vendor = world.vendor().await;

    for (number, loss) in LOSSES.iter().enumerate() {
        let bought = buy(world, &vendor, number).await;
        world
            .license_server
            .faults(&[&format!("{loss},on=patch,times=1")]);
        let overdue = bought.overdue("2027-01-15T09:45:00Z");
        post_and_settle(world, &vendor, &overdue).await;

        assert_eq!(vendor.outcome(&overdue).await, "done", "{loss}");
        assert!(
            world.license_server.licenses()[number].is_suspended,
            "{loss}"
        );
    }
}

async fn an_ending_whose_answer_is_lost_is_settled(world: &World) {
    let vendor = world.vendor().await;

    for (number, loss) in LOSSES.iter().enumerate() {
        let bought = buy(world, &vendor, number).await;
        world
            .license_server
            .faults(&[&format!("{loss},on=delete,times=1")]);
        let ended = bought.deactivated("2027-01-15T09:45:00Z");
        post_and_settle(world, &vendor, &ended).await;

        assert_eq!(vendor.outcome(&ended).await, "done", "{loss}");
        assert_eq!(world.license_server.licenses(), [], "{loss}");
        // Keeps the places of the next rounds right.
        buy(world, &vendor, 100 + number).await;
        let id = world.license_server.licenses()[0].id.clone();
        world.license_server.sandbox.delete_license_by_hand(&id);
    }
}

async fn a_refusal_in_plain_text_waits_too(world: &World) {
    let vendor = world.vendor().await;

    for (number, refusal) in [
        "status=429",
        "status=429,plain",
        "status=429,plain,retry-after=3",
    ]
    .iter()
    .enumerate()
    {
        world
            .license_server
            .faults(&[&format!("{refusal},on=create,times=1")]);
        let event = order(&format!("A-{number}")).line("reverb", 1).completed();
        vendor.post(&event).await;
        world.work().await;

        assert_eq!(
            vendor.outcome(&event).await,
            "waiting rate_budget",
            "{refusal}"
        );
        assert_eq!(vendor.event(&event).await["attempts"], 0, "{refusal}");
        world.work_for(SignedDuration::from_secs(30), STEP).await;
        assert_eq!(vendor.outcome(&event).await, "done", "{refusal}");
    }
    assert_eq!(world.license_server.effects("create"), 3);
}

async fn a_server_that_says_for_how_long_it_is_away_is_left_alone_so_long(world: &World) {
    let vendor = world.vendor().await;
    let fault = "status=503,retry-after=60,on=create,times=1";
    world.license_server.faults(&[fault]);
    let event = order("A").line("reverb", 1).completed();
    vendor.post(&event).await;
    world.work().await;

    world.work_for(SignedDuration::from_secs(56), STEP).await;
    let outcome = vendor.outcome(&event).await;
    assert_eq!(outcome, "retrying license_server_unreachable");
    assert_eq!(world.license_server.calls("create"), 1);
    world.work_for(SignedDuration::from_secs(10), STEP).await;

    assert_eq!(vendor.outcome(&event).await, "done");
}

async fn a_refused_token_holds_everything_until_a_new_one_comes(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .sandbox
        .refuse_tokens(vec!["token-1".to_owned()]);
    let events = ["A", "B"].map(|id| order(id).line("reverb", 1).completed());
    vendor.post_together(&events).await;
    world.work().await;
    world.work_after(SignedDuration::from_mins(10)).await;
    for event in &events {
        assert_eq!(
            vendor.outcome(event).await,
            "waiting license_server_unauthorized"
        );
    }
    assert_eq!(vendor.list("/problems").await.len(), 1);

    let path = format!("/license-servers/{}", vendor.license_server_id);
    let edit = json!({ "access_token": "token-2" });
    vendor
        .send(Method::PATCH, &path, Some(&edit))
        .await
        .expect(200);
    world.work().await;

    for event in &events {
        assert_eq!(vendor.outcome(event).await, "done");
    }
    assert_eq!(world.license_server.licenses().len(), 2);
}

/// The first call for a subscription's order asks what its template says, before there is any effect.
async fn a_question_that_a_refused_token_held_is_asked_again(world: &World) {
    let vendor = world.vendor().await;
    let refused = vec!["token-1".to_owned()];
    world.license_server.sandbox.refuse_tokens(refused);
    let bought = order("A").subscribed(&subscription("S")).completed();
    vendor.post(&bought).await;
    world.work().await;
    let outcome = vendor.outcome(&bought).await;
    assert_eq!(outcome, "waiting license_server_unauthorized");
    assert_eq!(world.license_server.calls("create"), 0);

    let path = format!("/license-servers/{}", vendor.license_server_id);
    let edit = json!({ "access_token": "token-2" });
    let changed = vendor.send(Method::PATCH, &path, Some(&edit)).await;
    changed.expect(200);
    world.work().await;

    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn a_missing_scope_holds_only_what_needs_it(world: &World) {
    let vendor = world.vendor().await;
    let bought = buy(world, &vendor, 0).await;
    world.license_server.faults(&["status=403,on=delete"]);
    let ended = bought.deactivated("2027-01-15T09:45:00Z");
    let purchase = order("B").line("reverb", 1).completed();

    vendor.post(&ended).await;
    world.work().await;
    vendor.post(&purchase).await;
    world.work().await;

    assert!(
        vendor
            .outcome(&ended)
            .await
            .ends_with("license_server_missing_scope")
    );
    assert_eq!(vendor.outcome(&purchase).await, "done");
    world.may_leave("waiting");
}

async fn a_server_that_is_down_opens_the_breaker_and_closes_it(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=503"]);
    let events: Vec<Event> = (0..20)
        .map(|number| order(&format!("A-{number}")).line("reverb", 1).completed())
        .collect();
    for event in &events {
        vendor.post(event).await;
    }

    world.work().await;
    world.work_for(SignedDuration::from_mins(5), STEP).await;
    let calls = world.license_server.ledger().entries().count();
    assert!(calls < 80, "{calls} calls to a server that is down");
    world.license_server.faults(&[]);
    world.work_for(SignedDuration::from_mins(3), STEP).await;

    for event in &events {
        assert_eq!(vendor.outcome(event).await, "done");
    }
    assert_eq!(world.license_server.effects("create"), 20);
}

/// It was opened before the server was known to be back, and left waiting after those that wait had been woken.
async fn what_was_held_while_its_server_came_back_goes_on(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=503"]);
    let events: Vec<Event> = (0..20)
        .map(|number| order(&format!("A-{number}")).line("reverb", 1).completed())
        .collect();
    vendor.post_together(&events).await;
    world.work().await;
    world.work_for(SignedDuration::from_mins(1), STEP).await;
    let waiting = vendor.list("/events?state=waiting").await;
    assert_eq!(waiting[0]["reason"]["code"], "license_server_unreachable");
    world.license_server.faults(&[]);
    while vendor.list("/events?state=done").await.len() < events.len() {
        world.work_for(STEP, STEP).await;
    }

    world.tamper(&format!(
        "UPDATE events SET state = 'waiting', due_at = NULL, reason_subject = '{}', \
         reason_code = 'license_server_unreachable'",
        vendor.license_server_id
    ));
    let woken = world.app.pipeline.wake_held().await;
    assert_eq!(woken.expect("the database answers"), events.len());
    world.work().await;

    assert_eq!(vendor.list("/events?state=waiting").await.len(), 0);
    assert_eq!(world.license_server.licenses().len(), events.len());
}

/// The next try of its own would be half an hour away.
async fn what_was_tried_often_goes_on_once_the_server_is_back(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=503"]);
    let event = order("A").line("reverb", 1).completed();
    vendor.post(&event).await;
    world.work().await;
    for wait in [5, 30, 120, 600] {
        world
            .work_after(SignedDuration::from_secs(wait + wait / 5))
            .await;
    }
    assert_eq!(vendor.event(&event).await["attempts"], 5);

    world.work_for(SignedDuration::from_secs(30), STEP).await;
    world.license_server.faults(&[]);
    world.work_for(SignedDuration::from_secs(15), STEP).await;

    assert_eq!(vendor.outcome(&event).await, "done");
}

/// Probes find the server well each time: what fails is this request, and it must not be tried for ever.
async fn a_request_that_the_server_never_carries_out_asks_a_person(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=500,on=create"]);
    let event = order("A").line("reverb", 1).completed();
    vendor.post(&event).await;

    world.work().await;
    world
        .work_for(SignedDuration::from_hours(1), 5 * STEP)
        .await;

    assert_eq!(
        vendor.outcome(&event).await,
        "parked license_server_unreachable"
    );
}

/// A subscription that runs, with its license as the latest.
async fn buy(world: &World, vendor: &Vendor, number: usize) -> Subscription {
    world.license_server.faults(&[]);
    let bought = subscription(&format!("S-{number}"));
    let order = order(&format!("A-{number}")).subscribed(&bought);
    vendor
        .post_together(&[bought.activated(), order.completed()])
        .await;
    world.work().await;
    bought
}

async fn post_and_settle(world: &World, vendor: &Vendor, event: &Event) {
    vendor.post(event).await;
    world.work().await;
    world.work_for(LONG, STEP).await;
}
