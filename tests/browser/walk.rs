//! A merchant's first hour: from an empty dashboard to the first license.

use thirtyfour::{By, Cookie};

use crate::chromium::Chromium;
use crate::in_browser;
use crate::installation::{Installation, LICENSE};
use crate::patience::eventually;
use crate::shop::{self, Order};

const SECRET: &str = "a secret that the merchant chose";

#[test]
fn a_merchant_sets_up_sells_chooses_and_leaves() {
    in_browser(async |latchkey, browser| {
        browser.sign_in(latchkey).await;
        add_account(browser, latchkey).await;
        let webhook_url = add_store(browser, latchkey).await;
        let order = Order::default();
        sell_while_looking(browser, latchkey, &webhook_url, &order).await;
        choose_license(browser, latchkey).await;
        see_license(browser, latchkey).await;
        see_timeline(browser, latchkey, &order).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        leave(browser, latchkey).await;
    });
}

async fn add_account(browser: &Chromium, latchkey: &Installation) {
    browser.open(&format!("{}/setup", latchkey.url)).await;
    browser.press("main a[href='/setup/accounts/new']").await;
    browser.fill("name", "Cryptlex").await;
    browser.fill("base_url", &latchkey.license_server_url).await;
    browser.fill("access_token", "a-token").await;
    browser.press("main form.form button.primary").await;
    browser.find("form[action$='/check']").await;
    let text = browser.text().await;
    assert!(text.contains("Cryptlex accepts your token"), "{text}");
}

/// Returns the webhook's address as the page shows it.
async fn add_store(browser: &Chromium, latchkey: &Installation) -> String {
    browser.open(&format!("{}/setup", latchkey.url)).await;
    browser.press("main a[href='/setup/stores/new']").await;
    browser.fill("name", "Northwind Audio").await;
    browser.press("main form details summary").await;
    browser.fill("webhook_secret", SECRET).await;
    browser.press("main form.form button.primary").await;
    let address = browser.find("button[data-copy*='/hooks/']").await;
    let copied = address.attr("data-copy").await.unwrap().unwrap();
    let shown = browser.text().await;
    assert!(shown.contains(&copied), "{copied} is not on the page");
    copied
}

/// The page is open before anything has come, and is not loaded again.
async fn sell_while_looking(
    browser: &Chromium,
    latchkey: &Installation,
    webhook_url: &str,
    order: &Order<'_>,
) {
    browser.open(&format!("{}/activity", latchkey.url)).await;
    browser.ask("window.stayed = true", vec![]).await;
    assert!(!browser.text().await.contains(order.reference));

    shop::send(webhook_url, SECRET, order).await;

    eventually("the order, without loading the page again", async || {
        browser.text().await.contains(order.reference).then_some(())
    })
    .await;
    let stayed = browser.ask("return window.stayed === true", vec![]).await;
    assert_eq!(stayed, true, "the page was loaded again");
}

async fn choose_license(browser: &Chromium, latchkey: &Installation) {
    browser.open(&format!("{}/products", latchkey.url)).await;
    browser.press("main td a[href*='path=studio']").await;
    let choice = format!("//select[@name='license_product_id']/option[.='{LICENSE}']");
    let choice = browser.window.find(By::XPath(&choice)).await.unwrap();
    choice.click().await.unwrap();
    browser.press("main form.form button.primary").await;
    browser.find("main table.list").await;
}

async fn see_license(browser: &Chromium, latchkey: &Installation) {
    eventually("a license on its page", async || {
        browser.open(&format!("{}/licenses", latchkey.url)).await;
        let row = By::Css("main a[href*='/licenses/lic_']");
        browser.window.find(row).await.ok()
    })
    .await;
}

async fn see_timeline(browser: &Chromium, latchkey: &Installation, order: &Order<'_>) {
    browser.open(&format!("{}/activity", latchkey.url)).await;
    browser.press("main a[href*='/activity/evt_']").await;
    browser.find("ol.timeline li").await;
    let steps = browser.window.find_all(By::Css("ol.timeline > li")).await;
    assert!(
        steps.unwrap().len() >= 3,
        "received, made and done at least"
    );
    let text = browser.text().await;
    assert!(text.contains(order.reference), "{text}");
}

/// What the browser held before it signed out opens nothing any more.
async fn leave(browser: &Chromium, latchkey: &Installation) {
    let session = browser.window.get_named_cookie("latchkey").await.unwrap();
    browser.press("form[action='/sign-out'] button").await;
    browser.find("main input[name='password']").await;
    browser
        .window
        .add_cookie(Cookie::new("latchkey", session.value))
        .await
        .unwrap();

    browser.open(&format!("{}/activity", latchkey.url)).await;

    let address = browser.window.current_url().await.unwrap();
    assert_eq!(address.path(), "/sign-in");
}
