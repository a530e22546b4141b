//! Every route of the program, crossed with every name of another company, and every form without its token.
//!
//! The routes are read off the source; one that the table lacks fails here.

mod asked;
mod company;
mod methods;
mod routes;
mod table;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::{Answer, Browser, World};
use asked::{Asked, Blank, Place, Template};
use company::Company;
use table::{FILLED_WRONGLY, FOR_STRANGERS, LOOK_LIKE_SETTLED, ROUTES};

on_both! {
    what_is_another_companys_is_not_found,
    no_form_is_taken_without_its_token,
    every_form_leads_to_a_page,
    reading_changes_nothing,
    the_api_is_described_as_it_is,
}

/// What describes the API leaves no call out, and promises none.
async fn the_api_is_described_as_it_is(world: &World) {
    let vendor = world.vendor().await;
    let document = vendor.get("/../openapi.json").await.expect(200).json();

    let described = document["paths"].as_object().expect("calls").iter();
    let described = described.flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").keys();
        methods.map(move |method| format!("{} /api/v1{path}", method.to_uppercase()))
    });

    let routes = routes::read();
    let calls = routes.iter().filter(|route| route.contains(" /api/v1"));
    assert_eq!(described.collect::<BTreeSet<_>>(), calls.cloned().collect());
}

#[test]
fn every_route_is_in_the_table() {
    let read = routes::read();
    let listed: BTreeSet<String> = ROUTES
        .iter()
        .map(|(route, _)| (*route).to_owned())
        .collect();

    let missing: Vec<&String> = read.difference(&listed).collect();
    let gone: Vec<&String> = listed.difference(&read).collect();

    assert!(
        missing.is_empty(),
        "say in table.rs what these may be asked for: {missing:#?}"
    );
    assert!(gone.is_empty(), "no such routes: {gone:#?}");
    assert_eq!(listed.len(), ROUTES.len(), "a route is listed twice");
}

async fn what_is_another_companys_is_not_found(world: &World) {
    let mut own = Company::new(world, "alder").await;
    let other = Company::new(world, "quokka").await;
    leave_as_it_is(world);
    let document = own.vendor.get("/../openapi.json").await.expect(200).json();
    let untouched = world.rows_of(&other.vendor.tenant_id);
    let mut crossed = 0;

    for (route, brought) in ROUTES {
        for (number, template) in templates(route, brought, &document).iter().enumerate() {
            for (at, blank) in template.blanks.iter().enumerate() {
                if blank.place == Place::Words || (blank.place == Place::Address && number > 0) {
                    continue;
                }
                for name in template.others(at, (&own, &other)) {
                    let asked = template.fill(&own.names, Some((at, &name)));
                    let answer = asked.send(world, &mut own).await;
                    assert_refused(route, blank, &asked, &answer);
                    assert_untold(&other, &asked, &answer);
                    crossed += 1;
                }
            }
            be_served(world, (&mut own, &other), (route, template)).await;
        }
        let now = world.rows_of(&other.vendor.tenant_id);
        assert_eq!(
            now, untouched,
            "{route} changed something of another company"
        );
    }
    assert!(crossed > 1_000, "only {crossed} requests crossed");
}

/// With names of its own the same request is served, so that what was refused was refused for the name in it.
async fn be_served(
    world: &World,
    (own, other): (&mut Company, &Company),
    (route, template): (&str, &Template),
) {
    if FOR_STRANGERS.contains(&route) || template.blanks.is_empty() && !route.starts_with("GET") {
        return;
    }
    if ["/approve", "/drop"]
        .iter()
        .any(|ending| route.ends_with(ending))
    {
        own.be_asked(world).await;
    }
    let asked = template.fill(&own.names, None);
    let answer = asked.send(world, own).await;
    let status = answer.status.as_u16();
    let has_reference = template
        .blanks
        .iter()
        .any(|blank| blank.place == Place::Reference);
    let is_served = match has_reference {
        true => status < 400,
        false => !matches!(status, 403 | 404 | 405 | 429 | 500..),
    };
    assert!(is_served, "{asked:?}: {status} {}", answer.text);
    assert_untold(other, &asked, &answer);
}

