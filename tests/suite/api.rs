//! The API: who may do what, what comes back, and that another tenant's things are not there.

use latchkey_sandbox::sample::ids;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{order, subscription};
use crate::world::{Answer, World};

on_both! {
    a_token_says_whose_it_is,
    without_a_right_token_nothing_is_told,
    another_tenants_things_are_not_there,
    wrong_fields_are_named,
    wrong_filters_are_refused,
    secrets_are_never_shown_again,
    pages_of_a_list_follow_one_another,
    events_are_found_by_what_they_name,
    an_event_tells_its_whole_story,
    a_discarded_event_is_left_alone_until_it_is_replayed,
    a_replay_does_nothing_twice,
    keys_are_shown_one_by_one,
    licenses_are_listed_with_their_state,
    a_plan_is_told_and_nothing_is_done,
    problems_are_counted_once_per_cause,
    the_picker_shows_what_the_license_server_has,
    the_document_describes_the_api,
    the_process_is_healthy_and_ready,
}

async fn a_token_says_whose_it_is(world: &World) {
    let vendor = world.vendor().await;

    let me = vendor.get("/me").await.expect(200).json();

    assert_eq!(me["tenant_id"], vendor.tenant_id.as_str());
    assert_eq!(me["name"], "Northwind Audio");
    assert!(
        me["scopes"]
            .as_array()
            .unwrap()
            .contains(&json!("licenses:keys"))
    );
}

async fn without_a_right_token_nothing_is_told(world: &World) {
    let mut vendor = world.vendor().await;

    for token in ["", "lk_wrong", "Bearer"] {
        vendor.api_token = token.to_owned();
        let answer = vendor.get("/me").await.expect(401);
        assert!(
            answer
                .header("content-type")
                .starts_with("application/problem+json")
        );
        assert_eq!(answer.json()["status"], 401);
    }
}

async fn another_tenants_things_are_not_there(world: &World) {
    let owner = world.vendor().await;
    let stranger = world.vendor().await;
    let event = order("A").line("reverb", 1).completed();
    owner.post(&event).await;
    world.work().await;
    let event = id(&owner.event(&event).await);
    let license = id(&owner.licenses().await[0]);
    let (store, server) = (&owner.storefront_id, &owner.license_server_id);

    for (method, path) in [
        (Method::GET, format!("/events/{event}")),
        (Method::POST, format!("/events/{event}/replay")),
        (Method::POST, format!("/events/{event}/discard")),
        (Method::GET, format!("/licenses/{license}/key")),
        (Method::GET, format!("/licenses/{license}/history")),
        (Method::GET, format!("/storefronts/{store}")),
        (Method::DELETE, format!("/storefronts/{store}")),
        (Method::GET, format!("/storefronts/{store}/products")),
        (Method::GET, format!("/storefronts/{store}/mappings")),
        (
            Method::DELETE,
            format!("/storefronts/{store}/mappings/reverb"),
        ),
        (Method::POST, format!("/storefronts/{store}/rotate-secret")),
        (Method::GET, format!("/storefronts/{store}/catalog-check")),
        (Method::GET, format!("/license-servers/{server}")),
        (Method::DELETE, format!("/license-servers/{server}")),
        (Method::POST, format!("/license-servers/{server}/check")),
        (Method::GET, format!("/license-servers/{server}/products")),
        (Method::GET, "/events/evt_nonsense".to_owned()),
        (Method::GET, "/jobs/job_nonsense".to_owned()),
    ] {
        let body = (method == Method::POST).then(|| json!({}));
        let answer = stranger.send(method.clone(), &path, body.as_ref()).await;
        assert_eq!(
            answer.status.as_u16(),
            404,
            "{method} {path}: {}",
            answer.text
        );
    }
    for list in ["/events", "/licenses", "/deliveries", "/problems"] {
        assert_eq!(stranger.list(list).await, Vec::<Value>::new(), "{list}");
    }
    assert_eq!(owner.list("/storefronts").await.len(), 1);
    assert_eq!(stranger.list("/storefronts").await.len(), 1);
}

