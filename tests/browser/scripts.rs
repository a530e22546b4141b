//! Programs in every text that the shop sends or a vendor types: none runs on any page, or has to be stopped (S8).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use latchkey_sandbox::sample::ids;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::corpus::{WAYS_OUT, corpus};
use crate::in_browser;
use crate::installation::{Installation, PASSWORD, Store};
use crate::shop::Order;

/// Words that the shop chooses from a list, ids and addresses: with another one a message is another, or none.
const CHOSEN: [&str; 16] = [
    "account",
    "country",
    "currency",
    "email",
    "id",
    "intervalUnit",
    "language",
    "order",
    "parentSubscription",
    "product",
    "refundType",
    "return",
    "state",
    "status",
    "subscription",
    "type",
];
/// From one program to the next: shares no factor with how many there are, so that each has its turn.
const STRIDE: usize = 35;
/// Orders of which everything that people type is a program.
const ORDERS: usize = 12;
/// Pages at most of one kind: messages differ more than anything else.
const MOST_MESSAGES: usize = 48;
const MOST_OF_A_KIND: usize = 6;
const MESSAGE: &str = "/activity/evt_";
/// Fills in a reason and sends it, where the page asks for one.
const ASK_WITH_REASON: &str = "
    const form = document.querySelector('main [name=reason]')?.form;
    if (!form) return false;
    form.elements.reason.value = arguments[0];
    form.requestSubmit();
    return true;";
/// Kinds of pages that must have been looked at.
const PAGES: [&str; 9] = [
    MESSAGE,
    "/customers/cus_",
    "/licenses/lic_",
    "/products/stf_",
    "/setup/accounts/lsv_",
    "/setup/stores/stf_",
    "/setup/tokens",
    "/setup/who-did-what",
    "/to-fix",
];

#[test]
fn no_program_in_a_text_runs_on_any_page() {
    in_browser(async |latchkey, browser| {
        let mut programs = Programs::new();
        let store = latchkey.with_store().await;
        sell(latchkey, &store, &mut programs).await;
        browser.sign_in(latchkey).await;
        type_everywhere(latchkey, browser, &store, &mut programs).await;

        let seen = look_at_all(latchkey, browser, &store, &mut programs).await;

        assert!(seen.wrong.is_empty(), "{}", seen.wrong.join("\n"));
        for page in PAGES {
            let is_there = seen.paths.iter().any(|path| path.starts_with(page));
            assert!(is_there, "no page {page}: {:#?}", seen.paths);
        }
        let read = programs.all.iter().filter(|text| seen.text.contains(*text));
        let (read, all) = (read.count(), programs.all.len());
        assert!(read > all / 2, "of {all} only {read} are shown as they are");
    });
}

/// One program after the other.
struct Programs {
    all: Vec<String>,
    used: usize,
}

impl Programs {
    fn new() -> Self {
        Self {
            all: corpus(),
            used: 0,
        }
    }

    /// Neighbors end the same place, so it is another one's turn.
    fn next(&mut self) -> String {
        self.used += STRIDE;
        self.all[self.used % self.all.len()].clone()
    }

    /// The same where a text has one line.
    fn next_line(&mut self) -> String {
        self.next().replace('\n', " ")
    }

    /// Puts a program in place of each text, save of those that are not `to_replace`, by the names of their members.
    fn put_into(&mut self, json: &mut Value, to_replace: &impl Fn(&str) -> bool) {
        match json {
            Value::Array(items) => {
                for item in items {
                    self.put_into(item, to_replace);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    if !member.is_string() || to_replace(name) {
                        self.put_into(member, to_replace);
                    }
                }
            }
            Value::String(text) => *text = self.next(),
            _ => {}
        }
    }
}

/// Each message that the shop is known to send, once with a program for every text and once for what people type; between
/// them orders that give licenses, or wait for a choice.
async fn sell(latchkey: &Installation, store: &Store, programs: &mut Programs) {
    for product in ["studio-pro", "studio-lite", "reverb", "sample-pack"] {
        let mapping = json!({ "license_product_id": ids::REVERB });
        latchkey.map(store, product, mapping).await;
    }
    for (number, mut event) in fixtures().into_iter().enumerate() {
        programs.put_into(&mut event["data"], &|_name| true);
        event["id"] = json!(format!("all-{number}"));
        // Without what is chosen from a list it may be no message at all.
        latchkey.deliver(store, &[event]).await;
    }
    for number in 0..ORDERS {
        let texts: [String; 5] = std::array::from_fn(|_| programs.next());
        let [reference, product, display, buyer, subscription] = &texts;
        let order = Order {
            id: &format!("ORDER-{number}"),
            reference,
            product: if number % 3 == 0 { product } else { "studio" },
            display,
            buyer,
            subscription: if number % 2 == 0 { subscription } else { "" },
        };
        latchkey.send(store, &order).await;
    }
    // The latest, which pages show first.
    for mut event in fixtures() {
        programs.put_into(&mut event["data"], &|name| !CHOSEN.contains(&name));
        assert!(latchkey.deliver(store, &[event]).await);
    }
    latchkey.settle().await;
}

