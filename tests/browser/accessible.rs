//! Rules that let people use a page who do not see it or use no mouse; how much texts stand out is looked at elsewhere.

use crate::chromium::Chromium;
use crate::in_browser;

impl Chromium {
    /// What keeps such people from the page as it stands, one sentence each.
    pub async fn hindrances(&self) -> Vec<String> {
        let found = self.ask(include_str!("accessible.js"), vec![]).await;
        let found = found.as_array().expect("a list of sentences");
        found
            .iter()
            .map(|what| what.as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// A page in which nothing is wrong, around what a test puts on it.
fn around(body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><title>Page</title><main><h1>Page</h1>{body}</main></html>"
    )
}

#[test]
fn every_rule_notices_when_it_is_broken() {
    in_browser(async |_latchkey, browser| {
        for (page, expected) in broken() {
            browser.show(&page).await;

            let found = browser.hindrances().await;

            assert_eq!(found.len(), 1, "{page}: {found:?}");
            assert!(found[0].contains(expected), "{page}: {found:?}");
        }
        for body in SOUND {
            browser.show(&around(body)).await;

            let found = browser.hindrances().await;

            assert_eq!(found, Vec::<String>::new(), "{body}");
        }
    });
}

/// What breaks no rule.
const SOUND: [&str; 5] = [
    "<a href='/x'>Go</a><label>Name <input></label>",
    "<svg aria-hidden=true></svg>",
    "<button><svg role=img aria-label=Go></svg></button>",
    "<input aria-label=Name>",
    "<table><tr><th scope=col>Name<tr><td>1</table>",
];

/// Pages that break one rule each, and what is said of them.
fn broken() -> Vec<(String, &'static str)> {
    let page = around("");
    let mut broken = vec![
        (page.replace(" lang=en", ""), "says no language"),
        (page.replace("<title>Page</title>", ""), "has no title"),
        (page.replace("main>", "div>"), "has 0 main parts"),
    ];
    broken.extend(BROKEN.map(|(body, expected)| (around(body), expected)));
    broken
}

const BROKEN: [(&str, &str); 15] = [
    (
        "<p aria-hidden=true><a href='/x'>Go</a></p>",
        "hides what can be reached",
    ),
    ("<h1>More</h1>", "has 2 first headings"),
    ("<p id=a></p><p id=a></p>", "has the id twice: a"),
    ("<input name=q placeholder=q>", "a field without a label"),
    (
        "<label></label><select></select>",
        "a field without a label",
    ),
    ("<button></button>", "to press without a name"),
    (
        "<a href='/x'><svg aria-hidden=true></svg></a>",
        "to press without a name",
    ),
    ("<img src='data:,'>", "a picture without words"),
    ("<svg></svg>", "a drawing without words"),
    ("<svg role=img></svg>", "a drawing without words"),
    ("<table><tr><td>1</table>", "a table without headers"),
    ("<table><tr><th>Name</table>", "a header without a scope"),
    (
        "<p aria-labelledby=gone></p>",
        "refers to what is not there",
    ),
    ("<a href='#gone'>Down</a>", "leads nowhere"),
    ("<p tabindex=3></p>", "changes the order of the keyboard"),
];
