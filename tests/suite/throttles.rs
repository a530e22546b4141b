//! Guessing is slowed down by who guesses, and whatever strangers try, they keep nobody out of their own browser.

use crate::world::{Browser, World};

on_both! {
    strangers_never_lock_out_a_browser_that_signed_in_before,
    strangers_never_stop_a_confirmation_in_an_open_session,
    a_session_has_ten_tries_at_its_password,
    a_known_browser_has_ten_tries_of_its_own,
    a_browser_is_known_to_whoever_signed_in_alone,
    a_known_and_an_unknown_address_look_the_same,
}

const OWNER: &str = "owner-1@vendor.example";
const PASSWORD: &str = "correct horse 1";

async fn strangers_never_lock_out_a_browser_that_signed_in_before(world: &World) {
    world.vendor().await;
    let mut own = Browser::new(world);
    let known = own.sign_in(OWNER, PASSWORD).await.expect(303);
    own.get("/").await.expect(200);
    own.post("/sign-out", &[]).await.expect(303);

    guess(world, OWNER).await;
    let elsewhere = Browser::new(world).sign_in(OWNER, PASSWORD).await;
    let back = own.sign_in(OWNER, PASSWORD).await;

    let device = known
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.starts_with("latchkey_device="))
        .expect("the browser is known from now on");
    assert!(device.contains("HttpOnly"), "{device}");
    assert!(device.contains("Max-Age=31536000"), "{device}");
    assert_eq!(elsewhere.status.as_u16(), 429);
    assert_eq!(back.status.as_u16(), 303, "{}", back.text);
}

async fn strangers_never_stop_a_confirmation_in_an_open_session(world: &World) {
    world.vendor().await;
    let mut own = world.signed_in().await;

    guess(world, OWNER).await;
    let made = make_token(&mut own, PASSWORD).await;

    assert_eq!(made, 303);
}

async fn a_session_has_ten_tries_at_its_password(world: &World) {
    world.vendor().await;
    let mut guessed = world.signed_in().await;
    let mut other = world.signed_in().await;

    for _ in 0..10 {
        assert_eq!(make_token(&mut guessed, "wrong horse").await, 422);
    }

    let refused = make_token(&mut guessed, PASSWORD).await;
    assert_eq!(refused, 422);
    assert_eq!(make_token(&mut other, PASSWORD).await, 303);
}

async fn a_known_browser_has_ten_tries_of_its_own(world: &World) {
    world.vendor().await;
    let mut stolen = world.signed_in().await;
    let mut other = world.signed_in().await;

    for _ in 0..10 {
        stolen.sign_in(OWNER, "wrong horse").await.expect(422);
    }

    stolen.sign_in(OWNER, PASSWORD).await.expect(429);
    other.sign_in(OWNER, PASSWORD).await.expect(303);
}

async fn a_browser_is_known_to_whoever_signed_in_alone(world: &World) {
    world.vendor().await;
    world.vendor().await;
    let mut neighbor = Browser::new(world);
    neighbor
        .sign_in("owner-2@vendor.example", "correct horse 2")
        .await
        .expect(303);

    guess(world, OWNER).await;
    let refused = neighbor.sign_in(OWNER, PASSWORD).await;

    assert_eq!(refused.status.as_u16(), 429);
}

async fn a_known_and_an_unknown_address_look_the_same(world: &World) {
    world.vendor().await;
    let mut pages = Vec::new();
    for email in [OWNER, "nobody-1@vendor.example"] {
        let mut browser = Browser::new(world);
        let refused = browser.sign_in(email, "wrong horse").await.expect(422);
        let names: Vec<&str> = refused
            .headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split('=').next())
            .collect();
        let page = refused.text.replace(email, "…");
        pages.push((format!("{names:?}"), browser.without_token(&page)));
    }

    assert_eq!(pages[0], pages[1]);
}

/// A stranger tries until the account is blocked for them.
async fn guess(world: &World, email: &str) {
    let mut stranger = Browser::new(world);
    for _ in 0..10 {
        stranger.sign_in(email, "wrong horse").await.expect(422);
    }
    stranger.sign_in(email, "wrong horse").await.expect(429);
}

async fn make_token(browser: &mut Browser, password: &str) -> u16 {
    browser.get("/setup/tokens").await.expect(200);
    let fields = [
        ("name", "Helpdesk"),
        ("events:read", "on"),
        ("password", password),
    ];
    browser.post("/setup/tokens", &fields).await.status.as_u16()
}
