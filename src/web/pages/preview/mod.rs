//! Renders every page with sample people to `target/preview/`, where a browser can look at it, and holds all of them to the rules of the house.

mod activity;
mod customers;
mod overview;
mod products;
mod setup;

use std::fs;
use std::path::Path;

use askama::Template;

use crate::domain::time::Timestamp;
use crate::web::assets;
use crate::web::pages::error::ErrorPage;
use crate::web::pages::prove::Prove;
use crate::web::pages::shell::{Area, Shell};
use crate::web::pages::sign_in::SignIn;
use crate::web::partials::{Moment, PageNotice};

/// A text that would run if any page wrote it out unescaped.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

fn now() -> Timestamp {
    "2026-12-03T10:42:30Z".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ago(text: &str) -> Moment {
    Moment::relative(at(text), now())
}

fn shell(title: &str, area: Area) -> Shell {
    Shell {
        title: title.to_owned(),
        area,
        company: "Northwind Audio".to_owned(),
        others: vec![("ten_0190".to_owned(), format!("Kite Films {HOSTILE}"))],
        person: "Ana".to_owned(),
        csrf: "c5f3".to_owned(),
        to_fix: 2,
        theme: None,
        query: String::new(),
        notice: None,
        region: Some("Frankfurt".to_owned()),
        support_url: Some("https://support.latchkey.example".to_owned()),
    }
}

/// Every page by the name of its file.
fn pages() -> Vec<(&'static str, String)> {
    let mut refused = SignIn::new("c5f3", "/");
    refused.notice = Some(PageNotice::failed(
        "This address and password do not belong together.",
    ));
    let mut pages = vec![
        ("sign-in", render(&SignIn::new("c5f3", "/"))),
        ("sign-in-refused", render(&refused)),
        ("prove", render(&Prove::new("c5f3"))),
        ("error-404", render(&ErrorPage::not_found())),
        ("error-form", render(&ErrorPage::form_expired())),
        ("error-away", render(&ErrorPage::unavailable())),
        ("error-busy", render(&ErrorPage::busy(7))),
        ("error-suspended", render(&ErrorPage::suspended())),
        (
            "error-500",
            render(&ErrorPage::broken(
                "Something went wrong on our side; nothing is lost. If it stays so, tell support this number: 0191f3a2",
            )),
        ),
    ];
    pages.extend(overview::pages());
    pages.extend(activity::pages());
    pages.extend(customers::pages());
    pages.extend(products::pages());
    pages.extend(setup::pages());
    pages
}

fn render(page: &impl Template) -> String {
    page.render().unwrap()
}

#[test]
fn every_page_is_written_for_a_look() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/preview");
    fs::create_dir_all(folder.join("static")).unwrap();
    for (name, html) in pages() {
        fs::write(folder.join(format!("{name}.html")), &html).unwrap();
        let narrow = format!(
            "<body style=\"margin:0\"><iframe src=\"{name}.html\" width=\"320\" height=\"2400\" frameborder=\"0\"></iframe>"
        );
        fs::write(folder.join(format!("narrow-{name}.html")), narrow).unwrap();
    }
    for asset in assets::list() {
        fs::write(folder.join(asset.url.trim_start_matches('/')), asset.body).unwrap();
    }
}

#[test]
fn every_page_has_one_headline_and_a_title() {
    for (name, html) in pages() {
        assert_eq!(html.matches("<h1").count(), 1, "headlines of {name}");
        assert!(html.contains("<title>"), "title of {name}");
        assert!(html.contains("<main id=\"main\""), "main part of {name}");
    }
}

#[test]
fn no_page_needs_inline_style_or_script() {
    for (name, html) in pages() {
        for forbidden in [" style=", "<style", "<script>", " onclick=", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden} in {name}");
        }
    }
}

#[test]
fn every_form_that_posts_carries_the_form_token() {
    for (name, html) in pages() {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let is_post = form.contains("method=\"post\"");
            let has_token = form.contains("name=\"csrf\" value=\"c5f3\"");

            assert_eq!(is_post, has_token, "{name}: {form}");
        }
    }
}

#[test]
fn ids_are_unique_on_a_page() {
    for (name, html) in pages() {
        let mut ids: Vec<&str> = html
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();

        assert_eq!(ids.len(), count, "{name}: {ids:?}");
    }
}

#[test]
fn no_page_says_what_merchants_do_not_say() {
    for (name, html) in pages() {
        let text = html.to_lowercase();
        for word in [
            "tenant",
            "idempotent",
            "upstream",
            "payload invalid",
            "unauthorized",
        ] {
            assert!(!text.contains(word), "{word} in {name}");
        }
    }
}
