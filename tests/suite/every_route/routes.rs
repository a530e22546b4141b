//! Which routes there are: read off the program's own source, so that none can be forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What an address may be asked for.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every route as `GET /activity/{event}`.
pub fn read() -> BTreeSet<String> {
    let mut routes = of_table(&source("mod.rs"), "");
    routes.extend(of_table(&source("api/mod.rs"), "/api/v1"));
    routes
}

fn source(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    fs::read_to_string(folder.join(path)).expect("the list of URLs")
}

/// `read("/setup/tokens", tokens::show).post(tokens::create)` and `resource("/events").get(events::list)`, below the scope
/// of their function.
fn of_table(text: &str, usual_scope: &str) -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for function in text.split("fn ").skip(1) {
        let function: String = function.split_whitespace().collect();
        let scope = function
            .split_once("scope(\"")
            .map_or(usual_scope, |(_, rest)| quoted(rest));
        for service in function.split(".service(").skip(1) {
            let (is_read, rest) = match service.strip_prefix("read(\"") {
                Some(rest) => (true, rest),
                None => match service.strip_prefix("resource(\"") {
                    Some(rest) => (false, rest),
                    None => continue,
                },
            };
            let named = METHODS
                .into_iter()
                .filter(|method| rest.contains(&format!(").{method}(")));
            let methods: Vec<&str> = is_read.then_some("get").into_iter().chain(named).collect();
            assert!(!methods.is_empty(), "no method is named in {service}");
            let path = quoted(rest);
            routes.extend(
                methods
                    .iter()
                    .map(|method| format!("{} {scope}{path}", method.to_uppercase())),
            );
        }
    }
    routes
}

fn quoted(text: &str) -> &str {
    text.split('"').next().unwrap_or_default()
}

#[test]
fn routes_are_read_in_each_way_to_write_them() {
    let table = r#"
        fn for_shops(config: &mut ServiceConfig) {
            config.service(scope("/hooks").service(resource("/{token}").post(hooks::receive)));
        }
        fn for_set_up(config: &mut ServiceConfig) {
            config
                .service(read("/setup", setup::show))
                .service(
                    read("/setup/tokens", tokens::show)
                        .post(tokens::create),
                )
                .service(resource("/events/{id}").get(events::show).patch(events::change));
        }
    "#;

    let found: Vec<String> = of_table(table, "").into_iter().collect();

    assert_eq!(
        found,
        [
            "GET /events/{id}",
            "GET /setup",
            "GET /setup/tokens",
            "PATCH /events/{id}",
            "POST /hooks/{token}",
            "POST /setup/tokens",
        ]
    );
}
