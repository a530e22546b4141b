//! The doors: transactions, scopes, panics, many at once.

use std::sync::{Arc, Mutex};
use std::task::Poll;

use latchkey::config::DatabaseUrl;
use latchkey::domain::id::JobId;
use latchkey::domain::job::JobKind;
use latchkey::store::jobs::{self, Job};
use latchkey::store::{Db, PlatformUse, Scope, Store, StoreError, tenants};
use uuid::Uuid;

use crate::samples::{at, tenant, tenant_id};
use crate::{PLATFORM, on_both, read, write};

fn job(tenant: u128, number: u128) -> Job {
    Job {
        total: 1,
        ..Job::begun(tenant_id(tenant), job_id(number), JobKind::Replay, at(0))
    }
}

fn job_id(number: u128) -> JobId {
    JobId::from_uuid(Uuid::from_u128(number))
}

#[test]
fn a_write_that_fails_leaves_nothing_behind() {
    on_both(async |store| {
        let failed: Result<(), StoreError> = store
            .write(PLATFORM, |db| {
                jobs::create(db, &job(1, 1))?;
                Err(StoreError::NotFound)
            })
            .await;

        assert!(matches!(failed, Err(StoreError::NotFound)));
        let found = read(store, |db| jobs::find(db, tenant_id(1), job_id(1))).await;
        assert_eq!(found, None);
    });
}

#[test]
fn a_write_that_panics_takes_nobody_along() {
    on_both(async |store| {
        let writes = (1..=20_u128).map(|number| {
            store.write(PLATFORM, move |db| {
                jobs::create(db, &job(1, number))?;
                assert!(number != 7, "seven");
                Ok::<(), StoreError>(())
            })
        });

        let results = futures::future::join_all(writes).await;

        let failed: Vec<usize> = (0..20).filter(|index| results[*index].is_err()).collect();
        assert_eq!(failed, [6]);
        for number in 1..=20 {
            let found = read(store, move |db| {
                jobs::find(db, tenant_id(1), job_id(number))
            })
            .await;
            assert_eq!(found.is_some(), number != 7, "{number}");
        }
    });
}

#[test]
fn a_conflict_is_told_apart_and_spoils_no_later_write() {
    on_both(async |store| {
        write(store, |db| jobs::create(db, &job(1, 1))).await;

        let again = store
            .write(PLATFORM, |db| jobs::create(db, &job(1, 1)))
            .await;

        assert!(matches!(again, Err(StoreError::Conflict(_))));
        write(store, |db| jobs::create(db, &job(1, 2))).await;
    });
}

#[test]
fn reading_does_not_write() {
    on_both(async |store| {
        let refused = store
            .read(PLATFORM, |db| jobs::create(db, &job(1, 1)))
            .await;

        assert!(refused.is_err());
    });
}

#[test]
fn a_tenant_finds_its_own_rows_and_no_others() {
    on_both(async |store| {
        tenant(store, 1).await;
        tenant(store, 2).await;
        let scope = Scope::Tenant(tenant_id(1));
        store
            .write(scope, |db| jobs::create(db, &job(1, 1)))
            .await
            .unwrap();

        let own = store.read(scope, |db| tenants::get(db, tenant_id(1))).await;
        let other = store
            .read(scope, |db| jobs::find(db, tenant_id(2), job_id(1)))
            .await;

        assert_eq!(own.unwrap().name, "vendor 1");
        assert_eq!(other.unwrap(), None);
    });
}

#[test]
fn on_postgres_a_forgotten_filter_finds_nothing_of_others() {
    on_both(async |store| {
        tenant(store, 1).await;
        tenant(store, 2).await;
        if store.time().await.unwrap().is_none() {
            return;
        }

        let scope = Scope::Tenant(tenant_id(1));
        let seen = store
            .read(scope, tenants::list_across_tenants)
            .await
            .unwrap();
        let planted = store.write(scope, |db| jobs::create(db, &job(2, 1))).await;

        assert_eq!(seen.len(), 1);
        assert!(planted.is_err());
        let all = store
            .read(
                Scope::Platform(PlatformUse::Operator),
                tenants::list_across_tenants,
            )
            .await
            .unwrap();
        assert_eq!(all.len(), 2);
    });
}