async fn no_form_is_taken_without_its_token(world: &World) {
    let mut own = Company::new(world, "alder").await;
    let mut other = Company::new(world, "quokka").await;
    leave_as_it_is(world);
    other.browser.get("/").await.expect(200);
    let token_of_other = other.browser.form_token().to_owned();

    for (route, brought) in ROUTES {
        if !route.starts_with("POST /")
            || route.starts_with("POST /api")
            || route.starts_with("POST /hooks")
        {
            continue;
        }
        let brought = brought.first().copied().unwrap_or_default();
        let asked = Template::new(route, brought).fill(&own.names, None);
        let untouched = world.rows_of(&own.vendor.tenant_id);
        for token in [None, Some(""), Some(token_of_other.as_str())] {
            let answer = asked.send_form(&mut own.browser, token).await;
            assert_eq!(answer.status, 403, "{route} with the token {token:?}");
        }
        let is_for_strangers = FOR_STRANGERS.contains(route);
        let mut stranger = Browser::new(world);
        let answer = asked
            .send_form(&mut stranger, Some(token_of_other.as_str()))
            .await;
        let refused = if is_for_strangers { 403 } else { 303 };
        assert_eq!(answer.status, refused, "{route} of a stranger");
        assert!(is_for_strangers || answer.header("location").starts_with("/sign-in"));
        assert_eq!(world.rows_of(&own.vendor.tenant_id), untouched, "{route}");
    }
    own.browser.get("/setup").await.expect(200);
}

/// What a form did is not done again by loading the page that follows: that page is another one.
async fn every_form_leads_to_a_page(world: &World) {
    let mut own = Company::new(world, "alder").await;
    leave_as_it_is(world);
    let mut wrong = Vec::new();

    for (route, brought) in ROUTES {
        let is_form = route.starts_with("POST /")
            && !["POST /api", "POST /hooks"]
                .iter()
                .any(|other| route.starts_with(other));
        if !is_form || FOR_STRANGERS.contains(route) {
            continue;
        }
        if ["/approve", "/drop"]
            .iter()
            .any(|ending| route.ends_with(ending))
        {
            own.be_asked(world).await;
        }
        let brought = brought.first().copied().unwrap_or_default();
        let asked = Template::new(route, brought).fill(&own.names, None);
        let answer = asked.send(world, &mut own).await;
        let status = if FILLED_WRONGLY.contains(route) {
            422
        } else {
            303
        };
        if answer.status != status {
            wrong.push((*route, answer.status));
        }
    }
    assert_eq!(wrong, []);
}

async fn reading_changes_nothing(world: &World) {
    let mut own = Company::new(world, "alder").await;
    leave_as_it_is(world);

    for (route, brought) in ROUTES {
        if !route.starts_with("GET") {
            continue;
        }
        let brought = brought.first().copied().unwrap_or_default();
        let asked = Template::new(route, brought).fill(&own.names, None);
        let untouched = world.rows_of(&own.vendor.tenant_id);
        asked.send(world, &mut own).await;
        // That somebody looked at a key or at machines is an act, and stays on record.
        let mut changed = world.rows_of(&own.vendor.tenant_id);
        changed.retain(|row| !row.starts_with("audit") && !untouched.contains(row));
        assert_eq!(changed, [""; 0], "{route}");
    }
}

/// What a route is asked, each with one thing to look for at a time.
fn templates(route: &str, brought: &[&str], document: &Value) -> Vec<Template> {
    let mut all = vec![Template::new(
        route,
        brought.first().copied().unwrap_or_default(),
    )];
    all.extend(
        brought
            .iter()
            .skip(1)
            .map(|brought| Template::new(route, brought)),
    );
    if let Some(path) = route.strip_prefix("GET /api/v1") {
        let parameters = document["paths"][path]["get"]["parameters"].as_array();
        for parameter in parameters
            .into_iter()
            .flatten()
            .filter(|one| one["in"] == "query")
        {
            let name = parameter["name"].as_str().unwrap_or_default();
            all.push(Template::new(route, &format!("?{name}={{order}}")));
        }
    }
    all
}

#[track_caller]
fn assert_refused(route: &str, blank: &Blank, asked: &Asked, answer: &Answer) {
    let status = answer.status.as_u16();
    let is_right = match blank.place {
        Place::Address if LOOK_LIKE_SETTLED.contains(&route) => {
            status == 303 && answer.header("location") == "/to-fix"
        }
        Place::Address => status == 404,
        Place::Reference => matches!(status, 404 | 422),
        Place::Filter | Place::Words => !matches!(status, 403 | 405 | 429 | 500..),
    };
    assert!(is_right, "{asked:?}: {status} {}", answer.text);
}

#[track_caller]
fn assert_untold(other: &Company, asked: &Asked, answer: &Answer) {
    let told = format!("{}\n{:?}", answer.text, answer.headers);
    other.assert_untold(&asked.sent(), &told);
}

/// What runs again here is not worked to its end.
fn leave_as_it_is(world: &World) {
    for state in ["received", "working", "retrying", "waiting"] {
        world.may_leave(state);
    }
}
