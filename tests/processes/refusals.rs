//! What the program refuses to run with: one clear sentence each, and nothing left behind.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

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

#[test]
fn another_name_of_the_same_sqlite_file_is_refused_as_well() {
    let setup = Setup::sqlite();
    let _first = setup.serve();
    let file = setup.folder().join("latchkey.db");
    let (pointed, linked) = (
        setup.folder().join("pointed"),
        setup.folder().join("linked"),
    );
    for folder in [&pointed, &linked] {
        std::fs::create_dir(folder).expect("the folder is ours");
    }
    symlink(&file, pointed.join("other.db")).expect("a symbolic link");
    std::fs::hard_link(&file, linked.join("other.db")).expect("a hard link");

    for folder in [pointed, linked] {
        let url = format!("sqlite://{}/other.db", folder.display());
        let ended = setup.run(&["serve", "--database-url", &url]);

        assert_refused(&ended, &["another latchkey process"]);
    }
}

#[test]
fn the_files_of_a_database_are_for_their_owner_alone() {
    let setup = Setup::sqlite();
    let folder = setup.folder().join("data");
    let file = folder.join("latchkey.db");
    let setup = setup.with(
        "LATCHKEY_DATABASE_URL",
        format!("sqlite://{}", file.display()),
    );

    let serving = setup.serve();
    let mode = |path: &Path| {
        let metadata = path.metadata().expect("it is there");
        metadata.permissions().mode() & 0o777
    };

    assert_eq!(mode(&folder), 0o700);
    for name in [
        "latchkey.db",
        "latchkey.db-wal",
        "latchkey.db-shm",
        "latchkey.db.lock",
    ] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    drop(serving);
}

#[test]
fn a_wrong_master_key_is_refused() {
    let setup = Setup::sqlite();
    let created = setup.run(&["admin", "create-operator", "--email", "ana@example.com"]);
    assert_eq!(created.code, Some(0), "{}", created.errors);

    for keys in [OTHER_KEYS, &OTHER_KEYS.replace("main:", "other:")] {
        let ended = setup.run(&["serve", "--master-keys", keys]);

        assert_refused(&ended, &["wrong master key", "LATCHKEY_MASTER_KEYS"]);
    }
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

/// Well formed, and not what any database was begun with.
pub const OTHER_KEYS: &str = "main:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Ended by itself, not well, with one sentence that holds these words.
#[track_caller]
pub fn assert_refused(ended: &Ended, words: &[&str]) {
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
