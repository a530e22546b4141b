//! What stops a whole license server in the middle of a crowd is one problem, costs next to no calls, and is over at once.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{Event, order};
use crate::world::{Backend, Vendor, World, WorldOptions};

const WINDOW: Duration = Duration::from_secs(5);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Calls that may be under way when the first is refused.
const IN_HAND: usize = 8;
const CROWD: usize = 200;
/// What a call is given, of real time.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_token_that_expires_in_a_crowd_is_one_problem_on_sqlite() {
    a_token_that_expires_in_a_crowd_is_one_problem(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_token_that_expires_in_a_crowd_is_one_problem_on_postgres() {
    a_token_that_expires_in_a_crowd_is_one_problem(Backend::Postgres).await;
}

#[tokio::test]
async fn a_plan_that_is_used_up_in_a_crowd_is_one_problem_on_sqlite() {
    a_plan_that_is_used_up_in_a_crowd_is_one_problem(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_plan_that_is_used_up_in_a_crowd_is_one_problem_on_postgres() {
    a_plan_that_is_used_up_in_a_crowd_is_one_problem(Backend::Postgres).await;
}

#[tokio::test]
async fn a_server_that_hangs_holds_up_the_way_back_of_no_other_on_sqlite() {
    a_server_that_hangs_holds_up_the_way_back_of_no_other(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_server_that_hangs_holds_up_the_way_back_of_no_other_on_postgres() {
    a_server_that_hangs_holds_up_the_way_back_of_no_other(Backend::Postgres).await;
}

async fn a_token_that_expires_in_a_crowd_is_one_problem(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_budget()).await else {
        return;
    };
    let (vendor, neighbor) = (world.vendor().await, world.vendor().await);
    sell_to_a_crowd(&vendor, CROWD).await;
    world.work_for(10 * SECOND, SECOND).await;
    let made = world.license_server.licenses().len();
    assert!((20..CROWD - 20).contains(&made), "{made}");

    let expired = vec!["token-1".to_owned()];
    world.license_server.sandbox.refuse_tokens(expired);
    world.work_for(MINUTE, SECOND).await;
    let sold = order("NEIGHBOR").line("reverb", 1).completed();
    assert_eq!(world.tell(&neighbor, &sold).await, "done");

    let refused = refused(&world, 401);
    assert!((1..=IN_HAND).contains(&refused), "{refused} refused");
    let problems = vendor.list("/problems").await;
    assert_eq!(
        told(&problems),
        [("license_server_unauthorized", CROWD - made)]
    );
    let path = format!("/license-servers/{}", vendor.license_server_id);
    let edit = json!({ "access_token": "token-3" });
    let changed = vendor.send(Method::PATCH, &path, Some(&edit)).await;
    changed.expect(200);
    world.work_for(MINUTE, SECOND).await;

    assert_eq!(vendor.list("/problems").await, Vec::<Value>::new());
    assert_eq!(world.license_server.licenses().len(), CROWD + 1);
    let ledger = world.license_server.ledger();
    assert!(ledger.busiest(WINDOW) <= 50, "{}", ledger.busiest(WINDOW));
    world.finish().await;
}

async fn a_plan_that_is_used_up_in_a_crowd_is_one_problem(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::with_budget()).await else {
        return;
    };
    let vendor = world.vendor().await;
    let crowd = 40;
    sell_to_a_crowd(&vendor, crowd).await;
    world
        .license_server
        .faults(&["status=402,on=create,skip=10"]);

    world.work_for(MINUTE, SECOND).await;

    let problems = vendor.list("/problems").await;
    assert_eq!(told(&problems), [("plan_limit", crowd - 10)]);
    // Nobody knows when there will be room: each asks once, and then no more.
    assert_eq!(refused(&world, 402), crowd - 10);
    world.license_server.faults(&[]);
    let filter = json!({ "filter": { "reason_code": "plan_limit" } });
    let replayed = vendor.post_json("/events/replay", &filter).await;
    replayed.expect(202);
    world.do_long_work().await;
    world.work_for(MINUTE, SECOND).await;
    assert_eq!(vendor.list("/problems").await, Vec::<Value>::new());
    assert_eq!(world.license_server.licenses().len(), crowd);
    world.finish().await;
}

async fn a_server_that_hangs_holds_up_the_way_back_of_no_other(backend: Backend) {
    let options = WorldOptions {
        calls_within: GIVEN_UP_AFTER,
        ..WorldOptions::default()
    };
    let Some(world) = World::with(backend, options).await else {
        return;
    };
    let (hung, other) = (world.vendor().await, world.vendor().await);
    // Whoever connects waits for an answer that never comes.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let edit = json!({ "base_url": address, "access_token": "token-1" });
    let path = format!("/license-servers/{}", hung.license_server_id);
    let edited = hung.send(Method::PATCH, &path, Some(&edit)).await;
    edited.expect(200);
    world.license_server.faults(&["status=503"]);
    for vendor in [&hung, &other] {
        sell_to_a_crowd(vendor, IN_HAND).await;
        world.work().await;
        world.clock.advance(SECOND);
    }
    world.license_server.faults(&[]);
    let asked_before = world.license_server.calls("me");

    world.clock.advance(10 * SECOND);
    let begun = Instant::now();
    tokio::select! {
        probed = world.app.pipeline.probe() => panic!("the other was not asked: {probed:?}"),
        () = world.license_server.asked_again("me", asked_before) => {}
    }

    assert!(begun.elapsed() < GIVEN_UP_AFTER, "{:?}", begun.elapsed());
    world.may_leave("waiting");
    world.may_leave("retrying");
    world.finish().await;
}

/// So many orders of one buyer, all at once.
async fn sell_to_a_crowd(vendor: &Vendor, orders: usize) {
    let order = |number| order(&format!("A-{number}")).line("reverb", 1).completed();
    let events: Vec<Event> = (0..orders).map(order).collect();
    for together in events.chunks(25) {
        vendor.post_together(together).await;
    }
}

fn refused(world: &World, status: u16) -> usize {
    let ledger = world.license_server.ledger();
    let refused = ledger
        .entries()
        .filter(|entry| entry.status == Some(status) && entry.kind != "me");
    refused.count()
}

fn told(problems: &[Value]) -> Vec<(&str, usize)> {
    let told = problems.iter().map(|problem| {
        let count = problem["count"].as_u64().unwrap_or_default();
        (problem["code"].as_str().unwrap_or_default(), count as usize)
    });
    told.collect()
}