/// Every event of the fixtures.
fn fixtures() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fastspring");
    let files = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    let read = |path: PathBuf| serde_json::from_str(&fs::read_to_string(path).unwrap()).ok();
    // One holds a number that no program takes.
    let bodies = paths.into_iter().filter_map(read);
    let events = bodies.flat_map(|body: Value| body["events"].as_array().unwrap().clone());
    events.collect()
}

/// Names, products, notes, reasons and machines.
async fn type_everywhere(
    latchkey: &Installation,
    browser: &Chromium,
    store: &Store,
    programs: &mut Programs,
) {
    latchkey.rename(store, &programs.next_line()).await;
    for _ in 0..12 {
        let note = json!({ "metadata_note": programs.next_line() });
        let mapping = json!({ "license_product_id": ids::REVERB, "attributes": note });
        latchkey.map(store, &programs.next_line(), mapping).await;
    }
    let licenses = latchkey.ids("/licenses?state=active").await;
    for license in licenses.iter().take(12) {
        latchkey.activate(license, &programs.next_line()).await;
    }
    for (list, id) in [
        ("products", ids::REVERB),
        ("products", ids::STUDIO_PRO),
        ("license-templates", ids::MONTHLY),
        ("license-templates", ids::PERPETUAL),
    ] {
        let name = programs.next_line();
        latchkey.rename_at_license_server(list, id, &name).await;
    }
    ask_for_a_reason(latchkey, browser, programs).await;
    let tokens = format!("{}/setup/tokens", latchkey.url);
    browser.window.goto(&tokens).await.unwrap();
    browser.fill("name", &programs.next_line()).await;
    browser.fill("password", PASSWORD).await;
    browser.press("main form.form button.primary").await;
    browser.find("button[data-copy^='lk_']").await;
}

/// Lifts suspensions for a reason that is a program, which stays on record.
async fn ask_for_a_reason(latchkey: &Installation, browser: &Chromium, programs: &mut Programs) {
    let mut asked = 0;
    for license in latchkey.ids("/licenses?state=suspended").await {
        let page = format!("{}/licenses/{license}", latchkey.url);
        browser.window.goto(&page).await.unwrap();
        let reason = json!(programs.next_line());
        let is_asked = browser.ask(ASK_WITH_REASON, vec![reason]).await;
        if is_asked == json!(true) {
            browser.find("[role='status']").await;
            asked += 1;
        }
    }
    assert!(asked > 0, "nothing is asked for a reason");
    latchkey.settle().await;
}

/// What there is to see.
#[derive(Default)]
struct Seen {
    paths: Vec<String>,
    wrong: Vec<String>,
    text: String,
}

/// Every page that can be reached, and those that show what was asked for.
async fn look_at_all(
    latchkey: &Installation,
    browser: &Chromium,
    store: &Store,
    programs: &mut Programs,
) -> Seen {
    let product = format!("/products/{}?path=", store.id);
    let asking = [
        "/activity?q=",
        "/customers?q=",
        "/licenses?q=",
        "/find?q=",
        &product,
        "/nothing/",
    ];
    let mut seen = Seen {
        paths: vec!["/".to_owned()],
        ..Seen::default()
    };
    for begin in asking.iter().cycle().take(2 * asking.len()) {
        // There are too few of these for every way out to have its turn.
        let program = format!("{}{}", WAYS_OUT.concat(), programs.next_line());
        let program = utf8_percent_encode(&program, NON_ALPHANUMERIC);
        seen.paths.push(format!("{begin}{program}"));
    }
    let (mut of_kind, mut looked_at) = (BTreeMap::<String, usize>::new(), 0);
    while let Some(path) = seen.paths.get(looked_at).cloned() {
        looked_at += 1;
        for link in look_at(latchkey, browser, &path, &mut seen).await {
            let count = of_kind.entry(kind(&link)).or_default();
            let most = match link.starts_with(MESSAGE) {
                true => MOST_MESSAGES,
                false => MOST_OF_A_KIND,
            };
            if *count < most && !seen.paths.contains(&link) {
                *count += 1;
                seen.paths.push(link);
            }
        }
    }
    seen
}

/// Where the page leads.
async fn look_at(
    latchkey: &Installation,
    browser: &Chromium,
    path: &str,
    seen: &mut Seen,
) -> Vec<String> {
    let address = format!("{}{path}", latchkey.url);
    browser.window.goto(&address).await.unwrap();
    let found = browser.ask(include_str!("scripts.js"), vec![]).await;
    let texts =
        |name: &str| -> Vec<String> { serde_json::from_value(found[name].clone()).unwrap() };
    let mut complaints = browser.complaints().await;
    // The browser says so of each page that is not there.
    complaints.retain(|what| !what.contains("404 (Not Found)"));
    let wrong = texts("wrong").into_iter().chain(complaints);
    seen.wrong
        .extend(wrong.map(|what| format!("{path}: {what}")));
    seen.text.push_str(found["text"].as_str().unwrap());
    texts("links")
}

/// A path without what tells pages of one kind apart: ids, and the values of a query.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pieces = path.split('/').filter(|piece| !piece.contains('_'));
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    pieces.chain(names).collect::<Vec<_>>().join("/")
}
