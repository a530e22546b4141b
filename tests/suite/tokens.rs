//! API tokens as people make and revoke them.

use serde_json::json;

use crate::world::{Browser, World, owner};

on_both! {
    a_token_is_shown_once_and_may_do_what_was_ticked,
    a_revoked_token_is_refused_at_once,
    a_token_is_not_made_without_password_name_and_scopes,
    another_companys_token_is_not_found,
    whoever_signed_up_has_no_token_until_one_is_made,
}

const READING: [(&str, &str); 2] = [("name", "Nightly report"), ("events:read", "yes")];

async fn a_token_is_shown_once_and_may_do_what_was_ticked(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;

    let made = make(&mut browser, &READING).await;
    let again = browser.get("/setup/tokens").await.expect(200).text;

    let mut helpdesk = vendor.clone();
    helpdesk.api_token.clone_from(&made);
    helpdesk.get("/events").await.expect(200);
    helpdesk.get("/licenses").await.expect(403);
    assert!(!again.contains(&made));
    assert!(again.contains("Nightly report"), "{again}");
    let acts = vendor.list("/audit?action=api_token.create").await;
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0]["actor"]["name"], owner(1).0);
    assert_eq!(
        acts[0]["details"],
        json!({ "name": "Nightly report", "scopes": "events:read" })
    );
}

async fn a_revoked_token_is_refused_at_once(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let mut helpdesk = vendor.clone();
    helpdesk.api_token = make(&mut browser, &READING).await;
    helpdesk.get("/events").await.expect(200);
    let page = browser.get("/setup/tokens").await.expect(200).text;
    let id = revocable(&page);

    for _ in 0..2 {
        let path = format!("/setup/tokens/{id}/revoke");
        browser.post(&path, &[]).await.expect(303);
    }

    helpdesk.get("/events").await.expect(401);
    vendor.get("/events").await.expect(200);
    let acts = vendor.list("/audit?action=api_token.revoke").await;
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0]["target"], id);
}

async fn a_token_is_not_made_without_password_name_and_scopes(world: &World) {
    world.vendor().await;
    let mut browser = world.signed_in().await;
    browser.get("/setup/tokens").await.expect(200);
    let password = owner(1).1;
    let right = ("password", password.as_str());
    let wrong = ("password", "not mine");

    for (fields, sentence) in [
        (
            vec![("name", "X"), ("events:read", "yes")],
            "Your password:",
        ),
        (
            vec![("name", "X"), ("events:read", "yes"), wrong],
            "Your password:",
        ),
        (vec![("name", " "), ("events:read", "yes"), right], "Name:"),
        (vec![("name", "X"), right], "What it may do:"),
    ] {
        let answer = browser.post("/setup/tokens", &fields).await.expect(422);
        assert!(
            answer.text.contains(sentence),
            "{sentence}: {}",
            answer.text
        );
        assert!(!answer.text.contains("Your new token"));
    }
}

async fn another_companys_token_is_not_found(world: &World) {
    world.vendor().await;
    let stranger = world.vendor().await;
    let mut browser = world.signed_in().await;
    make(&mut browser, &READING).await;
    let page = browser.get("/setup/tokens").await.expect(200).text;
    let path = format!("/setup/tokens/{}/revoke", revocable(&page));

    let mut other = world.signed_in_as(&stranger).await;
    let list = other.get("/setup/tokens").await.expect(200).text;
    let answer = other.post(&path, &[]).await;

    assert!(!list.contains("Nightly report"));
    answer.expect(404);
}

async fn whoever_signed_up_has_no_token_until_one_is_made(world: &World) {
    let mut browser = Browser::new(world);
    browser.get("/sign-up").await.expect(200);
    let fields = [
        ("company", "New Audio"),
        ("email", "new@example.com"),
        ("password", "correct horse 9"),
    ];
    browser.post("/sign-up", &fields).await.expect(303);
    browser
        .sign_in("new@example.com", "correct horse 9")
        .await
        .expect(303);

    let page = browser.get("/setup/tokens").await.expect(200).text;
    let setup = browser.get("/setup").await.expect(200).text;

    assert!(page.contains("No token yet."), "{page}");
    assert!(setup.contains("/setup/tokens"), "{setup}");
}

/// The text of a token that was made with these fields and the right password.
async fn make(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    browser.get("/setup/tokens").await.expect(200);
    let password = owner(1).1;
    let mut fields = fields.to_vec();
    fields.push(("password", &password));
    let (_, answer) = browser.send_and_see("/setup/tokens", &fields).await;
    let (_, rest) = answer.text.split_once("aria-label=\"New token\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

/// The id of the token that the button beside “Nightly report” revokes.
fn revocable(page: &str) -> &str {
    let (_, row) = page.split_once("<strong>Nightly report</strong>").unwrap();
    let (_, address) = row.split_once("action=\"/setup/tokens/").unwrap();
    address.split('/').next().unwrap()
}
