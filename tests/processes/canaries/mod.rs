//! Secrets and what is somebody's own, put in everywhere, are found nowhere but where they belong (S5).
//!
//! A process logs all there is; a license server, a shop and a mail server repeat what it tells them.
//! What it answers, logs, measures, traces and stores is kept in files, and those are looked through.

mod owner;
mod search;
mod strangers;
mod table;
mod trade;
mod visitor;
mod world;

use std::fs;

use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use reqwest::Method;
use serde_json::Value;

use crate::postgres::TestDatabase;
use crate::processes::program::Setup;
use table::{OWN, SECRET};
use world::{OWNER, STRANGER, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_gives_a_secret_away_on_sqlite() {
    let mut world = World::new(Setup::sqlite()).await;

    live(&mut world).await;

    assert_untold(world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_gives_a_secret_away_on_postgres() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };
    let mut world = World::new(Setup::postgres(&database.url())).await;

    live(&mut world).await;

    let rows = rows(&database);
    assert!(rows.contains("payloads: "), "no row is there");
    fs::write(world.folder().join("rows"), rows).expect("the folder is ours");
    assert_untold(world);
}

/// Everything that can go well and wrong, and then everything that can be looked at.
async fn live(world: &mut World) {
    trade::sell(world).await;
    trade::be_repeated(world).await;
    strangers::deliver(world).await;
    strangers::knock(world).await;
    strangers::sign_up(world).await;
    owner::sign_in(world).await;
    let pages = world.owner.crawl(&PAGES).await;
    let sent = owner::fill_in(&mut world.owner, &pages, &world.company.password).await;
    for form in ["/setup/accounts", "/setup/stores", "/setup/tokens"] {
        assert!(sent.contains(form), "no form {form}: {sent:?}");
    }
    world.settle().await;
    world.owner.crawl(&PAGES).await;
    ask_everything(world).await;
    let metrics = reqwest::get(&world.metrics_url).await.expect("it answers");
    let metrics = metrics.text().await.expect("a whole answer");
    assert!(metrics.contains("latchkey_calls_total"), "{metrics}");
    world.stranger.keep("metrics", &metrics);
}

/// Where pages are looked for; none leads to the first three for whoever has what they make.
const PAGES: [&str; 4] = ["/setup/accounts/new", "/setup/stores/new", "/sign-up", "/"];

/// Every question that the API's document names, about everything there is.
async fn ask_everything(world: &mut World) {
    let request = world.owner.request(Method::GET, "/api/openapi.json");
    let document = world.owner.ask_once(request).await;
    let document: Value = serde_json::from_str(&document).expect("it is JSON");
    for (path, methods) in document["paths"].as_object().expect("it has paths") {
        let path = path.trim_start_matches("/api/v1");
        // A key is what it is for.
        if methods["get"].is_null() || path.ends_with("/key") {
            continue;
        }
        let ids = match path.split_once("/{") {
            Some(("/orders", _)) => vec!["A".to_owned()],
            Some((list, _)) => world.owner.ids(list).await,
            None => vec![String::new()],
        };
        for id in ids {
            world.owner.get(&path.replace("{id}", &id)).await;
        }
    }
}

/// Looks while the process runs, for what is in the journal alone, and when it has ended and told the last.
#[track_caller]
fn assert_untold(world: World) {
    let made = world.secrets.iter().map(String::as_str);
    let secrets: Vec<&str> = made.chain([SECRET]).collect();
    let hook = world.company.hook.trim_start_matches("/hooks/");
    let all: Vec<&str> = secrets.iter().copied().chain([OWN, hook]).collect();
    let [owners, others] = world.answers();
    let mut places = search::places(&owners, &secrets);
    places.extend(search::places(&others, &all));
    places.extend(search::places(world.folder(), &all));
    let log = world.serving.log();
    assert!(log.contains("TRACE"), "the log says little");
    for address in [OWNER, STRANGER] {
        assert!(!log.contains(address), "the log tells {address}");
    }
    world.serving.terminate();
    world.serving.ended();
    let traces = world.traces.heard().concat();
    fs::write(world.setup.folder().join("traces"), traces).expect("the folder is ours");
    places.extend(search::places(world.setup.folder(), &all));
    assert!(places.is_empty(), "{}", places.join("\n\n"));
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Every row of every table, as the database spells it.
fn rows(database: &TestDatabase) -> String {
    let mut connection = PgConnection::establish(&database.url()).expect("it answers");
    let mut ask = |query: &str| -> Vec<String> {
        let lines: Vec<Line> = sql_query(query).load(&mut connection).expect("it is right");
        lines.into_iter().map(|line| line.text).collect()
    };
    let tables = ask(
        "SELECT table_name::text AS text FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
    );
    let rows = tables.iter().flat_map(|table| {
        ask(&format!(
            "SELECT '{table}: ' || t::text AS text FROM \"{table}\" t"
        ))
    });
    rows.collect::<Vec<_>>().join("\n")
}
