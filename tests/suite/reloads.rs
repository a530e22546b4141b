//! Every form leads to a page, and loading that page anew repeats nothing.

use crate::world::{Browser, Vendor, World, owner};

on_both! {
    what_was_made_is_shown_once_and_no_reload_makes_another,
    what_is_shown_once_is_its_makers_for_ten_minutes,
    two_reloads_take_no_secret_away,
}

/// A form that makes a secret, and what counts what it made.
struct Making {
    form: String,
    fields: Vec<(&'static str, String)>,
    label: &'static str,
    counted: &'static str,
}

fn makings(vendor: &Vendor) -> [Making; 3] {
    let password = ("password", owner(1).1);
    let store = vec![
        ("name", "Second".to_owned()),
        ("license_server_id", vendor.license_server_id.clone()),
        ("preset", "recommended".to_owned()),
        ("mode", "live".to_owned()),
    ];
    let making = |form: String, fields, label, counted| Making {
        form,
        fields,
        label,
        counted,
    };
    let rotate = format!("/setup/stores/{}/rotate-secret", vendor.storefront_id);
    let token = vec![
        ("name", "Helpdesk".to_owned()),
        ("events:read", "on".to_owned()),
        password.clone(),
    ];
    [
        making(
            "/setup/stores".to_owned(),
            store,
            "Secret",
            "storefront.create",
        ),
        making(rotate, vec![password], "Secret", "storefront.rotate_secret"),
        making(
            "/setup/tokens".to_owned(),
            token,
            "New token",
            "api_token.create",
        ),
    ]
}

async fn what_was_made_is_shown_once_and_no_reload_makes_another(world: &World) {
    let vendor = world.vendor().await;
    let replica = world.replica().await;
    let mut browser = world.signed_in().await;

    for making in makings(&vendor) {
        let acts = format!("/audit?action={}", making.counted);
        let before = vendor.list(&acts).await.len();
        let address = send(&mut browser, &making).await;
        let mut elsewhere = browser.clone().served_at(&replica.url);

        let page = elsewhere.get(&address).await.expect(200).text;
        let again = browser.get(&address).await.expect(200).text;

        let secret = shown(&page, making.label).expect("it is shown");
        assert!(secret.len() > 40, "{}: {secret}", making.form);
        assert_eq!(shown(&again, making.label), None);
        assert!(!again.contains(secret), "{again}");
        assert!(again.contains("This was shown once already"), "{again}");
        assert_eq!(vendor.list(&acts).await.len(), before + 1, "{acts}");
    }
    replica.stop().await;
}

async fn what_is_shown_once_is_its_makers_for_ten_minutes(world: &World) {
    let vendor = world.vendor().await;
    let stranger = world.vendor().await;
    let mut browser = world.signed_in().await;
    let mut other = world.signed_in_as(&stranger).await;
    let [_, _, token] = makings(&vendor);

    let address = send(&mut browser, &token).await;
    let not_theirs = other.get(&address).await.expect(200).text;
    let own = browser.get(&address).await.expect(200).text;
    let late = send(&mut browser, &token).await;
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    let late = browser.get(&late).await.expect(200).text;

    assert_eq!(shown(&not_theirs, token.label), None);
    assert!(shown(&own, token.label).is_some());
    assert_eq!(shown(&late, token.label), None);
}

async fn two_reloads_take_no_secret_away(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let [_, rotate, _] = makings(&vendor);

    // Somebody presses the button three times, as reloading the page once did for them.
    for _ in 0..3 {
        let address = send(&mut browser, &rotate).await;
        browser.get(&address).await.expect(200);
        browser.get(&address).await.expect(200);
    }

    let body = b"{\"events\": []}".to_vec();
    vendor.deliver(body.clone()).await.expect(200);
    world.clock.advance(jiff::SignedDuration::from_hours(25));
    vendor.deliver(body).await.expect(401);
}

/// Where the answer to a form leads.
async fn send(browser: &mut Browser, making: &Making) -> String {
    browser.get("/setup/tokens").await.expect(200);
    let fields = making.fields.iter();
    let fields: Vec<_> = fields.map(|(name, text)| (*name, text.as_str())).collect();
    let sent = browser.post(&making.form, &fields).await.expect(303);
    sent.header("location").to_owned()
}

/// What a page offers to copy under that label.
fn shown<'a>(page: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("aria-label=\"{label}\">"))?;
    rest.split('<').next()
}
