//! License keys are shown by their ends, and what a license server says when it refuses gives nothing away.

use latchkey::store::Scope;
use latchkey::store::events::{self, EventFilter};
use serde_json::json;

use crate::shop::order;
use crate::world::World;

on_both! {
    the_page_of_a_message_shows_keys_to_whoever_asks_on_record,
    a_program_sees_keys_where_it_may,
    a_refusal_that_repeats_everything_gives_nothing_away,
}

const ANNA: &str = "anna@lindqvist.example";

async fn the_page_of_a_message_shows_keys_to_whoever_asks_on_record(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").by(ANNA).line("reverb", 1).completed();
    assert_eq!(world.tell(&vendor, &bought).await, "done");
    let event = vendor.event(&bought).await;
    let path = format!("/activity/{}", event["id"].as_str().unwrap());
    let license = vendor.licenses().await[0]["id"].clone();
    let key = vendor
        .get(&format!("/licenses/{}/key", license.as_str().unwrap()))
        .await;
    let key = key.expect(200).json()["key"].as_str().unwrap().to_owned();
    let mut browser = world.signed_in().await;

    let cut = browser.get(&path).await.expect(200).text;
    let steps = browser
        .get(&format!("{path}/live/steps"))
        .await
        .expect(200)
        .text;
    browser.get(&format!("{path}/keys")).await.expect(405);
    assert!(
        vendor
            .list("/audit?action=event_keys.show")
            .await
            .is_empty()
    );
    let (address, whole) = browser.send_and_see(&format!("{path}/keys"), &[]).await;
    let whole = whole.text;
    let again = browser.get(&address).await.expect(200).text;

    let end = format!("…{}", &key[key.len() - 6..]);
    assert!(!cut.contains(&key) && cut.contains(&end), "{cut}");
    assert!(cut.contains("Show the license keys"), "{cut}");
    assert!(!steps.contains(&key), "{steps}");
    assert!(whole.contains(&key), "{whole}");
    assert!(!again.contains(&key), "{again}");
    assert!(again.contains("shown once already"), "{again}");
    let acts = vendor.list("/audit?action=event_keys.show").await;
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0]["target"], event["id"]);
    let stranger = world.vendor().await;
    let mut other = world.signed_in_as(&stranger).await;
    other.get("/").await.expect(200);
    other.post(&format!("{path}/keys"), &[]).await.expect(404);
}

async fn a_program_sees_keys_where_it_may(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let key = "ABCDEF-GHIJKL-MNOPQR";
    let bought = order("A")
        .by(ANNA)
        .line("delay", 1)
        .delivered(&[key])
        .completed();
    world.tell(&vendor, &bought).await;
    let whole = vendor.event(&bought).await["payload"].to_string();
    let mut narrow = vendor.clone();
    let scopes = [latchkey::accounts::scope::ApiScope::EventsRead];
    narrow.api_token = world.app.create_token(&vendor.tenant_id, &scopes).await;

    let cut = narrow.event(&bought).await["payload"].to_string();

    assert!(whole.contains(key), "{whole}");
    assert!(!cut.contains(key) && cut.contains("…MNOPQR"), "{cut}");
}

async fn a_refusal_that_repeats_everything_gives_nothing_away(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["repeat,on=create"]);
    let bought = order("A").by(ANNA).line("reverb", 1).completed();

    let outcome = world.tell(&vendor, &bought).await;

    assert_eq!(outcome, "parked license_server_rejected");
    let event = vendor.event(&bought).await;
    let text = event["reason"]["text"].as_str().unwrap();
    assert!(text.contains("No to "), "{text}");
    let mut calls = event["calls"].as_array().unwrap().iter();
    let key = calls.find_map(|call| call["request"]["key"].as_str());
    let key_end = key.unwrap().trim_start_matches('…');
    assert!(text.contains(&format!("…{key_end}")), "{text}");
    let mut browser = world.signed_in().await;
    let path = format!("/activity/{}", event["id"].as_str().unwrap());
    let problems = vendor.get("/problems").await.expect(200).text;
    assert!(problems.contains("No to "), "{problems}");
    let mut shown = vec![text.to_owned(), problems];
    for page in [path.as_str(), "/to-fix", "/", "/activity"] {
        let page = browser.get(page).await.expect(200).text;
        assert!(page.contains("No to "), "{page}");
        shown.push(page);
    }
    for page in shown {
        assert!(!page.contains("token-1"), "{page}");
    }
    assert!(!text.contains(ANNA), "{text}");
    // At rest nothing of it is in clear.
    let tenant = vendor.tenant_id.parse().unwrap();
    let rows = world.app.store.read(Scope::Tenant(tenant), move |db| {
        events::list(db, tenant, &EventFilter::default(), None, 10)
    });
    let rows = rows.await.unwrap();
    assert!(rows[0].words_sealed.is_some());
    assert!(!format!("{rows:?}").contains("No to"), "{rows:?}");
}
