//! A merchant's first hour, from an empty dashboard to the first license, and what comes up later.

use thirtyfour::{By, Cookie, Key};

use crate::chromium::Chromium;
use crate::in_browser;
use crate::installation::{Installation, LICENSE, PASSWORD};
use crate::pages;
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

#[test]
fn a_merchant_answers_helps_a_buyer_and_lets_a_program_in() {
    in_browser(async |latchkey, browser| {
        let store = pages::furnish(latchkey).await;
        browser.sign_in(latchkey).await;
        let license = format!(
            "{}/licenses/{}",
            latchkey.url,
            latchkey.ids("/licenses").await[0]
        );
        say_yes(browser, latchkey, &license).await;
        lift(browser, &license).await;
        see_machines(browser, &license).await;
        make_token(browser, latchkey).await;
        pretend_and_compare(browser, latchkey, &store.id).await;
        forget_credentials(browser, latchkey, &store.id).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    });
}

/// What was asked before is done, and shows on the license.
async fn say_yes(browser: &Chromium, latchkey: &Installation, license: &str) {
    browser.open(&format!("{}/to-fix", latchkey.url)).await;
    let text = browser.text().await;
    assert!(text.contains("Shall the license end?"), "{text}");
    browser.press("main form[action$='/approve'] button").await;
    browser
        .find("main .notice, main .empty, main .problems")
        .await;
    until(browser, license, "Suspended").await;
}

/// By the keyboard alone: what it undoes opens with Enter, and the button is pressed with it once a reason is written.
async fn lift(browser: &Chromium, license: &str) {
    browser.open(license).await;
    let question = browser.find("main details.ask summary").await;
    question.focus().await.unwrap();
    question.send_keys(Key::Enter).await.unwrap();
    let text = browser.text().await;
    assert!(text.contains("Give it back all the same?"), "{text}");
    browser.fill("reason", "Agreed by phone").await;
    let button = browser.find("main form[action$='/lift'] button").await;
    button.focus().await.unwrap();
    button.send_keys(Key::Enter).await.unwrap();
    until(browser, license, "It works.").await;
}

async fn see_machines(browser: &Chromium, license: &str) {
    browser.open(license).await;
    browser.press("main a[href$='/machines']").await;
    browser.find("main table.list").await;
    let text = browser.text().await;
    assert!(text.contains("PC-MARTA"), "{text}");
}

/// The token is there once, and not again.
async fn make_token(browser: &Chromium, latchkey: &Installation) {
    browser
        .open(&format!("{}/setup/tokens", latchkey.url))
        .await;
    browser.fill("name", "Nightly report").await;
    browser.fill("password", PASSWORD).await;
    browser.press("main form.form button.primary").await;
    let copy = browser.find("button[data-copy^='lk_']").await;
    let token = copy.attr("data-copy").await.unwrap().unwrap();
    // Loading the page anew asks nothing, makes nothing and shows nothing again.
    browser.window.refresh().await.unwrap();
    browser.find("main .notice").await;
    let text = browser.text().await;
    assert!(text.contains("shown once already"), "{text}");
    assert!(!text.contains(&token), "{text}");
    assert_eq!(text.matches("Nightly report").count(), 1, "{text}");
    browser.press("main form[action$='/revoke'] button").await;
    browser.find("main .notice").await;
    let text = browser.text().await;
    assert!(text.contains("Revoked on"), "{text}");
}

async fn pretend_and_compare(browser: &Chromium, latchkey: &Installation, store: &str) {
    let page = format!("{}/setup/stores/{store}", latchkey.url);
    browser.open(&format!("{page}/shop")).await;
    browser.press("main form[action$='/pretend'] button").await;
    // What is sent may leave the page only after the press has been answered.
    eventually("the list of messages", async || {
        let address = browser.window.current_url().await.ok()?;
        (address.path() == "/activity").then_some(())
    })
    .await;
    eventually("the pretend order", async || {
        browser.text().await.contains("PRETEND").then_some(())
    })
    .await;
    browser.open(&page).await;
    browser.press("main form[action$='/compare'] button").await;
    until(browser, &page, "are as Latchkey would have them").await;
}

async fn forget_credentials(browser: &Chromium, latchkey: &Installation, store: &str) {
    let page = format!("{}/setup/stores/{store}/shop", latchkey.url);
    browser.open(&page).await;
    browser.press("main input[name='forget_api']").await;
    browser.fill("password", PASSWORD).await;
    browser.press("main form.form button.primary").await;
    until(browser, &page, "No API credentials.").await;
}

/// Opens a page again until it says so.
async fn until(browser: &Chromium, address: &str, text: &str) {
    eventually(text, async || {
        browser.open(address).await;
        browser.text().await.contains(text).then_some(())
    })
    .await;
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
    // Its text names no permissions, so the page claims none.
    assert!(text.contains("does not tell what it may do"), "{text}");
    assert!(!text.contains("before the token is checked"), "{text}");
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
