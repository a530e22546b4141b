//! People: signing in and out, signing up, several companies, and forms that others try to send for them.

use latchkey::accounts::scope::ApiScope;
use reqwest::Method;
use serde_json::json;

use crate::world::{Backend, Browser, Vendor, World, WorldOptions};

on_both! {
    somebody_signs_in_and_out,
    a_wrong_password_and_a_wrong_address_look_the_same,
    a_form_of_another_site_is_refused,
    a_token_may_do_no_more_than_its_scopes_say,
    a_missing_scope_is_told_before_what_else_is_wrong,
    somebody_signs_up_and_signs_in,
    signing_up_tells_nobody_who_has_an_account,
    signing_up_is_slowed_down,
    what_is_wrong_with_a_sign_up_is_said,
    somebody_with_two_companies_changes_between_them,
    signing_in_and_out_is_on_record,
}

const OWNER: &str = "owner-1@vendor.example";
const PASSWORD: &str = "correct horse 1";

#[tokio::test]
async fn where_sign_up_is_closed_there_is_no_such_page() {
    let options = WorldOptions {
        is_signup_open: false,
        ..WorldOptions::default()
    };
    let world = World::with(Backend::Sqlite, options).await.unwrap();
    let mut browser = Browser::new(&world);

    let sign_in = browser.get("/sign-in").await.expect(200);

    assert!(!sign_in.text.contains("/sign-up"));
    browser.get("/sign-up").await.expect(404);
    browser
        .post("/sign-up", &sign_up("new@example.com"))
        .await
        .expect(404);
    world.finish().await;
}

async fn somebody_signs_in_and_out(world: &World) {
    world.vendor().await;
    let mut browser = Browser::new(world);
    let stranger = browser.get("/").await;

    let signed_in = browser
        .sign_in("  Owner-1@Vendor.example ", PASSWORD)
        .await
        .expect(303);
    let overview = browser.get("/").await.expect(200);
    let signed_out = browser.post("/sign-out", &[]).await.expect(303);
    let after = browser.get("/").await;

    assert_eq!(stranger.status.as_u16(), 303);
    assert!(stranger.header("location").starts_with("/sign-in"));
    assert_eq!(signed_in.header("location"), "/");
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(overview.text.contains("Northwind Audio"));
    assert_eq!(signed_out.header("location"), "/sign-in");
    assert_eq!(after.status.as_u16(), 303);
}

async fn a_wrong_password_and_a_wrong_address_look_the_same(world: &World) {
    world.vendor().await;

    let wrong_password = Browser::new(world)
        .sign_in(OWNER, "wrong horse")
        .await
        .expect(422);
    let wrong_address = Browser::new(world)
        .sign_in("nobody@vendor.example", PASSWORD)
        .await
        .expect(422);

    let sentence = "This address and password do not belong together.";
    assert!(wrong_password.text.contains(sentence));
    assert!(wrong_address.text.contains(sentence));
}

async fn a_form_of_another_site_is_refused(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = Browser::new(world);
    browser.sign_in(OWNER, PASSWORD).await.expect(303);
    let mode = format!("/setup/stores/{}/mode", vendor.storefront_id);

    for token in ["", "guessed"] {
        let fields = [("mode", "paused"), ("csrf", token)];
        let answer = browser.post_without_token(&mode, &fields).await;
        assert_eq!(answer.status.as_u16(), 403, "{}", answer.text);
    }

    let path = format!("/storefronts/{}", vendor.storefront_id);
    assert_eq!(vendor.get(&path).await.json()["mode"], "live");
}

