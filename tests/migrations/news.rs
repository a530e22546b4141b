//! Events from before there was a column for it get their kind of news from their headline, once.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel::migration::MigrationVersion;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use latchkey::config::DatabaseUrl;
use latchkey::store::Store;

use crate::Line;
use crate::postgres::TestDatabase;

/// The last version before the column.
const BEFORE: &str = "0027";

const HEADLINES: [(&str, &str); 9] = [
    ("New order · studio-pro × 2", "purchases"),
    ("Renewal paid", "renewals"),
    ("Renewals paid together · 2 subscriptions", "renewals"),
    ("Payment of a group failed", "failed"),
    ("Subscription group ended", "ended"),
    ("Refunded in part · studio-pro", "refunds"),
    ("Subscription changed · suspended-pro", "none"),
    ("Payment overdue · failed-pro", "none"),
    ("Payment reminder sent", "none"),
];

const TOLD: &str = "SELECT coalesce(news, 'none') AS line FROM events ORDER BY event_type";
const COUNTED: &str = "SELECT state || ' ' || CASE WHEN is_purchase THEN 'purchases' ELSE 'others' END || ' ' || sum(count) AS line \
    FROM cause_counts GROUP BY state, is_purchase HAVING sum(count) <> 0 ORDER BY 1";

/// One parked event for each headline; `id` spells the bytes of an id, `time` one point in time.
fn events(id: impl Fn(usize) -> String, time: &str) -> String {
    let rows = HEADLINES.iter().enumerate().map(|(number, (headline, _))| {
        format!(
            "INSERT INTO events (tenant_id, id, storefront_id, event_type, live, lane, subject, state, headline, occurred_at, received_at, attempts, claims) \
             VALUES ({}, {}, {}, '{number}', TRUE, 2, 's', 'parked', '{headline}', {time}, {time}, 0, 0);",
            id(1),
            id(number),
            id(2)
        )
    });
    rows.collect()
}

/// Takes back what came after the version before.
fn revert<DB: Backend>(connection: &mut impl MigrationHarness<DB>, folder: &str) {
    let migrations = FileBasedMigrations::from_path(folder).unwrap();
    let latest = |applied: &mut Vec<MigrationVersion<'static>>| applied.remove(0).to_string();
    while latest(&mut connection.applied_migrations().unwrap()).as_str() > BEFORE {
        connection
            .revert_last_migration(migrations.clone())
            .unwrap();
    }
}

fn assert_told(told: &[Line], counted: &[Line]) {
    let told: Vec<&str> = told.iter().map(|line| line.line.as_str()).collect();
    assert_eq!(told, HEADLINES.map(|(_, news)| news));
    let counted: Vec<&str> = counted.iter().map(|line| line.line.as_str()).collect();
    assert_eq!(counted, ["parked others 8", "parked purchases 1"]);
}

#[tokio::test]
async fn headlines_of_before_tell_their_kind_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey.db");
    let store = Store::open(&DatabaseUrl::Sqlite(path.clone()), 1).unwrap();
    store.migrate().await.unwrap();
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    revert(&mut connection, "migrations/sqlite");
    let rows = events(|number| format!("x'{number:032x}'"), "0");
    connection.batch_execute(&rows).unwrap();

    store.migrate().await.unwrap();

    let told: Vec<Line> = diesel::sql_query(TOLD).load(&mut connection).unwrap();
    let counted: Vec<Line> = diesel::sql_query(COUNTED).load(&mut connection).unwrap();
    assert_told(&told, &counted);
}

#[tokio::test]
async fn headlines_of_before_tell_their_kind_on_postgres() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };
    let store = Store::open(&database.database_url(), 1).unwrap();
    let mut connection = PgConnection::establish(&database.url()).unwrap();
    revert(&mut connection, "migrations/postgres");
    let rows = events(|number| format!("'{number:032x}'"), "'2027-01-01'");
    connection.batch_execute(&rows).unwrap();

    store.migrate().await.unwrap();

    let told: Vec<Line> = diesel::sql_query(TOLD).load(&mut connection).unwrap();
    let counted: Vec<Line> = diesel::sql_query(COUNTED).load(&mut connection).unwrap();
    assert_told(&told, &counted);
}
