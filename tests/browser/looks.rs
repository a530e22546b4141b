//! How every page looks and behaves: wide and narrow, light and dark.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::pages::{self, Page, page};
use crate::{in_browser, installation::Installation};

/// Width in pixels, and whether colors are dark.
const LOOKS: [(u32, bool); 4] = [(1280, false), (1280, true), (320, false), (320, true)];

#[test]
fn every_page_fits_obeys_its_rules_and_is_quiet() {
    in_browser(async |latchkey, browser| {
        let store = pages::furnish(latchkey).await;
        let mut wrong = Vec::new();
        for look in LOOKS {
            let sign_in = page("sign-in", "/sign-in");
            wrong.extend(faults(browser, latchkey, &sign_in, look).await);
        }
        browser.sign_in(latchkey).await;
        let pages = pages::list(latchkey, &store).await;
        for look in LOOKS {
            for page in &pages {
                wrong.extend(faults(browser, latchkey, page, look).await);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn every_text_stands_out_from_its_background() {
    in_browser(async |latchkey, browser| {
        let store = pages::furnish(latchkey).await;
        let mut wrong = Vec::new();
        for is_dark in [false, true] {
            browser.show_as(1280, is_dark).await;
            let sign_in = page("sign-in", "/sign-in");
            wrong.extend(faint_texts(browser, latchkey, &sign_in, is_dark).await);
        }
        browser.sign_in(latchkey).await;
        let pages = pages::list(latchkey, &store).await;
        for is_dark in [false, true] {
            browser.show_as(1280, is_dark).await;
            for page in &pages {
                wrong.extend(faint_texts(browser, latchkey, page, is_dark).await);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// What is wrong with a page that looks like this; leaves a screenshot of it.
async fn faults(
    browser: &Chromium,
    latchkey: &Installation,
    page: &Page,
    (width, is_dark): (u32, bool),
) -> Vec<String> {
    browser.show_as(width, is_dark).await;
    pages::open(browser, latchkey, page).await;
    let look = format!("{}-{width}-{}", page.name, color_word(is_dark));
    browser.window.screenshot(&screenshot(&look)).await.unwrap();
    let found = browser
        .ask(include_str!("faults.js"), vec![json!(width)])
        .await;
    let mut wrong = sentences(&found);
    let complaints = browser.complaints().await;
    // That there is no such page is the browser's own remark on it.
    let is_remark = |text: &String| page.name == "not-found" && text.contains("404");
    wrong.extend(complaints.into_iter().filter(|text| !is_remark(text)));
    wrong
        .into_iter()
        .map(|what| format!("{look}: {what}"))
        .collect()
}

async fn faint_texts(
    browser: &Chromium,
    latchkey: &Installation,
    page: &Page,
    is_dark: bool,
) -> Vec<String> {
    pages::open(browser, latchkey, page).await;
    let found = browser.ask(include_str!("contrast.js"), vec![]).await;
    assert!(
        found["looked_at"].as_u64() > Some(2),
        "{}: hardly any text was looked at: {found}",
        page.name
    );
    sentences(&found["faint"])
        .into_iter()
        .map(|what| format!("{} {}: {what}", page.name, color_word(is_dark)))
        .collect()
}

const fn color_word(is_dark: bool) -> &'static str {
    if is_dark { "dark" } else { "light" }
}

fn sentences(found: &Value) -> Vec<String> {
    let found = found.as_array().expect("a list of sentences");
    found
        .iter()
        .map(|what| what.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Under Cargo's own folder, beside what it builds.
fn screenshot(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}.png"))
}
