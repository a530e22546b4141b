//! A company that the operator suspended: what comes is kept, nothing is asked for it, and it goes on where it stopped.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::fulfillment::{keys, made};
use crate::shop::{Event, body, key_request, order, subscription};
use crate::shop_api::{bare_charge, vendor_with};
use crate::world::{Browser, PRIVATE_KEY, Vendor, World, owner};

on_both! {
    what_comes_is_kept_and_worked_when_the_company_is_resumed,
    no_keys_are_made,
    nothing_is_read_back_and_no_long_work_goes_on,
    nobody_is_called_for_it_in_any_way,
}

async fn what_comes_is_kept_and_worked_when_the_company_is_resumed(world: &World) {
    let (vendor, neighbor) = (world.vendor().await, world.vendor().await);
    world.app.suspend_tenant(&vendor.tenant_id, true).await;

    let bought = order("A").line("reverb", 1).completed();
    let of_neighbor = order("B").line("reverb", 1).completed();
    vendor.post(&bought).await;
    neighbor.post(&of_neighbor).await;
    world.work_after(SignedDuration::from_hours(1)).await;

    assert_eq!(vendor.event(&bought).await["state"], "received");
    assert_eq!(neighbor.outcome(&of_neighbor).await, "done");
    assert_eq!(world.license_server.licenses().len(), 1);
    world.app.suspend_tenant(&vendor.tenant_id, false).await;
    world.work().await;
    assert_eq!(vendor.outcome(&bought).await, "done");
}

async fn no_keys_are_made(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    world.app.suspend_tenant(&vendor.tenant_id, true).await;

    let request = key_request("NWA-A", "reverb");
    let refused = vendor.ask_for_keys(&request).await.expect(503);

    assert!(
        refused.text.starts_with("storefront_paused"),
        "{}",
        refused.text
    );
    assert!(made(world).is_empty());
    world.app.suspend_tenant(&vendor.tenant_id, false).await;
    assert_eq!(keys(vendor.ask_for_keys(&request).await).len(), 1);
}

async fn nothing_is_read_back_and_no_long_work_goes_on(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).completed();
    world.tell(&vendor, &bought).await;
    let begun = vendor.post_json("/reconciliations", &json!({})).await;
    let path = format!("/jobs/{}", begun.expect(202).json()["id"].as_str().unwrap());
    world.app.suspend_tenant(&vendor.tenant_id, true).await;
    let calls = world.license_server.ledger().entries().count();

    world.clock.advance(SignedDuration::from_mins(10));
    world.sweep().await;
    world.do_long_work().await;

    assert_eq!(world.license_server.ledger().entries().count(), calls);
    assert_eq!(
        vendor.get(&path).await.expect(200).json()["state"],
        "running"
    );
    world.app.suspend_tenant(&vendor.tenant_id, false).await;
    world.do_long_work().await;
    assert_eq!(vendor.get(&path).await.expect(200).json()["state"], "done");
}

/// What a company has of which others are asked: credentials for its shop, a license, a message that nobody could place.
struct Company {
    vendor: Vendor,
    license: String,
    lost: Event,
}

async fn company(world: &World) -> Company {
    let vendor = vendor_with(world, json!({ "fulfillment_key": PRIVATE_KEY })).await;
    let bought = subscription("S-LOST");
    world.begin(&vendor, &bought).await;
    let license = world.license_server.license();
    world
        .license_server
        .sandbox
        .delete_license_by_hand(&license.id);
    let lost = bought.overdue("2027-01-15T09:45:00Z");
    let outcome = world.tell(&vendor, &lost).await;
    assert_eq!(outcome, "parked license_not_found");
    world
        .tell(&vendor, &order("A").line("reverb", 1).completed())
        .await;
    let licenses = vendor.licenses().await;
    let license = licenses.iter().find(|row| row["product_path"] == "reverb");
    let license = license.expect("it was bought")["id"].as_str().unwrap();
    Company {
        license: license.to_owned(),
        vendor,
        lost,
    }
}

async fn nobody_is_called_for_it_in_any_way(world: &World) {
    let company = company(world).await;
    let mut browser = world.signed_in_as(&company.vendor).await;
    let asked = || {
        let calls = world.license_server.ledger().entries().count();
        (calls, world.shop_api.requests().len())
    };
    world
        .app
        .suspend_tenant(&company.vendor.tenant_id, true)
        .await;
    let before = asked();

    by_tokens(world, &company).await;
    assert_eq!(asked(), before, "a token asked");
    by_pages(world, &company, &mut browser).await;
    assert_eq!(asked(), before, "a page asked");
    by_work(world, &company).await;
    assert_eq!(asked(), before, "work asked");

    world
        .app
        .suspend_tenant(&company.vendor.tenant_id, false)
        .await;
    let check = format!(
        "/license-servers/{}/check",
        company.vendor.license_server_id
    );
    let checked = company.vendor.post_json(&check, &json!({})).await;
    checked.expect(200);
    assert!(asked().0 > before.0);
    for state in ["received", "waiting", "retrying", "parked"] {
        world.may_leave(state);
    }
}