async fn a_missing_scope_is_told_before_what_else_is_wrong(world: &World) {
    let vendor = world.vendor().await;
    let mut narrow: Vendor = vendor.clone();
    let scopes = [ApiScope::AuditRead];
    narrow.api_token = world.app.create_token(&vendor.tenant_id, &scopes).await;
    let mut nobody = vendor.clone();
    "lk_nobody".clone_into(&mut nobody.api_token);
    let store = format!("/storefronts/{}", vendor.storefront_id);
    let wrong = json!({ "nonsense": true });

    for (method, path, status) in [
        (Method::POST, "/storefronts", 422),
        (Method::POST, "/license-servers", 422),
        (Method::PATCH, store.as_str(), 422),
        (Method::POST, "/events/replay", 422),
        (Method::POST, "/events/evt_nonsense/replay", 404),
        (Method::GET, "/events?nonsense=1", 422),
        (Method::GET, "/licenses?limit=0", 422),
        (Method::GET, "/licenses/lic_nonsense/key", 404),
    ] {
        let body = (method != Method::GET).then_some(&wrong);
        for (caller, status) in [(&vendor, status), (&narrow, 403), (&nobody, 401)] {
            let answer = caller.send(method.clone(), path, body).await;
            assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
        }
    }
}

async fn a_token_may_do_no_more_than_its_scopes_say(world: &World) {
    let vendor = world.vendor().await;
    let store = format!("/storefronts/{}", vendor.storefront_id);

    for (scope, method, path, status) in [
        (ApiScope::ConfigRead, Method::GET, store.as_str(), 200),
        (ApiScope::ConfigRead, Method::PATCH, store.as_str(), 403),
        (ApiScope::EventsRead, Method::GET, "/events", 200),
        (ApiScope::EventsRead, Method::POST, "/events/replay", 403),
        (ApiScope::EventsRead, Method::GET, "/licenses", 403),
        (ApiScope::EventsRead, Method::GET, "/customers", 403),
        (ApiScope::LicensesRead, Method::GET, "/customers", 200),
        (ApiScope::LicensesRead, Method::GET, "/stats", 403),
        (ApiScope::LicensesRead, Method::GET, "/audit", 403),
        (ApiScope::AuditRead, Method::GET, "/audit", 200),
        (ApiScope::AuditRead, Method::GET, "/events", 403),
    ] {
        let mut narrow: Vendor = vendor.clone();
        narrow.api_token = world.app.create_token(&vendor.tenant_id, &[scope]).await;
        let body = match method {
            Method::PATCH => Some(json!({ "name": "Other" })),
            Method::POST => Some(json!({ "filter": {} })),
            _ => None,
        };

        let answer = narrow.send(method.clone(), path, body.as_ref()).await;

        assert_eq!(
            answer.status.as_u16(),
            status,
            "{scope} {method} {path}: {}",
            answer.text
        );
    }
}

async fn somebody_signs_up_and_signs_in(world: &World) {
    let mut browser = Browser::new(world);
    let page = browser.get("/sign-in").await.expect(200);

    browser.get("/sign-up").await.expect(200);
    let signed_up = browser
        .post("/sign-up", &sign_up("ana@new.example"))
        .await
        .expect(303);
    let sign_in = browser.get(signed_up.header("location")).await.expect(200);
    browser
        .sign_in("ana@new.example", "a good password")
        .await
        .expect(303);
    let overview = browser.get("/").await.expect(200);

    assert!(page.text.contains("href=\"/sign-up\""));
    assert!(
        sign_in
            .text
            .contains("Sign in with this address and its password")
    );
    assert!(overview.text.contains("New Sounds"));
}

async fn signing_up_tells_nobody_who_has_an_account(world: &World) {
    world.vendor().await;
    let mut browser = Browser::new(world);
    browser.get("/sign-up").await.expect(200);

    let unknown = browser
        .post("/sign-up", &sign_up("unknown@vendor.example"))
        .await;
    let known = browser.post("/sign-up", &sign_up(OWNER)).await;

    assert_eq!(unknown.status, known.status);
    assert_eq!(unknown.header("location"), known.header("location"));
    assert_eq!(unknown.text, known.text);
    // The account that was there is as it was: neither another password nor another company.
    Browser::new(world)
        .sign_in(OWNER, "a good password")
        .await
        .expect(422);
    browser.sign_in(OWNER, PASSWORD).await.expect(303);
    let overview = browser.get("/").await.expect(200);
    assert!(!overview.text.contains("New Sounds"));
}

