//! Upkeep: months made ahead, old rows dropped, proof of writing.

use latchkey::domain::id::CallId;
use latchkey::store::calls::{self, Call};
use latchkey::store::{ProcessId, events, payloads, upkeep};
use uuid::Uuid;

use crate::samples::{arrival, at, event, event_id, server_id, tenant, tenant_id};
use crate::{on_both, read, write};

const YEAR: i64 = 365 * 24 * 3_600;

#[test]
fn old_payloads_are_dropped_and_young_ones_kept() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| {
            upkeep::make_months(db, at(-YEAR), 2)?;
            upkeep::make_months(db, at(0), 2)?;
            upkeep::make_months(db, at(0), 2)
        })
        .await;
        let arrivals = [
            arrival(1, at(-YEAR), vec![event(1, "old")]),
            arrival(1, at(-YEAR / 2), vec![event(2, "stray")]),
            arrival(1, at(0), vec![event(3, "young")]),
        ];
        write(store, move |db| events::accept_batch(db, &arrivals)).await;

        loop {
            let dropped = write(store, |db| {
                upkeep::drop_before_across_tenants(db, at(-YEAR / 4))
            })
            .await;
            if dropped == 0 {
                break;
            }
        }

        for (number, is_kept) in [(1, false), (2, false), (3, true)] {
            let found = read(store, move |db| {
                payloads::find(db, tenant_id(1), event_id(number))
            })
            .await;
            assert_eq!(found.is_some(), is_kept, "{number}");
        }
    });
}

#[test]
fn calls_are_kept_with_their_event() {
    on_both(async |store| {
        tenant(store, 1).await;
        let call = Call {
            storefront_id: None,
            tenant_id: tenant_id(1),
            id: CallId::from_uuid(Uuid::from_u128(1)),
            event_id: event_id(1),
            effect_id: None,
            license_server_id: server_id(1),
            at: at(0),
            method: "GET".to_owned(),
            url: "https://api.example.com/v3/licenses".to_owned(),
            status: None,
            duration_ms: 12,
            request_sealed: None,
            response_sealed: Some(vec![1]),
            error: Some("timed out".to_owned()),
        };
        let kept = call.clone();
        write(store, move |db| {
            calls::create(db, std::slice::from_ref(&call))
        })
        .await;

        assert_eq!(
            read(store, |db| calls::list_of_event(
                db,
                tenant_id(1),
                event_id(1)
            ))
            .await,
            [kept]
        );
    });
}

#[test]
fn a_process_shows_that_it_is_alive() {
    on_both(async |store| {
        let process = ProcessId::from_uuid(Uuid::from_u128(1));
        for second in [1, 2] {
            write(store, move |db| upkeep::beat(db, process, at(second))).await;
        }

        assert_eq!(
            read(store, |db| upkeep::list_alive(db, at(2))).await,
            [(process, at(2))]
        );
        assert_eq!(write(store, |db| upkeep::forget_dead(db, at(3))).await, 1);
    });
}
