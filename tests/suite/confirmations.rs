//! Every form that changes a secret asks for the person's password again.

use serde_json::{Value, json};

use crate::shop::order;
use crate::world::{Browser, Vendor, World};

on_both! {
    every_secret_is_changed_by_whoever_knows_the_password,
    what_changes_no_secret_asks_nothing,
}

const PASSWORD: &str = "correct horse 1";

/// A form that changes a secret: the page that shows it, what it posts to, what is filled in.
struct Form {
    page: String,
    action: String,
    fields: Vec<(&'static str, &'static str)>,
}

fn forms(vendor: &Vendor) -> Vec<Form> {
    let (store, account) = (&vendor.storefront_id, &vendor.license_server_id);
    let form = |page: String, action: String, fields: &[_]| Form {
        page,
        action,
        fields: fields.to_vec(),
    };
    let key = ("fulfillment_key", "fedcba9876543210fedcba9876543210");
    let shop = format!("/setup/stores/{store}/shop");
    vec![
        form(
            format!("/setup/accounts/{account}"),
            format!("/setup/accounts/{account}/token"),
            &[("access_token", "another-token")],
        ),
        form(
            format!("/setup/stores/{store}"),
            format!("/setup/stores/{store}/rotate-secret"),
            &[("webhook_secret", "another-secret-of-the-shop")],
        ),
        form(shop.clone(), shop.clone(), &[key]),
        form(
            shop.clone(),
            shop,
            &[("api_username", "ana"), ("api_password", "another")],
        ),
        form(
            format!("/products/{store}?path=reverb"),
            format!("/products/{store}"),
            &[
                ("product_path", "reverb"),
                ("license_product_id", "11111111-1111-4111-8111-111111111111"),
                key,
            ],
        ),
        form(
            "/setup/tokens".to_owned(),
            "/setup/tokens".to_owned(),
            &[("name", "Helpdesk"), ("events:read", "on")],
        ),
    ]
}

async fn every_secret_is_changed_by_whoever_knows_the_password(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;
    let before = acts(&vendor).await;

    for form in forms(&vendor) {
        for password in ["", "wrong horse"] {
            let refused = send(&mut browser, &form, password).await;
            assert_eq!(refused, 422, "{} {password}", form.action);
        }
        // Somebody who is asked may be wrong ten times; this is not what the test is about.
        browser = world.signed_in().await;
    }
    assert_eq!(acts(&vendor).await, before + forms(&vendor).len());

    for form in forms(&vendor) {
        let done = send(&mut browser, &form, PASSWORD).await;
        assert_eq!(done, 303, "{}", form.action);
    }
}

async fn what_changes_no_secret_asks_nothing(world: &World) {
    let vendor = world.vendor().await;
    world
        .tell(&vendor, &order("A").line("reverb", 1).completed())
        .await;
    let mut browser = world.signed_in().await;
    let form = Form {
        page: format!("/products/{}?path=reverb", vendor.storefront_id),
        action: format!("/products/{}", vendor.storefront_id),
        fields: vec![
            ("product_path", "reverb"),
            ("license_product_id", "11111111-1111-4111-8111-111111111111"),
        ],
    };

    let saved = send(&mut browser, &form, "").await;

    assert_eq!(saved, 303);
}

async fn send(browser: &mut Browser, form: &Form, password: &str) -> u16 {
    browser.get(&form.page).await.expect(200);
    let mut fields = form.fields.clone();
    fields.push(("password", password));
    browser.post(&form.action, &fields).await.status.as_u16()
}

/// How much is on record.
async fn acts(vendor: &Vendor) -> usize {
    let acts = vendor.list("/audit").await;
    let none: Value = json!([]);
    assert_ne!(json!(acts), none);
    acts.len()
}
