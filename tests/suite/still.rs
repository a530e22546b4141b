//! What stands still is counted beside the events, and the numbers are those of the events, whatever happened.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::SignedDuration;
use latchkey::domain::effect::EventState;
use latchkey::store::cause_counts::{self, STATES, WAITING};
use latchkey::store::events::{self, Event, EventFilter};
use latchkey::store::{PlatformUse, Scope};
use proptest::prelude::{Strategy as _, any};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::json;

use crate::shop::{Event as ShopEvent, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    the_numbers_are_those_of_the_events_after_a_long_story,
    the_numbers_are_right_when_many_settle_at_once,
    a_removed_event_is_not_counted,
}

/// Something that happens to a store.
#[derive(Debug, Clone, Copy)]
enum Step {
    Buy,
    BuyUnknown,
    Subscribe,
    RefuseToken,
    Refuse,
    AcceptAll,
    Pause,
    Resume,
    RunAgain,
    SetAside,
    Map,
    Wait,
    Fold,
}

const STEPS: [Step; 13] = [
    Step::Buy,
    Step::BuyUnknown,
    Step::Subscribe,
    Step::RefuseToken,
    Step::Refuse,
    Step::AcceptAll,
    Step::Pause,
    Step::Resume,
    Step::RunAgain,
    Step::SetAside,
    Step::Map,
    Step::Wait,
    Step::Fold,
];

async fn the_numbers_are_those_of_the_events_after_a_long_story(world: &World) {
    for state in ["received", "retrying", "waiting"] {
        world.may_leave(state);
    }
    let vendors = [careful(world).await, careful(world).await];
    let mut runner = TestRunner::deterministic();
    let chosen = (any::<bool>(), 0..STEPS.len());
    let mut stood = 0;
    for number in 0..120 {
        let (is_second, step) = chosen.new_tree(&mut runner).unwrap().current();
        let vendor = &vendors[usize::from(is_second)];
        take(world, vendor, number, STEPS[step]).await;
        world.work().await;
        for vendor in &vendors {
            stood += compare(world, vendor).await;
        }
    }

    assert!(
        stood > 100,
        "too little stood still to prove anything: {stood}"
    );
}

/// A vendor whose unknown products wait for a person.
async fn careful(world: &World) -> Vendor {
    world.vendor_by("recommended", json!({})).await
}

async fn take(world: &World, vendor: &Vendor, number: usize, step: Step) {
    let mode = async |mode: &str| {
        vendor.set_mode(mode).await;
    };
    let id = format!("N{number}");
    let is_refused = match step {
        Step::Buy => Some(order(&id).line("reverb", 1).completed()),
        Step::BuyUnknown => Some(
            order(&id)
                .line(&format!("delay-{}", number % 3), 1)
                .completed(),
        ),
        Step::Subscribe => Some(subscription(&id).activated()),
        _ => None,
    };
    if let Some(event) = is_refused {
        vendor.post(&event).await;
    }
    let filter = json!({ "filter": { "storefront_id": vendor.storefront_id, "state": "parked" } });
    match step {
        Step::RefuseToken => world.license_server.faults(&["status=401"]),
        Step::Refuse => world
            .license_server
            .faults(&["status=400,on=create", "status=503,on=list"]),
        Step::AcceptAll => {
            world.license_server.faults(&[]);
            let path = format!("/license-servers/{}", vendor.license_server_id);
            let token = json!({ "access_token": "another" });
            vendor
                .send(Method::PATCH, &path, Some(&token))
                .await
                .expect(200);
        }
        Step::Pause => mode("paused").await,
        Step::Resume => mode("live").await,
        Step::RunAgain => {
            vendor
                .post_json("/events/replay", &filter)
                .await
                .expect(202);
            world.do_long_work().await;
        }
        Step::SetAside => {
            let parked = vendor.list("/events?state=parked").await;
            for event in parked.iter().take(2) {
                let path = format!("/events/{}/discard", event["id"].as_str().unwrap());
                vendor.post_json(&path, &json!({})).await.expect(202);
            }
        }
        Step::Map => vendor.map("delay-1", &json!({ "ignore": true })).await,
        Step::Wait => world.clock.advance(SignedDuration::from_mins(40)),
        Step::Fold => fold(world).await,
        Step::Buy | Step::BuyUnknown | Step::Subscribe => {}
    }
}

