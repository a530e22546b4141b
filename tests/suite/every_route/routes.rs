//! Which routes there are: read off the program's own source, so that none can be forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every route as `GET /activity/{event}`.
pub fn read() -> BTreeSet<String> {
    let mut routes = of_pages(&fs::read_to_string(source("mod.rs")).expect("the list of URLs"));
    let folder = fs::read_dir(source("api")).expect("the folder of the API");
    for file in folder {
        let file = file.expect("it is listed").path();
        if let Ok(text) = fs::read_to_string(file) {
            routes.extend(of_api(&text));
        }
    }
    routes
}

fn source(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/web")
        .join(path)
}

/// `.route("/find", get().to(…))` and `resource("/{token}").route(post().to(…))`, below the scope of their function.
fn of_pages(text: &str) -> BTreeSet<String> {
    let text: String = text.split_whitespace().collect();
    let mut routes = BTreeSet::new();
    for function in text.split("fn").skip(1) {
        let scope = function
            .split_once("scope(\"")
            .map_or("", |(_, rest)| quoted(rest));
        for (opening, closing) in [(".route(\"", "\","), ("resource(\"", "\").route(")] {
            for rest in function.split(opening).skip(1) {
                let path = quoted(rest);
                let after = rest.get(path.len()..).unwrap_or_default();
                let method = after
                    .strip_prefix(closing)
                    .and_then(|rest| rest.split_once("()"));
                let (method, _) = method.unwrap_or_else(|| panic!("no method is named for {path}"));
                routes.insert(format!("{} {scope}{path}", method.to_uppercase()));
            }
        }
    }
    routes
}

/// `#[get("/events/{id}")]`; all of them are below `/api/v1`, save what describes it.
fn of_api(text: &str) -> BTreeSet<String> {
    let attributes = text.lines().filter_map(|line| line.strip_prefix("#["));
    let named = attributes.filter_map(|line| line.split_once("(\"/"));
    named
        .map(|(method, rest)| {
            let path = quoted(rest);
            let scope = match path {
                "openapi.json" | "docs" => "/api",
                _ => "/api/v1",
            };
            format!("{} {scope}/{path}", method.to_uppercase())
        })
        .collect()
}

fn quoted(text: &str) -> &str {
    text.split('"').next().unwrap_or_default()
}

#[test]
fn routes_are_read_in_each_way_to_write_them() {
    let pages = r#"
        fn for_shops(config: &mut ServiceConfig) {
            config.service(scope("/hooks").service(resource("/{token}").route(post().to(hooks::receive))));
        }
        fn for_set_up(config: &mut ServiceConfig) {
            config.route("/setup", get().to(setup::show)).route(
                "/setup/tokens",
                post().to(tokens::create),
            );
        }
    "#;
    let api = "/// One.\n#[utoipa::path(tag = \"Events\")]\n#[patch(\"/events/{id}\")]\npub async fn change() {}\n#[get(\"/docs\")]\n";

    let found: Vec<String> = of_pages(pages).into_iter().chain(of_api(api)).collect();

    assert_eq!(
        found,
        [
            "GET /setup",
            "POST /hooks/{token}",
            "POST /setup/tokens",
            "GET /api/docs",
            "PATCH /api/v1/events/{id}",
        ]
    );
}
