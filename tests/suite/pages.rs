//! Pages as people use them: what they show, and what their buttons do.

use jiff::SignedDuration;
use latchkey::domain::time::Timestamp;
use reqwest::Method;
use reqwest::redirect::Policy;
use serde_json::json;

use crate::shop::{order, subscription};
use crate::world::{Answer, Browser, World};

on_both! {
    every_page_forbids_what_is_not_ours,
    what_can_be_read_can_be_asked_for_without_its_body,
    every_page_opens_and_none_of_another_company,
    the_search_box_finds_the_buyer,
    a_buyer_page_answers_replies_and_tells,
    a_license_page_tells_its_history_in_words,
    an_event_can_be_sent_as_a_link,
    the_overview_says_who_holds_a_store_and_since_when,
    an_open_page_learns_what_came_of_its_message,
    everything_of_a_filter_runs_again_from_the_page,
    the_rules_form_says_what_it_changes,
    the_api_says_so_too,
}

const OWNER: &str = "owner-1@vendor.example";
const PASSWORD: &str = "correct horse 1";
const ANNA: &str = "anna@lindqvist.example";

async fn every_page_forbids_what_is_not_ours(world: &World) {
    world.vendor().await;
    let mut browser = world.signed_in().await;

    for path in [
        "/",
        "/customers",
        "/licenses",
        "/setup/who-did-what",
        "/sign-in",
        "/nowhere",
    ] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'self'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            answer.header("cache-control").contains("no-store"),
            "{path}"
        );
    }
}

/// As load balancers and link checkers ask.
async fn what_can_be_read_can_be_asked_for_without_its_body(world: &World) {
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/sign-in", 200),
        ("/", 303),
        ("/nowhere", 404),
    ] {
        let url = format!("{}{path}", world.app.url);
        let no_redirects = reqwest::Client::builder().redirect(Policy::none());
        let answer = Answer::to(no_redirects.build().unwrap().head(url)).await;
        assert_eq!(answer.expect(status).text, "", "{path}");
    }
}

async fn every_page_opens_and_none_of_another_company(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let stranger = world.vendor().await;
    for one in [&vendor, &stranger] {
        one.post(&order("A").by(ANNA).line("reverb", 1).completed())
            .await;
    }
    world.work().await;
    let address = async |vendor: &crate::world::Vendor, list: &str, page: &str| {
        let things = vendor.list(list).await;
        format!("{page}/{}", things[0]["id"].as_str().unwrap())
    };

    for (list, page) in [
        ("/customers", "/customers"),
        ("/licenses", "/licenses"),
        ("/events", "/activity"),
        ("/storefronts", "/setup/stores"),
        ("/license-servers", "/setup/accounts"),
    ] {
        let own = address(&vendor, list, page).await;
        let other = address(&stranger, list, page).await;
        browser.get(&own).await.expect(200);
        browser.get(&other).await.expect(404);
    }
    browser.get("/customers/cus_nonsense").await.expect(404);
}

async fn the_search_box_finds_the_buyer(world: &World) {
    let vendor = world.vendor().await;
    vendor
        .post(&order("A-1").by(ANNA).line("reverb", 1).completed())
        .await;
    vendor
        .post(
            &order("B-1")
                .by("ben@kite.example")
                .line("reverb", 1)
                .completed(),
        )
        .await;
    world.work().await;
    let mut browser = world.signed_in().await;
    let anna = vendor.list(&format!("/customers?q={ANNA}")).await;
    let page = format!("/customers/{}", anna[0]["id"].as_str().unwrap());

    for (text, leads_to) in [
        (ANNA, page.as_str()),
        ("NWA-A-1", page.as_str()),
        ("weber", "/customers?"),
        ("nobody", "/activity?"),
        ("", "/customers"),
    ] {
        let answer = browser.get(&format!("/find?q={text}")).await.expect(303);
        let location = answer.header("location");
        assert!(location.starts_with(leads_to), "{text}: {location}");
        browser.get(location).await.expect(200);
    }
}

