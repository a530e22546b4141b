//! The oracle itself: each promise is broken on purpose, and it must say which, and nothing else.

use std::path::PathBuf;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use latchkey::license_servers::sandbox::message::Request;
use latchkey::license_servers::sandbox::snapshot::LicenseSnapshot;
use serde_json::{Value, json};

use crate::difference::Difference;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::stage::{Place, Stage, unlimited};

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_oracle_is_silent_until_a_promise_is_broken_and_then_names_it() {
    let stage = Stage::open(Place::Sqlite, unlimited(&[])).await;
    let stage = stage.expect("SQLite is always there");
    let serving = stage.serve();
    let sender = stage.sender().await;
    let schedule = Schedule::mixed("I", 16, stage.now(), Unrest::USUAL);
    sender
        .begin(&schedule, 50)
        .await
        .expect("it does not panic");
    sender.vendor.settled_events(serving.address).await;

    let found = async || stage.differences(&sender, &schedule.outcomes()).await;
    assert_eq!(found().await, []);

    let license = a_renewed_license(&stage);
    let renewed_twice = renew_again(&stage, &license);
    assert_eq!(found().await, renewed_twice);

    let doubled = create_again(&stage, &license);
    assert_eq!(found().await, sorted([renewed_twice, doubled].concat()));

    let lost = delete_acknowledged(&stage, &sender);
    let remaining = found().await;
    assert!(
        remaining.contains(&lost),
        "{lost} is not found: {remaining:#?}"
    );
    let of_events = |one: &&Difference| matches!(one, Difference::Lost { .. });
    assert_eq!(remaining.iter().filter(of_events).count(), 1);
}

/// What a program does that repeats a renewal whose answer it lost.
fn renew_again(stage: &Stage, license: &LicenseSnapshot) -> Vec<Difference> {
    let path = format!("/v3/licenses/{}/renew", license.id);
    ask(stage, &path, &Value::Null);
    let later = the_license(stage, &license.id).expires_at;
    let spell = |end: Option<latchkey::domain::time::Timestamp>| end.unwrap().to_string();
    let root = license.metadata["fastspring_subscription_id"].clone();
    let paid = format!("{}T00:00:00Z", license.expires_at.unwrap().day());
    sorted(vec![
        Difference::MadeOtherwise {
            license: license.id.clone(),
            kind: "renew".to_owned(),
            made: 4,
            recorded: 3,
        },
        Difference::WrongEnd {
            root,
            shown: spell(later),
            paid,
        },
    ])
}

/// What a program does that repeats a purchase whose answer it lost.
fn create_again(stage: &Stage, license: &LicenseSnapshot) -> Vec<Difference> {
    let root = license.metadata["fastspring_subscription_id"].clone();
    let row = json!({ "key": "fastspring_subscription_id", "value": root, "visible": false });
    let end = license.expires_at.unwrap().to_string();
    let body = json!({ "productId": license.product_id, "metadata": [row], "expiresAt": end });
    let made = ask(stage, "/v3/licenses", &body);
    let license = made["id"].as_str().expect("it is made").to_owned();
    vec![
        Difference::Surplus {
            root,
            there: 2,
            paid: 1,
        },
        Difference::MadeOtherwise {
            license,
            kind: "issue".to_owned(),
            made: 1,
            recorded: 0,
        },
    ]
}

/// What a database does that forgets a commit.
fn delete_acknowledged(stage: &Stage, sender: &Sender) -> Difference {
    let acknowledged = sender.book.acknowledged();
    let event = acknowledged.first().expect("events were sent").clone();
    let file: PathBuf = stage.setup.folder().join("latchkey.db");
    let mut database = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    let statement = format!(
        "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF; DELETE FROM events WHERE source_event_id = '{event}'"
    );
    database.batch_execute(&statement).unwrap();
    Difference::Lost { event }
}

fn a_renewed_license(stage: &Stage) -> LicenseSnapshot {
    let ledger = stage.license_server.ledger();
    let licenses = stage.license_server.sandbox.licenses().into_iter();
    let mut renewed = licenses.filter(|license| ledger.effects("renew", &license.id) == 3);
    renewed.next().expect("one is renewed three times")
}

fn the_license(stage: &Stage, id: &str) -> LicenseSnapshot {
    let mut licenses = stage.license_server.sandbox.licenses();
    licenses.retain(|license| license.id == id);
    licenses.remove(0)
}

fn ask(stage: &Stage, path: &str, body: &Value) -> Value {
    let request = Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        bearer: Some("token".to_owned()),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    let sandbox = &stage.license_server.sandbox;
    let answer = sandbox.handle(stage.now(), &request).response;
    assert!(answer.status < 300, "{path}: {}", answer.status);
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

fn sorted(mut differences: Vec<Difference>) -> Vec<Difference> {
    differences.sort();
    differences
}