async fn signing_up_is_slowed_down(world: &World) {
    let mut browser = Browser::new(world);
    browser.get("/sign-up").await.expect(200);

    let mut answers = Vec::new();
    for _ in 0..11 {
        let answer = browser.post("/sign-up", &sign_up("ana@new.example")).await;
        answers.push(answer.status.as_u16());
    }

    assert_eq!(answers[..10], [303; 10]);
    assert_eq!(answers[10], 429);
}

async fn what_is_wrong_with_a_sign_up_is_said(world: &World) {
    let mut browser = Browser::new(world);
    browser.get("/sign-up").await.expect(200);

    for (company, email, password, sentence) in [
        (
            " ",
            "ana@new.example",
            "a good password",
            "Company: write a name",
        ),
        (
            "New Sounds",
            "ana",
            "a good password",
            "E-mail address: write it like",
        ),
        (
            "New Sounds",
            "ana@new.example",
            "short",
            "Password: choose one of 10 to 200",
        ),
    ] {
        let fields = [
            ("company", company),
            ("email", email),
            ("password", password),
        ];
        let answer = browser.post("/sign-up", &fields).await.expect(422);
        assert!(
            answer.text.contains(sentence),
            "{sentence}: {}",
            answer.text
        );
        assert!(!answer.text.contains(password), "the password is shown");
    }
    let forged = [
        ("company", "New"),
        ("email", "ana@new.example"),
        ("password", "a good password"),
    ];
    browser
        .post_without_token("/sign-up", &forged)
        .await
        .expect(403);
}

async fn somebody_with_two_companies_changes_between_them(world: &World) {
    let first = world.vendor().await;
    let mut browser = Browser::new(world);
    browser.get("/sign-up").await.expect(200);
    let second = [
        ("company", "Kite Films"),
        ("email", OWNER),
        ("password", PASSWORD),
    ];
    browser.post("/sign-up", &second).await.expect(303);
    browser.sign_in(OWNER, PASSWORD).await.expect(303);
    browser.get("/").await.expect(200);

    browser
        .post("/company", &[("company", &first.tenant_id)])
        .await
        .expect(303);
    let back = browser.get("/setup").await.expect(200);
    let (_, rest) = back.text.split_once("name=\"company\" value=\"").unwrap();
    let other = rest.split('"').next().unwrap().to_owned();
    browser
        .post("/company", &[("company", &other)])
        .await
        .expect(303);
    let there = browser.get("/setup").await.expect(200);
    let stranger = world.vendor().await;
    let refused = browser
        .post("/company", &[("company", &stranger.tenant_id)])
        .await;

    let store = format!("/setup/stores/{}", first.storefront_id);
    assert!(back.text.contains(&store));
    assert!(!there.text.contains(&store));
    assert!(there.text.contains("Kite Films"));
    assert_eq!(refused.status.as_u16(), 404);
}

async fn signing_in_and_out_is_on_record(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = Browser::new(world);
    browser.sign_in(OWNER, PASSWORD).await.expect(303);
    let page = browser.get("/setup/who-did-what").await.expect(200);
    browser.post("/sign-out", &[]).await.expect(303);

    let acts = vendor.list("/audit?limit=2").await;

    assert_eq!(acts[0]["action"], "session.end");
    assert_eq!(acts[1]["action"], "session.begin");
    assert_eq!(acts[0]["actor"]["kind"], "person");
    assert_eq!(acts[0]["actor"]["name"], OWNER);
    for text in [
        "signed in",
        OWNER,
        "said what a product gives",
        "The token “First token”",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
}

fn sign_up(email: &str) -> [(&str, &str); 3] {
    [
        ("company", "New Sounds"),
        ("email", email),
        ("password", "a good password"),
    ]
}
