//! What the doctor finds, and how its exit code tells.

use crate::postgres::TestDatabase;
use crate::processes::license_server::LicenseServer;
use crate::processes::program::Setup;
use crate::processes::vendor::Vendor;
use crate::refusals::OTHER_KEYS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_tells_a_healthy_platform_from_a_refused_token() {
    let license_server = LicenseServer::unlimited(&[]);
    let setup = Setup::sqlite().with(
        "LATCHKEY_OUTBOUND_ALLOW",
        license_server.address.to_string(),
    );
    let serving = setup.serve();
    Vendor::create(&setup, serving.address, &license_server).await;

    let healthy = setup.run(&["doctor"]);
    license_server
        .sandbox
        .refuse_tokens(vec!["token".to_owned()]);
    let refused = setup.run(&["doctor"]);

    assert_eq!(
        healthy.code,
        Some(0),
        "{}{}",
        healthy.output,
        healthy.errors
    );
    let subjects = ["database", "clock", "keys", "mail", "license server"];
    assert_eq!(healthy.output.lines().count(), subjects.len());
    for (line, subject) in healthy.output.lines().zip(subjects) {
        assert!(line.starts_with(&format!("ok    {subject}")), "{line}");
    }
    assert_eq!(
        refused.code,
        Some(1),
        "{}{}",
        refused.output,
        refused.errors
    );
    let failures: Vec<&str> = failures(&refused.output).collect();
    assert_eq!(failures.len(), 1, "{}", refused.output);
    assert!(
        failures
            .iter()
            .all(|line| line.contains("license server lsv_"))
    );
}

#[tokio::test]
async fn the_doctor_finds_a_database_that_nobody_migrated() {
    let Some(database) = TestDatabase::empty() else {
        return;
    };

    let ended = Setup::postgres(&database.url()).run(&["doctor"]);

    assert_eq!(ended.code, Some(1), "{}{}", ended.output, ended.errors);
    let mut failures = failures(&ended.output);
    let first = failures.next().expect("a line says so");
    assert!(first.contains("database"), "{first}");
    assert!(first.contains("`latchkey migrate`"), "{first}");
}

#[tokio::test]
async fn the_doctor_finds_a_wrong_master_key() {
    let setup = Setup::sqlite();
    let created = setup.run(&["admin", "create-operator", "--email", "ana@example.com"]);
    assert_eq!(created.code, Some(0), "{}", created.errors);

    let ended = setup
        .with("LATCHKEY_MASTER_KEYS", OTHER_KEYS)
        .run(&["doctor"]);

    assert_eq!(ended.code, Some(1), "{}{}", ended.output, ended.errors);
    let found: Vec<&str> = failures(&ended.output).collect();
    assert!(found[0].contains("keys: wrong master key"), "{found:?}");
}

fn failures(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter(|line| line.starts_with("FAIL"))
}
