//! Every page of the dashboard, with something on it.

use crate::chromium::Chromium;
use crate::installation::{Installation, Store};
use crate::shop::Order;

/// The product that nobody has chosen a license for.
pub const UNMAPPED: &str = "not-yet-chosen";

/// A page, and what its screenshot is called.
pub struct Page {
    /// Its name.
    pub name: &'static str,
    /// Its path with query.
    pub path: String,
}

/// Sells something that gives a license and something that waits for a person, who is then asked about an ending too.
pub async fn furnish(latchkey: &Installation) -> Store {
    let store = latchkey.with_store().await;
    latchkey.let_ask(&store).await;
    latchkey.sell(&store, &Order::default()).await;
    let licenses = latchkey.ids("/licenses").await;
    latchkey.activate(&licenses[0], "PC-MARTA").await;
    let waiting = Order {
        id: "ORDER-2",
        reference: "NOR260101-1002-22202",
        product: UNMAPPED,
        display: "Studio Max",
        ..Order::default()
    };
    latchkey.sell(&store, &waiting).await;
    latchkey.charge_back(&store, &Order::default()).await;
    store
}

/// The pages of a furnished Latchkey for the person who is signed in.
pub async fn list(latchkey: &Installation, store: &Store) -> Vec<Page> {
    let events = latchkey.ids("/events").await;
    let licenses = latchkey.ids("/licenses").await;
    let customers = latchkey.ids("/customers").await;
    let id = &store.id;
    let mut pages = vec![
        page("overview", "/"),
        page("activity", "/activity"),
        page("activity-filtered", "/activity?state=parked"),
        page("activity-none", "/activity?q=nobody"),
        page("customers", "/customers"),
        page("customers-none", "/customers?q=nobody"),
        page("licenses", "/licenses"),
        page("to-fix", "/to-fix"),
        page("products", "/products"),
        page("product", &format!("/products/{id}?path=studio")),
        page(
            "product-waiting",
            &format!("/products/{id}?path={UNMAPPED}"),
        ),
        page("product-new", &format!("/products/{id}")),
        page("setup", "/setup"),
        page("store", &format!("/setup/stores/{id}")),
        page("store-shop", &format!("/setup/stores/{id}/shop")),
        page("tokens", "/setup/tokens"),
        page("who-did-what", "/setup/who-did-what"),
        page("sign-up", "/sign-up"),
        page("store-new", "/setup/stores/new"),
        page("account", &format!("/setup/accounts/{}", store.account_id)),
        page("account-new", "/setup/accounts/new"),
        page("api-docs", "/api/docs"),
        page("not-found", "/nothing-here"),
    ];
    let names = ["event-asking", "event-waiting", "event-done"];
    pages.extend(
        events
            .iter()
            .zip(names)
            .map(|(id, name)| page(name, &format!("/activity/{id}"))),
    );
    for id in &licenses {
        pages.push(page("license", &format!("/licenses/{id}")));
        pages.push(page("machines", &format!("/licenses/{id}/machines")));
    }
    pages.extend(
        customers
            .first()
            .map(|id| page("customer", &format!("/customers/{id}"))),
    );
    assert_eq!(
        pages.len(),
        29,
        "three events, one license and a buyer belong to the pages"
    );
    pages
}

/// Opens a page of this Latchkey.
pub async fn open(browser: &Chromium, latchkey: &Installation, page: &Page) {
    browser
        .open(&format!("{}{}", latchkey.url, page.path))
        .await;
}

/// A page of this name.
pub fn page(name: &'static str, path: &str) -> Page {
    Page {
        name,
        path: path.to_owned(),
    }
}
