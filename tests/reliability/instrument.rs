//! The oracle itself: each promise is broken on purpose, and it must say which, and nothing else.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use latchkey_sandbox::message::Request;
use latchkey_sandbox::snapshot::{HandEdit, LicenseSnapshot};
use serde_json::{Value, json};

use crate::difference::Difference;
use crate::schedule::{Schedule, Unrest};
use crate::stage::{Place, Stage, unlimited};

/// Breaks a promise, and says what must be found; the event is its own, and nothing was done for it.
type Break = fn(stage: &Stage, event: &str) -> Vec<Difference>;

/// When calls are made by hand, on the clock of the license server's socket: no other call is under way then.
const LONG_AFTER: Duration = Duration::from_secs(86_400);
const HALF: Duration = Duration::from_millis(500);

/// Each kind of difference is among what they come to; each is of a purchase or an event that the others leave alone.
const BREAKS: [Break; 12] = [
    renew_again,
    create_again,
    take_away,
    give_to_nobody,
    suspend,
    make_endless,
    forget_event,
    park_event,
    store_event_again,
    store_event_of_nobody,
    call_twice_at_once,
    list_all,
];

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
    let mut broken = Vec::new();
    assert_eq!(found().await, broken);

    let events = stage.evidence(&sender).await.events;
    let is_idle = |event: &&Value| event["effects"].as_array().is_some_and(Vec::is_empty);
    let idle = events.iter().filter(is_idle);
    let idle: Vec<&str> = idle
        .filter_map(|event| event["source_event_id"].as_str())
        .collect();
    for (place, break_promise) in BREAKS.iter().enumerate() {
        broken.extend(break_promise(&stage, idle[place]));
        broken.sort();
        assert_eq!(found().await, broken);
    }
}

/// What a program does that repeats a renewal whose answer it lost.
fn renew_again(stage: &Stage, _: &str) -> Vec<Difference> {
    let license = stage.license_server.license_of("S-I-0");
    let recorded = stage.license_server.ledger().effects("renew", &license.id);
    let path = format!("/v3/licenses/{}/renew", license.id);
    ask(stage, "POST", &path, &Value::Null);
    let later = stage.license_server.license_of("S-I-0").expires_at;
    vec![
        Difference::MadeOtherwise {
            license: license.id.clone(),
            kind: "renew".to_owned(),
            made: recorded + 1,
            recorded,
        },
        wrong_end("S-I-0", &license, &later.unwrap().to_string()),
    ]
}

/// What a program does that repeats a purchase whose answer it lost.
fn create_again(stage: &Stage, _: &str) -> Vec<Difference> {
    let license = stage.license_server.license_of("S-I-8");
    let row = json!({ "key": "fastspring_subscription_id", "value": "S-I-8", "visible": false });
    let end = license.expires_at.unwrap().to_string();
    let body = json!({ "productId": license.product_id, "metadata": [row], "expiresAt": end });
    let (_, made) = ask(stage, "POST", "/v3/licenses", &body);
    vec![
        Difference::Surplus {
            root: "S-I-8".to_owned(),
            there: 2,
            paid: 1,
        },
        Difference::MadeOtherwise {
            license: made["id"].as_str().expect("it is made").to_owned(),
            kind: "issue".to_owned(),
            made: 1,
            recorded: 0,
        },
    ]
}

/// What a person does who clears up too much.
fn take_away(stage: &Stage, _: &str) -> Vec<Difference> {
    let license = stage.license_server.license_of("S-I-2");
    let sandbox = &stage.license_server.sandbox;
    sandbox.delete_license_by_hand(&license.id);
    vec![missing("S-I-2")]
}

/// What a program does that takes one purchase for another.
fn give_to_nobody(stage: &Stage, _: &str) -> Vec<Difference> {
    let nobody = ("fastspring_subscription_id", "S-of-nobody");
    let metadata = [nobody].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let edit = HandEdit {
        metadata: metadata.into(),
        ..HandEdit::default()
    };
    let license = edit_license(stage, "S-I-10", edit).id;
    vec![Difference::Foreign { license }, missing("S-I-10")]
}

/// What a program does that takes an overdue payment for an unpaid one.
fn suspend(stage: &Stage, _: &str) -> Vec<Difference> {
    let edit = HandEdit {
        is_suspended: Some(true),
        ..HandEdit::default()
    };
    edit_license(stage, "S-I-4", edit);
    vec![Difference::WrongStanding {
        root: "S-I-4".to_owned(),
        is_usable: false,
    }]
}

