//! Questions that a person or a program waits for: below purchases and changes, and shared by those who ask.

use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::shop::order;
use crate::world::{Answer, Backend, Vendor, World, WorldOptions};

const WINDOW: Duration = Duration::from_secs(5);
const TICK: SignedDuration = SignedDuration::from_millis(100);
/// Ticks after which everybody who can be served must have been.
const TICKS: usize = 100;
/// What one loop has under way at once.
const AT_ONCE: usize = 8;
/// Slots that one who asks alone may hold of fifty.
const ALONE: usize = 15;

on_both! {
    in with_budget:
    questions_of_one_vendor_keep_nobody_from_buying,
    nobody_who_asks_keeps_the_others_from_being_answered,
    pages_ask_within_the_budget_and_say_when_to_come_again,
    what_cannot_be_checked_now_is_kept_and_checked_later,
}

fn with_budget() -> WorldOptions {
    WorldOptions::with_budget()
}

/// No window has seen more calls than are allowed.
fn assert_within_budget(world: &World) {
    let busiest = world.license_server.ledger().busiest(WINDOW);
    assert!(busiest <= 50, "{busiest}");
}

/// What a loop asks for: lists of the account, and the check of what products give.
fn questions(vendor: &Vendor) -> [String; 4] {
    let account = format!("/license-servers/{}", vendor.license_server_id);
    [
        format!("{account}/products"),
        format!("{account}/templates"),
        format!("{account}/features"),
        format!("/storefronts/{}/catalog-check", vendor.storefront_id),
    ]
}

/// One turn of a loop that waits for no answer before it asks again.
async fn ask_much(vendor: &Vendor) -> Vec<Answer> {
    let questions = questions(vendor);
    let asked = questions.iter().cycle().take(AT_ONCE);
    join_all(asked.map(|path| vendor.get(path))).await
}

/// How many were answered; the others must have been told when to come again.
#[track_caller]
fn answered(answers: &[Answer]) -> usize {
    let (answered, busy): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status == 200);
    for answer in busy {
        assert_eq!(answer.status, 503, "{}", answer.text);
        let code = answer.json()["code"].clone();
        assert!(code == "rate_budget" || code == "unavailable", "{code}");
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=6).contains(&seconds), "{seconds}");
    }
    answered.len()
}

async fn questions_of_one_vendor_keep_nobody_from_buying(world: &World) {
    let (asking, selling) = (world.vendor().await, world.vendor().await);
    world.clock.advance(SignedDuration::from_secs(10));
    let orders: Vec<_> = (0..15)
        .map(|number| order(&format!("O-{number}")).line("reverb", 1))
        .map(|order| order.completed())
        .collect();

    let mut answers = ask_much(&asking).await;
    for order in &orders {
        selling.post(order).await;
    }
    let mut ticks = 0;
    while world.license_server.licenses().len() < orders.len() && ticks < TICKS {
        world.clock.advance(TICK);
        answers.extend(ask_much(&asking).await);
        world.app.pipeline.process_due().await.unwrap();
        ticks += 1;
    }

    let licensed = world.license_server.licenses().len();
    assert_eq!(
        licensed,
        orders.len(),
        "of {} after {TICKS} ticks",
        orders.len()
    );
    let answered = answered(&answers);
    assert!(answered > 0, "nothing was answered");
    eprintln!(
        "15 orders licensed after {ticks} ticks of 0.1 s, {answered} of {} questions answered",
        answers.len()
    );
    world.work_for(SignedDuration::from_secs(10), TICK).await;
    for order in &orders {
        assert_eq!(selling.outcome(order).await, "done");
    }
    assert_within_budget(world);
}

async fn nobody_who_asks_keeps_the_others_from_being_answered(world: &World) {
    let mut asking = Vec::new();
    for _ in 0..3 {
        asking.push(world.vendor().await);
    }
    let quiet = world.vendor().await;
    world.clock.advance(SignedDuration::from_secs(10));

    let mut counts = [0; 3];
    for tick in 0..TICKS {
        for (count, vendor) in counts.iter_mut().zip(&asking) {
            *count += answered(&ask_much(vendor).await);
        }
        if tick % 20 == 5 {
            let lists = &questions(&quiet)[0];
            quiet.get(lists).await.expect(200);
        }
        world.clock.advance(TICK);
    }

    eprintln!("questions answered of each who asks without end: {counts:?}");
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(least * 2 >= *most, "{counts:?}");
    assert_within_budget(world);
}

