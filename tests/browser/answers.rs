//! What a person answers and asks on the pages, and what they show afterwards.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::chromium::Chromium;
use crate::in_browser;
use crate::installation::Installation;
use crate::pages;
use crate::patience::eventually;
use crate::shop::Order;

#[test]
fn a_no_keeps_the_license_and_is_not_asked_again() {
    in_browser(async |latchkey, browser| {
        pages::furnish(latchkey).await;
        browser.sign_in(latchkey).await;
        let license = format!("/licenses/{}", latchkey.ids("/licenses").await[0]);
        open(browser, latchkey, "/to-fix").await;
        assert!(browser.text().await.contains("Shall the license end?"));

        browser.press("main form[action$='/drop'] button").await;

        let kept = "Kept. The license stays as it is, and the same thing is not asked again.";
        see(browser, kept).await;
        assert_eq!(browser.hindrances().await, Vec::<String>::new());
        let to_fix = browser.text().await;
        assert!(!to_fix.contains("Shall the license end?"), "{to_fix}");
        open(browser, latchkey, &license).await;
        let text = browser.text().await;
        assert!(text.contains("It works."), "{text}");
        browser.press("main .feed a[href^='/activity/']").await;
        let kept = "You decided to keep it: nothing is taken away for this.";
        see(browser, kept).await;
        assert_eq!(browser.hindrances().await, Vec::<String>::new());
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    });
}

#[test]
fn a_license_that_is_given_days_shows_its_new_end() {
    in_browser(async |latchkey, browser| {
        let store = latchkey.with_store().await;
        let month =
            json!({ "license_product_id": ids::REVERB, "attributes": { "expires_after": "P1M" } });
        latchkey.map(&store, "studio", month).await;
        latchkey.sell(&store, &Order::default()).await;
        browser.sign_in(latchkey).await;
        let license = format!("/licenses/{}", latchkey.ids("/licenses").await[0]);
        open(browser, latchkey, &license).await;
        let before = end(browser).await;

        browser
            .press("main form[action$='/more-days'] button")
            .await;

        see(browser, "In line. The new end shows here within seconds.").await;
        assert_eq!(browser.hindrances().await, Vec::<String>::new());
        let after = eventually("a later end", async || {
            open(browser, latchkey, &license).await;
            Some(end(browser).await).filter(|end| *end != before)
        })
        .await;
        let text = browser.text().await;
        assert!(text.contains(&format!("It ends on {after}.")), "{text}");
        assert!(text.contains(&format!("was {before}")), "{text}");
        browser.press("main .feed a[href^='/activity/']").await;
        see(browser, "Somebody at your company asked").await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    });
}

async fn open(browser: &Chromium, latchkey: &Installation, path: &str) {
    browser.open(&format!("{}{path}", latchkey.url)).await;
}

/// Waits until the page that opens says so.
async fn see(browser: &Chromium, text: &str) {
    eventually(text, async || {
        browser.text().await.contains(text).then_some(())
    })
    .await;
}

/// The day on which a license ends, as its page says it.
async fn end(browser: &Chromium) -> String {
    let text = browser.text().await;
    let (_, after) = text.split_once("It ends on ").expect("it ends");
    let (day, _) = after.split_once('.').expect("a sentence");
    day.to_owned()
}