async fn a_buyer_page_answers_replies_and_tells(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let bought = subscription("S").by(ANNA);
    vendor
        .post_together(&[
            bought.activated(),
            order("A").by(ANNA).subscribed(&bought).completed(),
        ])
        .await;
    world.work().await;
    let mut browser = world.signed_in().await;
    let list = browser.get("/customers").await.expect(200);
    let anna = vendor.list("/customers").await;

    let page = browser
        .get(&format!("/customers/{}", anna[0]["id"].as_str().unwrap()))
        .await
        .expect(200);

    let license = &vendor.licenses().await[0];
    let end = world.license_server.license().expires_at.unwrap();
    let end = Timestamp::new(end).long_day();
    assert!(list.text.contains(ANNA));
    for text in [
        "have a working license? YES.",
        "is paid until",
        "Made; ends",
        "buyer since",
        "1 license",
        license["id"].as_str().unwrap(),
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let (_, reply) = page.text.split_once("aria-label=\"A reply\">").unwrap();
    let reply = reply.split("</code>").next().unwrap();
    assert!(reply.starts_with("Hello "), "{reply}");
    assert!(reply.contains("runs until"), "{reply}");
    assert!(
        !reply.contains(&end),
        "the extra days are the company's secret: {reply}"
    );
}

async fn a_license_page_tells_its_history_in_words(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").by(ANNA).line("reverb", 1);
    vendor.post(&bought.completed()).await;
    world.work().await;
    vendor
        .post(&bought.refunded(&["reverb"], "2027-01-15T09:50:00Z"))
        .await;
    world.work().await;
    let mut browser = world.signed_in().await;
    let id = vendor.licenses().await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    let page = browser.get(&format!("/licenses/{id}")).await.expect(200);

    for text in [
        "Made; never ends.",
        "Suspended, because the money went back.",
        "Refunded in full",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
}

async fn an_event_can_be_sent_as_a_link(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").by(ANNA).line("reverb", 1).completed();
    vendor.post(&event).await;
    world.work().await;
    let id = vendor.event(&event).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/activity/{id}");

    // Whoever is not signed in comes there after signing in.
    let mut browser = Browser::new(world);
    let sent_away = browser.get(&path).await.expect(303);
    let location = sent_away.header("location").to_owned();
    browser.get(&location).await.expect(200);
    let fields = [
        ("email", OWNER),
        ("password", PASSWORD),
        ("next", path.as_str()),
    ];
    let signed_in = browser.post("/sign-in", &fields).await.expect(303);
    let page = browser.get(signed_in.header("location")).await.expect(200);

    assert!(location.contains("next="), "{location}");
    assert_eq!(signed_in.header("location"), path);
    assert!(page.text.contains("New order"), "{}", page.text);
}

async fn the_overview_says_who_holds_a_store_and_since_when(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let path = format!("/setup/stores/{}", vendor.storefront_id);
    browser.get(&path).await.expect(200);
    let set = browser
        .post(&format!("{path}/mode"), &[("mode", "paused")])
        .await;
    set.expect(303);

    // Another change of the store is not when it was put on hold.
    world.clock.advance(SignedDuration::from_mins(10));
    let name = json!({ "name": "Another name" });
    let path = format!("/storefronts/{}", vendor.storefront_id);
    let renamed = vendor.send(Method::PATCH, &path, Some(&name)).await;
    renamed.expect(200);

    let text = browser.get("/").await.expect(200).text;
    let held = format!("On hold since 10:00 ({OWNER}).");
    assert!(text.contains(&held), "{text}");
}

async fn an_open_page_learns_what_came_of_its_message(world: &World) {
    let vendor = world.vendor().await;
    world
        .license_server
        .faults(&["status=503,on=create,times=1"]);
    let event = order("A").by(ANNA).line("reverb", 1).completed();
    let outcome = world.tell(&vendor, &event).await;
    assert_eq!(outcome, "retrying license_server_unreachable");
    let mut browser = world.signed_in().await;
    let id = vendor.event(&event).await["id"].clone();
    let path = format!("/activity/{}", id.as_str().unwrap());
    let page = browser.get(&path).await.expect(200).text;
    let head = format!("{path}/live/head");
    let refresh = format!("data-refresh=\"{head}\"");
    assert!(page.contains(&refresh), "{page}");
    assert!(page.contains("does not answer"), "{page}");

    world.work_after(SignedDuration::from_secs(10)).await;

    let head = browser.get(&head).await.expect(200).text;
    assert!(head.contains("Done"), "{head}");
    assert!(!head.contains("does not answer"), "{head}");
    let page = browser.get(&path).await.expect(200).text;
    assert!(!page.contains("data-refresh"), "{page}");
    assert!(page.contains("’s story</a>"), "{page}");
}

async fn everything_of_a_filter_runs_again_from_the_page(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let events = ["A", "B", "C"].map(|id| order(id).line("delay", 1).completed());
    vendor.post_together(&events).await;
    vendor.post(&order("D").line("reverb", 1).completed()).await;
    world.work().await;
    let mut browser = world.signed_in().await;
    browser.get("/activity?state=parked").await.expect(200);

    let unfiltered = browser.post("/activity/run-again", &[]).await;
    let answer = browser
        .post("/activity/run-again", &[("state", "parked")])
        .await
        .expect(303);
    let received = vendor.list("/events?state=received").await;
    world.work().await;

    assert_eq!(unfiltered.status.as_u16(), 404);
    assert!(answer.header("location").contains("done=run-many-again"));
    assert_eq!(received.len(), 3);
    assert_eq!(vendor.list("/events?state=parked").await.len(), 3);
    assert_eq!(world.license_server.effects("create"), 1);
    let acts = vendor.list("/audit?action=events.replay").await;
    assert_eq!(acts[0]["details"], json!({ "events": 3 }));
    assert_eq!(acts[0]["actor"]["name"], OWNER);
}

async fn the_rules_form_says_what_it_changes(world: &World) {
    let vendor = world.vendor().await;
    vendor.post(&order("A").line("reverb", 2).completed()).await;
    world.work().await;
    let mut browser = world.signed_in().await;
    let path = format!("/setup/stores/{}", vendor.storefront_id);
    let page = browser.get(&path).await.expect(200);
    let writes = world.license_server.writes();

    browser
        .post(&format!("{path}/rules"), &[("preset", "licensespring")])
        .await
        .expect(303);
    world.work().await;

    assert!(
        page.text.contains("2 licenses keep their terms"),
        "{}",
        page.text
    );
    assert_eq!(world.license_server.writes(), writes);
}

async fn the_api_says_so_too(world: &World) {
    let vendor = world.vendor().await;
    vendor.post(&order("A").line("reverb", 1).completed()).await;
    world.work().await;
    let path = format!("/storefronts/{}", vendor.storefront_id);
    let change = async |body: serde_json::Value| {
        let answer = vendor
            .send(reqwest::Method::PATCH, &path, Some(&body))
            .await;
        answer.expect(200).json()
    };

    let rules = change(json!({ "policy": { "refund": "ignore" } })).await;
    let name = change(json!({ "name": "Other" })).await;

    assert_eq!(
        rules["note"],
        "The rules apply to what comes from now on; 1 license keeps its terms."
    );
    assert_eq!(name["note"], serde_json::Value::Null);
}
