//! Proves the migrations: up, down and up again, alike on both databases, and every vendor's rows fenced in.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "migrations/acts.rs"]
mod acts;
#[path = "migrations/fences.rs"]
mod fences;
#[path = "migrations/news.rs"]
mod news;
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "shared with the other suites")]
mod postgres;
#[path = "migrations/sealed.rs"]
mod sealed;

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;
use latchkey::config::DatabaseUrl;
use latchkey::store::{SchemaError, Store};
use postgres::TestDatabase;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[tokio::test]
async fn sqlite_goes_up_down_and_up() {
    let folder = tempfile::tempdir().unwrap();

    up_down_up(&DatabaseUrl::Sqlite(folder.path().join("latchkey.db"))).await;
}

#[tokio::test]
async fn postgres_goes_up_down_and_up() {
    let Some(database) = empty().await else {
        return;
    };

    up_down_up(&database.database_url()).await;
}

/// A database without any table; `None` where there is no PostgreSQL.
async fn empty() -> Option<TestDatabase> {
    let database = TestDatabase::migrated()?;
    let store = Store::open(&database.database_url(), 1).unwrap();
    store.migrate_down().await.unwrap();
    Some(database)
}

async fn up_down_up(url: &DatabaseUrl) {
    let store = Store::open(url, 1).unwrap();
    let refused = store.check_schema().await;
    assert!(matches!(refused, Err(SchemaError::Older { .. })));

    let first = store.migrate().await.unwrap();
    assert!(store.check_schema().await.is_ok());
    assert_eq!(store.migrate().await.unwrap(), 0);
    assert_eq!(store.migrate_down().await.unwrap(), first);
    assert_eq!(store.schema_version().await.unwrap(), None);
    assert_eq!(store.migrate().await.unwrap(), first);
}

#[tokio::test]
async fn replicas_may_migrate_at_the_same_time() {
    let Some(database) = empty().await else {
        return;
    };
    let stores = [(); 4].map(|()| Store::open(&database.database_url(), 1).unwrap());

    let run = futures::future::try_join_all(stores.iter().map(Store::migrate)).await;

    assert_eq!(run.unwrap().into_iter().filter(|run| *run > 0).count(), 1);
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey.db");
    let store = Store::open(&DatabaseUrl::Sqlite(path.clone()), 1).unwrap();
    store.migrate().await.unwrap();

    let on_postgres = postgres_lines(
        &database,
        "SELECT table_name || '.' || column_name || ' ' || is_nullable AS line \
         FROM information_schema.columns JOIN pg_class ON relname = table_name AND NOT relispartition \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
    );
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let on_sqlite: BTreeSet<String> = diesel::sql_query(
        "SELECT m.name || '.' || c.name || CASE c.\"notnull\" WHEN 1 THEN ' NO' ELSE ' YES' END AS line \
         FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    )
    .load::<Line>(&mut connection)
    .unwrap()
    .into_iter()
    .map(|line| line.line)
    .collect();

    assert_eq!(on_postgres, on_sqlite);
}

#[tokio::test]
async fn every_table_of_a_tenant_is_fenced_in() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };

    let with_tenant = postgres_lines(
        &database,
        "SELECT c.relname::text AS line FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public' \
         WHERE a.attname = 'tenant_id' AND c.relkind IN ('r', 'p')",
    );
    let fenced = postgres_lines(
        &database,
        "SELECT c.relname::text AS line FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid \
         WHERE c.relrowsecurity AND c.relforcerowsecurity \
         AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL AND p.polcmd = '*'",
    );
    let roles_that_pass = postgres_lines(
        &database,
        "SELECT rolname::text AS line FROM pg_roles r WHERE rolname = 'latchkey_app' \
         AND (rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid))",
    );

    assert!(with_tenant.len() > 25);
    assert_eq!(
        with_tenant.difference(&fenced).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    assert!(roles_that_pass.is_empty());
}

#[tokio::test]
async fn the_serving_role_sees_only_the_tenant_it_names() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };
    let mut connection = PgConnection::establish(&database.url()).unwrap();
    let tenant = "00000000-0000-0000-0000-00000000000";
    diesel::sql_query(format!(
        "INSERT INTO jobs (tenant_id, id, kind, state, done, total, started_at) \
         SELECT ('{tenant}' || n)::uuid, ('{tenant}' || n)::uuid, 'replay', 'running', 0, 0, '2027-01-01' FROM generate_series(1, 3) n"
    ))
    .execute(&mut connection)
    .unwrap();
    let mut count = |setting: &str| {
        diesel::sql_query("SET ROLE latchkey_app")
            .execute(&mut connection)
            .unwrap();
        connection
            .transaction(|connection| {
                if !setting.is_empty() {
                    diesel::sql_query(setting).execute(connection)?;
                }
                diesel::sql_query("SELECT id::text AS line FROM jobs").load::<Line>(connection)
            })
            .unwrap()
            .len()
    };

    assert_eq!(count(""), 0);
    assert_eq!(
        count(&format!("SET LOCAL latchkey.tenant = '{tenant}2'")),
        1
    );
    assert_eq!(count("SET LOCAL latchkey.platform = 'upkeep'"), 3);
    assert_eq!(count(""), 0);
}

fn postgres_lines(database: &TestDatabase, query: &str) -> BTreeSet<String> {
    let mut connection = PgConnection::establish(&database.url()).unwrap();
    diesel::sql_query(query)
        .load::<Line>(&mut connection)
        .unwrap()
        .into_iter()
        .map(|line| line.line)
        .collect()
}