async fn pages_ask_within_the_budget_and_say_when_to_come_again(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in_as(&vendor).await;
    let page = format!("/setup/accounts/{}", vendor.license_server_id);
    world.clock.advance(SignedDuration::from_secs(10));
    let before = world.license_server.calls("me");
    browser.get(&page).await.expect(200);

    let mut busy = Vec::new();
    for _ in 0..60 {
        let answer = browser.post(&format!("{page}/check"), &[]).await;
        if answer.status != 303 {
            busy.push(answer);
        }
        // A page of an error has no form of its own.
        browser.get(&page).await.expect(200);
    }

    assert_eq!(world.license_server.calls("me"), before + ALONE);
    assert_eq!(busy.len(), 60 - ALONE);
    let answer = busy.pop().unwrap().expect(503);
    assert_eq!(answer.header("retry-after"), "6");
    assert!(answer.text.contains("Nothing is lost"), "{}", answer.text);
    assert!(answer.text.contains("try again in 6 s"), "{}", answer.text);
    world.clock.advance(SignedDuration::from_secs(6));
    let later = browser.post(&format!("{page}/check"), &[]).await;
    later.expect(303);
}

async fn what_cannot_be_checked_now_is_kept_and_checked_later(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in_as(&vendor).await;
    let page = format!("/setup/accounts/{}", vendor.license_server_id);
    let check = format!("/license-servers/{}/check", vendor.license_server_id);
    for _ in 0..2 * ALONE {
        vendor.post_json(&check, &json!({})).await;
        browser.get(&page).await.expect(200);
        browser.post(&format!("{page}/check"), &[]).await;
    }
    let calls = world.license_server.calls("me");

    let new = json!({
        "kind": "cryptlex", "name": "Second", "base_url": world.license_server.url(),
        "access_token": "another",
    });
    let made = vendor
        .post_json("/license-servers", &new)
        .await
        .expect(201)
        .json();
    let path = format!("/license-servers/{}", vendor.license_server_id);
    let token = json!({ "access_token": "renewed" });
    let changed = vendor
        .send(reqwest::Method::PATCH, &path, Some(&token))
        .await;
    let changed = changed.expect(200).json();
    browser.get("/setup/accounts/new").await.expect(200);
    let url = world.license_server.url();
    let fields = [
        ("name", "Third"),
        ("base_url", url.as_str()),
        ("access_token", "third"),
    ];
    let added = browser.post("/setup/accounts", &fields).await.expect(303);

    assert_eq!(world.license_server.calls("me"), calls);
    assert_eq!(
        (&made["state"], &changed["state"]),
        (&json!("unchecked"), &json!("unchecked"))
    );
    let shown = browser.get(added.header("location")).await.expect(200);
    assert!(shown.text.contains("Not checked yet"), "{}", shown.text);
    world.clock.advance(SignedDuration::from_secs(6));
    let checked = vendor
        .post_json(&check, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(checked["state"], "ok");
}

#[tokio::test]
async fn a_check_that_was_stopped_goes_on_where_it_was_on_sqlite() {
    a_check_that_was_stopped_goes_on_where_it_was(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_check_that_was_stopped_goes_on_where_it_was_on_postgres() {
    a_check_that_was_stopped_goes_on_where_it_was(Backend::Postgres).await;
}

/// The whole check takes more calls than may be made at once.
async fn a_check_that_was_stopped_goes_on_where_it_was(backend: Backend) {
    let options = WorldOptions {
        budgets: "*=10/5s".parse().unwrap(),
        ..WorldOptions::with_budget()
    };
    let Some(world) = World::with(backend, options).await else {
        return;
    };
    let vendor = world.vendor().await;
    world.clock.advance(SignedDuration::from_secs(10));
    let asked = || {
        let ledger = world.license_server.ledger();
        let paths = ledger.entries().map(|entry| entry.path.clone());
        paths.collect::<Vec<String>>()
    };
    let before = asked().len();
    let path = &questions(&vendor)[3];

    let mut tries = 1;
    let mut answer = vendor.get(path).await;
    while answer.status != 200 && tries < 20 {
        let seconds = answer.expect(503).header("retry-after").parse().unwrap();
        world.clock.advance(SignedDuration::from_secs(seconds));
        answer = vendor.get(path).await;
        tries += 1;
    }

    let shown: Value = answer.expect(200).json();
    assert_eq!(shown["items"][0]["asked_license_server"], true);
    assert!(tries > 1);
    let mut asked = asked().split_off(before);
    let calls = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), calls, "something was asked twice: {asked:?}");
    world.finish().await;
}