async fn the_numbers_are_right_when_many_settle_at_once(world: &World) {
    let vendor = careful(world).await;
    let orders: Vec<ShopEvent> = (0..40)
        .map(|number| {
            order(&format!("N{number}"))
                .line(&format!("delay-{}", number % 4), 1)
                .completed()
        })
        .collect();
    vendor.post_together(&orders).await;
    world.work().await;
    let parked = vendor.list("/events?state=parked").await;
    assert_eq!(parked.len(), 40);
    let ids: Vec<&str> = parked
        .iter()
        .filter_map(|event| event["id"].as_str())
        .collect();

    // Back in line, each in a transaction of its own, beside one that sets others going and one that adds up.
    let vendor = &vendor;
    let calls = ids.iter().map(|id| async move {
        let path = format!("/events/{id}/replay");
        vendor.post_json(&path, &json!({})).await.expect(202);
    });
    let mapping = json!({ "ignore": true });
    let ((), (), _) = tokio::join!(
        vendor.map("delay-1", &mapping),
        fold(world),
        join_all(calls)
    );

    assert_eq!(compare(world, vendor).await, 0);
    world.work().await;
    fold(world).await;
    assert_eq!(compare(world, vendor).await, 30);
}

async fn a_removed_event_is_not_counted(world: &World) {
    let vendor = careful(world).await;
    let event = order("A").line("delay", 1).completed();
    assert_eq!(
        world.tell(&vendor, &event).await,
        "parked product_not_mapped"
    );

    world.tamper("DELETE FROM events");

    assert_eq!(compare(world, &vendor).await, 0);
    assert!(vendor.list("/problems").await.is_empty());
}

async fn fold(world: &World) {
    let scope = Scope::Platform(PlatformUse::Upkeep);
    let folded = world
        .app
        .store
        .write(scope, cause_counts::fold_across_tenants);
    folded.await.unwrap();
}

type Counts = BTreeMap<(String, &'static str, String, String), (i64, i64)>;

/// Fails unless the numbers are what the events say; says how many stand still.
async fn compare(world: &World, vendor: &Vendor) -> i64 {
    let tenant = vendor.tenant_id.parse().unwrap();
    let (counted, all) = world
        .app
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let counted = cause_counts::list(db, tenant)?;
            let all = events::list(db, tenant, &EventFilter::default(), None, 10_000)?;
            Ok::<_, latchkey::store::StoreError>((counted, all))
        })
        .await
        .unwrap();
    let counted: Counts = counted
        .into_iter()
        .map(|cause| {
            let code = cause.reason_code.map_or("", |code| code.as_str());
            let subject = cause.reason_subject.unwrap_or_default();
            let key = (
                cause.storefront_id.to_string(),
                cause.state.as_str(),
                code.to_owned(),
                subject,
            );
            (key, (cause.count, cause.purchases))
        })
        .collect();
    let mut real = Counts::new();
    for event in all.iter().filter(|event| stands_still(event)) {
        let code = event.reason_code.map_or("", |code| code.as_str());
        let subject = event.reason_subject.clone().unwrap_or_default();
        let key = (
            event.storefront_id.to_string(),
            event.state.as_str(),
            code.to_owned(),
            subject,
        );
        let (count, purchases) = real.entry(key).or_default();
        *count += 1;
        let headline = event.headline.as_deref().unwrap_or_default();
        *purchases += i64::from(headline.starts_with("New order"));
    }
    assert_eq!(counted, real);
    real.values().map(|(count, _)| count).sum()
}

fn stands_still(event: &Event) -> bool {
    let is_waited_for = event
        .reason_code
        .is_some_and(|code| WAITING.contains(&code));
    STATES.contains(&event.state) && (event.state != EventState::Waiting || is_waited_for)
}
