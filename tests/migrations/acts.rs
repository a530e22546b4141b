//! Acts stay as they are, and those of before are chained for whom the migration says so.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use latchkey::config::DatabaseUrl;
use latchkey::store::Store;

use crate::Line;
use crate::postgres::{ROLE, TestDatabase};

/// The last version before acts are kept as they are.
const BEFORE: &str = "0016";

/// Of one tenant whose acts are all from before, one whose chain has an end, and one whose end was taken away.
const ACTS: &str = "
    INSERT INTO audit (tenant_id, id, at, action, target, details, number, link) VALUES
        (x'0a', x'01', 0, 'a', 't', '{}', 0, x''), (x'0a', x'02', 0, 'a', 't', '{}', 0, x''),
        (x'0b', x'03', 0, 'a', 't', '{}', 1, x'01'), (x'0c', x'04', 0, 'a', 't', '{}', 1, x'01');
    INSERT INTO audit_heads (tenant_id, number, link, seal) VALUES (x'0b', 1, x'01', x'01');";

#[tokio::test]
async fn only_whose_acts_are_all_from_before_are_to_be_chained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey.db");
    let store = Store::open(&DatabaseUrl::Sqlite(path.clone()), 1).unwrap();
    store.migrate().await.unwrap();
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let migrations = FileBasedMigrations::from_path("migrations/sqlite").unwrap();
    let version = |connection: &mut SqliteConnection| {
        let applied = MigrationHarness::<Sqlite>::applied_migrations(connection).unwrap();
        applied.first().unwrap().to_string()
    };
    while version(&mut connection).as_str() > BEFORE {
        connection
            .revert_last_migration(migrations.clone())
            .unwrap();
    }
    connection.batch_execute(ACTS).unwrap();

    store.migrate().await.unwrap();

    let marked = lines(
        &mut connection,
        "SELECT hex(tenant_id) AS line FROM audit_to_chain",
    );
    assert_eq!(marked, ["0A"]);
    for statement in [
        "UPDATE audit SET details = '' WHERE number = 1",
        "UPDATE audit SET number = 2 WHERE tenant_id = x'0b'",
        "DELETE FROM audit",
        "DELETE FROM audit_heads",
    ] {
        let refused = connection.batch_execute(statement);
        assert!(refused.is_err(), "{statement}");
    }
    let chained = "UPDATE audit SET number = 1 WHERE id = x'01'";
    connection.batch_execute(chained).unwrap();
}

#[test]
fn the_role_that_serves_only_adds_acts() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };
    let mut connection = PgConnection::establish(&database.url()).unwrap();
    let scope = "SET latchkey.platform = 'operator'";
    connection
        .batch_execute(&format!("SET ROLE {ROLE}; {scope}"))
        .unwrap();

    connection
        .batch_execute(
            "INSERT INTO audit (tenant_id, id, at, action, target, details, number, link) \
             SELECT gen_random_uuid(), gen_random_uuid(), now(), 'a', 't', '{}', 0, ''; \
             INSERT INTO audit_heads SELECT tenant_id, 1, '', '' FROM audit; \
             UPDATE audit_heads SET number = 2; \
             SELECT latchkey_chain_act(tenant_id, id, 9, '') FROM audit",
        )
        .unwrap();

    for statement in [
        "UPDATE audit SET number = 1",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit_heads",
        "INSERT INTO audit_to_chain SELECT tenant_id FROM audit",
    ] {
        let refused = connection.batch_execute(statement).unwrap_err();
        let refusal = refused.to_string();
        assert!(
            refusal.contains("permission denied"),
            "{statement}: {refusal}"
        );
    }
    let unmarked = diesel::sql_query("SELECT number::text AS line FROM audit");
    let unmarked: Vec<Line> = unmarked.load(&mut connection).unwrap();
    assert_eq!(unmarked[0].line, "0", "only what is marked is chained");
}

fn lines(connection: &mut SqliteConnection, query: &str) -> Vec<String> {
    let lines: Vec<Line> = diesel::sql_query(query).load(connection).unwrap();
    lines.into_iter().map(|line| line.line).collect()
}
