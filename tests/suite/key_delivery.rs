//! Who gives buyers of a product their key: seen where it can be, else as the vendor says, and told where nobody does.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::fulfillment::ask;
use crate::shop::order;
use crate::world::{Vendor, World};

on_both! {
    a_receipt_gives_the_key_that_was_asked_for_here,
    a_mail_of_the_license_server_gives_the_key,
    where_nobody_gives_the_key_it_is_a_problem_with_a_way_out,
    what_the_license_server_does_not_tell_a_vendor_can_say,
    a_key_of_another_generator_is_no_key_of_a_license,
    a_mail_that_reaches_no_user_gives_no_key,
}

async fn a_receipt_gives_the_key_that_was_asked_for_here(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    mail_nothing(world, &vendor).await;
    assert_eq!(
        given_by(&vendor).await,
        "nobody",
        "a private key proves nothing"
    );

    ask(&vendor, "NWA-A", "reverb", 1).await;
    world.work().await;

    assert_eq!(given_by(&vendor).await, "receipt");
    assert_eq!(problems(&vendor).await, Vec::<String>::new());
}

async fn a_mail_of_the_license_server_gives_the_key(world: &World) {
    let vendor = world.vendor().await;

    assert_eq!(given_by(&vendor).await, "license_server");
    assert_eq!(problems(&vendor).await, Vec::<String>::new());
}

async fn where_nobody_gives_the_key_it_is_a_problem_with_a_way_out(world: &World) {
    let vendor = world.vendor().await;
    let silent = mail_nothing(world, &vendor).await;

    assert_eq!(given_by(&vendor).await, "nobody");
    let problems = problems(&vendor).await;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("Nobody gives buyers the key") && problems[0].contains("Cryptlex")
    );
    let mut browser = world.signed_in().await;
    for page in [
        format!("/products?store={}", vendor.storefront_id),
        format!("/products/{}?path=reverb", vendor.storefront_id),
    ] {
        let page = browser.get(&page).await.expect(200).text;
        assert!(page.contains("Nobody gives buyers the key"), "{page}");
    }

    let path = format!("/products/{}", vendor.storefront_id);
    let form = [
        ("product_path", "reverb"),
        ("license_product_id", silent.as_str()),
        ("key_delivery", "vendor"),
    ];
    browser.post(&path, &form).await.expect(303);
    assert_eq!(given_by(&vendor).await, "vendor");
    let page = browser.get(&format!("{path}?path=reverb")).await.text;
    assert!(page.contains("You hand the key over yourselves."), "{page}");
}

async fn what_the_license_server_does_not_tell_a_vendor_can_say(world: &World) {
    let vendor = world.vendor().await;
    world.license_server.faults(&["status=403,on=product-list"]);
    assert_eq!(given_by(&vendor).await, "unknown");
    assert_eq!(problems(&vendor).await, Vec::<String>::new());

    let said = json!({ "license_product_id": ids::REVERB, "key_delivery": "license_server" });
    vendor.map("reverb", &said).await;

    assert_eq!(given_by(&vendor).await, "license_server");
    let odd = json!({ "license_product_id": ids::REVERB, "key_delivery": "pigeon" });
    let mapping = format!("/storefronts/{}/mappings/reverb", vendor.storefront_id);
    let answer = vendor.send(reqwest::Method::PUT, &mapping, Some(&odd));
    assert!(answer.await.status.is_client_error());
}

async fn a_key_of_another_generator_is_no_key_of_a_license(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    mail_nothing(world, &vendor).await;
    let bought = order("A").line("reverb", 1).delivered(&["OTHER-KEY"]);

    vendor.post(&bought.completed()).await;
    world.work().await;

    assert_eq!(given_by(&vendor).await, "nobody");
    let problems = problems(&vendor).await;
    assert!(problems[0].contains("another generator"), "{problems:?}");
    // A key that was asked for here comes back with the order, and is no other's.
    let key = ask(&vendor, "NWA-B", "reverb", 1).await;
    let adopted = order("B").line("reverb", 1).delivered(&[&key[0]]);
    vendor.post(&adopted.completed()).await;
    world.work().await;
    assert_eq!(given_by(&vendor).await, "receipt");
}

async fn a_mail_that_reaches_no_user_gives_no_key(world: &World) {
    let rules = json!({ "policy": { "preset": "cryptlex", "user": "none" } });
    let vendor = world.vendor_with(rules).await;

    assert_eq!(given_by(&vendor).await, "nobody");
    let problems = problems(&vendor).await;
    assert!(problems[0].contains("linked to no user"), "{problems:?}");
}

/// The product gives licenses of which the license server mails no keys; says of which product there.
async fn mail_nothing(world: &World, vendor: &Vendor) -> String {
    let silent = json!({
        "name": "Silent", "displayName": "Silent", "description": "Silent",
        "licenseTemplateId": ids::PERPETUAL,
    });
    let silent = world.license_server.added("products", &silent);
    let mapping = json!({ "license_product_id": silent });
    vendor.map("reverb", &mapping).await;
    silent
}

/// Who gives buyers of the product their key.
async fn given_by(vendor: &Vendor) -> String {
    let products = format!("/storefronts/{}/products", vendor.storefront_id);
    let product = of_reverb(vendor.list(&products).await);
    let text = product["key_delivery_text"].as_str().unwrap();
    assert!(text.ends_with('.'), "{text}");
    product["key_delivery"].as_str().unwrap().to_owned()
}

/// What the check says of keys that do not reach buyers of the product.
async fn problems(vendor: &Vendor) -> Vec<String> {
    let check = format!("/storefronts/{}/catalog-check", vendor.storefront_id);
    let product = of_reverb(vendor.list(&check).await);
    let findings = product["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["code"] == "key_not_delivered")
        .map(|finding| format!("{} {}", finding["text"], finding["fix"]))
        .collect()
}

fn of_reverb(products: Vec<Value>) -> Value {
    let mut products = products.into_iter();
    products
        .find(|product| product["product_path"] == "reverb")
        .unwrap()
}