async fn by_tokens(world: &World, company: &Company) {
    let vendor = &company.vendor;
    let (account, store) = (
        format!("/license-servers/{}", vendor.license_server_id),
        format!("/storefronts/{}", vendor.storefront_id),
    );
    let lost = vendor.event(&company.lost).await["id"].clone();
    let link = format!("/events/{}/link", lost.as_str().unwrap());
    let wish = json!({ "scenario": "one_time", "product_path": "reverb" });
    let bare = bare_charge(&subscription("S-BARE"));
    let plan = serde_json::from_slice(&body(&[bare])).unwrap();
    for (method, path, sent) in [
        (Method::GET, format!("{account}/products"), json!(null)),
        (Method::GET, format!("{account}/templates"), json!(null)),
        (
            Method::GET,
            format!("{account}/entitlement-sets"),
            json!(null),
        ),
        (Method::GET, format!("{account}/features"), json!(null)),
        (Method::GET, format!("{store}/catalog-check"), json!(null)),
        (Method::POST, format!("{account}/check"), json!({})),
        (Method::POST, format!("{store}/check-api"), json!({})),
        (Method::POST, format!("{store}/simulate"), wish),
        (Method::POST, format!("{store}/plan"), plan),
        (Method::POST, link, json!({ "remote_license_id": "A-KEY" })),
    ] {
        let answer = vendor.send(method, &path, Some(&sent)).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["code"], "company_suspended", "{path}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("suspended this company"), "{detail}");
    }
    // What only has to be stored is.
    let token = json!({ "access_token": "renewed" });
    let changed = vendor.send(Method::PATCH, &account, Some(&token)).await;
    assert_eq!(changed.expect(200).json()["state"], "unchecked");
    let new = json!({
        "kind": "cryptlex", "name": "Second", "base_url": world.license_server.url(),
        "access_token": "another",
    });
    let made = vendor.post_json("/license-servers", &new).await;
    assert_eq!(made.expect(201).json()["state"], "unchecked");
}

async fn by_pages(world: &World, company: &Company, browser: &mut Browser) {
    let vendor = &company.vendor;
    let (account, store) = (
        format!("/setup/accounts/{}", vendor.license_server_id),
        format!("/setup/stores/{}/shop", vendor.storefront_id),
    );
    let machines = format!("/licenses/{}/machines", company.license);
    let page = browser.get(&machines).await.expect(403);
    assert!(
        page.text.contains("Your company is suspended"),
        "{}",
        page.text
    );
    let lost = vendor.event(&company.lost).await["id"].clone();
    let lost = format!("/activity/{}", lost.as_str().unwrap());
    for (form, path, fields) in [
        (&account, format!("{account}/check"), &[][..]),
        (&store, format!("{store}/check"), &[]),
        (
            &store,
            format!("{store}/pretend"),
            &[("scenario", "one_time"), ("product_path", "reverb")],
        ),
    ] {
        browser.get(form).await.expect(200);
        let page = browser.post(&path, fields).await.expect(403);
        assert!(
            page.text.contains("Your company is suspended"),
            "{path}: {}",
            page.text
        );
    }
    browser.get(&lost).await.expect(200);
    let picked = browser
        .post(&format!("{lost}/pick"), &[("license", "A-KEY")])
        .await;
    assert!(
        picked.text.contains("suspended this company"),
        "{}",
        picked.text
    );
    let password = owner(1).1;
    browser.get(&account).await.expect(200);
    let fields = [("access_token", "third"), ("password", password.as_str())];
    let replaced = browser.post(&format!("{account}/token"), &fields).await;
    replaced.expect(303);
    browser.get("/setup/accounts/new").await.expect(200);
    let url = world.license_server.url();
    let fields = [
        ("name", "Third"),
        ("base_url", url.as_str()),
        ("access_token", "token"),
    ];
    browser.post("/setup/accounts", &fields).await.expect(303);
    by_reading(vendor, browser).await;
}

async fn by_reading(vendor: &Vendor, browser: &mut Browser) {
    for page in [
        "/",
        "/products",
        "/to-fix",
        "/activity",
        "/licenses",
        "/setup",
    ] {
        browser.get(page).await.expect(200);
    }
    let product = format!("/products/{}?path=reverb", vendor.storefront_id);
    browser.get(&product).await.expect(200);
}

async fn by_work(world: &World, company: &Company) {
    let vendor = &company.vendor;
    vendor.post(&order("B").line("reverb", 1).completed()).await;
    vendor.post(&bare_charge(&subscription("S-BARE"))).await;
    // The shop would know what a product gives that nobody has named here.
    for product in ["delay", "reverb"] {
        let refused = vendor.ask_for_keys(&key_request("NWA-C", product)).await;
        assert_ne!(refused.status, 200, "{}", refused.text);
    }
    let begun = vendor.post_json("/reconciliations", &json!({})).await;
    begun.expect(202);
    world
        .shop_api
        .happened(&order("C").line("reverb", 1).completed());
    for step in 0..3 {
        world.work_after(SignedDuration::from_hours(25)).await;
        world.sweep().await;
        world.fill_gaps().await;
        world.do_long_work().await;
        world.app.pipeline.check_catalogs().await.unwrap();
        world.app.pipeline.wake_held().await.unwrap();
        if step == 1 {
            // The next turn finds its account down, and would ask whether it is back.
            let account = world.literal(&vendor.license_server_id);
            world.tamper(&format!(
                "UPDATE license_servers SET broken_since = created_at, next_probe_at = created_at WHERE id = {account}"
            ));
        }
    }
}
