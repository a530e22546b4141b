//! Text of strangers: shown as they typed it, never run.

use crate::in_browser;
use crate::installation::{Installation, Store};
use crate::pages::{self, Page, page};
use crate::{chromium::Chromium, shop::Order};

const NAME: &str = r#"<img src=x onerror="ran('name')">"#;
const DISPLAY: &str = r#""><script>ran('display')</script>"#;
const REFERENCE: &str = r#"'><svg onload=ran('reference')>"#;
const SUBSCRIPTION: &str = r#"</td></textarea><img src=x onerror=ran('subscription')>"#;
const PATH: &str = r#""><script>ran("path")</script>"#;
const MACHINE: &str = r#"<img src=x onerror="ran('machine')">"#;
const ALL: [&str; 6] = [NAME, DISPLAY, REFERENCE, SUBSCRIPTION, PATH, MACHINE];

/// What a page must not have grown: elements that only hostile text has, or requests for its picture.
const GROWN: &str = "return window.foreign.concat(window.violations, [...document.querySelectorAll(
    'img, svg[onload], [onerror], script:not([src])')].map((element) => element.outerHTML))";

#[test]
fn hostile_text_is_shown_and_never_runs() {
    in_browser(async |latchkey, browser| {
        let store = latchkey.with_store().await;
        sell(latchkey, &store).await;
        browser.sign_in(latchkey).await;
        let mut seen = String::new();
        for page in places(latchkey, &store).await {
            pages::open(browser, latchkey, &page).await;
            // Long enough for a picture that does not exist to fail, and for a live region to be asked for once.
            browser
                .ask(
                    "document.querySelectorAll('details').forEach((each) => { each.open = true; })",
                    vec![],
                )
                .await;
            seen.push_str(&shown(browser).await);
            let grown = browser.ask(GROWN, vec![]).await;
            assert_eq!(grown, serde_json::json!([]), "{}", page.name);
            assert_eq!(
                browser.complaints().await,
                Vec::<String>::new(),
                "{}",
                page.name
            );
        }
        for text in ALL {
            assert!(seen.contains(text), "nowhere shown as it is: {text}");
        }
    });
}

/// A license for hostile names, and a hostile product that waits for a choice.
async fn sell(latchkey: &Installation, store: &Store) {
    let licensed = Order {
        reference: REFERENCE,
        display: DISPLAY,
        buyer: NAME,
        subscription: SUBSCRIPTION,
        ..Order::default()
    };
    latchkey.sell(store, &licensed).await;
    let licenses = latchkey.ids("/licenses").await;
    latchkey.activate(&licenses[0], MACHINE).await;
    let waiting = Order {
        id: "ORDER-2",
        product: PATH,
        display: DISPLAY,
        buyer: NAME,
        ..Order::default()
    };
    latchkey.sell(store, &waiting).await;
}

async fn places(latchkey: &Installation, store: &Store) -> Vec<Page> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("path", PATH)
        .finish();
    let search = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", NAME)
        .finish();
    let mut places = vec![
        page("overview", "/"),
        page("activity", "/activity"),
        page("search", &format!("/activity?{search}")),
        page("to fix", "/to-fix"),
        page("customers", "/customers"),
        page("licenses", "/licenses"),
        page("products", "/products"),
        page("product", &format!("/products/{}?{query}", store.id)),
        page(
            "known product",
            &format!("/products/{}?path=studio", store.id),
        ),
    ];
    let (events, licenses, customers) = (
        latchkey.ids("/events").await,
        latchkey.ids("/licenses").await,
        latchkey.ids("/customers").await,
    );
    assert!(
        events.len() == 2 && !licenses.is_empty(),
        "an order was not understood"
    );
    places.extend(
        events
            .iter()
            .map(|id| page("event", &format!("/activity/{id}"))),
    );
    places.extend(
        customers
            .iter()
            .map(|id| page("customer", &format!("/customers/{id}"))),
    );
    places.extend(
        licenses
            .iter()
            .map(|id| page("license", &format!("/licenses/{id}"))),
    );
    places.extend(
        licenses
            .iter()
            .map(|id| page("machines", &format!("/licenses/{id}/machines"))),
    );
    places.push(page("shop", &format!("/setup/stores/{}/shop", store.id)));
    places
}

/// What a person reads, in fields too.
async fn shown(browser: &Chromium) -> String {
    let text = browser
        .ask("return document.body.innerText + [...document.querySelectorAll('input')].map((each) => each.value).join('\\n')", vec![])
        .await;
    text.as_str().unwrap_or_default().to_owned()
}
