//! What the program refuses to run with: one clear sentence each, and nothing left behind.

use crate::postgres::TestDatabase;
use crate::processes::program::{Ended, Setup};

#[test]
fn a_mistyped_database_url_is_refused_and_makes_no_file() {
    let setup = Setup::sqlite().with(
        "LATCHKEY_DATABASE_URL",
        "postgress://db.example.com/latchkey",
    );

    let ended = setup.run(&["serve"]);

    assert_refused(&ended, &["LATCHKEY_DATABASE_URL", "postgres://"]);
    let files = std::fs::read_dir(setup.folder()).expect("the folder is ours");
    let names = files.map(|file| file.expect("it is listed").file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(
        names,
        ["0.err", "0.out"],
        "only what this test writes itself"
    );
}

#[test]
fn postgres_without_a_master_key_is_refused() {
    let url = "postgres://latchkey_app@127.0.0.1:1/latchkey";
    let setup = Setup::postgres(url).without("LATCHKEY_MASTER_KEYS");

    let ended = setup.run(&["serve"]);

    assert_refused(&ended, &["LATCHKEY_MASTER_KEYS", "openssl rand -base64 32"]);
}

#[test]
fn an_unreadable_retry_schedule_is_refused() {
    let setup = Setup::sqlite().with("LATCHKEY_RETRY_SCHEDULE", "soon,later");

    let ended = setup.run(&["serve"]);

    assert_refused(&ended, &["LATCHKEY_RETRY_SCHEDULE"]);
}

#[test]
fn a_second_process_on_one_sqlite_file_is_refused() {
    let setup = Setup::sqlite();
    let _first = setup.serve();

    let ended = setup.run(&["serve"]);

    assert_refused(
        &ended,
        &["another latchkey process", "LATCHKEY_DATABASE_URL"],
    );
}

#[tokio::test]
async fn a_postgres_that_nobody_migrated_is_refused() {
    let Some(database) = TestDatabase::empty() else {
        return;
    };
    let setup = Setup::postgres(&database.url());

    let ended = setup.run(&["serve"]);

    assert_refused(&ended, &["`latchkey migrate`"]);
}

/// Ended by itself, not well, with one sentence that holds these words.
#[track_caller]
fn assert_refused(ended: &Ended, words: &[&str]) {
    let errors = &ended.errors;
    assert!(
        ended.code.is_some_and(|code| code != 0),
        "{:?}: {errors}",
        ended.code
    );
    let mut sentences = errors.lines().filter(|line| line.starts_with("latchkey: "));
    let sentence = sentences.next().expect("it says why");
    assert_eq!(sentences.next(), None, "{errors}");
    for word in words {
        assert!(sentence.contains(word), "`{word}` is missing: {sentence}");
    }
}