/// What a program does that forgets to say when a license ends.
fn make_endless(stage: &Stage, _: &str) -> Vec<Difference> {
    let edit = HandEdit {
        expires_at: Some(None),
        ..HandEdit::default()
    };
    let license = edit_license(stage, "S-I-12", edit);
    vec![wrong_end("S-I-12", &license, "no time")]
}

/// What a database does that forgets a commit.
fn forget_event(stage: &Stage, event: &str) -> Vec<Difference> {
    tamper(
        stage,
        &format!("DELETE FROM events WHERE source_event_id = '{event}'"),
    );
    let event = event.to_owned();
    vec![Difference::Lost { event }]
}

/// What a program does that gives up.
fn park_event(stage: &Stage, event: &str) -> Vec<Difference> {
    let parked = "state = 'parked', reason_code = 'repeated_crash'";
    tamper(
        stage,
        &format!("UPDATE events SET {parked} WHERE source_event_id = '{event}'"),
    );
    vec![Difference::NotSettled {
        event: event.to_owned(),
        state: "parked repeated_crash".to_owned(),
    }]
}

/// What a program does that takes another delivery of an event for news.
fn store_event_again(stage: &Stage, event: &str) -> Vec<Difference> {
    store_copy(stage, event, "storefront_id = randomblob(16)");
    let event = event.to_owned();
    vec![Difference::StoredTwice { event }]
}

/// What a program does that believes a stranger.
fn store_event_of_nobody(stage: &Stage, event: &str) -> Vec<Difference> {
    store_copy(stage, event, "source_event_id = 'sent-by-nobody'");
    let event = "sent-by-nobody".to_owned();
    vec![Difference::NeverSent { event }]
}

/// What two processes do that both believe a license to be theirs.
fn call_twice_at_once(stage: &Stage, _: &str) -> Vec<Difference> {
    let license = stage.license_server.license_of("S-I-12");
    let path = format!("/v3/licenses/{}", license.id);
    let sandbox = &stage.license_server.sandbox;
    let [first, second] = [LONG_AFTER, LONG_AFTER + HALF].map(|began| {
        let (call, _) = ask(stage, "GET", &path, &Value::Null);
        sandbox.begin(call, began);
        sandbox.end(call, began + 2 * HALF);
        call
    });
    let calls = (first, second);
    vec![Difference::Overlap { calls }]
}

/// What a program does whose filter is empty.
fn list_all(stage: &Stage, _: &str) -> Vec<Difference> {
    let (call, _) = ask(stage, "GET", "/v3/licenses", &Value::Null);
    vec![Difference::Unfiltered { call }]
}

fn missing(root: &str) -> Difference {
    let root = root.to_owned();
    let (there, paid) = (0, 1);
    Difference::Missing { root, there, paid }
}

/// Of a license that was right before.
fn wrong_end(root: &str, before: &LicenseSnapshot, shown: &str) -> Difference {
    Difference::WrongEnd {
        root: root.to_owned(),
        shown: shown.to_owned(),
        paid: before
            .expires_at
            .unwrap()
            .strftime("%FT00:00:00Z")
            .to_string(),
    }
}

/// The license of a subscription, as it was before this was changed.
fn edit_license(stage: &Stage, subscription: &str, edit: HandEdit) -> LicenseSnapshot {
    let license = stage.license_server.license_of(subscription);
    let sandbox = &stage.license_server.sandbox;
    assert!(sandbox.edit_license_by_hand(stage.now().as_jiff(), &license.id, edit));
    license
}

/// Stores an event once more, with this difference.
fn store_copy(stage: &Stage, event: &str, difference: &str) {
    tamper(
        stage,
        &format!(
            "CREATE TEMPORARY TABLE copy AS SELECT * FROM events WHERE source_event_id = '{event}'; \
             UPDATE copy SET id = randomblob(16), {difference}; INSERT INTO events SELECT * FROM copy"
        ),
    );
}

/// What the owner of the file may do behind the program's back.
fn tamper(stage: &Stage, statements: &str) {
    let file = stage.setup.folder().join("latchkey.db");
    let mut database = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    let settings = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF";
    database
        .batch_execute(&format!("{settings}; {statements}"))
        .unwrap();
}

/// The number of the call in the ledger, and its answer.
fn ask(stage: &Stage, method: &str, path: &str, body: &Value) -> (u64, Value) {
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        bearer: Some("token".to_owned()),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    let sandbox = &stage.license_server.sandbox;
    let outcome = sandbox.handle(stage.now().as_jiff(), &request);
    let answer = outcome.response;
    assert!(answer.status < 300, "{path}: {}", answer.status);
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    (outcome.number.expect("it is in the ledger"), body)
}