async fn wrong_fields_are_named(world: &World) {
    let vendor = world.vendor().await;
    let account = json!({
        "kind": "cryptlex", "name": "n", "base_url": "https://x.example", "access_token": "t",
    });
    let store = json!({
        "kind": "fastspring", "name": "n", "license_server_id": vendor.license_server_id,
    });

    for (path, body, field, value) in [
        ("/license-servers", &account, "name", json!("")),
        ("/license-servers", &account, "base_url", json!("ftp://x")),
        (
            "/license-servers",
            &account,
            "base_url",
            json!("http://169.254.169.254"),
        ),
        ("/license-servers", &account, "kind", json!("other")),
        ("/storefronts", &store, "surprise", json!(1)),
        (
            "/storefronts",
            &store,
            "license_server_id",
            json!("lsv_none"),
        ),
        ("/storefronts", &store, "name", json!(7)),
        ("/storefronts", &store, "mode", json!("asleep")),
        (
            "/storefronts",
            &store,
            "policy",
            json!({ "refund": "shrug" }),
        ),
    ] {
        let mut body = body.clone();
        body[field] = value;

        let answer = vendor.post_json(path, &body).await.expect(422);

        let problem = answer.json();
        let names = problem["errors"].to_string();
        assert!(names.contains(field), "{body}: {problem}");
        let kind = answer.header("content-type");
        assert!(kind.starts_with("application/problem+json"), "{kind}");
    }
}

async fn wrong_filters_are_refused(world: &World) {
    let vendor = world.vendor().await;

    for query in [
        "limit=0",
        "limit=201",
        "limit=many",
        "cursor=nonsense",
        "state=asleep",
        "received_after=yesterday",
    ] {
        let answer = vendor.get(&format!("/events?{query}")).await;
        assert_eq!(answer.status.as_u16(), 422, "{query}: {}", answer.text);
    }
}

async fn secrets_are_never_shown_again(world: &World) {
    let vendor = world.vendor().await;

    for path in [
        "/license-servers".to_owned(),
        format!("/license-servers/{}", vendor.license_server_id),
        "/storefronts".to_owned(),
        format!("/storefronts/{}", vendor.storefront_id),
    ] {
        let answer = vendor.get(&path).await.expect(200);
        assert!(!answer.text.contains(&vendor.secret), "{path}");
        assert!(!answer.text.contains("token-1"), "{path}");
    }
}

async fn pages_of_a_list_follow_one_another(world: &World) {
    let vendor = world.vendor().await;
    let events: Vec<_> = (0..7)
        .map(|number| order(&format!("A-{number}")).line("reverb", 1).completed())
        .collect();
    vendor.post_together(&events).await;
    world.work().await;

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = vendor
            .get(&format!("/events?limit=3{cursor}"))
            .await
            .expect(200)
            .json();
        seen.extend(page["items"].as_array().unwrap().iter().map(id));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }

    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (7, 7));
}

async fn events_are_found_by_what_they_name(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S-1").by("somebody@example.com");
    let order = order("A-1").by("somebody@example.com").subscribed(&bought);
    vendor
        .post_together(&[bought.activated(), order.completed()])
        .await;
    world.work().await;

    for (query, expected) in [
        ("order_id=A-1", 1),
        ("subscription_id=S-1", 2),
        ("type=order.completed", 1),
        ("state=done", 1),
        ("state=parked", 0),
        ("live=true", 2),
        ("live=false", 0),
        ("email=somebody@example.com", 2),
        ("email=nobody@example.com", 0),
        ("q=A-1", 1),
        ("q=NWA-A-1", 1),
        ("q=somebody@example.com", 2),
        ("q=weber", 2),
        ("received_after=2027-01-15T11:00:00Z", 0),
    ] {
        let found = vendor.list(&format!("/events?{query}")).await;
        let found = found
            .iter()
            .filter(|event| !event["source_event_id"].is_null());
        assert_eq!(found.count(), expected, "{query}");
    }
}

async fn an_event_tells_its_whole_story(world: &World) {
    let vendor = world.vendor().await;
    let order = order("A").line("reverb", 1);
    vendor.post(&order.completed()).await;
    world.work().await;

    let event = vendor.event(&order.completed()).await;

    assert_eq!(
        event["payload"]["data"]["reference"],
        order.reference().as_str()
    );
    assert_eq!(event["effects"][0]["kind"], "issue");
    assert_eq!(event["effects"][0]["state"], "done");
    assert!(
        event["calls"]
            .as_array()
            .unwrap()
            .iter()
            .any(|call| call["method"] == "POST")
    );
    assert!(!event["timeline"].as_array().unwrap().is_empty());
    assert!(
        !event.to_string().contains("token-1"),
        "a token in a recorded call"
    );
    assert_eq!(event["order_id"], "A");
}

