//! Sessions as a browser holds them: bound to the host, never chosen by somebody else, and ended by the server.

use jiff::SignedDuration;

use crate::world::{Backend, Browser, World, WorldOptions};

on_both! {
    signing_in_ends_the_session_that_was_there,
    a_session_is_never_one_that_was_there_before,
    signing_out_ends_the_session_everywhere,
    a_session_ends_after_half_an_hour_of_silence,
    a_session_ends_after_twelve_hours_of_work,
}

const OWNER: &str = "owner-1@vendor.example";
const PASSWORD: &str = "correct horse 1";

#[tokio::test]
async fn under_https_every_secret_is_bound_to_the_host() {
    let options = WorldOptions {
        is_https: true,
        ..WorldOptions::default()
    };
    let world = World::with(Backend::Sqlite, options).await.unwrap();
    world.vendor().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/sign-in").await.expect(200);
    let signed_in = browser.sign_in(OWNER, PASSWORD).await.expect(303);

    let cookies: Vec<&str> = [&page, &signed_in]
        .into_iter()
        .flat_map(|answer| answer.headers.get_all("set-cookie"))
        .filter_map(|cookie| cookie.to_str().ok())
        .collect();

    for name in [
        "__Host-latchkey=",
        "__Host-latchkey_device=",
        "__Host-latchkey_form=",
    ] {
        assert!(
            cookies.iter().any(|cookie| cookie.starts_with(name)),
            "{name}"
        );
    }
    for cookie in cookies {
        for part in ["__Host-", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{part}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    world.finish().await;
}

async fn signing_in_ends_the_session_that_was_there(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let mut kept = browser.clone();
    kept.get("/").await.expect(200);

    browser.sign_in(OWNER, PASSWORD).await.expect(303);

    browser.get("/").await.expect(200);
    kept.get("/").await.expect(303);
    let acts = vendor.list("/audit?limit=3").await;
    let acts: Vec<&str> = acts
        .iter()
        .filter_map(|act| act["action"].as_str())
        .filter(|action| action.starts_with("session."))
        .collect();
    assert_eq!(acts, ["session.begin", "session.end", "session.begin"]);
}

async fn a_session_is_never_one_that_was_there_before(world: &World) {
    world.vendor().await;
    let mut browser = Browser::new(world);
    browser.hold("latchkey", "chosen-by-somebody-else");
    let mut other = browser.clone();

    browser.sign_in(OWNER, PASSWORD).await.expect(303);

    browser.get("/").await.expect(200);
    other.get("/").await.expect(303);
}

async fn signing_out_ends_the_session_everywhere(world: &World) {
    world.vendor().await;
    let mut browser = world.signed_in().await;
    browser.get("/").await.expect(200);
    let mut copied = browser.clone();

    browser.post("/sign-out", &[]).await.expect(303);

    copied.get("/").await.expect(303);
    copied
        .post("/theme", &[("theme", "dark")])
        .await
        .expect(303);
    assert!(
        !copied
            .get("/sign-in")
            .await
            .text
            .contains("data-theme=\"dark\"")
    );
}

async fn a_session_ends_after_half_an_hour_of_silence(world: &World) {
    world.vendor().await;
    let mut browser = world.signed_in().await;

    world.clock.advance(SignedDuration::from_mins(29));
    browser.get("/").await.expect(200);
    world.clock.advance(SignedDuration::from_mins(30));

    browser.get("/").await.expect(303);
}

async fn a_session_ends_after_twelve_hours_of_work(world: &World) {
    world.vendor().await;
    let mut browser = world.signed_in().await;

    for _ in 0..35 {
        world.clock.advance(SignedDuration::from_mins(20));
        browser.get("/setup").await.expect(200);
    }
    world.clock.advance(SignedDuration::from_mins(20));

    browser.get("/setup").await.expect(303);
}
