//! One suite for the store, run on both databases: what makes the single code path trustworthy.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "shared with the other suites")]
mod postgres;

mod brake;
mod claims;
mod customers;
mod doors;
mod events;
mod known_values;
mod licenses;
mod people;
mod permits;
mod records;
mod retention;
mod samples;
mod set_up;
mod tallies;
mod upkeep;

use latchkey::config::DatabaseUrl;
use latchkey::store::{Db, PlatformUse, Scope, Store, StoreError};

/// Every purpose sees every tenant; tests that are about scopes name theirs.
const PLATFORM: Scope = Scope::Platform(PlatformUse::Operator);

/// Runs the test on a fresh SQLite file, then on a fresh PostgreSQL database where there is one.
fn on_both(test: impl AsyncFn(&Store)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&DatabaseUrl::Sqlite(folder.path().join("latchkey.db")), 4).unwrap();
        store.migrate().await.unwrap();
        eprintln!("on SQLite");
        test(&store).await;
    });
    let Some(database) = postgres::TestDatabase::migrated() else {
        return;
    };
    runtime.block_on(async {
        let store = Store::open_as(&database.database_url(), 8, postgres::ROLE).unwrap();
        eprintln!("on PostgreSQL");
        test(&store).await;
        drop(store);
    });
}

/// Reads as the platform; an error fails the test.
async fn read<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.read(PLATFORM, work).await.unwrap()
}

/// Writes as the platform; an error fails the test.
async fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Db) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(PLATFORM, work).await.unwrap()
}