async fn a_discarded_event_is_left_alone_until_it_is_replayed(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 1).completed();
    vendor.post(&event).await;

    vendor.act(&event, "discard", &json!({})).await.expect(202);
    world.work().await;
    assert_eq!(vendor.event(&event).await["state"], "discarded");
    assert_eq!(world.license_server.licenses(), []);
    vendor.act(&event, "replay", &json!({})).await.expect(202);
    assert_eq!(vendor.event(&event).await["state"], "received");
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
}

async fn a_replay_does_nothing_twice(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 2).completed();
    vendor.post(&event).await;
    world.work().await;

    vendor.act(&event, "replay", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(world.license_server.effects("create"), 2);
    assert_eq!(
        vendor.event(&event).await["effects"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

async fn keys_are_shown_one_by_one(world: &World) {
    let vendor = world.vendor().await;
    vendor.post(&order("A").line("reverb", 1).completed()).await;
    world.work().await;
    let listed = &vendor.licenses().await[0];
    let key = world.license_server.license().key;

    assert!(!listed.to_string().contains(&key), "{listed}");
    let shown = vendor
        .get(&format!("/licenses/{}/key", id(listed)))
        .await
        .expect(200);

    assert_eq!(shown.json()["key"], key.as_str());
}

async fn licenses_are_listed_with_their_state(world: &World) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    vendor
        .post_together(&[
            bought.activated(),
            order("A").subscribed(&bought).completed(),
        ])
        .await;
    vendor.post(&bought.overdue("2027-01-15T09:45:00Z")).await;
    world.work().await;

    let license = &vendor.licenses().await[0];

    let remote = world.license_server.license();
    assert_eq!(license["remote_license_id"], remote.id.as_str());
    assert_eq!(license["state"], "suspended");
    assert_eq!(license["causes"], json!(["overdue"]));
    assert_eq!(license["subscription_id"], "S");
    assert_eq!(license["product_path"], "studio-pro");
    assert_eq!(
        vendor
            .list("/licenses?subscription_id=S&state=suspended")
            .await
            .len(),
        1
    );
    assert_eq!(vendor.list("/licenses?state=active").await.len(), 0);
    let history = vendor
        .get(&format!("/licenses/{}/history", id(license)))
        .await;
    history.expect(200);
}

async fn a_plan_is_told_and_nothing_is_done(world: &World) {
    let vendor = world.vendor().await;
    let body = json!({ "events": [order("A").line("reverb", 2).completed().json()] });
    let path = format!("/storefronts/{}/plan", vendor.storefront_id);

    let plan = vendor.post_json(&path, &body).await.expect(200).json();

    let event = &plan["events"][0];
    assert_eq!(event["outcome"], "actions", "{plan:#}");
    assert_eq!(event["actions"].as_array().unwrap().len(), 2);
    assert_eq!(event["actions"][0]["kind"], "issue");
    assert_eq!(event["actions"][1]["license"]["unit"], 2);
    assert_eq!(world.license_server.writes(), 0);
    assert_eq!(vendor.events().await, Vec::<Value>::new());
}

async fn problems_are_counted_once_per_cause(world: &World) {
    let vendor = world
        .vendor_with(json!({ "policy": { "preset": "recommended" } }))
        .await;
    let events = ["A", "B", "C"].map(|id| order(id).line("delay", 1).completed());
    vendor.post_together(&events).await;
    world.work().await;

    let problems = vendor.list("/problems").await;

    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0]["code"], "product_not_mapped");
    assert_eq!(problems[0]["count"], 3);
    assert!(problems[0]["text"].as_str().unwrap().contains("delay"));
}

async fn the_picker_shows_what_the_license_server_has(world: &World) {
    let vendor = world.vendor().await;

    for (list, expected) in [
        ("products", ids::STUDIO_PRO),
        ("templates", ids::MONTHLY),
        ("features", ids::SURROUND),
    ] {
        let path = format!("/license-servers/{}/{list}", vendor.license_server_id);
        let shown = vendor.get(&path).await.expect(200);
        assert!(shown.text.contains(expected), "{list}: {}", shown.text);
    }
}

async fn the_document_describes_the_api(world: &World) {
    let request = world
        .http
        .get(format!("{}/api/openapi.json", world.app.url));

    let document = Answer::to(request).await.expect(200).json();

    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for end in ["/me", "/events/{id}", "/storefronts/{id}/plan"] {
        assert!(paths.keys().any(|path| path.ends_with(end)), "{end}");
    }
}

async fn the_process_is_healthy_and_ready(world: &World) {
    for path in ["healthz", "readyz"] {
        let request = world.http.get(format!("{}/{path}", world.app.url));
        Answer::to(request).await.expect(200);
    }
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}
