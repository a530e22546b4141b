//! Retention: what is old goes, a bounded number of rows at a time, save the payloads of what is still to be worked.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::{RunQueryDsl, sql_query};
use strum::VariantArray as _;

use latchkey::domain::effect::EventState;
use latchkey::domain::id::DeliveryId;
use latchkey::domain::time::Timestamp;
use latchkey::store::calls::{self, Call};
use latchkey::store::deliveries::{self, Refusal};
use latchkey::store::events::{self, Settlement};
use latchkey::store::{Db, Scope, Store, StoreError, payloads, upkeep};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::samples::{arrival, at, call, event, event_id, storefront_id, tenant, tenant_id};
use crate::{PLATFORM, on_both, read, write};

const YEAR: i64 = 365 * 24 * 3_600;

/// Before this, the tests' retention has run out.
const LIMIT: i64 = -YEAR / 4;

/// Months of payloads and of calls for what came a year ago, and for what comes now.
async fn make_months(store: &Store) {
    write(store, |db| {
        upkeep::make_months(db, at(-YEAR), 1)?;
        upkeep::make_months(db, at(0), 2)?;
        upkeep::make_months(db, at(0), 2)
    })
    .await;
}

/// Whether the database keeps large tables in months.
async fn has_months(store: &Store) -> bool {
    read(store, |db| Ok(matches!(db, Db::Postgres(_)))).await
}

/// Drops old months until none is left, and says how many there were.
async fn drop_months(store: &Store) -> usize {
    let mut dropped = 0;
    while write(store, |db| upkeep::drop_month_across_tenants(db, at(LIMIT))).await > 0 {
        dropped += 1;
    }
    dropped
}

/// Deletes old rows of every kind until none is left.
async fn delete_old(store: &Store) {
    for aging in upkeep::AGING {
        while write(store, move |db| {
            upkeep::delete_old_across_tenants(db, aging, at(LIMIT))
        })
        .await
            > 0
        {}
    }
}

async fn settle(store: &Store, number: u128, state: EventState) {
    let settlement = Settlement {
        state,
        reason: None,
        words_sealed: None,
        reason_subject: None,
        due_at: None,
        attempts: 0,
        at: at(0),
    };
    write(store, move |db| {
        events::settle(db, tenant_id(1), event_id(number), &settlement)
    })
    .await;
}

/// One event for each state that came then, numbered from 1 on as the states are, and a young one that is done.
async fn one_of_each_state(store: &Store, received_at: Timestamp) {
    tenant(store, 1).await;
    let old = (1..).zip(EventState::VARIANTS.iter().copied());
    let old = old.map(|(number, state)| event(number, state.as_str()));
    let arrivals = [
        arrival(1, received_at, old.collect()),
        arrival(1, at(0), vec![event(YOUNG, "young")]),
    ];
    write(store, move |db| events::accept_batch(db, &arrivals)).await;
    for (number, state) in (1..).zip(EventState::VARIANTS.iter().copied()) {
        settle(store, number, state).await;
    }
    settle(store, YOUNG, EventState::Done).await;
}

const YOUNG: u128 = 100;

/// Whether nobody is ever going to work it again.
fn is_over(state: EventState) -> bool {
    match state {
        EventState::Done | EventState::Ignored | EventState::Discarded => true,
        EventState::Received
        | EventState::Working
        | EventState::Waiting
        | EventState::Retrying
        | EventState::Parked => false,
    }
}

/// How many payloads each reader finds for an event that came then.
async fn found(store: &Store, number: u128, received_at: Timestamp) -> [usize; 2] {
    read(store, move |db| {
        let (tenant, event) = (tenant_id(1), event_id(number));
        let by_id = payloads::find(db, tenant, event)?;
        let by_time = payloads::list(db, tenant, &[(event, received_at)])?;
        Ok([usize::from(by_id.is_some()), by_time.len()])
    })
    .await
}

async fn assert_that_what_is_to_be_worked_was_kept(store: &Store, received_at: Timestamp) {
    for (number, state) in (1..).zip(EventState::VARIANTS.iter().copied()) {
        let kept = usize::from(!is_over(state));
        assert_eq!(
            found(store, number, received_at).await,
            [kept; 2],
            "{state:?}"
        );
    }
    assert_eq!(found(store, YOUNG, at(0)).await, [1; 2]);
}

#[test]
fn old_payloads_are_deleted_unless_their_event_is_still_to_be_worked() {
    on_both(async |store| {
        make_months(store).await;
        // In a month that was never made.
        one_of_each_state(store, at(-YEAR / 2)).await;

        delete_old(store).await;

        assert_that_what_is_to_be_worked_was_kept(store, at(-YEAR / 2)).await;
    });
}

#[test]
fn a_month_is_dropped_without_the_payloads_of_what_is_still_to_be_worked() {
    on_both(async |store| {
        if !has_months(store).await {
            return;
        }
        make_months(store).await;
        one_of_each_state(store, at(-YEAR)).await;

        assert_eq!(drop_months(store).await, 2);

        assert_that_what_is_to_be_worked_was_kept(store, at(-YEAR)).await;
    });
}