#[test]
fn a_crowd_waits_in_a_line_that_ends_and_keeps_no_other_tenant_from_its_answers() {
    on_both(async |store| {
        let crowd = store.for_crowd();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ended = Arc::new(Mutex::new(ended));
        let asks = |tenant| {
            let (crowd, ended) = (crowd.clone(), Arc::clone(&ended));
            let blocked = move |_: &mut Db| {
                drop(ended.lock().map(|ended| ended.recv()));
                Ok::<(), StoreError>(())
            };
            async move { crowd.read(Scope::Tenant(tenant_id(tenant)), blocked).await }
        };
        let mut of_one: Vec<_> = (0..400).map(|_| Box::pin(asks(1))).collect();
        let mut of_another = Box::pin(asks(2));

        // Each takes its place in the line as it is asked for the first time.
        let told = |ask: Poll<Result<(), StoreError>>| match ask {
            Poll::Pending => "waits",
            Poll::Ready(Err(StoreError::Busy)) => "busy",
            Poll::Ready(_) => "through",
        };
        let mut first = Vec::new();
        for ask in &mut of_one {
            first.push(told(futures::poll!(ask)));
        }
        let third = crowd.read(Scope::Tenant(tenant_id(3)), |_| Ok::<(), StoreError>(()));
        let third = third.await;
        let neighbor = told(futures::poll!(&mut of_another));
        let work = store.read(PLATFORM, tenants::list_across_tenants).await;

        assert_eq!(first.iter().filter(|told| **told == "waits").count(), 256);
        assert!(first[..256].iter().all(|told| *told == "waits"));
        assert!(first[256..].iter().all(|told| *told == "busy"));
        assert!(third.is_ok(), "it waited behind all of another tenant");
        assert_eq!(neighbor, "waits");
        assert!(work.is_ok());
        drop(end);
        for ask in of_one.into_iter().take(256) {
            ask.await.unwrap();
        }
        of_another.await.unwrap();
        asks(1).await.unwrap();
    });
}

#[test]
fn a_delivery_waits_behind_no_work() {
    on_both(async |store| {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ended = Arc::new(Mutex::new(ended));
        let work = || {
            let ended = Arc::clone(&ended);
            store.read(PLATFORM, move |_| {
                drop(ended.lock().map(|ended| ended.recv()));
                Ok::<(), StoreError>(())
            })
        };
        let mut working: Vec<_> = (0..16).map(|_| Box::pin(work())).collect();
        for work in &mut working {
            assert!(futures::poll!(work).is_pending());
        }

        let deliveries = store.for_deliveries();
        let read = deliveries.read(PLATFORM, |_| Ok::<(), StoreError>(()));
        let written = deliveries.write(PLATFORM, |_| Ok::<(), StoreError>(()));
        let (read, written) = (read.await, written.await);

        assert!(read.is_ok() && written.is_ok());
        drop(end);
        for work in working {
            work.await.unwrap();
        }
    });
}

#[tokio::test]
async fn a_database_that_is_away_is_not_available() {
    let url: DatabaseUrl = "postgres://nobody@127.0.0.1:1/nothing".parse().unwrap();
    let store = Store::open(&url, 1).unwrap();

    let result = store.schema_version().await;

    assert!(matches!(result, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_second_server_is_kept_off_an_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("data").join("latchkey.db"));
    let (first, second) = (Store::open(&url, 1).unwrap(), Store::open(&url, 1).unwrap());

    let held = first.lock_exclusively().unwrap();

    assert!(matches!(
        second.lock_exclusively(),
        Err(StoreError::Conflict(_))
    ));
    drop(held);
    assert!(second.lock_exclusively().is_ok());
}