#[test]
fn a_payload_that_was_kept_goes_once_its_event_is_over() {
    on_both(async |store| {
        make_months(store).await;
        one_of_each_state(store, at(-YEAR)).await;
        drop_months(store).await;
        delete_old(store).await;
        assert_that_what_is_to_be_worked_was_kept(store, at(-YEAR)).await;

        for number in (1..).take(EventState::VARIANTS.len()) {
            settle(store, number, EventState::Done).await;
        }
        delete_old(store).await;

        for number in (1..).take(EventState::VARIANTS.len()) {
            assert_eq!(found(store, number, at(-YEAR)).await, [0; 2], "{number}");
        }
        assert_eq!(found(store, YOUNG, at(0)).await, [1; 2]);
    });
}

#[test]
fn a_month_with_more_to_be_worked_than_is_moved_at_once_stays() {
    on_both(async |store| {
        if !has_months(store).await {
            return;
        }
        tenant(store, 1).await;
        make_months(store).await;
        let many = (1..).take(upkeep::ROWS + 1);
        let many: Vec<_> = many.map(|number| event(number, "many")).collect();
        for some in many.chunks(1_000) {
            let arrivals = [arrival(1, at(-YEAR), some.to_vec())];
            write(store, move |db| events::accept_batch(db, &arrivals)).await;
        }

        let dropped_with_calls_alone = drop_months(store).await;
        settle(store, 1, EventState::Done).await;
        let dropped_with_payloads = drop_months(store).await;

        assert_eq!((dropped_with_calls_alone, dropped_with_payloads), (1, 1));
        assert_eq!(found(store, 1, at(-YEAR)).await, [0; 2]);
        assert_eq!(found(store, 2, at(-YEAR)).await, [1; 2]);
    });
}

#[test]
fn a_month_that_is_in_use_is_soon_given_up_and_dropped_later() {
    on_both(async |store| {
        if !has_months(store).await {
            return;
        }
        make_months(store).await;
        let (begun, has_begun) = oneshot::channel();
        let (end, has_ended) = mpsc::channel::<()>();
        let reader = store.read(PLATFORM, move |db| {
            calls::list_of_event(db, tenant_id(1), event_id(1))?;
            payloads::find(db, tenant_id(1), event_id(1))?;
            begun.send(()).unwrap();
            has_ended.recv().unwrap();
            Ok::<_, StoreError>(())
        });

        let dropping = async {
            has_begun.await.unwrap();
            let asked = Instant::now();
            let dropped = store.write(PLATFORM, |db| {
                upkeep::drop_month_across_tenants(db, at(LIMIT))
            });
            let dropped = dropped.await;
            end.send(()).unwrap();
            (dropped, asked.elapsed())
        };
        let (read, (dropped, time)) = tokio::join!(reader, dropping);

        read.unwrap();
        assert!(matches!(dropped, Err(StoreError::Unavailable(_))));
        // As long as anybody else waits for a lock.
        assert!(time < Duration::from_secs(5), "{time:?}");
        assert_eq!(drop_months(store).await, 2);
    });
}

#[test]
fn no_month_is_dropped_in_the_name_of_one_vendor() {
    on_both(async |store| {
        if !has_months(store).await {
            return;
        }
        make_months(store).await;

        let vendor = Scope::Tenant(tenant_id(1));
        let dropped = store
            .write(vendor, |db| {
                upkeep::drop_month_across_tenants(db, at(LIMIT))
            })
            .await;

        assert!(matches!(dropped, Err(StoreError::Other(_))));
        assert_eq!(drop_months(store).await, 2);
    });
}

#[test]
fn one_transaction_deletes_no_more_than_its_share_of_any_kind() {
    on_both(async |store| {
        tenant(store, 1).await;
        one_more_of_each_kind_than_a_transaction_deletes(store).await;

        for aging in upkeep::AGING {
            let mut deleted = Vec::new();
            for _ in 0..3 {
                let rows = write(store, move |db| {
                    upkeep::delete_old_across_tenants(db, aging, at(LIMIT))
                });
                deleted.push(rows.await);
            }

            assert_eq!(deleted, [upkeep::ROWS, 1, 0], "{aging:?}");
        }
    });
}

async fn one_more_of_each_kind_than_a_transaction_deletes(store: &Store) {
    let numbers = || (1..).take(upkeep::ROWS + 1);
    let many = numbers().map(|number| event(number, "many")).collect();
    // The sample of what was refused is a delivery too.
    let empty = (1..upkeep::ROWS).map(|_| arrival(1, at(-YEAR), Vec::new()));
    let arrivals: Vec<_> = empty.chain([arrival(1, at(-YEAR), many)]).collect();
    let calls: Vec<Call> = numbers().map(|number| call(number, at(-YEAR))).collect();
    let refusal = Refusal {
        tenant_id: tenant_id(1),
        storefront_id: storefront_id(1),
        sample_id: DeliveryId::from_uuid(Uuid::from_u128(1)),
        cause: "signature".to_owned(),
        refused: 1,
        body_bytes: 1,
        at: at(-YEAR),
    };
    write(store, move |db| {
        events::accept_batch(db, &arrivals)?;
        sql_query("UPDATE events SET state = 'done'").execute(db)?;
        for calls in calls.chunks(1_000) {
            calls::create(db, calls)?;
        }
        deliveries::refuse(db, std::slice::from_ref(&refusal))?;
        sql_query(format!(
            "INSERT INTO refusals WITH RECURSIVE numbers (number) AS \
             (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {}) \
             SELECT tenant_id, storefront_id, hour, cause || number, count FROM refusals, numbers",
            upkeep::ROWS
        ))
        .execute(db)?;
        Ok(())
    })
    .await;
}
